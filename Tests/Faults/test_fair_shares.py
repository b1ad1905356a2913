"""One greedy client beside a hundred honest ones, for everything that all clients share: it takes what is free, and no more."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from fair_shares import GREEDY, HONEST, NO_PROXIES, assert_too_many, free_of_limits, is_served, others_are_served
from honest_work import Source
from load import raise_descriptor_limit
from pairing import item, new_room
from process_figures import LINUX_ONLY
from raw_http import HTTPConnection, request
from server_process import ServerProcess
from ws_client import NotSettled, Refused, WebSocket

pytestmark = LINUX_ONLY

# Connections

# With so many descriptors the server has 600 connections, of which clients share 584.
DESCRIPTORS, SHARED = 664, 584


@pytest.mark.parametrize("kind", ["idle TCP", "idle HTTP"])
async def test_connections(start_server: Callable[..., ServerProcess], figures: Callable, kind: str) -> None:
    """Too few are free for all of the honest at once, so that what nobody uses is taken back from the greedy client."""
    raise_descriptor_limit(2_000)
    limit = ["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"]
    server = start_server(wrapper=limit, READ_HEADER_TIMEOUT="5m", IDLE_TIMEOUT="1h", **NO_PROXIES)
    held: list[HTTPConnection] = []

    async def open_one() -> bool:
        connection = await GREEDY.http(server.port)
        is_granted = await is_served(connection) if kind == "idle HTTP" else not await connection.is_closed(within=0.1)
        held.append(connection) if is_granted else connection.close()
        return is_granted

    async def step() -> None:
        await open_one()

    try:
        while await open_in_rows(open_one, rows=40):
            pass
        taken, most = len(held), free_of_limits(SHARED)
        # Metrics are asked for over a connection as well.
        assert most - 2 <= taken <= most, f"{taken} of {SHARED} were granted, not {most}"
        assert not any([await connection.is_closed(within=0.001) for connection in held])
        await others_are_served(server, "connections", step, figures, f"{taken} {kind} connections of {SHARED} taken")
        closed = [connection for connection in held[:taken] if await connection.is_closed(within=0.001)]
        assert closed, "nothing was taken back, so there was no need to"
        figures(f"{len(closed)} were taken back")
    finally:
        for connection in held:
            connection.close()


async def open_in_rows(open_one: Callable[[], Awaitable[bool]], rows: int) -> bool:
    """So many at once: whether all were granted."""
    return all(await asyncio.gather(*(open_one() for _ in range(rows))))


# WebSockets and rooms


async def test_web_sockets(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    raise_descriptor_limit(2_000)
    server = start_server(MAX_CONNECTIONS="1000", **NO_PROXIES)
    await take_web_sockets(server, [GREEDY], 1000, HONEST, figures)


async def test_web_sockets_of_an_ipv6_network(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """The greedy one has a /48, and every connection a /56 of its own."""
    raise_descriptor_limit(2_000)
    server = start_server(MAX_CONNECTIONS="1000")
    greedy = [Source(client=f"2001:db8:0:{number:x}00::1") for number in range(256)]
    honest = [Source(client=f"2001:db8:{number:x}::1") for number in range(1, 101)]
    await take_web_sockets(server, greedy, 1000, honest, figures)


async def take_web_sockets(
    server: ServerProcess, greedy: list[Source], bound: int, honest: list[Source], figures: Callable[[str], None]
) -> None:
    sockets: list[WebSocket] = []

    async def open_one() -> bool:
        try:
            sockets.append(await greedy[len(sockets) % len(greedy)].web_socket(server.port, new_room(), "A"))
            return True
        except Refused as refusal:
            assert_too_many(refusal, "connections")
            return False

    async def step() -> None:
        assert not await open_one()

    try:
        while await open_one():
            pass
        assert len(sockets) == free_of_limits(bound)
        await others_are_served(server, "websockets", step, figures, f"{len(sockets)} WebSockets of {bound} taken", honest)
        assert all(socket.is_open for socket in sockets), "what was accepted was dropped"
    finally:
        for socket in sockets:
            socket.transport.abort()


async def test_rooms(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """Half of the greedy client's are held by a connection, and half kept for what is in their mailboxes."""
    server = start_server(MAX_ROOMS="1000", **NO_PROXIES)
    sockets: list[WebSocket] = []
    rooms: list[str] = []

    async def make_one() -> bool:
        room = new_room()
        socket = await GREEDY.web_socket(server.port, room, "A")
        socket.send(item("B", "kept"))
        try:
            await socket.settle()
        except NotSettled:
            assert (socket.close_code, socket.close_reason) == (1013, "server full")
            return False
        rooms.append(room)
        if len(rooms) % 2:
            sockets.append(socket)
        else:
            assert await socket.close() == 1000
        return True

    async def step() -> None:
        assert not await make_one()

    try:
        while await open_in_rows(make_one, rows=25):
            pass
        assert len(rooms) == free_of_limits(1000)
        await others_are_served(server, "rooms", step, figures, f"{len(rooms)} rooms of 1000 taken")
        # What it had it keeps, and may come back to.
        assert all(socket.is_open for socket in sockets)
        sockets.append(await GREEDY.web_socket(server.port, rooms[1], "B"))
        sockets[-1].send({"type": "hello"})
        assert (await sockets[-1].expect("send")).json["payload"] == "kept"
    finally:
        for socket in sockets:
            socket.transport.abort()


# Codes

# All that have four digits, which is the least there can be.
CODES = 10_000


@pytest.mark.parametrize("kind", ["an address", "a /56", "a /48"])
async def test_codes(start_server: Callable[..., ServerProcess], figures: Callable, kind: str) -> None:
    settings = {"CODE_DIGITS_MAX": "4"}
    if kind == "an address":
        server = start_server(**settings, **NO_PROXIES)
        greedy, honest = [GREEDY], HONEST
    else:
        server = start_server(**settings)
        # 256 clients of one /56, or of as many /56 of one /48; the honest ones are of other /48.
        greedy = [Source(client=f"2001:db8:0:{number << (8 if kind == 'a /48' else 0):x}::1") for number in range(256)]
        honest = [Source(client=f"2001:db8:{number:x}::1") for number in range(1, 101)]
    connection = await greedy[0].http(server.port)
    minted: list[str] = []

    async def mint_many(count: int) -> bool:
        for number in range(count):
            connection.send("POST", "/rendezvous/code", client=greedy[(len(minted) + number) % len(greedy)].client)
        answers = [await connection.answer() for _ in range(count)]
        for answer in answers:
            if answer.status == 200:
                minted.append(answer.json["code"])
            else:
                assert_too_many(answer, "codes")
        return answers[-1].status == 200

    async def step() -> None:
        answer = await request(
            server.port, "POST", "/rendezvous/code", local_address=greedy[0].local_address, client=random.choice(greedy).client
        )
        assert_too_many(answer, "codes")

    while await mint_many(100):
        pass
    assert len(minted) == free_of_limits(CODES)
    await others_are_served(server, "codes", step, figures, f"{len(minted)} codes of {CODES} taken by {kind}", honest)
    # Its own go on being good, and one that is used makes space for another.
    assert (await connection.request("POST", "/rendezvous/redeem", {"code": minted[0]}, client=greedy[0].client)).status == 200
    assert await mint_many(1)
    connection.close()
