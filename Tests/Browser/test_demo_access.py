"""The page of a server that asks for an access key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from access_keys import KeyedServer
from visitor import Visitor
from watch import UNAUTHORIZED


def test_the_key_is_asked_for_where_it_is_needed_and_kept_for_the_tab(
    arrive: Callable[..., Visitor], start_server: Callable[..., Any], tmp_path: Path
) -> None:
    server = KeyedServer(start_server, tmp_path)
    ours, theirs = arrive(server.url), arrive(server.url)
    ours.watch.expect(UNAUTHORIZED)
    ours.connect_without_code()
    expect(ours.at("key-error")).to_have_text("This server asks for an access key.")
    expect(ours.at("key-input")).to_be_focused()
    # By keyboard alone, and wrong at first.
    ours.page.keyboard.type("wrong")
    expect(ours.at("key-error")).to_be_empty()
    ours.page.keyboard.press("Enter")
    expect(ours.at("key-error")).to_have_text("The server does not take this access key.")
    expect(ours.at("key-input")).to_be_focused()
    ours.at("key-input").fill(server.key)
    ours.page.keyboard.press("Tab")
    expect(ours.at("key-continue")).to_be_focused()
    ours.page.keyboard.press("Enter")
    ours.sees_screen("code")
    # Who enters the code needs no key.
    theirs.enter(ours.shown_code())
    for visitor in (ours, theirs):
        visitor.sees_screen("connected")
    ours.at("disconnect").click()
    ours.page.reload()
    ours.create_code()
    other_tab = ours.page.context.new_page()
    other_tab.goto(server.url)
    assert other_tab.locator("#key-input").input_value() == ""


def test_a_code_is_not_lost_to_a_missing_key(arrive: Callable[..., Visitor], start_server: Callable[..., Any], tmp_path: Path) -> None:
    server = KeyedServer(start_server, tmp_path, redeems=True)
    ours, theirs = arrive(server.url), arrive(server.url)
    for visitor in (ours, theirs):
        visitor.watch.expect(UNAUTHORIZED)
    ours.connect_without_code()
    ours.at("key-input").fill(server.key)
    ours.at("key-continue").click()
    ours.sees_screen("code")
    theirs.enter(ours.shown_code())
    expect(theirs.at("key-input")).to_be_focused()
    theirs.page.keyboard.type(server.key)
    theirs.page.keyboard.press("Enter")
    for visitor in (ours, theirs):
        visitor.sees_screen("connected")


def test_what_no_field_can_hold_is_a_wrong_key(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.page.locator("#ice-settings summary").click()
    visitor.at("key-input").fill("schlüssel")
    visitor.connect_without_code()
    expect(visitor.at("key-error")).to_have_text("The server does not take this access key.")
