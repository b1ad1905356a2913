"""A client that is gone without a word: no FIN, no RST, nothing."""

import asyncio
from collections.abc import Callable

from bystanders import Bystanders
from fault_proxy import FaultProxy
from pairing import connect_pair, item, new_room
from server_process import ServerProcess
from waiting import closed_with, metrics_become
from ws_client import WebSocket

HEARTBEAT = 1.0
# The server looks at a connection every half heartbeat at the latest, and this machine has other things to do.
SLACK = 1.5


async def test_a_vanished_client_frees_its_side_after_two_heartbeats(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    server = start_server(HEARTBEAT="1s")
    loop = asyncio.get_running_loop()
    async with FaultProxy(server.port) as proxy, Bystanders(server.port, 5) as bystanders:
        room = new_room()
        a = await WebSocket.connect(server.port, room, "A")
        b = await WebSocket.connect(proxy.port, room, "B")
        await a.expect("room_full")
        await b.expect("room_full")
        b.send({"type": "ice", "last": "words"})
        assert (await a.next()).json["last"] == "words"
        a.send(item("B", "kept"))
        await b.expect("send")

        (await proxy.link(b.local_port)).hold()
        vanished = loop.time()
        await a.expect("peer_left", limit=2 * HEARTBEAT + SLACK)
        took = loop.time() - vanished
        assert took >= HEARTBEAT, f"given up after {took:.2f} s, before it could have answered a ping"
        a.send({"type": "offer", "n": 1})
        a.send({"type": "ice", "n": 2})

        again = await WebSocket.connect(server.port, room, "B")
        assert [(await again.next()).json for _ in range(3)] == [
            {"type": "room_full"},
            {"type": "offer", "n": 1},
            {"type": "ice", "n": 2},
        ]
        again.send({"type": "hello"})
        assert (await again.next()).json == {"type": "send", "seq": 1, "payload": "kept"}
        await a.expect("room_full")
        await again.settle()
        assert not a.unread and not again.unread
        await bystanders.talk(100)
    assert await closed_with(server.url, 4002) == 1
    figures(f"peer_left {took:.2f} s after the link went dead; {bystanders.summary}")


async def test_a_client_whose_answers_are_lost_is_told_so(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """Half of the link is dead: the client hears the server's pings and its pongs go nowhere."""
    server = start_server(HEARTBEAT="1s")
    loop = asyncio.get_running_loop()
    async with FaultProxy(server.port) as proxy:
        pair = await connect_pair(proxy.port)
        (await proxy.link(pair.b.local_port)).up.hold()
        start = loop.time()
        await pair.a.expect("peer_left", limit=2 * HEARTBEAT + SLACK)
        took = loop.time() - start
        # Its answer to the close is lost as well, so the server waits a second for it.
        await pair.b.end(1 + SLACK)
        assert (pair.b.close_code, pair.b.close_reason) == (4002, "unresponsive")
        assert pair.b.pings >= 1
        assert pair.a.is_open
        figures(f"closed 4002 and peer_left {took:.2f} s after the way up went dead")


async def test_a_client_that_hears_nothing_and_talks_is_kept(start_server: Callable[..., ServerProcess]) -> None:
    """The other half is dead: for three heartbeats nothing comes down, and all of it is there when the link comes back to life."""
    server = start_server(HEARTBEAT="1s")
    async with FaultProxy(server.port) as proxy:
        pair = await connect_pair(proxy.port)
        link = await proxy.link(pair.b.local_port)
        link.down.hold()
        for n in range(30):
            pair.a.send({"type": "offer", "n": n})
            pair.b.send({"type": "answer", "n": n})
            assert (await pair.a.next()).json == {"type": "answer", "n": n}
            await asyncio.sleep(HEARTBEAT / 10)
        assert not pair.b.unread
        link.down.release()
        for n in range(30):
            assert (await pair.b.next()).json == {"type": "offer", "n": n}
        assert pair.b.pings >= 2
        await pair.close()


async def test_a_challenger_evicts_a_vanished_holder(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    server = start_server(HEARTBEAT="20s")
    loop = asyncio.get_running_loop()
    async with FaultProxy(server.port) as proxy, Bystanders(server.port, 5) as bystanders:
        room = new_room()
        a = await WebSocket.connect(server.port, room, "A")
        holder = await WebSocket.connect(proxy.port, room, "B", "one")
        await a.expect("room_full")
        await holder.expect("room_full")
        link = await proxy.link(holder.local_port)
        link.hold()

        start = loop.time()
        challenger = await WebSocket.connect(server.port, room, "B", "two")
        early = [challenger.sent[-1] for n in range(20) if challenger.send({"type": "ice", "n": n}) is None]
        third = await WebSocket.connect(server.port, room, "B")
        await third.end(1)
        assert (third.close_code, third.close_reason) == (1008, "side B busy")
        assert loop.time() - start < 1.5, "a further challenger has to wait"

        await a.expect("peer_left", "room_full")
        took = loop.time() - start
        assert 1.9 <= took <= 2.0 + SLACK, f"the challenge took {took:.2f} s"
        await challenger.expect("room_full")
        assert [await a.next() for _ in early] == early
        # What the old one sees when its link comes back to life.
        link.release()
        await holder.end()
        assert (holder.close_code, holder.close_reason) == (4002, "unresponsive")
        await challenger.settle()
        assert not a.unread and not challenger.unread
    await metrics_become(server.url, nt_peers_active=2)
    figures(f"the side changed hands after {took:.2f} s; {bystanders.summary}")


async def test_a_challenger_of_a_living_holder_goes(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(HEARTBEAT="20s")
    pair = await connect_pair(server.port)
    challenger = await WebSocket.connect(server.port, pair.room, "B")
    challenger.send({"type": "ice", "never": "read"})
    await challenger.end(1.5)
    assert (challenger.close_code, challenger.close_reason) == (1008, "side B busy")
    pair.b.send({"type": "answer"})
    assert (await pair.a.next()).json == {"type": "answer"}
    await pair.b.settle()
    assert len(pair.a.received) == 2 and len(pair.b.received) == 1
    await pair.close()
