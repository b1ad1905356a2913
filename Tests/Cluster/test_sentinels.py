"""Three Sentinels, a primary and two replicas: the primary is lost, and its successor too."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster import Cluster
from cluster_checks import assert_one_home_each, assert_works
from cluster_load import ClusterLoad, told
from engine import ONE_KIND
from forms import IS_LONG, SLACK
from raw_http import request
from sentinels import Sentinels

# From when the Sentinels name the successor.
WRITES_AFTER = 2.0
PAIRS = 20


async def first_mint(cluster: Cluster, limit: float) -> float:
    """When the last of the nodes has minted a code."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit

    async def mint_at(port: int) -> None:
        while (answer := await request(port, "POST", "/rendezvous/code", limit=5)).status != 200:
            assert answer.status == 503 and answer.headers["retry-after"], answer
            assert loop.time() < deadline, f"no code within {limit:.1f} s: {answer}"
            await asyncio.sleep(0.05)

    await asyncio.gather(*map(mint_at, cluster.ports))
    return loop.time()


@pytest.mark.limit(120)
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_the_primary_is_lost_twice(kind: str, tmp_path: Path, figures: Callable) -> None:
    """Nobody is cut. What comes back as a primary, before the Sentinels have demoted it, is written nothing."""
    loop = asyncio.get_running_loop()
    async with Sentinels(tmp_path / "sentinels", kind) as sentinels:
        # One of the nodes finds the first of its Sentinels away.
        stores = [sentinels.store(), sentinels.store(first_refuses=True), sentinels.store()]
        async with Cluster(tmp_path, stores) as cluster, ClusterLoad(random.Random(5)) as load:
            ports = cluster.ports
            await load.pairs(PAIRS, lambda number: ([ports[number % 3]], [ports[(number + 1) % 3]]))
            load.use_codes(cluster.port)
            began, lost = loop.time(), []
            for replicas in (2, 1):
                await sentinels.wait_until_complete(replicas)
                await asyncio.sleep(1)
                primary, died = await sentinels.primary(), loop.time()
                primary.kill()
                lost.append(primary)
                await sentinels.successor(primary)
                elected = loop.time()
                writes = await first_mint(cluster, WRITES_AFTER + SLACK) - elected
                await assert_works(cluster, load, 6 + SLACK)
                load.assert_nobody_was_cut(began)
                figures(f"{primary.name} lost: successor after {elected - died:.1f} s, codes minted {writes:.2f} s after that")
            # They come back as what they were. For a while they are primaries, as far as they know.
            for engine in lost:
                await engine.start()
            for _ in range(10):
                roles = [(await engine.figures("replication"))["role"] for engine in lost]
                calls = [await engine.script_calls() for engine in lost if "master" in roles]
                assert not any(calls), f"{calls} scripts were run by engines that are {roles}"
                await asyncio.sleep(0.1)
            assert "master" in roles, "they were demoted before anybody could have written to them"
            await load.all_talk(limit=5)
            await assert_one_home_each(cluster, load)
            load.assert_nobody_was_cut(began)
            counts = await load.finish()
            figures(f"{told(counts)}; {load.requests.seen.outcomes}")


@pytest.mark.limit(180)
@pytest.mark.skipif(not IS_LONG, reason="NT_LONG=1 runs it")
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_primary_that_was_only_stopped(kind: str, tmp_path: Path, figures: Callable) -> None:
    """It goes on as a primary that nobody else takes for one. What had been sent to it before may be done there yet; nothing after that."""
    loop = asyncio.get_running_loop()
    async with (
        Sentinels(tmp_path / "sentinels", kind) as sentinels,
        Cluster(tmp_path, sentinels.store()) as cluster,
        ClusterLoad(random.Random(6)) as load,
    ):
        ports = cluster.ports
        await load.pairs(PAIRS, lambda number: ([ports[number % 3]], [ports[(number + 1) % 3]]))
        load.use_codes(cluster.port)
        began, primary = loop.time(), await sentinels.primary()
        primary.pause()
        await sentinels.successor(primary)
        elected = loop.time()
        # A reply that does not come is waited for.
        writes = await first_mint(cluster, 2 + WRITES_AFTER + SLACK) - elected
        primary.resume()
        await asyncio.sleep(1)
        calls = await primary.script_calls()
        await sentinels.are_replicas(30, primary)
        assert await primary.script_calls() == calls, "it was written to after it had a successor"
        await assert_works(cluster, load, 6 + SLACK)
        load.assert_nobody_was_cut(began)
        await assert_one_home_each(cluster, load)
        counts = await load.finish()
        figures(f"codes minted {writes:.2f} s after the election; {told(counts)}; {load.requests.seen.outcomes}")
