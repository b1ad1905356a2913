"""Servers that die, people who leave, and ways that do not exist: what the demo page says, and how it comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from visitor import Visitor, connect, sha256
from watch import NOTHING_IN_THE_WAY, UNREACHABLE

# A session that has lost its server tries again after 15 seconds at most.
RETURN_LIMIT_MS = 40_000


def test_a_server_that_is_killed_and_restarted_is_come_back_to(
    arrive: Callable[..., Visitor], start_server: Callable[..., Any], make_file: Callable
) -> None:
    server = start_server()
    two = ours, theirs = arrive(server.url), arrive(server.url)
    connect(ours, theirs)
    for visitor in two:
        # Unless the server is back before they try.
        visitor.watch.allow(UNREACHABLE, NOTHING_IN_THE_WAY)

    server.kill()
    for visitor in two:
        visitor.sees_status("The server is not reached at the moment; your connection works without it")
    ours.say("without a server")
    theirs.hears("without a server")
    file = make_file("first.bin", 100_000)
    ours.offer(file)
    assert theirs.receive("first.bin") == sha256(file)

    start_server(port=server.port)
    for visitor in two:
        visitor.sees_status("encrypted from end to end", RETURN_LIMIT_MS)
    theirs.say("with one again")
    ours.hears("with one again")


def test_a_server_that_is_killed_while_a_code_waits(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    """The room comes back with its side A; the code, which only the server knew, does not."""
    server = start_server()
    visitor = arrive(server.url)
    visitor.watch.allow(UNREACHABLE, NOTHING_IN_THE_WAY)
    visitor.create_code()
    server.kill()
    expect(visitor.at("code-trouble")).to_contain_text("The server is not reached")
    start_server(port=server.port)
    expect(visitor.at("code-trouble")).to_be_hidden(timeout=RETURN_LIMIT_MS)


def test_a_code_on_show_outlives_its_server(arrive: Callable[..., Visitor], start_server: Callable[..., Any], tmp_path: Path) -> None:
    """With a file, the code that somebody is reading out is as good as before."""
    store = f"sqlite://{tmp_path}/state.db"
    server = start_server(STORE=store)
    ours = arrive(server.url)
    ours.watch.allow(UNREACHABLE, NOTHING_IN_THE_WAY)
    code = ours.create_code()
    server.kill()
    expect(ours.at("code-trouble")).to_contain_text("The server is not reached")
    start_server(port=server.port, STORE=store)
    theirs = arrive(server.url)
    theirs.enter(code)
    for visitor in (ours, theirs):
        visitor.sees_status("Connected directly, encrypted from end to end", RETURN_LIMIT_MS)
    ours.say("still there")
    theirs.hears("still there")


def test_no_server_when_a_code_is_wanted(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    server = start_server()
    visitor = arrive(server.url)
    visitor.watch.expect(UNREACHABLE)
    server.kill()
    visitor.at("create-code").click()
    visitor.sees_ending("The server cannot be reached")
    start_server(port=server.port)
    visitor.at("ended-next").click()
    visitor.sees_screen("code")


def test_a_page_that_is_closed_is_noticed_by_the_other(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    connect(ours, theirs)
    ours.say("good night")
    theirs.hears("good night")
    ours.page.close()
    # At once: without word from it, the browser would take several seconds.
    theirs.sees_ending("The other side has left", timeout=3_000)
    # What was said can still be read, and nothing more be sent.
    theirs.hears("good night")
    expect(theirs.at("chat-form")).to_be_hidden()
    theirs.at("ended-next").click()
    theirs.sees_screen("code")


def test_disconnecting_and_connecting_anew(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    connect(ours, theirs)
    ours.at("disconnect").click()
    ours.sees_ending("Disconnected")
    theirs.sees_ending("The other side has left")
    for visitor in two:
        visitor.at("ended-start" if visitor is theirs else "ended-next").click()
        visitor.sees_screen("start")
    connect(theirs, ours)
    ours.say("once more")
    theirs.hears("once more")


def test_no_way_between_the_two_is_explained_with_what_was_tried(two: tuple[Visitor, Visitor]) -> None:
    """One side may only use its TURN server, and that does not answer."""
    ours, theirs = two
    use_relay_only(ours, "turn:127.0.0.1:9?transport=tcp")
    theirs.enter(ours.create_code())
    for visitor in two:
        visitor.sees_ending("The two devices cannot reach each other", timeout=60_000)
    expect(theirs.at("ended-candidates")).to_contain_text("Each device tells the other the addresses")
    lists = theirs.page.locator("#ended-candidates ul")
    expect(lists.nth(0)).to_contain_text("udp")
    expect(lists.nth(1)).to_have_text("none")
    theirs.at("ended-next").click()
    expect(theirs.at("ice-url")).to_be_focused()


def use_relay_only(visitor: Visitor, address: str) -> None:
    visitor.page.locator("#ice-settings summary").click()
    visitor.at("ice-url").fill(address)
    visitor.at("ice-username").fill("somebody")
    visitor.at("ice-credential").fill("secret")
    visitor.at("ice-relay-only").check()


def test_relay_only_without_a_turn_server_is_refused_at_once(two: tuple[Visitor, Visitor]) -> None:
    ours, _ = two
    ours.page.locator("#ice-settings summary").click()
    ours.at("ice-relay-only").check()
    ours.at("create-code").click()
    expect(ours.at("ice-error")).to_have_text("To use a TURN server only, enter one here.")
    expect(ours.at("ice-url")).to_be_focused()
