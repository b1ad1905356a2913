"""An engine that is away, full, read-only, slow, or has lost everything, while pairs talk: they go on, the rest comes back by itself."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cluster import Cluster
from cluster_checks import assert_one_home_each, assert_works, mint_some, redeem_all, refusals
from cluster_load import ClusterLoad, told
from engine import ANOTHER_KIND, ONE_KIND, Engine
from forms import IS_LONG, SLACK

PAIRS = 30 if IS_LONG else 15
# Of a frame between two sides: relaying waits for no engine.
SLOWEST = 1.0 + SLACK
# What an engine may lose that writes each second, when it is killed.
EVERYSEC = 2.0
# From the engine's return: the next attempt to connect, and what nodes do before they take rooms.
BACK = 6.0 + SLACK
# How long the engine is away: shorter, and in the long form longer too, than the lease of a node.
OUTAGES = [2.5, 15.0] if IS_LONG else [2.0]


class Strain:
    """A cluster with pairs that talk and codes that wait."""

    def __init__(self, engine: Engine, cluster: Cluster, load: ClusterLoad) -> None:
        self.engine, self.cluster, self.load = engine, cluster, load

    async def begin(self) -> None:
        """A is at one node, the room's home, and B at another."""
        ports = self.cluster.ports
        await self.load.pairs(PAIRS, lambda number: ([ports[number % 3]], [ports[(number + 1 + number % 2) % 3]]))
        self.load.use_codes(self.cluster.port)
        self.codes = await mint_some(self.load, ports, 20)

    async def end(self, since: float, what: str) -> str:
        """Nobody was cut or missed a frame, and all is as if nothing had been."""
        self.load.assert_nobody_was_cut(since)
        self.load.assert_no_frame_was_lost()
        await self.load.all_talk(limit=5)
        slowest = self.load.slowest_frame(since)
        assert slowest < SLOWEST, f"{what}: a frame took {slowest:.1f} s"
        await assert_one_home_each(self.cluster, self.load)
        return f"{what}: slowest frame {slowest:.2f} s"


async def run_strained(kind: str, folder: Path, body: Callable[[Strain], Awaitable[None]]) -> None:
    async with (
        Engine(folder / "engine", kind, fsync="everysec") as engine,
        Cluster(folder, engine.store) as cluster,
        ClusterLoad(random.Random(4)) as load,
    ):
        strain = Strain(engine, cluster, load)
        await strain.begin()
        await body(strain)


# Blips: nothing is refused for long, and nothing lost.


@pytest.mark.limit(120)
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_blips_of_the_engine(kind: str, tmp_path: Path, figures: Callable) -> None:
    async def body(strain: Strain) -> None:
        engine, load, loop = strain.engine, strain.load, asyncio.get_running_loop()

        async def restart() -> None:
            await asyncio.to_thread(engine.stop)
            await engine.start()

        blips: dict[str, Callable[[], Awaitable[object]]] = {
            "connections killed": engine.kill_connections,
            "scripts forgotten": engine.forget_scripts,
            "slow for a second": lambda: engine.pause_clients(1),
            "restarted": restart,
        }
        for name, harm in blips.items():
            began = loop.time()
            await harm()
            await asyncio.sleep(0.5)
            back = await assert_works(strain.cluster, load, BACK)
            figures(f"{await strain.end(began, name)}, all works after {0.5 + back:.1f} s")
        await redeem_all(load.requests, strain.cluster.ports, strain.codes)
        counts = await load.finish()
        assert not load.code_mismatches, load.code_mismatches[0]
        figures(f"{told(counts)}; {load.pairings} codes redeemed; {load.requests.seen.outcomes}")

    await run_strained(kind, tmp_path, body)


# Outages: what needs the engine is refused, and comes back by itself.


async def kill(engine: Engine) -> None:
    engine.kill()


async def freeze(engine: Engine) -> None:
    engine.pause()


async def thaw(engine: Engine) -> None:
    engine.resume()


async def be_over(engine: Engine) -> None:
    """It ends by itself."""
    await engine.wait_until_there()


Harm = Callable[[Engine, float], Awaitable[None]]
Heal = Callable[[Engine], Awaitable[None]]
WAYS: dict[str, tuple[Harm, Heal]] = {
    "killed": (lambda engine, _: kill(engine), Engine.start),
    "frozen": (lambda engine, _: freeze(engine), thaw),
    # It does afterwards all that has gathered.
    "slow": (lambda engine, outage: engine.pause_clients(outage), be_over),
    "full": (lambda engine, _: engine.be_full(), Engine.have_space),
    "read-only": (lambda engine, _: engine.be_read_only(), Engine.lead),
}


