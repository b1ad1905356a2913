"""What clients want of the server that mean well, and whether they get it while somebody else goes on taking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from load import rolling
from pairing import item
from raw_http import HTTPConnection, request
from ws_client import Refused, WebSocket
from ws_frames import CONTINUATION, TEXT, client_frame

FAILURES = (AssertionError, OSError, EOFError, Refused, asyncio.TimeoutError, TimeoutError)
PROBE = "127.0.0.3"


@dataclass(frozen=True)
class Source:
    """Where a client comes from: the address of its socket, or what a trusted proxy says of it."""

    local_address: str | None = None
    client: str | None = None

    async def web_socket(self, port: int, room: str, side: str, **options: object) -> WebSocket:
        return await WebSocket.connect(port, room, side, local_address=self.local_address, client=self.client, **options)

    async def http(self, port: int) -> HTTPConnection:
        return await HTTPConnection.open(port, local_address=self.local_address)


class HonestWork:
    """Every source pairs with itself: a code, both sides, a frame each way, and a mailbox item. Counts how often that succeeds."""

    def __init__(self, port: int, sources: list[Source]) -> None:
        self._port = port
        self._sources = sources
        self.tried = 0
        self.failures: list[str] = []

    async def run(self, rounds: int) -> None:
        """All sources at once, each so many times."""
        await rolling((self._job(source) for _ in range(rounds) for source in self._sources), at_once=len(self._sources))

    @property
    def success(self) -> float:
        return 1 - len(self.failures) / self.tried

    def _job(self, source: Source) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            self.tried += 1
            try:
                await self._pair(source)
            except FAILURES as error:
                self.failures.append(f"{source}: {error!r}")

        return work

    async def _pair(self, source: Source) -> None:
        room = await self._code(source)
        a = await source.web_socket(self._port, room, "A")
        try:
            a.send(item("B", "kept"))
            await a.settle()
            b = await source.web_socket(self._port, room, "B")
            try:
                await self._talk(a, b)
            finally:
                b.transport.abort()
        finally:
            a.transport.abort()

    async def _code(self, source: Source) -> str:
        connection = await source.http(self._port)
        try:
            minted = await connection.request("POST", "/rendezvous/code", client=source.client)
            assert minted.status == 200, minted
            redeemed = await connection.request("POST", "/rendezvous/redeem", {"code": minted.json["code"]}, client=source.client)
            assert redeemed.status == 200 and redeemed.json["appID"] == minted.json["appID"], redeemed
            return minted.json["appID"]
        finally:
            connection.close()

    async def _talk(self, a: WebSocket, b: WebSocket) -> None:
        # Nothing else came: the item was stored, and nobody left.
        await a.expect("room_full")
        await b.expect("room_full")
        for sender, receiver, frame in [(a, b, b'{"type":"offer","n":1}'), (b, a, b'{"type":"answer","n":2}')]:
            # In halves, the first of which the server holds until it has answered a ping.
            sender.send_raw(client_frame(TEXT, frame[:10], final=False))
            await sender.ping()
            sender.send_raw(client_frame(CONTINUATION, frame[10:]))
            assert (await receiver.next()).payload == frame
        b.send({"type": "hello"})
        delivered = (await b.expect("send")).json
        assert delivered["payload"] == "kept", delivered
        b.send({"type": "delivered", "seq": delivered["seq"]})
        await b.settle()
        assert await b.close() == 1000
        await a.expect("peer_left")
        assert await a.close() == 1000


@asynccontextmanager
async def going_on(step: Callable[[], Awaitable[None]], at_once: int = 4, pause: float = 0.0) -> AsyncIterator[list[int]]:
    """Within the block so many tasks do it again and again, and fail it if a step fails. What it yields has an entry for each time."""
    times: list[int] = []
    is_over = False

    async def repeat() -> None:
        while not is_over:
            await step()
            times.append(1)
            await asyncio.sleep(pause)

    tasks = [asyncio.create_task(repeat()) for _ in range(at_once)]
    try:
        yield times
    except BaseException:
        is_over = True
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    # Not by cancelling them: until Python 3.12 that is lost on a wait that is over at the same moment.
    is_over = True
    await asyncio.gather(*tasks)


class Health:
    """Asks /healthz as `going_on` does: over a new connection each time, from elsewhere than anybody else."""

    pause = 0.02

    def __init__(self, port: int) -> None:
        self._port = port
        self.slowest = 0.0

    async def ask(self) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        answer = await request(self._port, "GET", "/healthz", local_address=PROBE)
        assert answer.status == 200, answer
        self.slowest = max(self.slowest, loop.time() - start)
