"""The demo page and what it claims: words, links, digits to compare, and what happens when something does not match."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Route, expect

from chromium import PLAIN_HOST
from visitor import ANOTHER_WORD, LIMIT_MS, Visitor, connect, connect_by, pairs_without_words, wait_until
from watch import UNTRUSTWORTHY

END_TO_END = "encrypted from end to end"


def secrets_of(visitor: Visitor) -> tuple[str, str]:
    """The phrase that the page shows, and what stands behind the # of its link."""
    return visitor.shown_code(), visitor.at("link-value").input_value().partition("#")[2]


def test_who_has_the_words_is_said_to_be_verified(two: tuple[Visitor, Visitor]) -> None:
    connect(*two)
    for visitor in two:
        visitor.sees_proof("Verified: the other device has the words of this code.")
        expect(visitor.at("comparison")).to_be_hidden()


def test_a_link_leaves_the_address_bar_at_once_and_is_used_with_a_press(arrive: Callable[..., Visitor], server: Any) -> None:
    ours = arrive(server.url)
    ours.create_code()
    _, fragment = secrets_of(ours)
    assert re.fullmatch(r"\d{4}\.[\w-]{22}", fragment)
    invited = arrive(server.url, f"#{fragment}")
    assert invited.page.evaluate("location.href") == f"{server.url}/"
    expect(invited.at("code-input")).to_have_value(fragment)
    expect(invited.at("accept-invitation")).to_have_text(f"Connect to {fragment[:4]}")
    ours.sees_screen("code")
    invited.at("accept-invitation").click()
    for visitor in (ours, invited):
        visitor.sees_screen("connected")
        visitor.sees_proof("Verified: the other device has the link of this code.")


def test_a_link_leaves_the_address_bar_while_the_page_is_still_loaded(arrive: Callable[..., Visitor], server: Any) -> None:
    # Requests that a service worker makes cannot be held here.
    invited = arrive(server.url, service_workers="block")
    invited.watch.expect("Service Worker registration blocked")
    held: list[Route] = []
    invited.page.route("**/demo/app.js", lambda route: held.append(route))
    # With another query than before, or it would be the same page.
    invited.page.goto(f"{server.url}/?again#2802-crossword-clockwork", wait_until="commit")
    expect(invited.page).to_have_url(f"{server.url}/?again", timeout=LIMIT_MS)
    expect(invited.at("screen-start")).to_be_hidden()
    wait_until(invited.page, lambda: len(held) > 0)
    (app,) = held
    app.continue_()
    expect(invited.at("code-input")).to_have_value("2802-crossword-clockwork")


def test_a_link_that_is_not_whole_is_not_read_as_its_digits(arrive: Callable[..., Visitor], server: Any) -> None:
    ours = arrive(server.url)
    ours.create_code()
    _, fragment = secrets_of(ours)
    invited = arrive(server.url, f"#{fragment[:-3]}")
    invited.at("accept-invitation").click()
    invited.sees_screen("start")
    expect(invited.at("code-error")).to_contain_text("A code has 4 to 8 digits")
    ours.sees_screen("code")


def test_the_qr_code_is_that_of_the_link(arrive: Callable[..., Visitor], server: Any) -> None:
    ours = arrive(server.url)
    ours.create_code()
    picture = Image.open(io.BytesIO(ours.page.locator("#qr svg").screenshot()))
    (read,) = zxingcpp.read_barcodes(picture)
    assert read.text == ours.at("link-value").input_value()