@pytest.mark.limit(120)
@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("way", WAYS if IS_LONG else ["killed", "full"])
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_without_the_engine(kind: str, way: str, outage: float, tmp_path: Path, figures: Callable) -> None:
    harm, heal = WAYS[way]
    # A reply that does not come is waited for, for two seconds.
    patience = 2.1 if way in ("frozen", "slow") else 0.3
    outage += patience

    async def body(strain: Strain) -> None:
        cluster, load, loop = strain.cluster, strain.load, asyncio.get_running_loop()
        await asyncio.sleep(0.5)
        began = loop.time()
        await harm(strain.engine, outage)
        await asyncio.sleep(patience)
        seen = await asyncio.gather(*(refusals(node) for node in cluster.nodes))
        if way in ("killed", "frozen", "slow"):
            assert seen == [{"mint": 503, "redeem": 503, "join": 503}] * 3, seen
        assert all(each["mint"] == 503 for each in seen), seen
        for node in cluster.nodes:
            answer = await node.becomes(503, limit=3 + SLACK)
            assert b"engine" in answer.body, answer
            assert (await node.ask("/healthz")).status == 200
        # An item is the engine's before anybody hears of it.
        before = load.counts()
        await asyncio.sleep(max(1, began + outage - loop.time() - 0.2))
        after = load.counts()
        assert after["sent"] > before["sent"]
        assert all(after[what] == before[what] for what in ("accepted", "received once")), f"{told(before)}; then {told(after)}"
        await asyncio.sleep(max(0, began + outage - loop.time()))
        load.assert_nobody_was_cut(began)
        healed = loop.time()
        await heal(strain.engine)
        back = await assert_works(cluster, load, BACK)
        told_of = await strain.end(began, f"{way} for {healed - began:.1f} s")
        # What was refused is not stored, and all else is.
        await redeem_all(load.requests, cluster.ports, strain.codes)
        counts = await load.finish()
        # What it had not written when it was killed is gone with it; homes know their items, and nobody else a code.
        kept = [mismatch for minted, mismatch in load.code_mismatches if way != "killed" or not began - EVERYSEC < minted < healed]
        assert not kept, kept[0]
        figures(f"{told_of}, refused {seen[0]}, all works {back:.1f} s after it; {told(counts)}; {load.requests.seen.outcomes}")

    await run_strained(kind, tmp_path, body)


@pytest.mark.limit(120)
@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_the_engine_forgets_everything(kind: str, tmp_path: Path, figures: Callable) -> None:
    """Codes are gone, as they are nowhere else. Rooms are not: their homes write them again, with what is not acknowledged."""

    async def body(strain: Strain) -> None:
        cluster, load, loop = strain.cluster, strain.load, asyncio.get_running_loop()
        for _ in range(3 if IS_LONG else 1):
            wiped = loop.time()
            await strain.engine.wipe()
            await asyncio.sleep(1)
            back = await assert_works(cluster, load, BACK)
            figures(f"{await strain.end(wiped, 'wiped')}, all works after {1 + back:.1f} s")
            late = [mismatch for minted, mismatch in load.code_mismatches if minted > wiped]
            assert not late, f"a code that was minted after it is gone: {late[0]}"
        # The rooms are in the engine again: whoever comes to another node finds the home, and the same mailbox.
        moving = [room.members["B"] for room in load.rooms[:10]]
        for member in moving:
            member.socket.reset()
        await load.all_talk(limit=8)
        counts = await load.finish()
        figures(f"{told(counts)}; {load.requests.seen.outcomes}")

    await run_strained(kind, tmp_path, body)


@pytest.mark.limit(120)
@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_the_engine_goes_back_in_time(kind: str, tmp_path: Path, figures: Callable) -> None:
    """As where a replica that lags takes over. What was redeemed is not live again, and rooms are as their homes have them."""
    loop = asyncio.get_running_loop()
    async with (
        Engine(tmp_path / "engine", kind) as engine,
        Cluster(tmp_path, engine.store, with_front=False) as cluster,
        ClusterLoad(random.Random(13)) as load,
    ):
        ports = cluster.ports
        await load.pairs(9, lambda number: ([ports[number % 3]], [ports[(number + 1) % 3]]))
        kept, spent = await mint_some(load, ports, 10), await mint_some(load, ports, 15)
        await engine.call("SAVE")
        older = (tmp_path / "engine" / "dump.rdb").read_bytes()
        # All of this is news to the engine that comes back.
        for number, code in enumerate(spent):
            assert await load.requests.redeem(ports[number % 3], code) is not None
        await load.pairs(6, lambda number: ([ports[number % 3]], [ports[(number + 1) % 3]]))
        await asyncio.sleep(0.5)
        began = loop.time()
        engine.kill()
        (tmp_path / "engine" / "dump.rdb").write_bytes(older)
        await engine.start()
        for number, code in enumerate(spent):
            assert await load.requests.redeem(ports[(number + 1) % 3], code) is None, f"{code.text} was redeemed twice"
        back = await assert_works(cluster, load, BACK)
        load.assert_nobody_was_cut(began)
        load.assert_no_frame_was_lost()
        await redeem_all(load.requests, ports, kept)
        # Each room is in the engine as it is at its home, so that others find it and can take it.
        for room in load.rooms[::2]:
            room.members["B"].use_ports(ports)
            room.members["B"].socket.reset()
        await load.all_talk(limit=8)
        if IS_LONG:
            cluster.nodes[0].kill()
            for member in load.members:
                member.use_ports(ports[1:])
            await load.all_talk(limit=12)
        await assert_one_home_each(cluster, load)
        counts = await load.finish()
        figures(f"all works {back:.1f} s after it; {told(counts)}; {load.requests.seen.outcomes}")
