"""Asks for a code each millisecond, over a new connection each time, until standard input ends; prints what came of it.

A process of its own, so that what else a test does does not make it late: python minting.py PORT
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

EVERY = 0.001
# Fewer than may wait at the listener (its backlog is 4,096).
MOST_WAITING = 2000
REQUEST = b"POST /rendezvous/code HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Outcome:
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    longest: float = 0.0
    begun: int = 0

    @property
    def waiting(self) -> int:
        return self.begun - self.statuses.total() - len(self.failures)


class Mint(asyncio.Protocol):
    def __init__(self, outcome: Outcome, start: float) -> None:
        self._outcome = outcome
        self._start = start
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        self._received += data
        # The body ends with the one object that it is.
        if self._received.endswith(b"}"):
            self._outcome.statuses[int(self._received.split(b" ", 2)[1])] += 1
            self._outcome.longest = max(self._outcome.longest, time.monotonic() - self._start)
            self._outcome = None
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._outcome is not None:
            self._outcome.failures.append(f"{time.monotonic() - self._start:.3f} s: {error!r} after {self._received!r}")


async def mint(port: int, outcome: Outcome) -> None:
    start = time.monotonic()
    try:
        await asyncio.get_running_loop().create_connection(lambda: Mint(outcome, start), "127.0.0.1", port)
    except OSError as error:
        outcome.failures.append(repr(error))


async def run(port: int) -> Outcome:
    loop = asyncio.get_running_loop()
    outcome, tasks, is_over = Outcome(), set(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), is_over.set)
    start = loop.time()
    while not is_over.is_set():
        due = int((loop.time() - start) / EVERY)
        # What this machine cannot do in time is not made up for later.
        for _ in range(min(due - outcome.begun, 20, MOST_WAITING - outcome.waiting)):
            outcome.begun += 1
            task = asyncio.create_task(mint(port, outcome))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(EVERY)
    deadline = loop.time() + 20
    while outcome.waiting and loop.time() < deadline:
        await asyncio.sleep(0.01)
    return outcome


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    outcome = asyncio.run(run(int(sys.argv[1])))
    report = {"statuses": outcome.statuses, "failures": outcome.failures, "unanswered": outcome.waiting, "longest": outcome.longest}
    print(json.dumps(report))


class Minting:
    """The process that does it, from `async with` on; `report` is there behind it."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> "Minting":
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__)), str(self._port), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Without input it would leave standard input open.
        output, _ = await asyncio.wait_for(self._process.communicate(b""), 30)
        self.report = json.loads(output)


if __name__ == "__main__":
    main()
