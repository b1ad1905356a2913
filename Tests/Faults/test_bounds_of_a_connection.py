"""What may wait for one connection, or because of it, has a bound, however its client and those that send to it behave."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from bystanders import Bystanders
from pairing import assert_pairings_alternate, new_room
from process_figures import LINUX_ONLY, kernel_queues, peak_bytes, resident_bytes, unread_bytes
from server_process import ServerProcess
from waiting import eventually, metrics, metrics_become, no_longer_changing
from ws_client import WebSocket
from ws_frames import TEXT, client_frame

pytestmark = LINUX_ONLY

KIBIBYTE, MEBIBYTE = 1 << 10, 1 << 20
# What the protocol promises for one connection's queue.
MOST_QUEUED = 512 * KIBIBYTE
# Room for it in the kernel, at the server's end and at the client's.
SMALL_BUFFER = 16 * KIBIBYTE
MOST_IN_KERNEL = 512 * KIBIBYTE


class Reader:
    """A WebSocket whose client reads nothing until it is told to."""

    @classmethod
    async def connect(cls, port: int, room: str) -> WebSocket:
        socket = await WebSocket.connect(port, room, "B", receive_buffer=SMALL_BUFFER)
        socket.transport.pause_reading()
        return socket


# A slow reader's queue

ROOMS, VISITS, FRAMES = 4, 400, 3
PAD = "x" * 20_000
MOST_GROWTH_BY_VISITS = 12 * 10**6


@pytest.mark.parametrize("how", ["takes over", "leaves first"])
async def test_what_came_with_the_upgrade_waits(start_server: Callable[..., ServerProcess], figures: Callable, how: str) -> None:
    """Side A comes back again and again, with 60 KB in one segment with each upgrade request, and side B reads nothing."""
    server = start_server()
    async with Bystanders(server.port, 3) as bystanders:
        rooms = [new_room() for _ in range(ROOMS)]
        readers = [await Reader.connect(server.port, room) for room in rooms]
        before = resident_bytes(server.pid)
        visitors = await asyncio.gather(*(visit(server.port, room, how == "takes over") for room in rooms))
        growth = peak_bytes(server.pid) - before
        assert growth < MOST_GROWTH_BY_VISITS, f"the server grew by {growth:,} bytes"
        await bystanders.talk(100)

        arrived = 0
        for reader, visitor in zip(readers, visitors):
            reader.transport.resume_reading()
            last = (VISITS - 1, FRAMES - 1)
            await eventually(lambda: came(reader)[-1:] == [last], "the last frame of the last visit")
            await reader.settle()
            frames = came(reader)
            assert frames == sorted(set(frames)), "frames twice, or out of order"
            # Of each visit there is a beginning, which is all of it for the last.
            visits = {number: [n for visit, n in frames if visit == number] for number, _ in frames}
            assert all(numbers == list(range(len(numbers))) for numbers in visits.values())
            assert len(visits[VISITS - 1]) == FRAMES
            assert_pairings_alternate(reader)
            arrived += len(frames)
            reader.send({"type": "answer"})
            await visitor.until("answer")
            assert await reader.close() == await visitor.close() == 1000
    await metrics_become(server.url, nt_peers_active=0, nt_rooms_active=0, nt_held_bytes=0, nt_stored_bytes=0)
    figures(f"{ROOMS} × {VISITS} visits: server {growth / 1e6:+.1f} MB at most; {arrived} frames arrived; {bystanders.summary}")


async def visit(port: int, room: str, takes_over: bool) -> WebSocket:
    socket: WebSocket | None = None
    for number in range(VISITS):
        frames = (b'{"type":"ice","visit":%d,"n":%d,"pad":"%s"}' % (number, n, PAD.encode()) for n in range(FRAMES))
        behind = b"".join(client_frame(TEXT, frame) for frame in frames)
        if socket is not None and not takes_over:
            socket.transport.close()
            await socket.end()
        socket = await WebSocket.connect(port, room, "A", "same" if takes_over else None, behind=behind)
    return socket


def came(reader: WebSocket) -> list[tuple[int, int]]:
    return [(message.json["visit"], message.json["n"]) for message in reader.received if message.type == "ice"]


async def test_what_was_held_for_a_newcomer_waits(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """1 MiB was held for side B, which comes and reads nothing: most of it stays held, and counts as stored."""
    server = start_server()
    frame = b'{"type":"ice","pad":"%s"}' % (b"x" * 60_000)
    count = MEBIBYTE // len(frame)
    a = await WebSocket.connect(server.port, room := new_room(), "A")
    for _ in range(count):
        a.send(frame)
    await a.settle()
    assert not a.received
    b = await Reader.connect(server.port, room)
    await a.expect("room_full")
    held = await no_longer_changing(lambda: held_bytes(server))
    in_kernel = kernel_queues(server.port, b.local_port).sending
    assert 0 < in_kernel < MOST_IN_KERNEL
    queued = count * len(frame) - held - in_kernel - SMALL_BUFFER
    assert queued <= MOST_QUEUED, f"{queued:,} bytes wait in the queue of the connection"
    # What is sent behind them waits for its turn.
    a.send(b'{"type":"ice","pad":"last"}')
    b.transport.resume_reading()
    await b.expect("room_full")
    for _ in range(count):
        assert (await b.next()).payload == frame
    assert (await b.next()).json["pad"] == "last"
    await metrics_become(server.url, nt_held_bytes=0, nt_stored_bytes=0)
    assert await a.close() == await b.close() == 1000
    figures(f"of {count * len(frame):,} bytes {held:,.0f} stayed held, and {in_kernel:,} were in the kernel")


async def held_bytes(server: ServerProcess) -> float:
    return (await metrics(server.url)).total("nt_held_bytes")


# Answers that nobody reads

CLIENTS = 60
EMPTY_FRAMES = 65_000 // 6
# What may wait for one client: its queue and its stream, and a read of its own.
MOST_OF_ONE = (256 + 64) * KIBIBYTE
# What a debug build's memory grows by anyway.
SLACK = 2 * MEBIBYTE


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
async def test_refusals_that_nobody_reads(
    start_server: Callable[..., ServerProcess], tls_files: tuple[Path, Path], figures: Callable, transport: str
) -> None:
    """Each client sends 65 KB of empty frames, of which every one is refused, and reads nothing: it is closed for it."""
    clients, server = await clients_that_read_nothing(start_server, CLIENTS, tls_files if transport == "TLS" else None)
    before = resident_bytes(server.pid)
    for client in clients:
        client.send_raw(client_frame(TEXT, b"") * EMPTY_FRAMES)
    # A connection that is being closed is read to the end, for the client's close frame.
    assert await no_longer_changing(lambda: unread(server, clients)) == 0
    growth = peak_bytes(server.pid) - before
    assert growth < CLIENTS * MOST_OF_ONE, f"the server grew by {growth:,} bytes"
    for client in clients:
        client.transport.resume_reading()
    for client in clients:
        await client.end()
        assert (client.close_code, client.close_reason) == (1008, "too many refused frames")
        assert len(client.received) == 600
        assert {message.json["code"] for message in client.received} == {"invalid_json"}
    figures(f"{CLIENTS} clients with {EMPTY_FRAMES:,} refused frames each: server {growth / 1e6:+.1f} MB at most")


@pytest.mark.parametrize(("transport", "size", "pings"), [("TCP", 0, 250_000), ("TCP", 125, 20_000), ("TLS", 125, 20_000)])
async def test_pongs_that_nobody_reads(
    start_server: Callable[..., ServerProcess], tls_files: tuple[Path, Path], figures: Callable, transport: str, size: int, pings: int
) -> None:
    """Pings are no fault, so whoever sends more than it reads pongs is made to wait, and gets them all later."""
    count = 2 if size == 0 else 12
    clients, server = await clients_that_read_nothing(start_server, count, tls_files if transport == "TLS" else None)
    before = resident_bytes(server.pid)
    for client in clients:
        client.send_pings(pings, b"x" * size)
    waiting = await no_longer_changing(lambda: unread(server, clients))
    growth = peak_bytes(server.pid) - before
    # Storage doubles as it grows.
    assert growth < 2 * count * MOST_OF_ONE + SLACK, f"the server grew by {growth:,} bytes"
    assert waiting > 0, "nobody was made to wait"
    for client in clients:
        client.transport.resume_reading()
    await eventually(lambda: not any(client.missing_pongs for client in clients), "all pongs")
    for client in clients:
        assert await client.close() == 1000
    figures(f"{count} × {pings:,} pings of {6 + size} bytes: server {growth / 1e6:+.1f} MB at most; {waiting:,} bytes had to wait")


async def clients_that_read_nothing(
    start_server: Callable[..., ServerProcess], count: int, tls_files: tuple[Path, Path] | None
) -> tuple[list[WebSocket], ServerProcess]:
    settings, tls = {}, None
    if tls_files is not None:
        settings = {"TLS_CERT_FILE": str(tls_files[0]), "TLS_KEY_FILE": str(tls_files[1])}
        tls = ssl.create_default_context(cafile=str(tls_files[0]))
    server = start_server(**settings)
    connecting = (WebSocket.connect(server.port, new_room(), "A", receive_buffer=SMALL_BUFFER, tls=tls) for _ in range(count))
    clients = await asyncio.gather(*connecting)
    for client in clients:
        client.transport.pause_reading()
    return clients, server


async def unread(server: ServerProcess, clients: list[WebSocket]) -> int:
    """What the server has not read of what the clients have sent."""
    return sum(client.unsent for client in clients) + unread_bytes(server.port)
