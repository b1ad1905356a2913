"""A peer that stops reading: its sender waits, nobody else does, and nothing is lost if it goes on."""

import asyncio
from collections.abc import Callable

from bystanders import Bystanders
from pairing import Pair, connect_pair
from process_figures import LINUX_ONLY, kernel_queues, peak_bytes, resident_bytes
from server_process import ServerProcess
from waiting import closed_with, eventually, metrics_become
from ws_client import WebSocket

pytestmark = LINUX_ONLY

FRAME = 64 * 1024
SMALL_BUFFER = 64 * 1024
# What the kernel may hold for the reader at the server's end: 128 KiB that are not sent, and what the reader's window took in. Without a
# bound it was 4 MB.
MOST_SENDING = 512 << 10
# What may lie between the two altogether; how much the kernel takes on the way in differs from run to run.
MOST_IN_FLIGHT = 24 << 20
MOST_GROWTH = 6 << 20
# A socket that takes nothing for this long is stuck: the server reads within milliseconds.
STUCK = 0.75


def frame(n: int) -> bytes:
    return b'{"type":"ice","n":%d,"pad":"%s"}' % (n, b"x" * FRAME)


async def connect_with_small_buffers(port: int) -> Pair:
    pair = await connect_pair(port, receive_buffer=SMALL_BUFFER, send_buffer=SMALL_BUFFER)
    pair.a.transport.set_write_buffer_limits(high=FRAME)
    return pair


async def send_until_stuck(socket: WebSocket, first: int = 0) -> int:
    """Frames given to the socket until it took no more for a while; the last few lie in the client's own queue."""
    loop = asyncio.get_running_loop()
    count, unsent, since = first, -1, loop.time()
    while True:
        if socket.unsent < FRAME:
            socket.send(frame(count))
            count += 1
        if socket.unsent != unsent:
            unsent, since = socket.unsent, loop.time()
        elif loop.time() - since > STUCK:
            return count
        assert count * FRAME < MOST_IN_FLIGHT, "the sender was never made to wait"
        await asyncio.sleep(0.001)


async def test_a_reader_that_stops_holds_up_its_sender_alone(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    server = start_server()
    async with Bystanders(server.port, 10) as bystanders:
        pair = await connect_with_small_buffers(server.port)
        # Warm: buffers and tables that the first traffic makes are no growth.
        for n in range(20):
            pair.a.send(frame(n))
        await read(pair.b, 0, 20)
        await bystanders.talk(200)
        before = resident_bytes(server.pid)

        pair.b.transport.pause_reading()
        sent = await send_until_stuck(pair.a, first=20)
        stuck_at = (sent - 20) * FRAME - pair.a.unsent
        # While it is stuck: the other direction is not, and other rooms do not notice.
        for n in range(50):
            pair.b.send({"type": "answer", "n": n})
        for n in range(50):
            assert (await pair.a.next()).json["n"] == n
        await bystanders.talk(1000)
        growth = resident_bytes(server.pid) - before
        assert growth < MOST_GROWTH, f"the server grew by {growth:,} bytes"
        sending = kernel_queues(server.port, pair.b.local_port).sending
        assert 0 < sending < MOST_SENDING, f"the kernel holds {sending:,} bytes for the reader"
        assert pair.a.is_open and pair.b.is_open

        pair.b.transport.resume_reading()
        rest = 40
        for n in range(sent, sent + rest):
            await pair.a.drain()
            pair.a.send(frame(n))
        await read(pair.b, 20, sent + rest)
        await pair.a.settle()
        await pair.b.settle()
        assert not pair.a.unread and not pair.b.unread
        await pair.close()
    await metrics_become(server.url, nt_peers_active=0)
    figures(
        f"the sender was stopped after {stuck_at / 1e6:.1f} MB (kernel buffers included, {sending / 1e3:.0f} kB of it on the way "
        f"out), server {growth / 1e6:+.1f} MB, "
        f"all {sent + rest} frames of 64 KiB arrived; {bystanders.summary}"
    )


async def read(socket: WebSocket, first: int, end: int) -> None:
    for n in range(first, end):
        assert (await socket.next()).payload == frame(n)


async def test_a_reader_that_never_goes_on_is_closed(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    server = start_server(HEARTBEAT="1s")
    loop = asyncio.get_running_loop()
    async with Bystanders(server.port, 5) as bystanders:
        pair = await connect_with_small_buffers(server.port)
        pair.b.transport.pause_reading()
        start = loop.time()
        sent = await asyncio.wait_for(send_until(pair.a, lambda: b'"peer_left"' in pair.a.received[-1].payload), 10)
        took = loop.time() - start
        assert 1.5 <= took <= 5, f"closed after {took:.1f} s"
        assert await closed_after(server, 4008) == 1
        # The sender stays. What was behind is kept for whoever comes, 1 MiB of it; the sender is told of each frame beyond that.
        await pair.a.expect("peer_left")
        await pair.a.settle()
        refusals = [message.json["code"] for message in pair.a.unread]
        assert set(refusals) <= {"peer_absent"}
        pair.a.send({"type": "ice", "after": True})
        await pair.a.settle()
        again = await WebSocket.connect(server.port, pair.room, "B")
        await again.expect("room_full")
        await again.settle()
        held = [message.json for message in again.received[1:]]
        assert held[-1] == {"type": "ice", "after": True}
        numbers = [frame["n"] for frame in held[:-1]]
        end = sent - len(refusals)
        assert numbers == list(range(end - len(numbers), end)), "frames of the sender, in order, without a gap"
        await bystanders.talk(100)
        pair.b.transport.abort()
    figures(f"closed 4008 after {took:.2f} s, peak of the server {peak_bytes(server.pid) / 1e6:.0f} MB; {bystanders.summary}")


async def send_until(socket: WebSocket, is_enough: Callable[[], bool]) -> int:
    """Sends frames as the socket takes them, and tells how many it were."""
    count = 0
    while not is_enough():
        if socket.unsent < FRAME:
            socket.send(frame(count))
            count += 1
        await asyncio.sleep(0.005)
    return count


async def closed_after(server: ServerProcess, code: int) -> float:
    await eventually(lambda: f'"code":{code},' in server.log(), f"a connection closed {code}")
    return await closed_with(server.url, code)


async def test_a_slow_reader_is_kept_and_gets_everything(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """Slow, but never still for two heartbeats: a few frames every half second, for longer than that."""
    server = start_server(HEARTBEAT="1s")
    pair = await connect_with_small_buffers(server.port)
    pair.b.transport.pause_reading()
    pair.b.on_message = lambda socket, message: socket.transport.pause_reading()
    is_over = False
    sending = asyncio.create_task(send_until(pair.a, lambda: is_over))
    for rounds in range(12):
        await asyncio.sleep(0.5)
        # The server's pings wait behind the frames, so its pongs are late; it says something of its own.
        pair.b.send({"type": "answer", "n": rounds})
        came = len(pair.b.received)
        pair.b.transport.resume_reading()
        await eventually(lambda: len(pair.b.received) > came, "a frame for the slow reader")
    assert pair.a.unsent > 0, "the sender was not held up, so this shows nothing"
    is_over = True
    sent = await sending
    pair.b.on_message = None
    pair.b.transport.resume_reading()
    await read(pair.b, 0, sent)
    for n in range(12):
        assert (await pair.a.next()).json["n"] == n
    await pair.close()
    figures(f"{came} of {sent} frames read in 6 s, with heartbeats of 1 s; then the rest")
