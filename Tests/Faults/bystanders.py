"""Pairs in other rooms that go on talking while something goes wrong elsewhere, and must not notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pairing import Pair, connect_pair
from ws_client import BINARY, TEXT, Message, WebSocket

# Far above what a loaded test machine adds, and below any time for which a fault lasts.
LONGEST_ROUND_TRIP = 1.5
PAUSE = 0.005


class Bystanders:
    """`async with Bystanders(port, n)`: n pairs play ping-pong until the end of the block, where everything is accounted for."""

    def __init__(self, port: int, pairs: int, longest: float = LONGEST_ROUND_TRIP) -> None:
        self._port = port
        self._count = pairs
        self._longest = longest
        self._pairs: list[Pair] = []
        self._talks: list[asyncio.Task[None]] = []
        self._is_over = False
        self._may_talk = asyncio.Event()
        self._may_talk.set()
        self.round_trips: list[float] = []

    async def __aenter__(self) -> "Bystanders":
        for _ in range(self._count):
            self._pairs.append(await connect_pair(self._port))
        self._talks = [asyncio.create_task(self._talk(pair)) for pair in self._pairs]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._is_over = True
        self._may_talk.set()
        results = await asyncio.gather(*self._talks, return_exceptions=True)
        for pair in self._pairs:
            pair.a.transport.abort()
            pair.b.transport.abort()
        # The test's own failure comes first.
        if kind is None:
            for result in results:
                if result is not None:
                    raise AssertionError(f"a bystander noticed: {result}") from result
            assert self.slowest < self._longest, f"a bystander waited {self.slowest:.2f} s for an answer"

    async def talk(self, rounds: int) -> None:
        """Returns once that many more rounds have been played by all pairs together."""
        goal = len(self.round_trips) + rounds
        while len(self.round_trips) < goal:
            if failed := [talk for talk in self._talks if talk.done()]:
                failed[0].result()
            await asyncio.sleep(PAUSE)

    @asynccontextmanager
    async def silence(self) -> AsyncIterator[None]:
        """Within the block nobody talks, so that the server has nothing to do for them."""
        self._may_talk.clear()
        await asyncio.sleep(10 * PAUSE)
        try:
            yield
        finally:
            self._may_talk.set()

    @property
    def slowest(self) -> float:
        return max(self.round_trips, default=0.0)

    @property
    def summary(self) -> str:
        ordered = sorted(self.round_trips)
        p99 = ordered[int(len(ordered) * 0.99)] if ordered else 0.0
        return (
            f"{self._count} bystanding pairs: {2 * len(ordered):,} frames, all accounted for, "
            f"round trip p99 {p99 * 1e3:.1f} ms, longest {self.slowest * 1e3:.0f} ms"
        )

    async def _talk(self, pair: Pair) -> None:
        loop = asyncio.get_running_loop()
        turn = 0
        while not self._is_over:
            await self._may_talk.wait()
            turn += 1
            start = loop.time()
            await self._pass_on(pair.a, pair.b, Message(TEXT, b'{"type":"offer","n":%d}' % turn))
            await self._pass_on(pair.b, pair.a, Message(BINARY, b'{"n":%d,"type":"answer"}' % turn))
            self.round_trips.append(loop.time() - start)
            await asyncio.sleep(PAUSE)
        # Whatever else had come, a message too many or a peer_left, would be among these.
        assert not pair.a.unread and not pair.b.unread, f"{pair.a.unread} {pair.b.unread}"
        assert len(pair.a.received) == len(pair.b.received) == turn + 1

    @staticmethod
    async def _pass_on(sender: WebSocket, receiver: WebSocket, message: Message) -> None:
        sender.send(message.payload, message.opcode)
        came = await receiver.next()
        assert came == message, f"{came} instead of {message}"
