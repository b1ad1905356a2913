"""Two browsers that verify each other by words or a link, before servers that can be trusted and before one that cannot."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from altering_relay import AlteringRelay, Frame
from chromium import PLAIN_HOST, PLAIN_HOST_FLAG
from client_pages import ClientPage, assert_they_talk, both_add_media, client_pages
from firefox import Firefox
from visitor import ANOTHER_WORD

SHOWN = {"words": 2, "link": True}
REMOTE = "connections.map(({ remoteDescription }) => remoteDescription?.type ?? null)"


async def entered(a: ClientPage, b: ClientPage, code: str, **options: Any) -> None:
    """Side A shows words and a link; B enters the one of the two that `code` names."""
    await a.begin(**SHOWN)
    await b.begin(code=await a.told(code), **options)


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(("code", "by"), [("phrase", "words"), ("fragment", "link")])
async def test_two_browsers_verify_each_other(
    start_server: Callable[..., Any], tls_files: tuple[Path, Path], scheme: str, code: str, by: str
) -> None:
    certificate, key = map(str, tls_files)
    server = start_server(**({"TLS_CERT_FILE": certificate, "TLS_KEY_FILE": key} if scheme == "https" else {}))
    async with client_pages(f"{scheme}://{PLAIN_HOST}:{server.port}", flags=[PLAIN_HOST_FLAG]) as (a, b):
        # Plain http keeps much from a page, all of its cryptography among it.
        assert await a.evaluate("isSecureContext") is (scheme == "https")
        assert await a.evaluate("crypto.subtle !== undefined") is (scheme == "https")
        await entered(a, b, code)
        for page in (a, b):
            await page.connected()
            assert await page.evaluate("current.link.verified") == by
        await assert_they_talk(a, b, "hello")


async def test_digits_alone_load_nothing_more_and_can_be_compared(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await a.begin()
        await b.begin(code=await a.code())
        for page in (a, b):
            await page.connected()
            await page.becomes("current.link.sas !== null")
            assert await page.evaluate("current.link.verified") is None
            loaded = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)")
            assert "/client/verified.js" not in loaded
        assert re.fullmatch(r"\d{6}", await a.evaluate("current.link.sas"))
        assert await a.evaluate("current.link.sas") == await b.evaluate("current.link.sas")


async def test_without_the_part_that_verifies_no_code_is_spent(server: Any) -> None:
    async with client_pages(server.url, count=1) as (page,):
        await page.page.route("**/client/verified.js", lambda route: route.abort())
        for options in (SHOWN, {"code": "2802-crossword"}):
            await page.evaluate("told.error = null")
            await page.begin(**options)
            error = await page.told("error")
            assert (error["code"], "verified.js" in error["message"]) == ("server_unreachable", True)
            assert "crossword" not in json.dumps(error)
        asked = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)")
        assert [path for path in asked if path.startswith("/rendezvous/")] == []


async def test_a_wrong_word_connects_nobody(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await a.begin(**SHOWN)
        await b.begin(code=await b.evaluate(ANOTHER_WORD, await a.told("phrase")))
        for page in (a, b):
            assert (await page.told("error"))["code"] == "code_mismatch"
            assert await page.evaluate(REMOTE) == [None]


async def test_the_digits_of_a_code_with_words_connect_nobody(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await entered(a, b, "code")
        assert (await b.told("error"))["code"] == "words_needed"
        assert (await a.told("error"))["code"] == "peer_unverified"


async def test_words_keep_through_a_restart_of_ice_and_more_media(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await entered(a, b, "phrase")
        for page in (a, b):
            await page.connected()
        before = await a.evaluate("usernames()")
        await a.evaluate("dispatchEvent(new Event('online'))")
        await a.becomes(f"JSON.stringify(usernames()) !== {json.dumps(json.dumps(before, separators=(',', ':')))}")
        await both_add_media(a, b)
        await assert_they_talk(a, b, "still here")
        assert await a.evaluate("told.forged.concat(told.states)") == []


# A server that cannot be trusted


@asynccontextmanager
async def before(server: Any) -> AsyncIterator[tuple[AlteringRelay, ClientPage, ClientPage]]:
    async with AlteringRelay(server.url) as relay, client_pages(relay.url) as (a, b):
        yield relay, a, b


def another_certificate(frame: Frame) -> Frame:
    sdp = re.sub(r"(?m)^(a=fingerprint:\S+ )(..)", lambda found: found[1] + ("11" if found[2] == "00" else "00"), frame["sdp"]["sdp"])
    return {**frame, "sdp": {**frame["sdp"], "sdp": sdp}}


def without_proof(frame: Frame) -> Frame:
    return {name: value for name, value in frame.items() if name != "pake"}


@pytest.mark.parametrize("change", [another_certificate, without_proof])
@pytest.mark.parametrize(("type", "victim"), [("offer", "B"), ("answer", "A")])
async def test_nothing_is_applied_that_the_other_side_did_not_make(server: Any, change: Callable[[Frame], Frame], type: str, victim: str) -> None:
    async with before(server) as (relay, a, b):
        relay.alter = lambda frame, side: [change(frame) if frame["type"] == type else frame]
        await entered(a, b, "phrase")
        page = b if victim == "B" else a
        expected = "code_mismatch" if change is another_certificate else "peer_unverified"
        assert (await page.told("error"))["code"] == expected
        assert await page.evaluate(REMOTE) == [None]
        assert await page.evaluate("told.stages.includes('connected')") is False


async def test_what_leaves_a_browser_holds_no_secret(server: Any) -> None:
    async with before(server) as (relay, a, b):
        said: list[str] = []
        for page in (a, b):
            page.page.on("console", lambda message: said.append(message.text))
        await entered(a, b, "fragment")
        for page in (a, b):
            await page.connected()
        (phrase, fragment) = await a.told("phrase"), await a.told("fragment")
        secrets = [*phrase.split("-")[1:], fragment.split(".")[1]]
        kept = [
            await page.evaluate("[document.title, location.href, {...localStorage}, {...sessionStorage}, document.cookie, history.state]")
            for page in (a, b)
        ]
        outside = json.dumps([relay.requests, relay.frames, said, kept])
        assert [secret for secret in secrets if secret in outside] == []
        assert any(frame["type"] == "offer" and "pake" in frame for _, frame in relay.frames)


async def test_nobody_at_the_server_ends_or_bends_a_link_that_is_verified(server: Any) -> None:
    async with before(server) as (relay, a, b):
        await entered(a, b, "phrase")
        for page in (a, b):
            await page.connected()
        (offer, *_) = relay.sent("A", "offer")
        forged = [{**another_certificate(offer), "id": 9}, without_proof({**offer, "id": 10})]
        for frame in (*forged, offer, {"type": "sender_ready", "pake": {"v": 1, "end": "mismatch"}}):
            await relay.say("B", frame)
        await b.becomes("told.forged.length === 2")
        assert await b.evaluate("told.forged") == [1, 2]
        await assert_they_talk(a, b, "still here")
        assert await b.evaluate("told.states") == []


async def test_without_words_somebody_in_between_shows_in_the_digits(server: Any) -> None:
    """The certificates that each side is told are another's. Without a machine in the middle that has them nothing is connected; the digits
    show it before that."""
    async with before(server) as (relay, a, b):
        relay.alter = lambda frame, side: [another_certificate(frame) if "sdp" in frame else frame]
        await a.begin()
        await b.begin(code=await a.code())
        assert (await b.told("error"))["code"] == "protocol_error"
        assert await a.evaluate("told.stages.includes('connected')") is False


# Firefox

FOX_PAIRS = """
(async () => {
    const { pair } = await import("/client/signaling.js");
    globalThis.told = {};
    pair({ base: location.origin, onCode: (shown) => { told.shown = shown; }, ...OPTIONS }).then(
        (link) => {
            globalThis.link = link;
            told.verified = link.verified;
        },
        (error) => { told.error = error.code; },
    );
})()
"""


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("creator", ["chromium", "firefox"])
async def test_firefox_and_chromium_verify_each_other(
    fox: Firefox, start_server: Callable[..., Any], tls_files: tuple[Path, Path], scheme: str, creator: str
) -> None:
    certificate, key = map(str, tls_files)
    server = start_server(**({"TLS_CERT_FILE": certificate, "TLS_KEY_FILE": key} if scheme == "https" else {}))
    url = f"{scheme}://{PLAIN_HOST}:{server.port}"
    # Not /healthz: Firefox shows JSON in a page of its own.
    fox.open(f"{url}/")
    assert fox.evaluate("isSecureContext") is (scheme == "https")
    async with client_pages(url, count=1, flags=[PLAIN_HOST_FLAG]) as (page,):
        if creator == "firefox":
            fox.evaluate(FOX_PAIRS.replace("OPTIONS", json.dumps(SHOWN)))
            await page.begin(code=fox.becomes("told.shown?.phrase"))
        else:
            await page.begin(**SHOWN)
            fox.evaluate(FOX_PAIRS.replace("OPTIONS", json.dumps({"code": await page.told("phrase")})))
        await page.connected()
        assert fox.becomes("told.verified ?? told.error") == "words"
        assert await page.evaluate("current.link.verified") == "words"
        fox.evaluate("link.close()")
        await page.becomes("told.ended")
