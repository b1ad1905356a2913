"""Connections that end with RST or FIN in the midst of frames, while the other side is sending."""

import asyncio
import random
from collections.abc import Callable

import pytest

from bystanders import Bystanders
from fault_proxy import FIN, RST, FaultProxy
from pairing import FrameMaker, Pair, assert_pairings_alternate, assert_run_of, assert_same, connect_pair, new_room, relayed, send
from server_process import ServerProcess
from waiting import metrics_become
from ws_client import Message, WebSocket
from ws_frames import TEXT, client_frame

AFTER_THE_CUT = 40


@pytest.mark.parametrize("how", [RST, FIN])
@pytest.mark.parametrize("victim", ["A", "B"])
async def test_a_cut_in_the_midst_of_frames(server: ServerProcess, figures: Callable, victim: str, how: str) -> None:
    """The link of one side is cut within a frame, first on its way up, then on its way down.

    The survivor is told once and loses nothing that it sends after it was told; half a frame reaches nobody; what arrived is in order and
    unchanged; frames of the survivor come to the returning side as one gapless stretch.
    """
    rng = random.Random(f"{victim} {how}")
    survivor_side = "B" if victim == "A" else "A"
    lost = 0
    async with FaultProxy(server.port) as proxy, Bystanders(server.port, 4) as bystanders:
        for direction in ("up", "down"):
            pair = await connect_with_one_through(proxy, server.port, victim)
            unlucky, survivor = (pair.a, pair.b) if victim == "A" else (pair.b, pair.a)
            link = await proxy.link(unlucky.local_port)
            (link.up if direction == "up" else link.down).cut_after(rng.randint(8_000, 24_000), how)
            ours, theirs = FrameMaker(survivor_side, rng), FrameMaker(victim, rng)
            before: list[Message] = []
            while not (survivor.unread and survivor.unread[-1].type == "peer_left"):
                before.append(send(survivor, ours.next()))
                if unlucky.is_open:
                    send(unlucky, theirs.next())
                await asyncio.sleep(0.001)
            assert len(before) > 20, "the cut came before anything was under way"
            await survivor.until("peer_left")

            after = [send(survivor, ours.next()) for _ in range(AFTER_THE_CUT)]
            returned = await WebSocket.connect(server.port, pair.room, victim)
            await returned.expect("room_full")
            await survivor.expect("room_full")
            await survivor.settle()
            await returned.settle()
            came = relayed(returned.received)
            assert_same(came[-AFTER_THE_CUT:], after, "frames sent after peer_left")
            # Between the cut and peer_left frames fall to whichever connection was there when the server read them.
            assert_run_of(came, before + after, "frames to the side that returned")
            assert_same(relayed(unlucky.received), before[: len(relayed(unlucky.received))], "frames to the side that was cut")
            assert_same(relayed(survivor.received), unlucky.sent[: len(relayed(survivor.received))], "frames to the survivor")
            lost += len(before) + len(after) - len(came) - len(relayed(unlucky.received))
            for socket in (unlucky, survivor, returned):
                assert_pairings_alternate(socket)
            assert sum(message.type == "peer_left" for message in survivor.received) == 1
            await survivor.close()
            await returned.close()
        await bystanders.talk(50)
    await metrics_become(server.url, nt_peers_active=0, nt_rooms_active=0)
    figures(f"{lost} frames under way to the cut connection went with it; {bystanders.summary}")


async def test_half_a_frame_before_a_reset_reaches_nobody(server: ServerProcess) -> None:
    """The client itself resets, without a proxy in between."""
    for cut in (1, 3, 7, 60):
        pair = await connect_pair(server.port)
        pair.a.send({"type": "ice", "whole": True})
        assert (await pair.b.next()).json == {"type": "ice", "whole": True}
        pair.a.send_raw(client_frame(TEXT, b'{"type":"offer","pad":"%s"}' % (b"x" * 100))[:cut])
        await asyncio.sleep(0)
        pair.a.reset()
        await pair.b.expect("peer_left")
        await pair.b.settle()
        assert not pair.b.unread
        await pair.b.close()
    await metrics_become(server.url, nt_peers_active=0, nt_rooms_active=0)


async def test_what_was_sent_before_a_fin_arrives(server: ServerProcess) -> None:
    """A client that ends its direction without a close frame: everything before that reaches the peer, also one that reads late."""
    for reads_late in (False, True):
        pair = await connect_pair(server.port, receive_buffer=32_768)
        rng = random.Random(1)
        frames = FrameMaker("A", rng)
        if reads_late:
            pair.b.transport.pause_reading()
        sent = [send(pair.a, frames.next(padding=20_000 if reads_late else None)) for _ in range(150)]
        pair.a.transport.write_eof()
        if reads_late:
            # The server stops reading from A for B's sake, until FIN comes; it may have ended A's connection before B reads on.
            await asyncio.sleep(0.3)
            assert not pair.b.unread
            pair.b.transport.resume_reading()
        await pair.b.until("peer_left")
        assert_same(relayed(pair.b.received), sent, "frames before FIN")
        assert_pairings_alternate(pair.b)
        await pair.a.end()
        assert pair.a.close_code is None
        await pair.b.close()
    await metrics_become(server.url, nt_peers_active=0, nt_rooms_active=0)


async def test_both_sides_reset_at_once(server: ServerProcess) -> None:
    """Room after room, both connections reset while both are sending: nothing of them is left behind."""
    async with Bystanders(server.port, 4):
        for _ in range(25):
            pair = await connect_pair(server.port)
            for n in range(10):
                pair.a.send({"type": "ice", "n": n})
                pair.b.send({"type": "ice", "n": n})
            await asyncio.sleep(0)
            pair.a.reset()
            pair.b.reset()
        await metrics_become(server.url, nt_peers_active=8, nt_rooms_active=4)


async def connect_with_one_through(proxy: FaultProxy, direct: int, victim: str) -> Pair:
    """Both sides of a new room, one of them through the proxy."""
    room = new_room()
    ports = {side: proxy.port if side == victim else direct for side in "AB"}
    pair = Pair(room, *[await WebSocket.connect(ports[side], room, side) for side in "AB"])
    await asyncio.gather(pair.a.expect("room_full"), pair.b.expect("room_full"))
    return pair
