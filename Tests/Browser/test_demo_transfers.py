"""Files between two pages, compared on the disk by this test, whatever the pages say about them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Download, expect

from demo_states import PHONE
from visitor import Visitor, connect, sha256, wait_until

MEBIBYTE = 1 << 20


@pytest.fixture
def connected(two: tuple[Visitor, Visitor]) -> tuple[Visitor, Visitor]:
    connect(*two)
    return two


def test_twenty_mebibytes_both_ways_at_once_while_people_chat(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = connected
    one, other = make_file("one.bin", 20 * MEBIBYTE), make_file("other.bin", 20 * MEBIBYTE)
    ours.offer(one)
    theirs.offer(other)
    expect(ours.page.get_by_role("button", name="Accept other.bin")).to_be_visible()
    ours.press("Accept", "other.bin")
    with ours.page.expect_download(timeout=90_000) as at_ours:
        # Theirs begins while ours is under way already.
        assert theirs.receive("one.bin") == sha256(one)
        ours.say("it has arrived")
        theirs.hears("it has arrived")
    assert sha256(at_ours.value.path()) == sha256(other)
    for visitor in connected:
        for name in ("one.bin", "other.bin"):
            visitor.sees_transfer(name, "done", "SHA-256 equal")
    ours.unfolds_the_connection()
    expect(ours.at("plot-text")).to_contain_text(re.compile(r"\d"))


def test_several_files_of_all_small_sizes(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = connected
    files = [make_file(f"{size}.bin", size) for size in (0, 1, 64 * 1024 - 4, 64 * 1024 - 3, MEBIBYTE)]
    ours.offer(*files)
    for file in files:
        assert theirs.receive(file.name) == sha256(file)
        ours.sees_transfer(file.name, "done")


def test_a_small_file_overtakes_large_ones_and_one_that_is_paused(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = connected
    paused, *large = [make_file(f"large-{number}.bin", 24 * MEBIBYTE) for number in range(5)]
    small = make_file("small.bin", 1000)
    ours.offer(paused, *large, small)
    theirs.press_once_it_is_there("Pause", paused.name)
    theirs.press("Accept", paused.name)
    theirs.sees_transfer(paused.name, "moving", "Paused by you")
    for file in large:
        theirs.press_once_it_is_there("Pause", file.name)
        theirs.press("Accept", file.name)
    assert theirs.receive(small.name) == sha256(small)
    for file in (paused, *large):
        expect(ours.transfer(file.name)).to_have_attribute("data-state", re.compile("moving|waiting"))
    with theirs.page.expect_download(timeout=90_000) as at_theirs:
        theirs.press("Resume", paused.name)
    assert sha256(at_theirs.value.path()) == sha256(paused)


def test_all_that_is_offered_is_accepted_at_once(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = connected
    files = [make_file(f"{number}.bin", 100_000 + number) for number in range(6)]
    downloads: list[Download] = []
    theirs.page.on("download", lambda download: downloads.append(download))
    ours.offer(files[0])
    expect(theirs.transfer("0.bin")).to_be_visible()
    expect(theirs.at("transfers-actions")).to_be_hidden()
    ours.offer(*files[1:])
    expect(theirs.page.locator("#transfers li")).to_have_count(len(files))
    theirs.page.get_by_role("button", name="Accept all", exact=True).click()
    for file in files:
        theirs.sees_transfer(file.name, "done")
    expect(theirs.at("transfers-actions")).to_be_hidden()
    wait_until(theirs.page, lambda: len(downloads) == len(files))
    arrived = {download.suggested_filename: sha256(download.path()) for download in downloads}
    assert arrived == {file.name: sha256(file) for file in files}


@pytest.mark.parametrize("width", [1280, PHONE["width"]])
def test_all_that_is_offered_is_declined_at_once(connected: tuple[Visitor, Visitor], make_file: Callable, width: int) -> None:
    ours, theirs = connected
    # A narrow page shows no heading there, which has the focus all the same.
    theirs.page.set_viewport_size({"width": width, "height": PHONE["height"]})
    ours.offer(make_file("a.bin", 1), make_file("b.bin", 1))
    theirs.page.get_by_role("button", name="Decline all", exact=True).click()
    for name in ("a.bin", "b.bin"):
        ours.sees_transfer(name, "declined")
    expect(theirs.at("files-title")).to_be_focused()


def test_the_screen_stays_on_while_a_file_moves(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = connected
    for visitor in connected:
        visitor.page.evaluate(WATCH_THE_SCREEN)
    ours.offer(make_file("big.bin", 20 * MEBIBYTE))
    theirs.press_once_it_is_there("Pause", "big.bin")
    with theirs.page.expect_download(timeout=90_000):
        theirs.press("Accept", "big.bin")
        # While nothing moves, it may sleep.
        theirs.sees_transfer("big.bin", "moving", "Paused by you")
        for visitor in connected:
            visitor.page.wait_for_function("() => screenLocks.length > 0 && screenLocks.every(({ released }) => released)")
            visitor.page.evaluate("screenLocks.length = 0")
        theirs.press("Resume", "big.bin")
        for visitor in connected:
            visitor.page.wait_for_function("() => screenLocks.length > 0")
    for visitor in connected:
        visitor.page.wait_for_function("() => screenLocks.every(({ released }) => released)")


WATCH_THE_SCREEN = """
() => {
    window.screenLocks = [];
    navigator.wakeLock.request = async () => {
        const lock = { released: false, release: async () => { lock.released = true; } };
        screenLocks.push(lock);
        return lock;
    };
}
"""


@pytest.mark.parametrize("who", ["the sender", "the receiver"])
def test_pause_and_resume_by(connected: tuple[Visitor, Visitor], make_file: Callable, who: str) -> None:
    ours, theirs = connected
    file = make_file("big.bin", 20 * MEBIBYTE)
    pausing, other = (ours, theirs) if who == "the sender" else (theirs, ours)
    ours.offer(file)
    with theirs.page.expect_download(timeout=90_000) as saved:
        pausing.press_once_it_is_there("Pause", "big.bin")
        theirs.press("Accept", "big.bin")
        pausing.sees_transfer("big.bin", "moving", "Paused by you")
        other.sees_transfer("big.bin", "moving", "Paused by the other side")
        # What was under way arrives; then the bar stands still while chat goes on.
        stands_still(theirs)
        ours.say("still talking")
        theirs.hears("still talking")
        pausing.press("Resume", "big.bin")
    assert sha256(saved.value.path()) == sha256(file)
    ours.sees_transfer("big.bin", "done")


def stands_still(visitor: Visitor) -> None:
    """Waits for a second in which the first transfer's bar does not move, and holds that it is not at its end."""
    value = visitor.page.wait_for_function("""
        () => new Promise((resolve) => {
            const bar = document.querySelector("#transfers progress");
            const before = bar.value;
            setTimeout(() => resolve(bar.value === before && before < 1 ? "still" : false), 1000);
        })
    """)
    assert value.json_value() == "still"


