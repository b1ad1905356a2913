"""A node that dies, one that is stopped for a while, and ones that are replaced one by one."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster import Cluster
from cluster_checks import SPLIT, all_back, assert_one_home_each, mint_some, redeem_all
from cluster_load import ClusterLoad, told
from engine import ONE_KIND, Engine
from forms import IS_LONG, SLACK
from waiting import eventually

# After this time every room of a node that is gone can be had elsewhere.
TAKEN_AFTER = 4.0
# Of a lease that is not renewed, from when the node is stopped.
LEASE = 10.0
# When a node lets go of what it passes to a home that has no lease any more, and does not respond; and the client is back.
GIVEN_UP_AFTER = 9.0
STOPPED = 30.0 if IS_LONG else 12.0
ROLLING_PAIRS = 1000 if IS_LONG else 100
# The short form kills one of the nodes, the long one each.
KILLED = [0, 1, 2] if IS_LONG else [0]


@pytest.mark.limit(120)
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_node_is_killed_under_load(kind: str, tmp_path: Path, figures: Callable) -> None:
    """Its clients are back on others, with all that they were promised."""
    loop = asyncio.get_running_loop()
    async with (
        Engine(tmp_path / "engine", kind) as engine,
        Cluster(tmp_path, engine.store) as cluster,
        ClusterLoad(random.Random(1)) as load,
    ):
        await load.pairs(40, lambda _: ([cluster.port], [cluster.port]))
        load.use_codes(cluster.port)
        codes = await mint_some(load, cluster.ports, 30)
        for index in KILLED:
            await asyncio.sleep(1)
            node, killed = cluster.nodes[index], loop.time()
            node.kill()
            await asyncio.sleep(TAKEN_AFTER)
            await load.all_talk(limit=6 + SLACK)
            back = loop.time() - killed
            await assert_one_home_each(cluster, load)
            load.assert_back_in_time(killed, TAKEN_AFTER + SLACK)
            cut = {id(member) for member, _ in load.drops(killed)}
            assert cut, "nobody was on the node that was killed, nor in its rooms"
            figures(f"{node.name}: {len(cut)} of {len(load.members)} clients cut, all talk {back:.1f} s after it; {load.outcomes(killed)}")
            await node.start()
            await node.ready()
        await redeem_all(load.requests, cluster.ports, codes)
        counts = await load.finish()
        assert not load.code_mismatches, load.code_mismatches[0]
        figures(f"{told(counts)}, {load.pairings} codes redeemed")


@pytest.mark.limit(120)
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_node_is_stopped_and_goes_on(kind: str, tmp_path: Path, figures: Callable) -> None:
    """It misses that others took its rooms. As soon as it learns of that it closes what is another's, and it stores nothing meanwhile."""
    loop = asyncio.get_running_loop()
    async with (
        Engine(tmp_path / "engine", kind) as engine,
        Cluster(tmp_path, engine.store, with_front=False) as cluster,
        ClusterLoad(random.Random(2)) as load,
    ):
        first, second, third = cluster.ports
        stopped = cluster.nodes[0]
        homes = await load.pairs(20, lambda _: ([first, third], [second]))
        passed = await load.pairs(5, lambda _: ([second], [first, third]))
        others = await load.pairs(10, lambda _: ([second], [third]))
        assert await stopped.metric("nt_rooms_home") == len(homes)
        began = loop.time()
        stopped.pause()

        # Some of its clients' peers come anew, as they do when a network changes: they need not wait for the lease to end.
        await asyncio.sleep(3)
        moving = [room.members["B"] for room in homes[:8]]
        moved = loop.time()
        for member in moving:
            member.socket.reset()
        await all_back(moving, moved, limit=8)
        taken = loop.time() - moved
        if IS_LONG:
            # The others' peers are told some time after the lease has ended, and come back to their rooms elsewhere.
            await all_back([room.members["B"] for room in homes], began, limit=began + LEASE + GIVEN_UP_AFTER + SLACK - loop.time())
            figures(f"all rooms taken {loop.time() - began:.1f} s after the node was stopped")
        # Whoever has nothing to do with it notices nothing, and new pairs come together.
        assert not [member for room in others for member in room.sides if member.drops]
        await load.pairs(5, lambda _: ([second], [third]), limit=10)
        await asyncio.sleep(max(0, began + STOPPED - loop.time()))

        woke = loop.time()
        stopped.resume()
        hung = [room.members["A"] for room in (homes if IS_LONG else homes[: len(moving)])]
        await eventually(lambda: all(member.drops for member in hung), "it closes whose room is another's", limit=SPLIT + SLACK)
        closed = max(member.drops[0].at for member in hung) - woke
        reasons = Counter((member.drops[0].code, member.drops[0].reason) for member in hung)
        await assert_one_home_each(cluster, load)
        await load.all_talk(limit=10)
        await stopped.ready()
        counts = await load.finish()
        assert not [member for room in others for member in room.sides if member.drops]
        figures(
            f"{len(moving)} rooms taken {taken:.1f} s after their clients came anew; it closed {len(hung)} clients {closed:.2f} s "
            f"after it went on: {reasons}; {len(passed)} passed through it; {told(counts)}"
        )


