"""Servers that die, people who leave, and ways that do not exist: what the demo page says, and how it comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from visitor import FIREWALL, Visitor, connect, pairs_without_words, sha256
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
    visitor.connect_without_code()
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
    expect(theirs.at("ended-advice")).to_contain_text("There is no address at which the other device could be reached")
    expect(ours.at("ended-advice")).to_contain_text("There is no address at which this device could be reached")
    expect(theirs.at("ended-first")).to_contain_text("the other device")
    theirs.at("ended-technical").locator("summary").click()
    expect(theirs.at("ended-candidates")).to_contain_text("Each device tells the other the addresses")
    lists = theirs.page.locator("#ended-candidates ul")
    expect(lists.nth(0)).to_contain_text("udp")
    expect(lists.nth(1)).to_have_text("none")
    expect(theirs.at("ended-next")).to_have_text("Create a new code")
    ours.at("ended-next").click()
    expect(ours.at("ice-url")).to_be_focused()


WALL = """
() => {
    const { setRemoteDescription, addIceCandidate } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.addIceCandidate = async () => {};
    RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
        return setRemoteDescription.call(this, { type, sdp: sdp.replace(/^a=candidate:.*\\r\\n/gm, "") });
    };
    window.takeDownTheWall = () => Object.assign(RTCPeerConnection.prototype, { setRemoteDescription, addIceCandidate });
}
"""


def test_both_try_again_in_their_room(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    program, theirs = without_a_way(arrive, start_server(STUN_PORT="0").url)
    for visitor in (program, theirs):
        visitor.page.evaluate("takeDownTheWall()")
    # Not at once: who comes first waits.
    program.page.evaluate("begin(room)")
    theirs.at("ended-again").click()
    theirs.sees_status("Connected directly")
    program.page.wait_for_function("() => globalThis.link?.state === 'connected'")


def without_a_way(arrive: Callable[..., Visitor], url: str) -> tuple[Visitor, Visitor]:
    """A program whose code has no words, and somebody at the page who has entered it. Their attempt has ended."""
    program, theirs = arrive(url), arrive(url)
    theirs.page.clock.install()
    for visitor in (program, theirs):
        visitor.page.evaluate(WALL)
    theirs.enter(pairs_without_words(program))
    expect(theirs.at("connecting-warning")).to_be_visible()
    theirs.page.clock.run_for(45_000)
    theirs.sees_ending("The two devices cannot reach each other")
    program.page.wait_for_function("() => globalThis.error?.code === 'no_route'")
    return program, theirs


def test_who_comes_back_alone_is_told_that_nobody_is_there(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    _, theirs = without_a_way(arrive, start_server(STUN_PORT="0").url)
    theirs.at("ended-again").click()
    expect(theirs.at("connecting-text")).to_have_text("Waiting for the other device…")
    theirs.page.clock.run_for(10_000)
    expect(theirs.at("connecting-warning")).to_contain_text("This page has to be open there, and in front")
    theirs.page.clock.run_for(120_000)
    theirs.sees_ending("The other side did not come back")
    expect(theirs.at("ended-advice")).to_contain_text("cannot be used any more")
    expect(theirs.at("ended-next")).to_have_text("Create a new code")


def test_words_that_were_used_are_good_for_no_second_attempt(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    server = start_server(STUN_PORT="0")
    ours, theirs = arrive(server.url), arrive(server.url)
    theirs.page.clock.install()
    for visitor in (ours, theirs):
        visitor.page.evaluate(WALL)
    theirs.enter(ours.create_code())
    expect(theirs.at("connecting-warning")).to_be_visible()
    theirs.page.clock.run_for(45_000)
    for visitor in (ours, theirs):
        visitor.sees_ending("The two devices cannot reach each other")
        expect(visitor.at("ended-again")).to_have_count(0)


def use_relay_only(visitor: Visitor, address: str) -> None:
    visitor.page.locator("#ice-settings summary").click()
    visitor.at("ice-url").fill(address)
    visitor.at("ice-username").fill("somebody")
    visitor.at("ice-credential").fill("secret")
    visitor.at("ice-relay-only").check()


def test_relays_only_and_a_stun_server_is_refused_at_once(two: tuple[Visitor, Visitor]) -> None:
    ours, _ = two
    ours.page.locator("#ice-settings summary").click()
    ours.at("ice-url").fill("stun:127.0.0.1")
    ours.at("ice-relay-only").check()
    ours.connect_without_code()
    expect(ours.at("ice-error")).to_contain_text("To use a TURN server only, enter one here")
    expect(ours.at("ice-url")).to_be_focused()


def test_relays_only_and_a_server_without_any_is_told_before_there_is_a_code(two: tuple[Visitor, Visitor]) -> None:
    ours, _ = two
    ours.page.locator("#ice-settings summary").click()
    ours.at("ice-relay-only").check()
    ours.connect_without_code()
    ours.sees_ending("There is no TURN server to use")
    ours.at("ended-next").click()
    expect(ours.at("ice-url")).to_be_focused()


def test_what_is_in_the_way_is_told_while_the_two_still_try(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    server = start_server(STUN_PORT="0")
    ours, theirs = arrive(server.url), arrive(server.url)
    for visitor in (ours, theirs):
        visitor.page.evaluate(FIREWALL)
    theirs.enter(ours.create_code())
    for visitor in (ours, theirs):
        expect(visitor.at("connecting-warning")).to_contain_text("The two devices seem to be in different networks", timeout=5_000)
        expect(visitor.at("connecting-text")).to_contain_text("Looking for a way between you")
        visitor.sees_screen("connecting")
    # Who cancels leaves no riddle behind.
    theirs.at("cancel-connecting").click()
    ours.sees_ending("The other side has left", timeout=4_000)
