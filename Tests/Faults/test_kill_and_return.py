"""SIGKILL, a restart on the same port, and everybody coming back at once."""

import asyncio
import os
from collections.abc import Callable

import pytest

from load import Room, raise_descriptor_limit, rolling
from pairing import item
from raw_http import mint, redeem
from server_process import ServerProcess
from waiting import metrics, metrics_become

CLIENTS = int(os.environ.get("NT_FAULT_CLIENTS", "5000"))
# Rooms whose mailboxes had something in them when the server died.
WITH_ITEMS = 20


@pytest.mark.limit(170)
async def test_everybody_comes_back_after_sigkill(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """All rooms pair again under their names. Codes and mailboxes are gone, as the contract says, and numbering starts at 1."""
    raise_descriptor_limit(CLIENTS + 500, "NT_FAULT_CLIENTS sets the number of clients")
    loop = asyncio.get_running_loop()
    server = start_server()
    rooms = [Room() for _ in range(CLIENTS // 2)]
    start = loop.time()
    await rolling(connect(room, server.port) for room in rooms)
    await rolling(play(room) for room in rooms)
    connected = loop.time() - start
    print(f"{CLIENTS:,} clients paired and talking after {connected:.1f} s", flush=True)
    codes = [(await mint(server.port))["code"] for _ in range(5)]
    await leave_items(rooms[:WITH_ITEMS])
    page = await metrics(server.url)
    assert (page.total("nt_peers_active"), page.total("nt_rooms_active")) == (CLIENTS, CLIENTS // 2)
    assert page.total("nt_mailbox_messages") == 2 * WITH_ITEMS

    before = [socket for room in rooms for socket in room.sockets]
    killed = loop.time()
    server.kill()
    await asyncio.gather(*(socket.end() for socket in before))
    assert {socket.close_code for socket in before} == {None}, "nobody can have been sent a close frame"

    # Clients knock before the server is back, as clients do.
    returning = [Room(room.name) for room in rooms]
    back = asyncio.create_task(rolling(come_back(room, server.port) for room in returning))
    restarted = await asyncio.to_thread(start_server, port=server.port)
    listening = loop.time() - killed
    await back
    await rolling(play(room) for room in returning)
    recovered = loop.time() - killed
    refused = sum(room.refusals for room in returning)
    assert refused > 0, "nobody tried before the server was back"
    print(f"all paired again {recovered:.1f} s after the kill", flush=True)

    assert not [room.failure for room in (*rooms, *returning) if room.failure]
    await metrics_become(restarted.url, nt_peers_active=CLIENTS, nt_rooms_active=CLIENTS // 2)
    await metrics_become(restarted.url, nt_codes_active=0, nt_mailbox_messages=0)
    for code in codes:
        assert (await redeem(restarted.port, code)).status == 410
    for room in returning[:WITH_ITEMS]:
        await check_numbering_starts_anew(room)
    for room in returning:
        for socket in room.sockets:
            socket.reset()
    await metrics_become(restarted.url, nt_peers_active=0, nt_rooms_active=0, nt_rooms_kept=WITH_ITEMS)
    figures(
        f"{CLIENTS:,} clients: first pairing took {connected:.1f} s; after SIGKILL the port was back in {listening:.2f} s and all "
        f"{len(rooms):,} rooms had paired and relayed both ways {recovered:.1f} s after the kill; {refused} attempts met no listener"
    )


def connect(room: Room, port: int) -> Callable:
    return lambda: room.connect(port)


def play(room: Room) -> Callable:
    # One frame each way.
    return lambda: room.play(2)


def come_back(room: Room, port: int) -> Callable:
    async def attempt() -> None:
        while True:
            try:
                return await room.connect(port)
            except ConnectionRefusedError:
                # Nobody listens yet.
                room.refusals += 1
                await asyncio.sleep(0.05)

    return attempt


async def leave_items(rooms: list[Room]) -> None:
    """An item for each side, which gets it and does not acknowledge it."""
    for room in rooms:
        for socket, to in ((room.a, "B"), (room.b, "A")):
            socket.send(item(to, "before"))
        await asyncio.gather(room.a.settle(), room.b.settle())
        assert [item["seq"] for item in room.items] == [1, 1]


async def check_numbering_starts_anew(room: Room) -> None:
    room.b.send({"type": "hello"})
    await room.b.settle()
    assert not room.items
    room.a.send(item("B", "after"))
    await room.a.settle()
    await room.b.settle()
    assert room.items == [{"type": "send", "seq": 1, "payload": "after"}]
