"""Pairing on the demo page by a code, and each way in which a code does not work."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from metrics_page import read_metrics
from visitor import LIMIT_MS, Visitor, connect
from watch import GONE, TOO_MANY

TAKE_THE_ROOM = """
async ([appID, side]) => {
    const { connect } = await import("/client/signaling.js");
    const session = connect({ base: location.origin, appID, side });
    return await new Promise((resolve) => {
        session.addEventListener("open", () => resolve("in"));
        session.addEventListener("closed", ({ detail }) => resolve(detail.error.code));
    });
}
"""


def mint(page: Page, url: str, **body: Any) -> dict[str, str]:
    answer = page.request.post(f"{url}/rendezvous/code", data=body)
    assert answer.status == 200
    return answer.json()


def test_two_pages_pair_by_code_and_chat(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    connect(ours, theirs)
    ours.say("hello <b>there</b>")
    theirs.say("Grüße, 世界 🎉")
    ours.say("and again")
    theirs.hears("hello <b>there</b>", "and again")
    ours.hears("Grüße, 世界 🎉")
    for visitor in two:
        visitor.unfolds_the_connection()
        expect(visitor.page.locator("#picture svg")).to_have_attribute("data-route", "direct")
        expect(visitor.at("route-facts")).to_contain_text("Round trip")


def test_the_link_of_a_code_waits_for_one_press(arrive: Callable[..., Visitor], server: Any) -> None:
    ours = arrive(server.url)
    ours.create_code()
    origin, code = ours.at("link-value").input_value().split("/#")
    invited = arrive(origin, f"#{code}")
    expect(invited.at("invitation")).to_be_visible()
    expect(invited.at("accept-invitation")).to_be_focused()
    invited.page.keyboard.press("Enter")
    for visitor in (ours, invited):
        visitor.sees_screen("connected")
    assert "#" not in invited.page.url, "a reload would offer the used code again"


def test_pairing_chat_and_goodbye_by_keyboard_alone(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    tab_to(ours, "join")
    ours.page.keyboard.press("Enter")
    ours.sees_screen("code")
    expect(ours.at("code-title")).to_be_focused()
    code = ours.shown_code()

    tab_to(theirs, "code-input")
    theirs.page.keyboard.type(code)
    theirs.page.keyboard.press("Enter")
    for visitor in two:
        visitor.sees_screen("connected")
        expect(visitor.at("connected-title")).to_be_focused()

    tab_to(ours, "chat-input")
    ours.page.keyboard.type("no mouse here")
    ours.page.keyboard.press("Enter")
    theirs.hears("no mouse here")

    tab_to(theirs, "disconnect")
    theirs.page.keyboard.press("Enter")
    theirs.sees_ending("Disconnected")
    ours.sees_ending("The other side has left")
    expect(ours.at("ended-title")).to_be_focused()


def tab_to(visitor: Visitor, id: str) -> None:
    for _ in range(30):
        if visitor.page.evaluate("document.activeElement.id") == id:
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"the tabulator does not lead to {id}")


def test_the_third_with_a_used_code_is_told(arrive: Callable[..., Visitor], two: tuple[Visitor, Visitor], server: Any) -> None:
    ours, theirs = two
    code = ours.create_code()
    theirs.enter(code)
    theirs.sees_screen("connected")
    third = arrive(server.url)
    third.watch.expect(GONE)
    third.enter(code)
    third.sees_ending("This code does not work")
    third.at("ended-next").click()
    third.sees_screen("start")
    expect(third.at("code-input")).to_be_focused()
    # And the two were not disturbed.
    ours.say("still here")
    theirs.hears("still here")


def test_the_third_in_a_room_is_told_that_it_is_taken(arrive: Callable[..., Visitor], two: tuple[Visitor, Visitor], server: Any) -> None:
    """The page cannot come into a room without its code, so the third one calls the client as the page does."""
    ours, theirs = two
    sockets: list[str] = []
    ours.page.on("websocket", lambda socket: sockets.append(socket.url))
    connect(ours, theirs)
    room = parse_qs(urlsplit(sockets[0]).query)["appID"][0]
    third = arrive(server.url)
    assert [third.page.evaluate(TAKE_THE_ROOM, [room, side]) for side in "AB"] == ["side_busy", "side_busy"]
    ours.say("still here")
    theirs.hears("still here")


def test_a_code_that_was_never_given_out(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.watch.expect(GONE)
    visitor.enter("00 00-0000")
    visitor.sees_ending("This code does not work")


def test_what_is_no_code_is_refused_before_it_is_sent(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.enter("28o2")
    expect(visitor.at("code-error")).to_have_text("A code has 4 to 8 digits, and its words behind them.")
    expect(visitor.at("code-input")).to_be_focused()
    visitor.page.keyboard.press("End")
    visitor.page.keyboard.type("1")
    expect(visitor.at("code-error")).to_be_empty()


@pytest.mark.parametrize("address", ["stun:example.org:99999", "stun:example.org?transport=udp", "turn:[::"])
def test_an_address_that_the_browser_refuses_costs_no_code(arrive: Callable[..., Visitor], server: Any, address: str) -> None:
    visitor = arrive(server.url)
    visitor.page.locator("#ice-settings summary").click()
    for name, text in {"ice-url": address, "ice-username": "user", "ice-credential": "password"}.items():
        visitor.at(name).fill(text)
    visitor.connect_without_code()
    expect(visitor.at("ice-error")).to_contain_text("This browser does not take the address")
    expect(visitor.at("ice-url")).to_be_focused()
    visitor.sees_screen("start")


def test_an_expired_code(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.watch.expect(GONE)
    minted = mint(visitor.page, server.url, ttl=1)
    codes_become(server.url, 0)
    visitor.enter(minted["code"])
    visitor.sees_ending("This code does not work")


def test_whoever_waits_until_the_code_has_expired_is_offered_a_new_one(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.page.clock.install()
    visitor.page.reload()
    first = visitor.create_code()
    expect(visitor.at("code-expiry")).to_have_text(re.compile(r"^(10:00|9:\d\d) left$"))
    # Ten minutes, and the time that is granted to clocks that differ.
    visitor.page.clock.fast_forward("10:30")
    visitor.sees_ending("The other side did not come")
    visitor.at("ended-next").click()
    visitor.sees_screen("code")
    assert visitor.shown_code() != first


def test_too_many_wrong_codes(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    visitor = arrive(start_server(REDEEM_FAILURES_PER_MIN="1").url)
    visitor.watch.expect(GONE, TOO_MANY)
    visitor.enter("00000000")
    visitor.sees_ending("This code does not work")
    visitor.at("ended-start").click()
    visitor.enter("00000001")
    visitor.sees_ending("Too many wrong codes")
    expect(visitor.at("ended-advice")).to_contain_text(re.compile(r"Try again in \d+ s"))


def codes_become(url: str, count: int) -> None:
    deadline = time.monotonic() + LIMIT_MS / 1000
    while read_metrics(url).total("nt_codes_active") != count:
        assert time.monotonic() < deadline, "the code does not expire"
        time.sleep(0.05)
