"""What people write to each other on the demo page, and what the other side could do with it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from demo_states import PHONE
from visitor import Visitor, connect, pairs_without_words

# What no page sends: the port's own message, around the page's code.
SEND = "(message) => { link.channel.send(JSON.stringify(message)); }"


@pytest.fixture
def connected(two: tuple[Visitor, Visitor]) -> tuple[Visitor, Visitor]:
    connect(*two)
    return two


def heard(visitor: Visitor) -> Locator:
    return visitor.page.locator("#chat-messages .theirs .words").last


def test_lines_are_kept_and_enter_sends(connected: tuple[Visitor, Visitor]) -> None:
    ours, theirs = connected
    field = ours.at("chat-input")
    height = field.bounding_box()["height"]
    field.focus()
    ours.page.keyboard.type("first")
    ours.page.keyboard.press("Shift+Enter")
    ours.page.keyboard.press("Shift+Enter")
    ours.page.keyboard.type("third")
    assert field.bounding_box()["height"] > height, "the field grows"
    ours.page.keyboard.press("Enter")
    expect(field).to_have_value("")
    assert field.bounding_box()["height"] == height
    expect(heard(theirs)).to_have_text("first\n\nthird", use_inner_text=True)


def test_enter_that_ends_a_composition_sends_nothing(connected: tuple[Visitor, Visitor]) -> None:
    ours, theirs = connected
    ours.at("chat-input").fill("にほん")
    ours.page.evaluate("""
        document.getElementById("chat-input").dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))
    """)
    expect(ours.at("chat-input")).to_have_value("にほん")
    ours.say("日本")
    theirs.hears("日本")


def test_addresses_lead_where_they_say_and_nowhere_else(connected: tuple[Visitor, Visitor]) -> None:
    ours, theirs = connected
    ours.say("see https://example.org/a?b, javascript:alert(1), https://bank.example@evil.example/ and <a href=x>")
    expect(heard(theirs)).to_contain_text("and <a href=x>")
    links = heard(theirs).locator("a")
    expect(links).to_have_count(1)
    for name, value in {"href": "https://example.org/a?b", "target": "_blank", "rel": "noopener noreferrer"}.items():
        expect(links).to_have_attribute(name, value)


def test_a_message_is_copied_with_its_lines(connected: tuple[Visitor, Visitor], server: Any) -> None:
    ours, theirs = connected
    theirs.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    ours.say("pass word\nline two")
    theirs.page.get_by_role("button", name="Copy this message").click()
    expect(theirs.page.get_by_role("button", name="Copied")).to_be_visible()
    assert theirs.page.evaluate("navigator.clipboard.readText()") == "pass word\nline two"


def test_each_device_has_a_name(connected: tuple[Visitor, Visitor]) -> None:
    for visitor in connected:
        expect(visitor.at("connected-title")).to_have_text("Chrome · Linux")
    ours, theirs = connected
    ours.say("hello")
    expect(theirs.page.locator("#chat-messages .theirs .byline")).to_contain_text("Chrome · Linux")


def test_a_name_is_text_of_one_line_and_its_marks_change_no_direction(two: tuple[Visitor, Visitor]) -> None:
    program, ours = two
    ours.enter(pairs_without_words(program))
    ours.sees_screen("connected")
    program.page.wait_for_function("() => globalThis.link !== undefined")
    program.page.evaluate(SEND, {"kind": "device", "name": "<b>Bank</b>\n\u202eevil\u0000"})
    expect(ours.at("connected-title")).to_have_text("<b>Bank</b> evil")
    program.page.evaluate(SEND, {"kind": "chat", "text": "a\u202eb\u2066c"})
    expect(heard(ours)).to_have_text("abc")
    program.page.evaluate(SEND, {"kind": "device", "name": "x" * 65})
    expect(ours.at("notice")).to_contain_text("sent something that this page cannot read")
    expect(ours.at("connected-title")).to_have_text("<b>Bank</b> evil")


def test_on_a_phone_files_and_chat_take_turns_and_what_is_unread_is_counted(connected: tuple[Visitor, Visitor]) -> None:
    ours, theirs = connected
    ours.page.set_viewport_size(PHONE)
    files, chat = (ours.page.locator(f".tabs [data-pane={name}]") for name in ("files", "chat"))
    expect(ours.at("choose-files")).to_be_in_viewport()
    expect(ours.at("chat-input")).to_be_hidden()
    theirs.say("one")
    theirs.say("two")
    expect(ours.at("announcer")).to_have_text(re.compile(r"^Chrome.*: two$"))
    expect(chat).to_have_text("Chat 2 unread messages")
    chat.click()
    expect(ours.at("chat-unread")).to_be_hidden()
    expect(chat).to_have_attribute("aria-pressed", "true")
    for id in ("chat-input", "chat-send", "disconnect"):
        expect(ours.at(id)).to_be_in_viewport(ratio=1)
    for number in range(30):
        theirs.say(f"line {number}")
    expect(heard(ours)).to_have_text("line 29")
    expect(heard(ours)).to_be_in_viewport()
    expect(ours.at("chat-input")).to_be_in_viewport(ratio=1)
    assert ours.page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the page itself does not scroll"
    files.click()
    expect(ours.at("chat-input")).to_be_hidden()


def test_what_was_copied_as_text_and_picture_is_pasted_as_text_alone(connected: tuple[Visitor, Visitor]) -> None:
    ours, _ = connected
    for target, files in (("chat-input", 0), ("files-title", 1)):
        ours.page.evaluate("""(id) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "cells");
            clipboardData.items.add(new File(["picture"], "image.png", { type: "image/png" }));
            document.getElementById(id).dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""", target)
        expect(ours.page.locator("#transfers li")).to_have_count(files)


def test_what_is_too_much_for_a_message_is_left_for_the_next(connected: tuple[Visitor, Visitor]) -> None:
    ours, theirs = connected
    ours.page.evaluate("() => { document.getElementById('chat-input').value = 'x'.repeat(4000) + 'the rest'; }")
    ours.at("chat-send").click()
    expect(ours.at("chat-input")).to_have_value("the rest")
    ours.at("chat-send").click()
    expect(heard(theirs)).to_have_text("the rest")
