"""Clients that make the server keep as much as it may."""

import asyncio
from collections.abc import Callable

from bystanders import Bystanders
from pairing import connect_pair, item, new_room
from process_figures import LINUX_ONLY, peak_bytes, resident_bytes
from server_process import ServerProcess
from waiting import metrics, metrics_become
from ws_client import WebSocket
from ws_frames import CONTINUATION, TEXT, client_frame

pytestmark = LINUX_ONLY

MEBIBYTE = 1 << 20
STORED_MAX = 16 * MEBIBYTE
# What the server counts for a message besides its payload.
OVERHEAD = 160
PAYLOAD = 60_000
# The JSON string's quotes are part of the payload.
FITTING = STORED_MAX // (PAYLOAD + 2 + OVERHEAD)
# Allocator slack, buffers of the connections, and a debug build's ways.
MOST_GROWTH = STORED_MAX + 12 * MEBIBYTE


async def test_full_mailboxes_are_refused_and_usable_again(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """Many rooms fill STORED_BYTES_MAX: each refusal is said, everything taken is delivered, and acknowledgement makes room for as much."""
    server = start_server(STORED_BYTES_MAX=str(STORED_MAX), MAILBOX_MAX_BYTES=str(4 * MEBIBYTE))
    async with Bystanders(server.port, 5) as bystanders:
        before = resident_bytes(server.pid)
        rooms = [new_room() for _ in range(24)]
        grown = []
        for round_number in range(3):
            taken: dict[str, list[str]] = {}
            for room in rooms:
                taken[room] = await fill(server.port, room, f"round {round_number}")
            stored = sum(len(items) for items in taken.values())
            assert stored == FITTING
            page = await metrics(server.url)
            assert page.total("nt_mailbox_messages") == stored
            assert page.total("nt_mailbox_bytes") == stored * (PAYLOAD + 2)
            grown.append(resident_bytes(server.pid) - before)

            # Full for mailboxes is full for held frames, and for nothing else.
            alone = await WebSocket.connect(server.port, new_room(), "A")
            alone.send({"type": "offer", "pad": "x" * PAYLOAD})
            assert (await alone.expect("error")).json["code"] == "peer_absent"
            await alone.close()
            pair = await connect_pair(server.port)
            pair.a.send({"type": "offer", "pad": "x" * PAYLOAD})
            assert len((await pair.b.next()).payload) > PAYLOAD
            await pair.close()
            await bystanders.talk(100)

            for room in rooms:
                await take_all(server.port, room, taken[room])
            await metrics_become(server.url, nt_mailbox_messages=0, nt_mailbox_bytes=0)
        peak = peak_bytes(server.pid) - before
        assert peak < MOST_GROWTH, f"the server grew by {peak:,} bytes"
        assert grown[-1] < grown[0] + 4 * MEBIBYTE, f"it grows from round to round: {grown}"
    figures(
        f"{stored} items of {PAYLOAD:,} bytes in each of 3 rounds, all delivered; growth {', '.join(f'{g / 1e6:.1f}' for g in grown)} MB "
        f"for a bound of {STORED_MAX / 1e6:.1f} MB, peak {peak / 1e6:+.1f} MB; {bystanders.summary}"
    )


async def fill(port: int, room: str, label: str) -> list[str]:
    """Sends twenty items to side B, who is away: those that were taken. A refusal is for one item, and the next is no better."""
    sender = await WebSocket.connect(port, room, "A")
    payloads = [f"{label} {n} ".ljust(PAYLOAD, "x") for n in range(20)]
    for payload in payloads:
        sender.send(item("B", payload))
        await sender.drain()
    await sender.settle()
    refusals = [message.json for message in sender.received]
    assert all((refusal["type"], refusal["code"]) == ("error", "mailbox_full") for refusal in refusals)
    assert await sender.close() == 1000
    # All are of one size, so once one did not fit none does.
    return payloads[: len(payloads) - len(refusals)]


async def take_all(port: int, room: str, payloads: list[str]) -> None:
    """Side B comes, gets what the sender was not refused, in order, and acknowledges it in two steps."""
    recipient = await WebSocket.connect(port, room, "B")
    recipient.send({"type": "hello"})
    numbers = []
    for payload in payloads:
        message = await recipient.expect("send")
        assert message.json["payload"] == payload
        numbers.append(message.json["seq"])
    if numbers:
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        recipient.send({"type": "delivered", "seq": numbers[len(numbers) // 2]})
        recipient.send({"type": "delivered", "upTo": numbers[-1]})
    await recipient.settle()
    assert not recipient.unread
    assert await recipient.close() == 1000


async def test_held_frames_share_the_bound_and_give_it_back(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    server = start_server(STORED_BYTES_MAX=str(STORED_MAX))
    async with Bystanders(server.port, 5) as bystanders:
        before = resident_bytes(server.pid)
        frame = b'{"type":"ice","pad":"%s"}' % (b"x" * PAYLOAD)
        fitting = STORED_MAX // (len(frame) + OVERHEAD)
        lonely: list[WebSocket] = []
        held: list[int] = []
        while len(held) < 2 or held[-1] > 0:
            lonely.append(await WebSocket.connect(server.port, new_room(), "A"))
            # 1 MiB a connection holds 17 of these.
            for _ in range(17):
                lonely[-1].send(frame)
                await lonely[-1].drain()
            await lonely[-1].settle()
            refusals = [message.json["code"] for message in lonely[-1].received]
            assert set(refusals) <= {"peer_absent"}
            held.append(17 - len(refusals))
        assert sum(held) == fitting
        grown = resident_bytes(server.pid) - before
        assert grown < MOST_GROWTH, f"the server grew by {grown:,} bytes"
        await bystanders.talk(100)

        # Half of them leave, and what they had sent goes with them.
        for socket in lonely[::2]:
            assert await socket.close() == 1000
        expected = sum(held[1::2])
        room = new_room()
        sender = await WebSocket.connect(server.port, room, "A")
        for _ in range(17):
            sender.send(frame)
        await sender.settle()
        assert not sender.received and expected + 17 < fitting
        peer = await WebSocket.connect(server.port, room, "B")
        await peer.expect("room_full")
        for _ in range(17):
            assert (await peer.next()).payload == frame
        for socket in (*lonely[1::2], sender, peer):
            await socket.close()
    figures(
        f"{sum(held)} frames of {len(frame):,} bytes held on {len(lonely)} connections, server {grown / 1e6:+.1f} MB; {bystanders.summary}"
    )


async def test_messages_that_never_end_share_a_bound(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """Forty connections send most of a large message each: those that pass the bound are closed 1013, the others' messages can be ended."""
    server = start_server(STORED_BYTES_MAX=str(8 * MEBIBYTE))
    begin, end = b'{"type":"offer","pad":"' + b"x" * 500_000, b'"}'
    async with Bystanders(server.port, 5) as bystanders:
        before = resident_bytes(server.pid)
        pairs = [await connect_pair(server.port) for _ in range(40)]
        for pair in pairs:
            pair.a.send_raw(client_frame(TEXT, begin, final=False))
        await asyncio.gather(*(pair.a.ping() for pair in pairs))
        turned_away = [pair for pair in pairs if not pair.a.is_open]
        kept = [pair for pair in pairs if pair.a.is_open]
        assert {(pair.a.close_code, pair.a.close_reason) for pair in turned_away} == {(1013, "server full")}
        most = 8 * MEBIBYTE // len(begin)
        # A buffer that doubles may count for twice what is in it, and one that was turned away counts until its connection has ended.
        assert most // 4 <= len(kept) <= most, f"{len(kept)} of {len(pairs)} kept"
        grown = resident_bytes(server.pid) - before
        assert grown < 40 * MEBIBYTE, f"the server grew by {grown:,} bytes"
        await bystanders.talk(100)

        for pair in turned_away:
            await pair.b.expect("peer_left")
        for pair in kept:
            pair.a.send_raw(client_frame(CONTINUATION, end))
            message = await pair.b.next()
            assert message.payload == begin + end
        for pair in turned_away:
            again = await WebSocket.connect(server.port, pair.room, "A")
            await again.expect("room_full")
            await pair.b.expect("room_full")
            again.send(begin + end)
            assert (await pair.b.next()).payload == begin + end
            assert await again.close() == 1000
        for pair in pairs:
            await pair.b.close()
    figures(f"of {len(pairs)} half megabytes {len(kept)} were kept, server {grown / 1e6:+.1f} MB; {bystanders.summary}")
