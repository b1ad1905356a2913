"""Mailboxes in a browser over connections that break: nothing is lost, nothing comes twice, and the order holds."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fault_proxy import FIN, RST, FaultProxy
from loop_thread import LoopThread
from visitor import Visitor
from watch import NOTHING_IN_THE_WAY, UNREACHABLE

EXCHANGE = (Path(__file__).parent / "mailbox_exchange.js").read_text()
ITEMS = 1_000
DROPS_BY_EACH = 10
EXCHANGE_LIMIT_MS = 90_000


class Drops:
    """Cuts every connection through the proxy, each time at another place: between frames, within one, within a handshake."""

    def __init__(self, proxy: FaultProxy, thread: LoopThread) -> None:
        self.count = 0
        self._proxy = proxy
        self._thread = thread

    def __call__(self) -> None:
        self.count += 1
        self._thread.run(self._cut(self.count * 37 % 600, RST if self.count % 2 else FIN))

    async def _cut(self, size: int, how: str) -> None:
        for link in self._proxy.links:
            link.down.cut_after(size, how)


@pytest.fixture
def drops(server: Any) -> Iterator[tuple[Drops, str]]:
    """What cuts, and the address of the server behind it."""
    with LoopThread() as thread:
        proxy = FaultProxy(server.port)
        thread.run(proxy.__aenter__())
        try:
            yield Drops(proxy, thread), f"http://127.0.0.1:{proxy.port}"
        finally:
            thread.run(proxy.__aexit__())


def test_a_thousand_items_each_way_over_twenty_drops(arrive: Callable[..., Visitor], drops: tuple[Drops, str]) -> None:
    cut, url = drops
    pages = {side: arrive(url) for side in "AB"}
    room = pages["A"].page.request.post(f"{url}/rendezvous/code").json()["appID"]
    for side, visitor in pages.items():
        visitor.watch.allow(UNREACHABLE, NOTHING_IN_THE_WAY)
        visitor.page.expose_function("dropConnections", cut)
        visitor.page.evaluate(EXCHANGE, {"appID": room, "side": side, "items": ITEMS, "drops": DROPS_BY_EACH})
    seen = {side: result(visitor) for side, visitor in pages.items()}

    for side, other in itertools.permutations("AB"):
        assert seen[side]["received"] == [{"n": n, "from": other, "text": "é" * (n % 50)} for n in range(ITEMS)]
        # To the same mailbox each time, or the count of what was lost would begin anew.
        assert seen[side]["resumed"] == [False] + [True] * (len(seen[side]["resumed"]) - 1)
    assert cut.count == 2 * DROPS_BY_EACH
    assert sum(page["reconnections"] for page in seen.values()) >= cut.count


def result(visitor: Visitor) -> dict[str, Any]:
    done = visitor.page.wait_for_function("() => globalThis.exchange.then((seen) => ({ seen }))", timeout=EXCHANGE_LIMIT_MS)
    return done.json_value()["seen"]
