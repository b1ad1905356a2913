"""What people do before they are connected: files that wait for the other device, the address of the page, an invitation, the steps."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from visitor import Visitor, connect, pairs_without_words, sha256, wait_until

SHARES = "navigator.share = async (data) => { window.shared = data; };"


def waiting(visitor: Visitor, screen: str = "start") -> Any:
    """The names of the files that are listed on a screen, to be sent later."""
    return visitor.page.locator(f"#screen-{screen} .outbox .file-name")


def test_files_that_were_chosen_first_are_offered_once_the_two_are_connected(two: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = two
    kept, dropped = make_file("kept.bin", 1000), make_file("dropped.bin", 1000)
    ours.offer(kept, dropped)
    expect(waiting(ours)).to_have_text(["kept.bin", "dropped.bin"])
    ours.press("Do not send", "dropped.bin")
    expect(waiting(ours)).to_have_text(["kept.bin"])
    expect(ours.page.get_by_role("button", name="Do not send kept.bin")).to_be_focused()
    code = ours.create_code()
    expect(waiting(ours, "code")).to_have_text(["kept.bin"])
    theirs.enter(code)
    assert theirs.receive("kept.bin") == sha256(kept)
    expect(theirs.transfer("dropped.bin")).to_have_count(0)
    ours.sees_transfer("kept.bin", "done")
    expect(ours.at("transfers-done")).to_have_text("The file has arrived.")


def test_a_picture_that_waits_is_decoded_once(arrive: Callable[..., Visitor], server: Any, tmp_path: Path) -> None:
    pictures = [tmp_path / f"{number}.png" for number in range(3)]
    for picture in pictures:
        Image.new("RGB", (8, 8)).save(picture)
    visitor = arrive(server.url)
    visitor.page.evaluate("""() => {
        const { createObjectURL } = URL;
        window.decoded = 0;
        URL.createObjectURL = (blob) => (window.decoded += 1, createObjectURL(blob));
    }""")
    visitor.offer(*pictures)
    visitor.press("Do not send", "0.png")
    visitor.create_code()
    expect(visitor.page.locator("#screen-code .outbox canvas")).to_have_count(2)
    expect(visitor.page.locator(".outbox li")).to_have_count(2)
    assert visitor.page.evaluate("decoded") == len(pictures)


def test_files_go_to_nobody_unknown_by_themselves(two: tuple[Visitor, Visitor], make_file: Callable) -> None:
    program, ours = two
    ours.offer(make_file("private.bin", 1000))
    ours.enter(pairs_without_words(program))
    ours.sees_screen("connected")
    expect(waiting(ours, "connected")).to_have_text(["private.bin"])
    expect(ours.transfer("private.bin")).to_have_count(0)
    ours.at("digits-same").click()
    ours.sees_transfer("private.bin", "offered")
    expect(ours.at("held")).to_be_hidden()


def test_who_has_seen_that_the_other_end_is_unknown_may_send(two: tuple[Visitor, Visitor], make_file: Callable) -> None:
    program, ours = two
    ours.offer(make_file("public.bin", 1000))
    ours.enter(pairs_without_words(program))
    ours.at("send-held").click()
    ours.sees_transfer("public.bin", "offered")
    expect(ours.at("held")).to_be_hidden()
    expect(ours.at("proof")).to_be_focused()


def test_who_decides_against_all_files_is_asked_no_more(two: tuple[Visitor, Visitor], make_file: Callable) -> None:
    program, ours = two
    ours.offer(make_file("private.bin", 1000))
    ours.enter(pairs_without_words(program))
    expect(ours.at("held")).to_contain_text("Your files wait until you know")
    ours.press("Do not send", "private.bin")
    expect(ours.at("held")).to_be_hidden()
    expect(ours.at("connected-title")).to_be_focused()


def test_files_that_there_is_no_room_for_are_offered_as_others_are_over(two: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = two
    connect(ours, theirs)
    ours.offer(*(make_file(f"{number}.bin", 1) for number in range(102)))
    expect(ours.at("held")).to_contain_text("2 wait until others are over")
    theirs.press("Decline", "0.bin")
    expect(ours.at("held")).to_contain_text("1 waits until another is over")
    expect(theirs.transfer("100.bin")).to_be_visible()
    theirs.press("Decline", "1.bin")
    expect(theirs.transfer("101.bin")).to_be_visible()
    expect(ours.at("held")).to_be_hidden()


def test_files_that_are_chosen_after_the_end_wait_for_the_next_connection(two: tuple[Visitor, Visitor], make_file: Callable) -> None:
    ours, theirs = two
    connect(ours, theirs)
    theirs.at("disconnect").click()
    ours.sees_ending("The other side has left")
    ours.offer(make_file("late.bin", 1000))
    expect(waiting(ours, "ended")).to_have_text(["late.bin"])
    theirs.at("ended-next").click()
    ours.at("ended-next").click()
    ours.sees_screen("code")
    theirs.enter(ours.shown_code())
    theirs.sees_transfer("late.bin", "offered")


def test_an_invitation_can_wait(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url, "#2802-crossword-clockwork")
    expect(visitor.at("invitation")).to_contain_text("Ask whoever sent you this link to keep their page open")
    visitor.at("decline-invitation").click()
    visitor.sees_screen("start")
    expect(visitor.at("code-input")).to_have_value("")


ADDRESSES = ["http://192.168.1.20:1234/", "javascript:alert(1)", "https://demo.example/"]


@pytest.mark.parametrize(("answer", "shown"), [
    ({"addresses": ADDRESSES}, [ADDRESSES[0], ADDRESSES[2]]),
    ({"addresses": []}, []),
    ({}, []),
    ("no JSON", []),
])
def test_a_page_at_loopback_says_so_before_there_is_a_code(
    arrive: Callable[..., Visitor], server: Any, answer: Any, shown: list[str]
) -> None:
    visitor = arrive(server.url)
    body = answer if isinstance(answer, str) else json.dumps(answer)
    visitor.page.route("**/demo/settings.json", lambda route: route.fulfill(body=body, content_type="application/json"))
    with visitor.page.expect_response("**/demo/settings.json"):
        visitor.page.reload()
    expect(visitor.at("local-note")).to_contain_text("Other devices cannot open the address of this page.")
    expect(visitor.page.locator("#local-addresses a")).to_have_text(shown)
    if not shown:
        expect(visitor.at("local-advice")).to_contain_text(f"such as http://192.168.1.20:{server.port}/")


def test_the_link_of_a_code_leads_to_the_address_that_other_devices_can_open(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    body = json.dumps({"addresses": ADDRESSES})
    visitor.page.route("**/demo/settings.json", lambda route: route.fulfill(body=body, content_type="application/json"))
    visitor.page.reload()
    expect(visitor.page.locator("#local-addresses a")).to_have_count(2)
    visitor.create_code()
    expect(visitor.at("code-lead")).to_contain_text("192.168.1.20:1234")
    assert visitor.at("link-value").input_value().startswith(f"{ADDRESSES[0]}#")


def test_the_link_of_a_code_that_cannot_be_shared_is_copied(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    visitor.page.evaluate("() => { navigator.share = async () => { throw new DOMException('no', 'NotAllowedError'); }; }")
    visitor.create_code()
    visitor.at("share-link").click()
    expect(visitor.at("copy-result")).to_have_text("Copied.")


def test_the_link_of_a_code_is_shared_where_the_device_can(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.page.evaluate(SHARES)
    visitor.create_code()
    visitor.at("share-link").click()
    visitor.page.wait_for_function("() => window.shared !== undefined")
    assert visitor.page.evaluate("shared.url") == visitor.at("link-value").input_value()


def test_the_link_of_a_code_is_copied(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.page.evaluate("delete Navigator.prototype.share")
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    visitor.create_code()
    expect(visitor.at("share-link")).to_be_hidden()
    visitor.at("copy-link").click()
    expect(visitor.at("copy-result")).to_have_text("Copied.")
    assert visitor.page.evaluate("navigator.clipboard.readText()") == visitor.at("link-value").input_value()


def test_the_present_step_is_marked(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    held: list[Route] = []
    theirs.page.route("**/rendezvous/redeem", lambda route: held.append(route))
    theirs.enter(ours.create_code())
    present = theirs.page.locator("#connecting-steps [aria-current=step]")
    expect(present).to_have_text("Checking the code")
    expect(theirs.at("connecting-text")).to_have_text("Checking the code…")
    wait_until(theirs.page, lambda: len(held) > 0)
    (route,) = held
    ours.at("cancel-code").click()
    route.continue_()
    expect(present).to_have_text("Waiting for the other device")
    expect(theirs.page.locator("#connecting-steps .done")).to_have_text("Checking the code(done)")
