"""A file that was cut when the connection ended goes on when the same two devices meet again, and with nobody else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cutting import COUNT_SENT, PAUSE_IN_THE_MIDDLE
from visitor import Visitor, connect, sha256

SIZE = 64 << 20


def cut_in_the_middle(ours: Visitor, theirs: Visitor, file: Path) -> None:
    connect(ours, theirs)
    ours.offer(file)
    theirs.page.evaluate(PAUSE_IN_THE_MIDDLE, file.name)
    theirs.press("Accept", file.name)
    theirs.sees_transfer(file.name, "moving", "Paused by you")


def disconnect(ours: Visitor, theirs: Visitor) -> None:
    ours.at("disconnect").click()
    ours.sees_ending("Disconnected")
    theirs.sees_ending("The other side has left")


def to_the_start(*visitors: Visitor) -> None:
    for visitor in visitors:
        visitor.at("ended-start" if visitor.at("ended-start").is_visible() else "ended-next").click()
        visitor.sees_screen("start")


def reload(visitor: Visitor) -> None:
    visitor.page.once("dialog", lambda dialog: dialog.accept())
    visitor.page.reload()
    visitor.sees_screen("start")


def goes_on(ours: Visitor, theirs: Visitor, file: Path, act: Callable[[], None]) -> None:
    """`act` makes it go on, without a question; it goes on from where it was, and is whole."""
    with theirs.page.expect_download(timeout=90_000) as download:
        act()
    assert sha256(download.value.path()) == sha256(file)
    for visitor in (ours, theirs):
        visitor.sees_transfer(file.name, "done", "SHA-256 equal")


@pytest.fixture
def file(make_file: Callable[..., Path]) -> Path:
    return make_file("big.bin", SIZE)


def test_in_the_same_pages(two: tuple[Visitor, Visitor], file: Path) -> None:
    ours, theirs = two
    cut_in_the_middle(ours, theirs, file)
    disconnect(ours, theirs)
    for visitor in two:
        visitor.sees_transfer(file.name, "failed", "It goes on if you connect with this device again within an hour")
    to_the_start(ours, theirs)
    ours.page.evaluate(COUNT_SENT)
    # The sides are the other way round.
    goes_on(ours, theirs, file, lambda: connect(theirs, ours))
    assert ours.page.evaluate("sentBytes") < 0.95 * SIZE


def test_after_the_receiver_has_reloaded_its_page(two: tuple[Visitor, Visitor], file: Path) -> None:
    ours, theirs = two
    cut_in_the_middle(ours, theirs, file)
    reload(theirs)
    ours.sees_ending("The other side has left")
    to_the_start(ours)
    ours.page.evaluate(COUNT_SENT)
    goes_on(ours, theirs, file, lambda: connect(ours, theirs))
    assert ours.page.evaluate("sentBytes") < 0.95 * SIZE


def test_after_the_sender_has_reloaded_and_chosen_the_same_file(two: tuple[Visitor, Visitor], file: Path) -> None:
    ours, theirs = two
    cut_in_the_middle(ours, theirs, file)
    reload(ours)
    theirs.sees_ending("The other side has left")
    to_the_start(theirs)
    connect(ours, theirs)
    ours.page.evaluate(COUNT_SENT)
    goes_on(ours, theirs, file, lambda: ours.offer(file))
    assert ours.page.evaluate("sentBytes") < 0.95 * SIZE


def test_with_nobody_else(two: tuple[Visitor, Visitor], arrive: Callable[..., Visitor], file: Path) -> None:
    ours, theirs = two
    stranger = arrive(ours.origin)
    cut_in_the_middle(ours, theirs, file)
    disconnect(ours, theirs)
    to_the_start(ours, theirs)
    connect(ours, stranger)
    # Whatever would be offered by itself is there before what is said afterwards.
    ours.say("hello")
    stranger.hears("hello")
    stranger.say("and back")
    ours.hears("and back")
    for visitor in (ours, stranger):
        expect(visitor.page.locator("#transfers li")).to_have_count(0)
    disconnect(ours, stranger)
    to_the_start(ours)
    goes_on(ours, theirs, file, lambda: connect(ours, theirs))


def test_what_was_taken_off_the_list_does_not(two: tuple[Visitor, Visitor], file: Path) -> None:
    ours, theirs = two
    cut_in_the_middle(ours, theirs, file)
    disconnect(ours, theirs)
    ours.press("Remove", file.name)
    to_the_start(ours, theirs)
    connect(ours, theirs)
    ours.say("hello")
    theirs.hears("hello")
    # Whatever would be offered by itself, by either, is there before what is said after a way there and back.
    theirs.say("and back")
    ours.hears("and back")
    ours.say("and there")
    theirs.hears("hello", "and there")
    expect(theirs.page.locator("#transfers li")).to_have_count(0)