@pytest.mark.limit(60 + 0.4 * ROLLING_PAIRS)
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_nodes_are_replaced_one_by_one(kind: str, tmp_path: Path, figures: Callable) -> None:
    """Each client comes back once for each node that held it, and all that was said arrives."""
    loop = asyncio.get_running_loop()
    period = 0.5 if ROLLING_PAIRS <= 100 else 5.0
    async with (
        Engine(tmp_path / "engine", kind) as engine,
        Cluster(tmp_path, engine.store, SHUTDOWN_GRACE="3s") as cluster,
        ClusterLoad(random.Random(3), period=period) as load,
    ):
        await load.pairs(ROLLING_PAIRS, lambda _: ([cluster.port], [cluster.port]), limit=20 + 0.1 * ROLLING_PAIRS)
        load.use_codes(cluster.port)
        codes = await mint_some(load, cluster.ports, 30)
        starts = []
        for node in cluster.nodes:
            starts.append(loop.time())
            assert await node.stop() == 0
            await node.start()
            await node.ready()
            # Whoever was told to come back later than this node took is on its way yet.
            await load.all_talk(limit=20 + 0.02 * ROLLING_PAIRS)
            figures(f"{node.name}: all talk {loop.time() - starts[-1]:.1f} s after it was told to end")
        for start, end in zip(starts, [*starts[1:], loop.time()]):
            drops = Counter(id(member) for member, drop in load.drops(start) if drop.at < end)
            several = [str(member) for member in load.members if drops[id(member)] > 1]
            assert drops and not several, f"{len(several)} clients came back more than once for one node: {several[:3]}"
        await redeem_all(load.requests, cluster.ports, codes)
        await assert_one_home_each(cluster, load)
        counts = await load.finish(limit=30 + 0.05 * ROLLING_PAIRS)
        assert not load.code_mismatches, load.code_mismatches[0]
        figures(
            f"{ROLLING_PAIRS} pairs, {told(counts)}, {load.pairings} codes redeemed; attempts {load.outcomes(starts[0])}, ended with "
            f"{Counter(drop.code for _, drop in load.drops(starts[0]))}"
        )


@pytest.mark.parametrize("kind", ONE_KIND)
async def test_whoever_is_passed_on_is_told_of_a_shutdown(kind: str, tmp_path: Path, figures: Callable) -> None:
    """As every client is: when to come back, and 1001. And the node need not wait for them for as long as it may."""
    loop = asyncio.get_running_loop()
    async with (
        Engine(tmp_path / "engine", kind) as engine,
        Cluster(tmp_path, engine.store, with_front=False, SHUTDOWN_GRACE="10s") as cluster,
        ClusterLoad(random.Random(10)) as load,
    ):
        first, second, third = cluster.ports
        rooms = await load.pairs(10, lambda _: ([first], [second, third]))
        began = loop.time()
        assert await cluster.nodes[1].stop() == 0
        took = loop.time() - began
        await load.all_talk(limit=10)
        ends = Counter(drop.code for _, drop in load.drops(began))
        assert ends == {1001: len(rooms)}, f"{ends}"
        assert took < 5, f"the node took {took:.1f} s to end"
        assert not [member for room in rooms if (member := room.members["A"]).drops]
        counts = await load.finish()
        figures(f"the node took {took:.1f} s; {told(counts)}")
