"""Two WebRTC stacks that know nothing of each other pair by a code and pass data: aiortc, and Chromium."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page

from browser_page import browser_page
from metrics_page import read_metrics
from rtc_peer import Exchange, RTCPeer, create_code, redeem_code, use_loopback_where_there_is_nothing_else

MEBIBYTE = 1 << 20
TEST_LIMIT = 90.0
EXCHANGE_LIMIT = 45.0
SETTLE_LIMIT = 5.0

Scenario = Callable[[aiohttp.ClientSession, Page, str], Awaitable[None]]


@pytest.mark.parametrize("creator", ["aiortc", "chromium"])
def test_two_stacks_pair_by_code_and_pass_a_mebibyte_each_way(server: Any, creator: str) -> None:
    """The creator of the code is side A and offers; the other one redeems it, is side B and answers."""
    scenario = aiortc_creates if creator == "aiortc" else chromium_creates
    asyncio.run(asyncio.wait_for(run(scenario, server.url), TEST_LIMIT))


async def run(scenario: Scenario, server: str) -> None:
    use_loopback_where_there_is_nothing_else()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http, browser_page() as page:
        await scenario(http, page, server)


async def aiortc_creates(http: aiohttp.ClientSession, page: Page, server: str) -> None:
    minted = await create_code(http, server)
    rtc = await RTCPeer.connect(http, server, minted["appID"], "A", offers=True)
    redeemed = await page.evaluate("([server, code]) => redeemCode(server, code)", [server, minted["code"]])
    assert_same_room(redeemed, minted)
    await open_browser_peer(page, server=server, appID=redeemed["appID"], side="B", offers=False)
    await pass_data_and_part(http, page, rtc, server, minted["code"], offers="aiortc")


async def chromium_creates(http: aiohttp.ClientSession, page: Page, server: str) -> None:
    minted = await page.evaluate("(server) => createCode(server)", server)
    await open_browser_peer(page, server=server, appID=minted["appID"], side="A", offers=True)
    status, redeemed = await redeem_code(http, server, minted["code"])
    assert status == 200
    assert_same_room(redeemed, minted)
    rtc = await RTCPeer.connect(http, server, redeemed["appID"], "B", offers=False)
    await pass_data_and_part(http, page, rtc, server, minted["code"], offers="chromium")


def assert_same_room(redeemed: dict[str, Any], minted: dict[str, Any]) -> None:
    assert set(redeemed) == {"appID", "expiresAt", "token", "expiresInMs"}
    assert (redeemed["appID"], redeemed["expiresAt"]) == (minted["appID"], minted["expiresAt"])
    assert 0 < redeemed["expiresInMs"] <= minted["expiresInMs"]


async def open_browser_peer(page: Page, **options: Any) -> None:
    await page.evaluate("(options) => { globalThis.peer = new Peer(options); }", options)


async def pass_data_and_part(http: aiohttp.ClientSession, page: Page, rtc: RTCPeer, server: str, code: str, offers: str) -> None:
    established = (await asyncio.to_thread(read_metrics, server)).total("nt_session_established_total")
    ours, theirs = await exchange(page, rtc)
    by_name = {"aiortc": asdict(ours), "chromium": theirs}
    assert_arrived_whole(by_name["aiortc"], by_name["chromium"])
    assert_frames_came_in_order(offering=by_name.pop(offers), answering=by_name.popitem()[1])

    status, _ = await redeem_code(http, server, code)
    assert status == 410, "a code was redeemed twice"

    # Two peers in one room, and one session however many of them say that it stands.
    await metrics_become(server, nt_rooms_active=1, nt_peers_active=2, nt_session_established_total=established + 1)
    # The browser has to see a clean close handshake; the one that aiohttp makes is judged by the code it came back with.
    assert await page.evaluate("() => peer.close()") == {"code": 1000, "wasClean": True}
    assert await rtc.close() == 1000
    await metrics_become(server, nt_rooms_active=0, nt_peers_active=0, nt_session_established_total=established + 1)


async def exchange(page: Page, rtc: RTCPeer) -> tuple[Exchange, dict[str, Any]]:
    both = asyncio.gather(rtc.exchange(MEBIBYTE), page.evaluate("(size) => peer.exchange(size)", MEBIBYTE))
    try:
        return await asyncio.wait_for(both, EXCHANGE_LIMIT)
    except Exception as failure:
        statuses = {"aiortc": rtc.status(), "chromium": await page.evaluate("() => peer.status()")}
        raise AssertionError(f"the exchange failed: {failure!r}; {statuses}") from failure


def assert_arrived_whole(one: dict[str, Any], other: dict[str, Any]) -> None:
    for sender, receiver in ((one, other), (other, one)):
        assert receiver["receivedBytes"] == MEBIBYTE
        assert receiver["received"] == sender["sent"] == receiver["receivedAnnouncedAs"] == sender["sentConfirmedAs"]
        assert 0 < sender["peakBuffered"] <= 256 * 1024
    assert one["sent"] != other["sent"]


def assert_frames_came_in_order(offering: dict[str, Any], answering: dict[str, Any]) -> None:
    assert answering["frames"][:3] == ["room_full", "sender_ready", "offer"]
    assert offering["frames"][:2] == ["room_full", "answer"]
    # Neither side's description carries all of its candidates, so both had to come through the server.
    for frames in (answering["frames"][3:], offering["frames"][2:]):
        assert frames, "no candidate was relayed"
        assert set(frames) == {"ice"}


async def metrics_become(server: str, **expected: float) -> None:
    """Telemetry and departures are counted as the server reads them, which may be a moment after the client has sent them."""
    deadline = time.monotonic() + SETTLE_LIMIT
    while True:
        page = await asyncio.to_thread(read_metrics, server)
        found = {name: page.total(name) for name in expected}
        if found == expected:
            return
        assert time.monotonic() < deadline, f"metrics are {found}, not {expected}"
        await asyncio.sleep(0.05)