@pytest.mark.parametrize("who", ["the sender", "the receiver"])
def test_cancelling_by(connected: tuple[Visitor, Visitor], make_file: Callable, who: str) -> None:
    ours, theirs = connected
    cancelling, other = (ours, theirs) if who == "the sender" else (theirs, ours)
    ours.offer(make_file("big.bin", 20 * MEBIBYTE), make_file("next.bin", 1000))
    theirs.press_once_it_is_there("Pause", "big.bin")
    theirs.press("Accept", "big.bin")
    theirs.sees_transfer("big.bin", "moving", "Paused by you")
    cancelling.press("Cancel", "big.bin")
    cancelling.sees_transfer("big.bin", "cancelled", "You cancelled it")
    other.sees_transfer("big.bin", "cancelled", "The other side cancelled it")
    # What comes after it is not held up.
    theirs.receive("next.bin")
    cancelling.press("Remove", "big.bin")
    expect(cancelling.transfer("big.bin")).to_have_count(0)


def test_declining(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = connected
    ours.offer(make_file("unwanted.bin", 1000))
    theirs.press("Decline", "unwanted.bin")
    theirs.sees_transfer("unwanted.bin", "declined", "You declined it")
    ours.sees_transfer("unwanted.bin", "declined", "The other side does not want this file")


def test_a_file_that_is_taken_off_the_list_is_saved_all_the_same(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    """The browser may be writing it still. Who pressed the button by keyboard is not sent back to the top of the page."""
    ours, theirs = connected
    theirs.page.evaluate("() => { URL.revokeObjectURL = () => { window.wasRevoked = true; }; }")
    file = make_file("x.bin", 1000)
    ours.offer(file)
    assert theirs.receive("x.bin") == sha256(file)
    theirs.page.get_by_role("button", name="Remove x.bin").press("Enter")
    expect(theirs.transfer("x.bin")).to_have_count(0)
    expect(theirs.at("files-title")).to_be_focused()
    assert theirs.page.evaluate("window.wasRevoked") is None


def test_each_offer_is_announced_also_under_the_same_name(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = connected
    theirs.page.evaluate("""
        window.announced = [];
        new MutationObserver(([{ target }]) => announced.push(target.textContent))
            .observe(document.getElementById("announcer"), { childList: true });
    """)
    for count in (1, 2):
        ours.offer(make_file("x.bin", 1000))
        theirs.page.wait_for_function("(count) => announced.length === count", arg=count)
    assert theirs.page.evaluate("announced") == ["The other side offers the file x.bin."] * 2


def test_a_file_name_is_text_and_no_path(connected: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = connected
    file = make_file("<img src=x onerror=alert(1)>.bin", 1000)
    ours.offer(file)
    assert theirs.receive("_img src=x onerror=alert(1)_.bin") == sha256(file)
