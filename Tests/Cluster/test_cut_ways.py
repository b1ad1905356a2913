"""A node that does not reach the engine, or that the others do not reach: both ways, or one way only."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster import Cluster
from cluster_checks import SPLIT, all_back, assert_one_home_each, assert_works, refusals
from cluster_load import ClusterLoad, told
from engine import ONE_KIND, Engine
from forms import IS_LONG, SLACK
from node_way import NodeWay
from pairing import new_room
from ports import free_port
from waiting import eventually
from ws_client import Refused, WebSocket

CUTS: dict[str, Callable[[NodeWay], object]] = {
    "refused": NodeWay.refuse,
    "stalled": NodeWay.stall,
    "up": lambda way: way.stall(down=False),
    "down": lambda way: way.stall(up=False),
}
# Of the node's lease; after it others may take its rooms.
LEASE = 10.0
# Shorter than that.
MOMENT = 6.0 if IS_LONG else 3.0
# From when the way is there again: the node's next attempt, and what it does before it takes rooms.
BACK = 6.0 + SLACK


async def cut(way: NodeWay, how: str) -> None:
    doing = CUTS[how](way)
    if asyncio.iscoroutine(doing):
        await doing


@contextlib.asynccontextmanager
async def cut_from_engine(folder: Path, kind: str):
    """The third of the nodes reaches the engine by a way of its own."""
    async with Engine(folder / "engine", kind) as engine, NodeWay(engine.port) as way:
        stores = [engine.store, engine.store, engine.store.replace(str(engine.port), str(way.port))]
        async with Cluster(folder, stores, with_front=False) as cluster, ClusterLoad(random.Random(7)) as load:
            yield way, cluster, load


@pytest.mark.limit(120)
@pytest.mark.parametrize("how", CUTS if IS_LONG else ["down"])
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_node_is_cut_from_the_engine_for_a_moment(kind: str, how: str, tmp_path: Path, figures: Callable) -> None:
    """Its lease lasts. What it has goes on, what needs the engine is refused there, and done elsewhere."""
    loop = asyncio.get_running_loop()
    async with cut_from_engine(tmp_path, kind) as (way, cluster, load):
        first, second, third = cluster.ports
        await load.pairs(8, lambda _: ([third], [third]))
        await load.pairs(8, lambda _: ([third], [first]))
        await load.pairs(8, lambda _: ([first], [third]))
        await load.pairs(4, lambda _: ([first], [second]))
        began = loop.time()
        await cut(way, how)
        await cluster.nodes[2].becomes(503, limit=3 + SLACK)
        seen = await refusals(cluster.nodes[2])
        assert seen["mint"] == seen["redeem"] == seen["join"] == 503, seen
        assert (await cluster.nodes[2].ask("/healthz")).status == 200
        await load.pairs(4, lambda _: ([first], [second]), limit=10)
        await asyncio.sleep(max(0, began + MOMENT - loop.time()))
        load.assert_nobody_was_cut(began)
        await way.heal()
        healed = loop.time()
        back = await assert_works(cluster, load, BACK)
        await load.all_talk(limit=5)
        load.assert_nobody_was_cut(began)
        load.assert_no_frame_was_lost()
        slowest = load.slowest_frame(began)
        assert slowest < 1 + SLACK, f"a frame took {slowest:.1f} s"
        await assert_one_home_each(cluster, load)
        counts = await load.finish()
        figures(f"{how} for {healed - began:.1f} s, slowest frame {slowest:.2f} s, all works {back:.1f} s after it; {told(counts)}")


@pytest.mark.limit(120)
@pytest.mark.skipif(not IS_LONG, reason="NT_LONG=1 runs it")
@pytest.mark.parametrize("how", CUTS)
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_node_is_cut_from_the_engine_for_longer_than_its_lease(kind: str, how: str, tmp_path: Path, figures: Callable) -> None:
    """Others take rooms of which a client comes to them. Nothing is split for long once it is there again, and nothing doubled."""
    loop = asyncio.get_running_loop()
    async with cut_from_engine(tmp_path, kind) as (way, cluster, load):
        first, second, third = cluster.ports
        stay = await load.pairs(8, lambda _: ([third], [third]))
        move = await load.pairs(8, lambda _: ([third], [third, first]))
        others = await load.pairs(4, lambda _: ([first], [second]))
        began = loop.time()
        await cut(way, how)
        # Where only replies are held, a renewal was carried out after it; and others are told of a lease's end with their own.
        await asyncio.sleep(LEASE + (3 if how == "down" else 1))
        moving = [room.members["B"] for room in move]
        moved = loop.time()
        for member in moving:
            member.socket.reset()
        await all_back(moving, moved, limit=8)
        taken = loop.time() - moved
        # For their items there is a home again, and what they send is held, or relayed to those who are with the old home: to nobody else.
        await asyncio.sleep(1)
        await way.heal()
        healed = loop.time()
        await assert_one_home_each(cluster, load, limit=BACK + SPLIT)
        united = loop.time() - healed
        await load.all_talk(limit=8)
        talked = loop.time() - healed
        # In the rooms that nobody took everything went on.
        cut_off = [str(member) for room in (*stay, *others) for member in room.sides if member.drops]
        assert not cut_off, f"{len(cut_off)} were cut of whom nobody took the room: {cut_off[:3]}"
        ends = [drop for room in move for drop in room.members["A"].drops]
        assert all(drop.at - healed < SPLIT + SLACK for drop in ends), f"{max(drop.at for drop in ends) - healed:.1f} s until A was closed"
        await assert_works(cluster, load, BACK)
        counts = await load.finish()
        figures(
            f"{how}: {len(moving)} rooms taken within {taken:.1f} s, one home each {united:.1f} s after it, all talk after {talked:.1f} s; "
            f"{told(counts)}"
        )


@pytest.mark.limit(150)
@pytest.mark.parametrize("how", CUTS if IS_LONG else ["down"])
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_node_is_cut_from_the_other_nodes(kind: str, how: str, tmp_path: Path, figures: Callable) -> None:
    """It keeps its rooms, as its lease lasts: others answer 503 for them, until they reach it again. Its own clients notice nothing."""
    loop = asyncio.get_running_loop()
    ports = [free_port() for _ in range(3)]
    async with Engine(tmp_path / "engine", kind) as engine, NodeWay(ports[0]) as way:
        # Half a link that is dead is noticed by whoever hears nothing for twice as long.
        cluster = Cluster(tmp_path, engine.store, ports=ports, addresses={0: way.url}, with_front=False, HEARTBEAT="1s")
        async with cluster, ClusterLoad(random.Random(8)) as load:
            first, second, third = ports
            through = await load.pairs(10, lambda _: ([first], [second, third]))
            beside = await load.pairs(5, lambda _: ([first], [first]))
            out = await load.pairs(5, lambda _: ([second], [first]))
            began = loop.time()
            await cut(way, how)
            peers = [room.members["B"] for room in through]
            await eventually(lambda: all(member.drops for member in peers), "their way is cut", limit=4 + SLACK)
            gone = loop.time() - began
            # A new room there is none of: it is that node's, and lives. So is nobody's connection accepted that would be a second room.
            with pytest.raises(Refused) as refused:
                await WebSocket.connect(second, through[0].ledger.name, "B", "another", limit=8)
            assert refused.value.status == 503 and refused.value.headers["retry-after"].isdigit(), refused.value
            socket = await WebSocket.connect(second, new_room(), "A")
            await socket.close()
            await asyncio.sleep(max(0, began + MOMENT - loop.time()))
            await way.heal()
            healed = loop.time()
            await load.all_talk(limit=SPLIT + 4 + SLACK)
            back = loop.time() - healed
            load.assert_back_in_time(healed, SPLIT + SLACK)
            await assert_one_home_each(cluster, load)
            untouched = [*(room.members["A"] for room in through), *(member for room in (*beside, *out) for member in room.sides)]
            cut_off = [str(member) for member in untouched if member.drops]
            assert not cut_off, f"{len(cut_off)} were cut that had nothing to do with it: {cut_off[:3]}"
            counts = await load.finish()
            figures(f"{how}: {len(peers)} passed clients told within {gone:.1f} s, all talk {back:.1f} s after it; {told(counts)}")
