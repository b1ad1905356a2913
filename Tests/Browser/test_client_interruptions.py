"""Links that are interrupted: by the server's end, by lost frames, by a network that changes, by a peer that hangs."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import WebSocketRoute

from client_pages import ClientPage, asleep, assert_they_talk, client_pages, pair_up
from server_process import ServerProcess


async def test_a_server_that_is_killed_and_restarted_is_not_noticed(start_server: Callable[..., ServerProcess]) -> None:
    first = start_server()
    async with client_pages(first.url) as (a, b):
        await pair_up(a, b)
        first.kill()
        for page in (a, b):
            await page.becomes("current.session.state !== 'open'")
        await assert_they_talk(a, b, "without a server")
        start_server(port=first.port)
        for page in (a, b):
            await page.becomes("told.sessionEvents.filter(([type]) => type === 'paired').length === 2")
            assert ["open", False] in await page.evaluate("told.sessionEvents.slice(1)")
        await assert_they_talk(a, b, "with another server")
        assert await a.evaluate("told.states") == await b.evaluate("told.states") == []
        # The new server carries the next negotiation.
        await assert_restarts(a, b, "current.link.peerConnection.restartIce()")


async def assert_restarts(a: ClientPage, b: ClientPage, how: str) -> None:
    before = [await page.evaluate("usernames()") for page in (a, b)]
    await a.evaluate(how)
    for page, names in zip((a, b), before, strict=True):
        await page.page.wait_for_function(
            "(before) => usernames().every((name, at) => name !== before[at]) && current.link.peerConnection.signalingState === 'stable'",
            arg=names,
        )
        await page.becomes("current.link.peerConnection.connectionState === 'connected'")
    await assert_they_talk(a, b, f"after {how}")


@pytest.mark.parametrize("restarts", ["A", "B"])
async def test_ice_is_restarted_when_the_network_changes(server: Any, restarts: str) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        pages = (a, b) if restarts == "A" else (b, a)
        await assert_restarts(*pages, "dispatchEvent(new Event('online'))")
        assert await a.evaluate("told.states") == await b.evaluate("told.states") == []


@pytest.mark.parametrize("lost", ["offer", "answer"])
async def test_a_description_that_is_lost_is_made_up_for(server: Any, lost: str) -> None:
    async with client_pages(server.url) as (a, b):
        sender = a if lost == "offer" else b
        dropped: list[str] = []
        await sender.page.route_web_socket("**/ws?**", lambda socket: lose_first(socket, lost, dropped))
        await pair_up(a, b)
        assert len(dropped) == 1
        await assert_they_talk(a, b, "all the same")


def lose_first(socket: WebSocketRoute, kind: str, dropped: list[str]) -> None:
    server = socket.connect_to_server()

    def forward(message: str | bytes) -> None:
        if not dropped and isinstance(message, str) and f'"type":"{kind}"' in message:
            dropped.append(message)
        else:
            server.send(message)

    socket.on_message(forward)


async def test_a_peer_that_hangs_interrupts_the_link_until_it_goes_on(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        async with asleep(b):
            await a.becomes("current.link.state === 'interrupted'")
        for page in (a, b):
            await page.becomes("current.link.state === 'connected'")
        assert await a.evaluate("told.states") == ["interrupted", "connected"]
        await assert_they_talk(a, b, "back again")


async def test_another_connection_at_the_other_end_does_not_touch_a_link_that_stands(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        # The same client to the server, and a connection that has never met this one.
        await b.evaluate(
            """async () => {
                const again = client.connect({ base: location.origin, ...told.room });
                await new Promise((resolve) => again.addEventListener("paired", resolve, { once: true }));
                const connection = new RTCPeerConnection();
                connection.createDataChannel("data");
                await connection.setLocalDescription();
                again.signal({ type: "offer", sdp: connection.localDescription });
            }"""
        )
        await a.becomes("told.problems.length > 0")
        assert await a.evaluate("told.problems") == ["peer_left"]
        # A link goes on without its session, which another one has replaced.
        assert ["closed", "replaced"] in await b.evaluate("told.sessionEvents")
        await assert_they_talk(a, b, "as before")
        assert await a.evaluate("told.states") == await b.evaluate("told.states") == []
