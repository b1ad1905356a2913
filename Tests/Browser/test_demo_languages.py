"""The page in other languages than English: that of the person, and one that is written from right to left."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from narrowest import NARROWEST, too_wide
from visitor import Visitor

# English in Arabic letters, a third longer, in place of German. Nobody can read it, but it runs as such a language does.
RIGHT_TO_LEFT = """
import { words as english } from "./words-en.js";

const LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي";

function turned(text) {
    const pieces = text.split(/(\\{\\w+\\})/);
    return pieces.map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/[a-z]+/gi, longer))).join("");
}

function longer(word) {
    const letters = [...word].map((letter) => LETTERS[letter.toLowerCase().charCodeAt(0) - 97]);
    return [...letters, ...letters.slice(0, Math.round(letters.length / 3))].join("");
}

function turnedAll(forms) {
    return Object.fromEntries(Object.entries(forms).map(([form, text]) => [form, turned(text)]));
}

export const direction = "rtl";
export const words = Object.fromEntries(
    Object.entries(english).map(([key, entry]) => [key, typeof entry === "string" ? turned(entry) : turnedAll(entry)]),
);
"""


@pytest.fixture
def speaker(arrive: Callable[..., Visitor], server: Any) -> Callable[..., Visitor]:
    """Somebody whose browser is German; with `catalogue` in place of the words in German."""

    def speaker(fragment: str = "", catalogue: str | None = None) -> Visitor:
        # Requests that a service worker makes cannot be answered here.
        visitor = arrive(server.url, locale="de-DE", service_workers="block")
        visitor.watch.expect("Service Worker registration blocked")
        if catalogue is not None:
            visitor.page.route("**/demo/words-de.js", lambda route: route.fulfill(body=catalogue, content_type="text/javascript"))
        if catalogue is not None or fragment != "":
            visitor.page.goto("about:blank")
            visitor.page.goto(f"{server.url}/{fragment}")
        return visitor

    return speaker


def test_the_page_speaks_german(speaker: Callable[..., Visitor]) -> None:
    ours = speaker()
    expect(ours.page.locator("html")).to_have_attribute("lang", "de-DE")
    expect(ours.page.locator("html")).to_have_attribute("dir", "ltr")
    expect(ours.at("join")).to_have_text("Verbinden")
    expect(ours.page).to_have_title("Dateien an ein anderes Gerät senden")


def test_it_speaks_english_to_whom_it_has_no_words_for(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url, locale="fr-FR")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    expect(visitor.at("join")).to_have_text("Connect")


def test_it_speaks_english_where_the_words_do_not_come(speaker: Callable[..., Visitor]) -> None:
    visitor = speaker(catalogue="this is no script")
    visitor.sees_screen("start")
    expect(visitor.at("join")).to_have_text("Connect")


@pytest.mark.parametrize(("catalogue", "direction"), [(None, "ltr"), (RIGHT_TO_LEFT, "rtl")])
def test_every_screen_has_room_for_longer_words(
    speaker: Callable[..., Visitor], catalogue: str | None, direction: str, tmp_path: Path
) -> None:
    ours, theirs = speaker(catalogue=catalogue), speaker(catalogue=catalogue)
    fits(ours, "start", direction)
    ours.page.locator("#ice-settings summary").click()
    fits(ours, "start", direction)
    ours.at("join").click()
    fits(ours, "code", direction)
    code = ours.at("code-value").get_attribute("aria-label")
    assert code is not None
    theirs.page.goto("about:blank")
    theirs.page.goto(f"{theirs.origin}/#{ours.at('link-value').input_value().split('#')[1]}")
    fits(theirs, "invitation", direction)
    theirs.at("accept-invitation").click()
    for visitor in (ours, theirs):
        visitor.sees_screen("connected")
    file = tmp_path / "a name of a file that is longer than the screen of a phone is wide, and has Ziffern 123.txt"
    file.write_text("text")
    ours.offer(file)
    expect(theirs.page.locator("#transfers li")).to_have_count(1)
    for visitor in (ours, theirs):
        fits(visitor, "connected", direction)
    ours.at("disconnect").click()
    for visitor in (ours, theirs):
        fits(visitor, "ended", direction)


def fits(visitor: Visitor, screen: str, direction: str) -> None:
    """Shown, in its direction, without a word that is missing, and no wider than the narrowest screen."""
    visitor.sees_screen(screen)
    expect(visitor.page.locator("html")).to_have_attribute("dir", direction)
    visitor.page.set_viewport_size(NARROWEST)
    assert too_wide(visitor) == []
    # A slot that nobody filled would be seen as `{name}`.
    shown = visitor.page.locator("body").inner_text()
    assert re.findall(r"\{\w+\}", shown) == []
