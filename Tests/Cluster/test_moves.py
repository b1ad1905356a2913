"""What moves from one node to another, or from one set of processes to the next."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster import Cluster, Node
from cluster_checks import assert_one_home_each, mint_some, redeem_all
from cluster_load import ClusterLoad, somebody, told
from engine import ANOTHER_KIND, ONE_KIND, Engine
from forms import IS_LONG, SLACK
from pairing import new_room
from raw_http import mint, request
from ws_client import Refused, WebSocket

TAKEN_AFTER = 4.0
# Nearly all that a mailbox holds, of 1,000 items and 4 MiB.
ITEMS, ITEM = 900, 4400


@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_a_full_mailbox_moves(kind: str, tmp_path: Path, figures: Callable) -> None:
    """Its home is killed, and all of it is where its side comes to."""
    loop = asyncio.get_running_loop()
    async with Engine(tmp_path / "engine", kind) as engine, Cluster(tmp_path, engine.store, 2, with_front=False) as cluster:
        first, second = cluster.nodes
        room = new_room()
        a = await WebSocket.connect(first.port, room, "A", "session-A")
        for ref in range(1, ITEMS + 1):
            a.send({"type": "send", "to": "B", "ref": ref, "payload": f"{ref} " + "x" * ITEM})
        for ref in range(1, ITEMS + 1):
            assert (await a.until("accepted")).json["ref"] == ref
        killed = loop.time()
        first.kill()
        b = await connect(second, room)
        b.send({"type": "hello", "mailbox": ""})
        await b.expect("mailbox")
        for seq in range(1, ITEMS + 1):
            item = (await b.expect("deliver")).json
            assert item["seq"] == seq and item["payload"].startswith(f"{seq} x")
        figures(f"{ITEMS} items of {ITEM} bytes are there {loop.time() - killed:.1f} s after the kill")
        # The same sender may be in doubt about the last of them.
        a = await WebSocket.connect(second.port, room, "A", "session-A")
        for ref in (ITEMS, ITEMS + 1):
            a.send({"type": "send", "to": "B", "ref": ref, "payload": f"{ref} x"})
        assert [(await a.until("accepted")).json["ref"] for _ in range(2)] == [ITEMS, ITEMS + 1]
        assert (await b.until("deliver")).json["payload"] == f"{ITEMS + 1} x"
        await asyncio.gather(a.close(), b.close())


async def connect(node: Node, room: str) -> WebSocket:
    """As soon as the room can be had there."""
    deadline = asyncio.get_running_loop().time() + TAKEN_AFTER + SLACK
    while True:
        try:
            return await WebSocket.connect(node.port, room, "B", "session-B")
        except Refused as refused:
            assert refused.status == 503 and asyncio.get_running_loop().time() < deadline, refused
            await asyncio.sleep(int(refused.headers["retry-after"]))


@pytest.mark.limit(90)
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_all_nodes_are_killed_at_once(kind: str, tmp_path: Path, figures: Callable) -> None:
    """What is in the engine is there for the next processes."""
    loop = asyncio.get_running_loop()
    async with (
        Engine(tmp_path / "engine", kind) as engine,
        Cluster(tmp_path, engine.store) as cluster,
        ClusterLoad(random.Random(11)) as load,
    ):
        await load.pairs(20, lambda _: ([cluster.port], [cluster.port]))
        codes = await mint_some(load, cluster.ports, 20)
        await asyncio.sleep(1)
        killed = loop.time()
        for node in cluster.nodes:
            node.kill()
        await asyncio.gather(*(node.start() for node in cluster.nodes))
        await cluster.ready()
        ready = loop.time() - killed
        await load.all_talk(limit=TAKEN_AFTER + 6 + SLACK)
        await assert_one_home_each(cluster, load)
        await redeem_all(load.requests, cluster.ports, codes)
        counts = await load.finish()
        figures(f"ready after {ready:.1f} s, all talk after {loop.time() - killed:.1f} s; {told(counts)}; {load.outcomes(killed)}")


@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_node_ends_without_its_engine(kind: str, tmp_path: Path) -> None:
    """It tells its clients, and does not wait for what cannot be stored for longer than it may."""
    async with Engine(tmp_path / "engine", kind) as engine:
        async with Cluster(tmp_path, engine.store, 2, with_front=False, SHUTDOWN_GRACE="1s") as cluster:
            room, loop = new_room(), asyncio.get_running_loop()
            sockets = [await WebSocket.connect(node.port, room, side, f"session-{side}") for node, side in zip(cluster.nodes, "AB")]
            engine.kill()
            sockets[0].send({"type": "send", "to": "B", "ref": 1, "payload": "never stored"})
            began = loop.time()
            assert await cluster.nodes[0].stop() == 0
            took = loop.time() - began
            assert took < 1 + SLACK, f"it took {took:.1f} s"
            for socket in sockets:
                await socket.end()
                assert socket.close_code == 1001
            assert not [message for message in sockets[0].received if message.type == "accepted"]


@pytest.mark.limit(150)
@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_nothing_stays_in_the_engine(kind: str, tmp_path: Path, figures: Callable) -> None:
    """Codes that nobody redeemed, rooms that were left, those of a node that died: each key has an end. Rooms are forgotten before it."""
    ttl, loop = 2, asyncio.get_running_loop()
    async with (
        Engine(tmp_path / "engine", kind) as engine,
        Cluster(tmp_path, engine.store, with_front=False, ROOM_TTL=f"{ttl}s") as cluster,
    ):
        first, second, third = cluster.nodes
        left = await leave_an_item(first, room := new_room())
        async with ClusterLoad(random.Random(12)) as load:
            ports = cluster.ports
            await load.pairs(15, lambda number: ([ports[number % 3]], [ports[(number + 1) % 3]]))
            for port in ports * 5:
                await mint(port)
                assert (await request(port, "POST", "/rendezvous/redeem", {"code": "00000000"}, client=somebody())).status == 410
            minted = loop.time()
            await asyncio.sleep(1)
            third.kill()
        keys = [key for key in await engine.call("KEYS", "*") if not key.startswith("{nt:nodes}:")]
        longest = {key: await engine.call("PTTL", key) for key in keys}
        # Codes have an end each, in one hash, which the next mint sweeps.
        endless = [key for key, left in longest.items() if left == -1 and not key.startswith("{nt:codes}:")]
        assert not endless, f"{len(endless)} of {len(keys)} keys have no end: {endless[:5]}"
        assert max(longest.values()) <= (2 * ttl + 60) * 1000 + 30_000, longest
        await asyncio.sleep(max(0, minted + ttl + 1 - loop.time()))
        assert await leave_an_item(second, room) != left, "the room was kept for longer than ROOM_TTL"
        await mint(ports[0])
        assert await engine.call("HLEN", "{nt:codes}:live") == 1
        if IS_LONG:
            await asyncio.sleep(2 * ttl + 61)
            rooms = [key for key in await engine.call("KEYS", "*") if not key.startswith(("{nt:nodes}:", "{nt:codes}:"))]
            assert not rooms, rooms
        figures(f"{len(keys)} keys while pairs talked, {await engine.call('DBSIZE')} in the end")


async def leave_an_item(node: Node, room: str) -> str:
    """Nobody is in the room when this returns, and it is kept for an item. The id of its mailbox."""
    socket = await WebSocket.connect(node.port, room, "A", "session-A")
    socket.send({"type": "hello", "mailbox": ""})
    id = (await socket.expect("mailbox")).json["id"]
    socket.send({"type": "send", "to": "B", "ref": 1, "payload": "x"})
    await socket.expect("accepted")
    await socket.close()
    return id
