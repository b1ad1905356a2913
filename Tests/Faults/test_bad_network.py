"""Delay, jitter, loss, narrow links and cuts: everything that the server has taken arrives, in order, once."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bad_network
from bad_namespace import CONDITIONS, in_namespace, missing
from bystanders import Bystanders
from fault_proxy import Conditions
from server_process import ServerProcess
from waiting import metrics_become

SEED = 20_260_131


async def test_everything_arrives_over_a_bad_network(server: ServerProcess, figures: Callable) -> None:
    bad = Conditions(delay=0.005, jitter=0.01, bytes_per_second=40_000, segment=90, loss=0.005)
    async with Bystanders(server.port, 3) as bystanders:
        outcome = await bad_network.run(server.port, up=bad, down=bad, seed=SEED)
    await metrics_become(server.url, nt_peers_active=0, nt_mailbox_messages=0, nt_mailbox_bytes=0)
    figures(f"{outcome}")
    figures(bystanders.summary)


@pytest.mark.limit(150)
@pytest.mark.parametrize("kind", CONDITIONS)
async def test_everything_arrives_although_packets_are_lost(kind: str, tmp_path: Path, figures: Callable) -> None:
    """The same over real packet loss, in a network namespace of its own."""
    if reason := missing(kind):
        pytest.skip(reason)
    script = Path(__file__).with_name("namespace_run.py")
    process = await asyncio.create_subprocess_exec(
        *in_namespace(kind, [sys.executable, str(script), str(SEED), str(tmp_path / "server.log")]),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 140)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, output.decode()
    figures(output.decode().strip().replace("\n", "; "))
