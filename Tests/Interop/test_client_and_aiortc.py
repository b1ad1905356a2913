"""The JavaScript client in Chromium and a WebRTC stack that is no browser: they pair over the documented messages, with words and without."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from client_pages import ClientPage, client_pages
from documented_peer import DocumentedPeer, Refused
from rtc_peer import use_loopback_where_there_is_nothing_else

TEST_LIMIT = 90.0
SIZE = 300_000
SEND_BYTES = """
(async (size) => {
    for (let sent = 0; sent < size; sent += 10_000) await current.link.send(new Uint8Array(10_000).fill(7));
})
"""

Scenario = Callable[[aiohttp.ClientSession, ClientPage, str], Awaitable[None]]


def play(scenario: Scenario, server: str) -> None:
    async def run() -> None:
        use_loopback_where_there_is_nothing_else()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http, client_pages(server, 1) as (page,):
            await scenario(http, page, server)

    asyncio.run(asyncio.wait_for(run(), TEST_LIMIT))


async def assert_they_talk(peer: DocumentedPeer, page: ClientPage) -> None:
    await peer.opened()
    await page.connected()
    await page.says("from the browser")
    assert await peer.hears() == "from the browser"
    peer.send("from Python")
    await page.hears("from Python")
    await page.evaluate("current.link.channel.binaryType = 'arraybuffer'")
    await page.evaluate(SEND_BYTES, SIZE)
    assert b"".join([bytes(await peer.hears()) for _ in range(SIZE // 10_000)]) == bytes([7]) * SIZE
    assert await page.evaluate("told.problems") == []


def test_it_pairs_with_the_client_without_words_as_side_a(server: Any) -> None:
    async def scenario(http: aiohttp.ClientSession, page: ClientPage, url: str) -> None:
        peer = await DocumentedPeer.enter(http, url, None)
        await page.begin(code=peer.code)
        await assert_they_talk(peer, page)
        assert await page.evaluate("current.link.verified") is None
        await peer.close()

    play(scenario, server.url)


def test_it_pairs_with_the_client_without_words_as_side_b(server: Any) -> None:
    async def scenario(http: aiohttp.ClientSession, page: ClientPage, url: str) -> None:
        await page.begin()
        peer = await DocumentedPeer.enter(http, url, await page.code())
        await assert_they_talk(peer, page)
        await peer.close()

    play(scenario, server.url)


def test_it_pairs_with_the_client_by_words_as_side_a(server: Any) -> None:
    async def scenario(http: aiohttp.ClientSession, page: ClientPage, url: str) -> None:
        peer = await DocumentedPeer.enter(http, url, None, ("words", "crossword-clockwork"))
        await page.begin(code=f"{peer.code}-crossword-clockwork")
        await assert_they_talk(peer, page)
        assert await page.evaluate("current.link.verified") == "words"
        await peer.close()

    play(scenario, server.url)


@pytest.mark.parametrize("by", ["words", "link"])
def test_it_pairs_with_the_client_by_what_that_shows_as_side_b(server: Any, by: str) -> None:
    async def scenario(http: aiohttp.ClientSession, page: ClientPage, url: str) -> None:
        await page.begin(words=2, link=True)
        code = await page.code()
        shown = await page.told("phrase" if by == "words" else "fragment")
        secret = shown.removeprefix(code)[1:]
        peer = await DocumentedPeer.enter(http, url, code, (by, secret))
        await assert_they_talk(peer, page)
        assert await page.evaluate("current.link.verified") == by
        await peer.close()

    play(scenario, server.url)


@pytest.mark.parametrize("side", ["A", "B"])
def test_wrong_words_connect_nobody(server: Any, side: str) -> None:
    async def scenario(http: aiohttp.ClientSession, page: ClientPage, url: str) -> None:
        if side == "A":
            peer = await DocumentedPeer.enter(http, url, None, ("words", "crossword-clockwork"))
            await page.begin(code=f"{peer.code}-clockwork-crossword")
        else:
            await page.begin(words=2)
            peer = await DocumentedPeer.enter(http, url, await page.code(), ("words", "not-these"))
        await page.becomes("told.error")
        assert await page.evaluate("told.error.code") == "code_mismatch"
        with pytest.raises(Refused):
            await peer.opened()
        assert await page.evaluate("connections.every((connection) => connection.remoteDescription === null)")
        await peer.close()

    play(scenario, server.url)


def test_a_peer_that_knows_no_words_is_refused_where_words_are_shown(server: Any) -> None:
    async def scenario(http: aiohttp.ClientSession, page: ClientPage, url: str) -> None:
        peer = await DocumentedPeer.enter(http, url, None)
        await page.begin(code=f"{peer.code}-crossword-clockwork")
        await page.becomes("told.error")
        assert await page.evaluate("told.error.code") == "peer_unverified"
        await peer.close()

    play(scenario, server.url)