def test_words_that_do_not_match_connect_nobody_and_the_next_code_has_more(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    phrase = ours.create_code()
    theirs.enter(theirs.page.evaluate(ANOTHER_WORD, phrase))
    for visitor in two:
        visitor.sees_ending("The words do not match")
        expect(visitor.at("ended-advice")).to_contain_text("somebody else used the code")
        expect(visitor.at("ended-again")).to_have_count(0)
    ours.at("ended-next").click()
    ours.sees_screen("code")
    assert re.fullmatch(r"\d{4}(-[a-z]{4,9}){3}", ours.shown_code())
    theirs.at("ended-next").click()
    connect_by(ours.shown_code(), ours, theirs)


def test_a_mistyped_word_is_found_before_anything_is_sent(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.enter("2802-crossward")
    expect(visitor.at("code-error")).to_contain_text("“crossward” is none of the words. Is it crossword")
    expect(visitor.at("code-input")).to_be_focused()
    expect(visitor.at("code-input")).to_have_attribute("aria-invalid", "true")
    assert [url for url in asked if "/rendezvous/" in url] == []


def test_digits_alone_are_not_enough_for_a_code_with_words(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    theirs.enter(ours.create_code().partition("-")[0])
    theirs.sees_ending("This code has words too")
    ours.sees_ending("The other side did not say the words")


def test_people_may_write_words_as_they_like(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    digits, *words = ours.create_code().split("-")
    connect_by(f"{digits[:2]} {digits[2:]} {' '.join(words).upper()}", ours, theirs)


def test_without_words_nothing_is_claimed_before_people_have_compared(two: tuple[Visitor, Visitor]) -> None:
    program, ours = two
    ours.enter(pairs_without_words(program))
    ours.sees_screen("connected")
    ours.sees_proof("Not verified: no words were entered with the code.")
    expect(ours.at("link-status")).to_contain_text("encrypted.")
    expect(ours.at("link-status")).not_to_contain_text(END_TO_END)
    digits = program.page.evaluate("link.sas")
    expect(ours.at("digits")).to_have_text(f"{digits[:3]} {digits[3:]}")
    ours.at("digits-same").focus()
    ours.page.keyboard.press("Enter")
    ours.sees_proof("Compared: both devices show the same digits.")
    ours.sees_status(END_TO_END)
    expect(ours.at("comparison")).to_be_hidden()
    expect(ours.at("proof")).to_be_focused()
    assert program.page.evaluate("link.state") == "connected"


def test_digits_that_differ_end_the_connection(two: tuple[Visitor, Visitor]) -> None:
    program, ours = two
    ours.enter(pairs_without_words(program))
    ours.sees_screen("connected")
    ours.at("digits-differ").click()
    ours.sees_ending("The digits differ")
    program.page.wait_for_function("() => link.state === 'closed'")


def test_over_plain_http_the_claim_has_its_limit_beside_it(arrive: Callable[..., Visitor], server: Any) -> None:
    url = f"http://{PLAIN_HOST}:{server.port}"
    ours, theirs = arrive(url), arrive(url)
    for visitor in (ours, theirs):
        visitor.watch.expect(UNTRUSTWORTHY)
    connect(ours, theirs)
    for visitor in (ours, theirs):
        visitor.sees_proof("Verified: the other device has the words of this code. This page itself came over plain http")


def test_nothing_but_the_digits_leaves_the_page(arrive: Callable[..., Visitor], server: Any) -> None:
    ours, theirs = arrive(server.url), arrive(server.url)
    said: list[str] = []
    for visitor in (ours, theirs):
        visitor.page.on("request", lambda request: said.append(f"{request.url} {request.headers} {request.post_data}"))
        visitor.page.on("console", lambda message: said.append(message.text))
        visitor.page.on("websocket", lambda socket: socket.on("framesent", lambda payload: said.append(str(payload))))
    ours.create_code()
    phrase, fragment = secrets_of(ours)
    kept = "[document.title, location.href, {...localStorage}, {...sessionStorage}, document.cookie, history.state]"
    said.append(json.dumps(ours.page.evaluate(kept)))
    theirs.page.goto(f"{server.url}/#{fragment}")
    said.append(json.dumps(theirs.page.evaluate(kept)))
    theirs.at("accept-invitation").click()
    for visitor in (ours, theirs):
        visitor.sees_screen("connected")
        said.append(json.dumps(visitor.page.evaluate(kept)))
    secrets = [*phrase.split("-")[1:], fragment.partition(".")[2]]
    # The navigation itself is told with its fragment, which no browser sends.
    outside = [text for text in said if not text.startswith(f"{server.url}/#{fragment}")]
    assert any("sender_ready" in text for text in outside), "frames are seen"
    assert [secret for secret in secrets if any(secret in text for text in outside)] == []
    assert ours.at("link-value").input_value() == "", "nor stays it in the page"


def test_the_field_has_nothing_sent_away_that_is_typed(arrive: Callable[..., Visitor], server: Any) -> None:
    field = arrive(server.url).at("code-input")
    for name, value in {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}.items():
        expect(field).to_have_attribute(name, value)
