"""A peer that sends slowly, or stops within a frame."""

import asyncio
from collections.abc import Callable

from bystanders import Bystanders
from pairing import connect_pair, new_room
from server_process import ServerProcess
from waiting import closed_with, metrics_become
from ws_frames import CONTINUATION, TEXT, client_frame

HEARTBEAT = 1.0
SLACK = 1.5


async def test_a_frame_sent_byte_by_byte_arrives_whole(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """It takes longer than two heartbeats, so it is also shown that slow is not silent."""
    server = start_server(HEARTBEAT="1s")
    loop = asyncio.get_running_loop()
    payload = '{"type":"offer","sdp":"ünïcödé \\u00fc","n":1.50}'.encode() + b" " * 60
    async with Bystanders(server.port, 5) as bystanders:
        pair = await connect_pair(server.port)
        # Its pongs would land in the middle of the frame.
        pair.a.answers_pings = False
        data = client_frame(TEXT, payload)
        start = loop.time()
        for byte in data:
            pair.a.send_raw(bytes([byte]))
            await asyncio.sleep(2.5 * HEARTBEAT / len(data))
            assert not pair.b.unread or byte is data[-1], "a frame that is not whole was passed on"
        message = await pair.b.next()
        assert (message.opcode, message.payload) == (TEXT, payload)
        took = loop.time() - start
        assert took > 2 * HEARTBEAT
        await pair.close()
    figures(f"{len(data)} bytes in as many segments over {took:.1f} s; {bystanders.summary}")


async def test_a_writer_that_stops_within_a_frame_is_dropped(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    server = start_server(HEARTBEAT="1s")
    loop = asyncio.get_running_loop()
    data = client_frame(TEXT, b'{"type":"offer","sdp":"%s"}' % (b"x" * 1000))
    times = []
    async with Bystanders(server.port, 5) as bystanders:
        # Within the header, after it, and one byte before the end.
        for stop in (1, 6, len(data) - 1):
            pair = await connect_pair(server.port)
            pair.a.answers_pings = False
            pair.a.send_raw(data[:stop])
            start = loop.time()
            await pair.b.expect("peer_left", limit=2 * HEARTBEAT + SLACK)
            times.append(loop.time() - start)
            await pair.a.end(1 + SLACK)
            assert (pair.a.close_code, pair.a.close_reason) == (4002, "unresponsive")
            await pair.b.settle()
            assert not pair.b.unread
            await pair.b.close()
        await bystanders.talk(50)
    assert await closed_with(server.url, 4002) == 3
    figures(f"peer_left after {', '.join(f'{time:.2f}' for time in times)} s; {bystanders.summary}")


async def test_a_message_may_stand_still_between_fragments(start_server: Callable[..., ServerProcess]) -> None:
    """Between its fragments the client can answer pings, so it is alive for as long as it likes."""
    server = start_server(HEARTBEAT="1s")
    pair = await connect_pair(server.port)
    first, second, third = b'{"type":"ice","pad":"\xc3', b"\xbc and", b' more"}'
    pair.a.send_raw(client_frame(TEXT, first, final=False))
    await asyncio.sleep(1.6 * HEARTBEAT)
    pair.a.send_raw(client_frame(CONTINUATION, second, final=False))
    await asyncio.sleep(1.6 * HEARTBEAT)
    assert pair.a.pings >= 2 and pair.a.is_open and not pair.b.unread
    pair.a.send_raw(client_frame(CONTINUATION, third))
    message = await pair.b.next()
    assert (message.opcode, message.payload) == (TEXT, first + second + third)
    await pair.close()


async def test_a_silent_upgrade_does_not_hold_a_side(start_server: Callable[..., ServerProcess]) -> None:
    """A client that stops within its upgrade request has no side, and is cut off in READ_HEADER_TIMEOUT."""
    server = start_server(READ_HEADER_TIMEOUT="1s")
    room = new_room()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET /ws?appID={room}&side=A HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConn".encode())
    pair = await connect_pair(server.port, room)
    head = await asyncio.wait_for(reader.read(), 5)
    assert head.startswith(b"HTTP/1.1 408 ")
    writer.close()
    await pair.a.settle()
    assert not pair.a.unread
    await pair.close()
    await metrics_become(server.url, nt_peers_active=0)
