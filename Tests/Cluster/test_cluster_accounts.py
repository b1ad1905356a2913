"""The accounts themselves: each kind of wrong that a test here looks for is noticed when it is there."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster_ledger import ClusterLedger, Item, LedgerMismatch
from cluster_load import ClusterLoad
from node_way import NodeWay
from server_process import ServerProcess

ITEMS = [Item(ref, "B", f"A{ref}") for ref in range(1, 4)]


def a_room() -> tuple[ClusterLedger, object, object]:
    """A has sent three items to B, and both are open."""
    ledger = ClusterLedger("room")
    visits = [ledger.come(side) for side in "AB"]
    for visit in visits:
        ledger.receive(visit, {"type": "mailbox", "id": "1", "deliveredUpTo": 0})
    for item in ITEMS:
        ledger.send(visits[0], item)
    return ledger, *visits


def deliver(seq: int, payload: str) -> dict:
    return {"type": "deliver", "seq": seq, "payload": payload}


def accepted(ref: int) -> dict:
    return {"type": "accepted", "ref": ref}


def test_what_is_right_passes() -> None:
    ledger, a, b = a_room()
    for item in ITEMS:
        ledger.receive(b, deliver(item.ref, item.payload))
    ledger.receive(a, accepted(1))
    # A comes back, sends the rest again, and gets one response twice.
    a = ledger.come("A")
    ledger.receive(a, accepted(2))
    ledger.receive(a, {"type": "mailbox", "id": "1", "deliveredUpTo": 0})
    for item in ITEMS[1:]:
        ledger.send(a, item)
    for ref in (2, 3):
        ledger.receive(a, accepted(ref))
    assert ledger.is_complete
    counts = ledger.count()
    assert (counts["sent"], counts["accepted"], counts["received once"], counts["lost"], counts["doubled"]) == (3, 3, 3, 0, 0)


def test_what_was_refused_counts_as_never_sent() -> None:
    ledger, a, b = a_room()
    ledger.receive(a, accepted(1))
    ledger.refuse(a, 2)
    ledger.receive(a, accepted(3))
    ledger.receive(b, deliver(1, "A1"))
    ledger.receive(b, deliver(2, "A3"))
    assert ledger.is_complete and ledger.count()["refused"] == 1


def test_a_lost_item_is_noticed() -> None:
    ledger, a, b = a_room()
    for item in ITEMS:
        ledger.receive(a, accepted(item.ref))
    ledger.receive(b, deliver(1, "A1"))
    assert not ledger.is_complete and ledger.count()["lost"] == 2
    with pytest.raises(LedgerMismatch):
        ledger.receive(b, deliver(2, "A3"))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda ledger, a, b: ledger.receive(b, deliver(2, "A1")),
        lambda ledger, a, b: ledger.receive(b, deliver(1, "A2")),
        lambda ledger, a, b: ledger.receive(b, deliver(3, "A2")),
        lambda ledger, a, b: (ledger.refuse(a, 2), ledger.receive(b, deliver(2, "A2"))),
        lambda ledger, a, b: (ledger.receive(a, accepted(1)), ledger.refuse(a, 1)),
        lambda ledger, a, b: ledger.receive(ledger.come("B"), {"type": "mailbox", "id": "2", "deliveredUpTo": 0}),
        lambda ledger, a, b: ledger.receive(ledger.come("B"), {"type": "mailbox", "id": "1", "deliveredUpTo": 2}),
        lambda ledger, a, b: ledger.receive(a, accepted(9)),
        lambda ledger, a, b: ledger.frame("B", 5, {"n": 5}),
    ],
    ids=[
        "doubled", "changed", "left out", "refused and delivered", "accepted and refused", "another mailbox", "acknowledged too much",
        "accepted what nobody sent", "a frame twice",
    ],
)
def test_what_is_wrong_is_noticed(wrong: Callable) -> None:
    ledger, a, b = a_room()
    ledger.receive(b, deliver(1, "A1"))
    with pytest.raises(LedgerMismatch):
        wrong(ledger, a, b)


async def test_clients_come_back_and_nothing_is_missing(tmp_path: Path) -> None:
    """The load on one server with a file, whose way is stalled and cut, and which is killed: all of it is what clients make up for."""
    server = await asyncio.to_thread(ServerProcess, tmp_path / "server.log", STORE=f"sqlite://{tmp_path}/state.db")
    try:
        async with NodeWay(server.port) as way, ClusterLoad(random.Random(1)) as load:
            loop = asyncio.get_running_loop()
            await load.pairs(10, lambda number: ([server.port], [way.port]))
            load.use_codes(server.port)
            stalled = loop.time()
            way.stall()
            await asyncio.sleep(1)
            await way.heal()
            await load.all_talk(limit=10)
            assert load.slowest_frame(stalled) > 0.5
            load.assert_nobody_was_cut(stalled)
            await way.refuse()
            await asyncio.sleep(0.5)
            with pytest.raises(AssertionError, match="10 connections ended"):
                load.assert_nobody_was_cut(stalled)
            await way.heal()
            await load.all_talk(limit=10)
            killed = loop.time()
            server.kill()
            server = await asyncio.to_thread(
                ServerProcess, tmp_path / "server-2.log", port=server.port, STORE=f"sqlite://{tmp_path}/state.db"
            )
            await load.all_talk(limit=15)
            assert len(load.drops(killed)) == 20
            counts = await load.finish()
            assert counts["lost"] == counts["doubled"] == 0 and not load.code_mismatches
    finally:
        assert server.stop() == 0


async def test_what_a_server_has_lost_is_noticed(tmp_path: Path) -> None:
    """In memory alone nothing outlives a server that is killed: the load must find that, or it would prove nothing."""
    server = await asyncio.to_thread(ServerProcess, tmp_path / "server.log")
    try:
        async with ClusterLoad(random.Random(2)) as load:
            await load.pairs(10, lambda number: ([server.port], [server.port]))
            await asyncio.sleep(1)
            server.kill()
            server = await asyncio.to_thread(ServerProcess, tmp_path / "server-2.log", port=server.port)
            with pytest.raises(AssertionError, match="mismatch"):
                await load.all_talk(limit=15)
                await load.finish()
    finally:
        assert server.stop() == 0
