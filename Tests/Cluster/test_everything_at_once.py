"""Faults of all kinds, one after the other and over each other, while clients go on: nothing that was promised is broken in the end."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from cluster import Cluster, Node
from cluster_checks import assert_one_home_each, assert_works, mint_some, redeem_all
from cluster_load import ClusterLoad, told
from engine import ONE_KIND, Engine
from forms import IS_LONG, SLACK
from node_way import NodeWay
from ports import free_port

SECONDS = float(os.environ.get("NT_CLUSTER_SECONDS", "120"))
SEED = int(os.environ.get("NT_CLUSTER_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
PAIRS = 25


class Trouble:
    """Does one thing after the other to three nodes, their engine, and the ways between them. What it has begun it ends."""

    def __init__(self, engine: Engine, cluster: Cluster, ways: list[NodeWay], rng: random.Random) -> None:
        self.done: Counter[str] = Counter()
        self._engine = engine
        self._cluster = cluster
        self._ways = ways
        self._rng = rng
        # What something is being done to.
        self._taken: set[object] = set()
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            self._begin_one()
            await asyncio.sleep(self._rng.uniform(0.3, 4))
            self._check()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=40)
        self._check()
        assert not self._under_way, "something does not end"

    def _begin_one(self) -> None:
        rng = self._rng
        kind = rng.choice(["kill", "replace", "stop", "cut", "cut", "engine"])
        targets: dict[str, tuple[list[object], Callable[[object], Awaitable[str]]]] = {
            "kill": (self._cluster.nodes, self._kill),
            "replace": (self._cluster.nodes, self._replace),
            "stop": (self._cluster.nodes, self._stop),
            "cut": (self._ways, self._cut),
            "engine": ([self._engine], self._harm_engine),
        }
        candidates, what = targets[kind]
        target = rng.choice(candidates)
        # One node at least is left alone.
        busy = sum(node in self._taken for node in self._cluster.nodes)
        if target in self._taken or (isinstance(target, Node) and busy >= 2):
            return
        task = asyncio.create_task(self._do(target, what))
        self._under_way.add(task)

    async def _do(self, target: object, what: Callable[[object], Awaitable[str]]) -> None:
        self._taken.add(target)
        self.done[await what(target)] += 1
        self._taken.discard(target)

    def _check(self) -> None:
        for task in [task for task in self._under_way if task.done()]:
            self._under_way.discard(task)
            task.result()

    async def _kill(self, node: Node) -> str:
        node.kill()
        await asyncio.sleep(self._rng.uniform(0, 6))
        await self._start(node)
        return "node killed"

    async def _replace(self, node: Node) -> str:
        assert await node.stop() == 0
        await self._start(node)
        return "node replaced"

    async def _start(self, node: Node) -> None:
        # Not at a moment at which it finds no engine; that one refuses to start then is tested elsewhere.
        while True:
            try:
                return await node.start()
            except AssertionError as error:
                if "STORE" not in str(error):
                    raise
                self.done["start without the engine"] += 1

    async def _stop(self, node: Node) -> str:
        node.pause()
        await asyncio.sleep(self._rng.choice([self._rng.uniform(0.1, 3), self._rng.uniform(3, 14)]))
        node.resume()
        return "node stopped"

    async def _cut(self, way: NodeWay) -> str:
        how = self._rng.choice(["refused", "both", "up", "down"])
        if how == "refused":
            await way.refuse()
        else:
            way.stall(up=how != "down", down=how != "up")
        await asyncio.sleep(self._rng.choice([self._rng.uniform(0.1, 3), self._rng.uniform(3, 14)]))
        await way.heal()
        return f"way {how}"

    async def _harm_engine(self, engine: Engine) -> str:
        match self._rng.randrange(5):
            case 0:
                engine.kill()
                await asyncio.sleep(self._rng.choice([0, self._rng.uniform(0, 4)]))
                await engine.start()
                return "engine killed"
            case 1:
                engine.pause()
                await asyncio.sleep(self._rng.uniform(0, 4))
                engine.resume()
                return "engine stopped"
            case 2:
                await engine.kill_connections()
                return "engine's connections killed"
            case 3:
                await engine.forget_scripts()
                return "scripts forgotten"
            case _:
                await engine.pause_clients(self._rng.uniform(0.1, 3))
                return "engine slow"


@pytest.mark.limit(180 + 2 * SECONDS)
@pytest.mark.skipif(not IS_LONG, reason="NT_LONG=1 runs it")
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_everything_at_once(kind: str, tmp_path: Path, figures: Callable) -> None:
    print(f"NT_CLUSTER_SEED={SEED}", flush=True)
    rng, ports = random.Random(f"{SEED} {kind}"), [free_port() for _ in range(3)]
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(Engine(tmp_path / "engine", kind, fsync="always"))
        to_engine = [await stack.enter_async_context(NodeWay(engine.port)) for _ in ports]
        to_nodes = [await stack.enter_async_context(NodeWay(port)) for port in ports]
        stores = [engine.store.replace(str(engine.port), str(way.port)) for way in to_engine]
        addresses = {index: way.url for index, way in enumerate(to_nodes)}
        cluster = await stack.enter_async_context(Cluster(tmp_path, stores, ports=ports, addresses=addresses, HEARTBEAT="2s"))
        load = await stack.enter_async_context(ClusterLoad(rng, period=0.5))
        # By nginx, as from anywhere, and at two nodes directly.
        ways = [[cluster.port], [ports[0], ports[1]], [ports[1], ports[2]], [ports[2], ports[0]]]
        await load.pairs(PAIRS, lambda number: (ways[number % 4], ways[(number + 1) % 4]))
        load.use_codes(cluster.port)
        codes = await mint_some(load, ports, 30)
        trouble = Trouble(engine, cluster, to_engine + to_nodes, rng)
        await trouble.run(SECONDS)
        await assert_works(cluster, load, 15 + SLACK)
        await load.all_talk(limit=25)
        await assert_one_home_each(cluster, load)
        await redeem_all(load.requests, ports, codes)
        counts = await load.finish()
        assert not load.code_mismatches, load.code_mismatches[0]
        figures(f"NT_CLUSTER_SEED={SEED}: {told(trouble.done)}; {told(counts)}; {load.pairings} codes redeemed; {load.outcomes()}")
