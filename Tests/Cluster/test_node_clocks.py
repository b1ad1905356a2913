"""Clocks of nodes that are an hour apart: the time of what they share is the engine's."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from cluster import Cluster, Node
from cluster_checks import assert_one_home_each, mint_some, redeem_all
from cluster_load import ClusterLoad, told
from engine import ONE_KIND, Engine
from forms import IS_LONG, SLACK
from raw_http import redeem, request
from wrong_clock import clock_off_by, library

LIFE = 2.0
TAKEN_AFTER = 4.0


@pytest.mark.skipif(library() is None, reason="no libfaketime here: run scripts/setup")
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_clocks_that_are_an_hour_apart_matter_to_nobody(kind: str, tmp_path: Path, figures: Callable) -> None:
    loop = asyncio.get_running_loop()
    wrong = {1: clock_off_by("+1h"), 2: clock_off_by("-1h")}
    async with (
        Engine(tmp_path / "engine", kind) as engine,
        Cluster(tmp_path, engine.store, own=wrong, with_front=False) as cluster,
        ClusterLoad(random.Random(9)) as load,
    ):
        right, ahead, behind = cluster.nodes
        assert await clock(ahead) - await clock(right) > timedelta(minutes=50) < await clock(right) - await clock(behind)
        # Codes live for as long as they are said to, whoever minted them and whoever is asked.
        for minting in cluster.nodes:
            for redeeming in cluster.nodes:
                answer = await request(minting.port, "POST", "/rendezvous/code", {"ttl": 60})
                assert (await redeem(redeeming.port, answer.json["code"])).status == 200, f"{minting.name}, {redeeming.name}"
        began = loop.time()
        answers = [await request(node.port, "POST", "/rendezvous/code", {"ttl": LIFE}) for node in cluster.nodes for _ in range(3)]
        short = [answer.json["code"] for answer in answers]
        minted = loop.time()
        assert minted - began < LIFE, "this machine is too slow for this test"
        await asyncio.sleep(began + LIFE + SLACK - loop.time())
        statuses = [(await redeem(cluster.nodes[number % 3].port, code)).status for number, code in enumerate(short)]
        assert statuses == [410] * 9
        # Rooms: on every two of them, and taken from one that dies, whose clock is ahead.
        ports = cluster.ports
        await load.pairs(18, lambda number: ([ports[number % 3]], [ports[(number + 1 + number // 3 % 2) % 3]]))
        codes = await mint_some(load, ports, 9)
        await asyncio.sleep(1)
        load.assert_nobody_was_cut(began)
        if IS_LONG:
            ahead.kill()
            # A client that has one port alone would wait for that node.
            for member in load.members:
                member.use_ports([right.port, behind.port])
            await load.all_talk(limit=TAKEN_AFTER + 6 + SLACK)
            await assert_one_home_each(cluster, load)
        await redeem_all(load.requests, [right.port, behind.port], codes)
        counts = await load.finish()
        figures(told(counts))
        # Under the library that shifts its clock a process does not always wake up at a signal.
        for node in (ahead, behind):
            if node.is_running:
                node.kill()


async def clock(node: Node) -> datetime:
    return parsedate_to_datetime((await node.ask("/healthz")).headers["date"])
