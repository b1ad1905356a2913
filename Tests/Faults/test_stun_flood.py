"""A flood of STUN requests: it is answered within its limits, and nothing of it reaches signaling."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bystanders import Bystanders
from process_figures import LINUX_ONLY
from server_process import ServerProcess
from stun_client import ask, binding_request, free_udp_port, udp_socket
from waiting import eventually, metrics

pytestmark = LINUX_ONLY

# As docs/operations.md states them.
PER_SOURCE = 100
PER_SECOND = 20_000
# Datagrams of one flood: more than are read, and more than the kernel keeps.
FLOOD = 100_000


class Flood(threading.Thread):
    """Sends requests as fast as it can, from one address or from many."""

    def __init__(self, port: int, sources: int) -> None:
        super().__init__()
        self._target = ("127.0.0.1", port)
        self._sources = [udp_socket(f"127.0.{1 + number // 200}.{1 + number % 200}") for number in range(sources)]
        self.sent = 0
        self.start_time = 0.0
        self.end_time = 0.0

    def run(self) -> None:
        request = binding_request()
        self.start_time = time.monotonic()
        while self.sent < FLOOD:
            for source in self._sources:
                # What the socket does not take is lost.
                source.sendto(request, self._target)
                self.sent += 1
        self.end_time = time.monotonic()
        for source in self._sources:
            source.close()

    @property
    def seconds(self) -> float:
        return self.end_time - self.start_time


@contextmanager
def flood(port: int, sources: int) -> Iterator[Flood]:
    one = Flood(port, sources)
    one.start()
    yield one
    one.join(60)
    assert not one.is_alive(), "the flood did not end"


async def results(server: ServerProcess) -> dict[str, int]:
    page = await metrics(server.url)
    return {
        labels.removeprefix('result="').removesuffix('"'): int(value)
        for name, labels, value in page.samples
        if name == "nt_stun_requests_total"
    }


async def settled(server: ServerProcess) -> dict[str, int]:
    """Once nothing is left in the kernel."""
    found = await results(server)
    for _ in range(100):
        await asyncio.sleep(0.1)
        if (now := await results(server)) == found:
            return now
        found = now
    raise AssertionError(f"it goes on counting: {found}")


def wakeups(pid: int) -> dict[str, int]:
    """By thread, how often it has waited for something."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                found[task.name] = int(line.split()[1])
    return found


async def test_pairs_do_not_notice_a_flood(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    port = free_udp_port()
    server = start_server(STUN_PORT=str(port))
    async with Bystanders(server.port, 10) as bystanders:
        with flood(port, sources=400) as many:
            await asyncio.to_thread(many.join)
            await bystanders.talk(200)
        found = await settled(server)
    # A second more: what the kernel had kept, and what a tick had left, at either end.
    assert sum(found.values()) <= PER_SECOND * (many.seconds + 1)
    assert found["answered"] > 0 and found["malformed"] == 0
    assert ask(port), "it does not answer any more"
    figures(f"{many.sent:,} requests in {many.seconds:.1f} s, of which {found}; {bystanders.summary}")


async def test_one_source_gets_no_more_than_its_part(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    port = free_udp_port()
    server = start_server(STUN_PORT=str(port))
    with flood(port, sources=1) as one:
        pass
    found = await settled(server)
    assert found["limited"] > 0 and found["malformed"] == 0
    # Windows of a second: those that had begun, and those that began.
    assert found["answered"] <= PER_SOURCE * (one.seconds + 3)
    figures(f"{one.sent:,} requests in {one.seconds:.1f} s, of which {found}")


async def test_a_flood_wakes_no_other_thread(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    port = free_udp_port()
    server = start_server(STUN_PORT=str(port))
    # So that each thread has begun whose first work would look like that of the flood.
    assert ask(port) and (await results(server))["answered"] > 0
    await asyncio.sleep(0.5)
    before, start = wakeups(server.pid), time.monotonic()
    with flood(port, sources=400):
        pass
    seconds = time.monotonic() - start
    after = wakeups(server.pid)
    more = sorted((after[task] - before.get(task, 0) for task in after), reverse=True)
    # The thread of STUN waits for each tick. All others together do what they do when nothing happens: the janitor looks twice a second.
    assert sum(more[1:]) <= 20 + 20 * seconds, f"threads have waited {more} times in {seconds:.1f} s"
    figures(f"in {seconds:.1f} s threads have waited {more} times")


async def test_a_port_that_is_taken_is_had_when_it_is_free(start_server: Callable[..., ServerProcess]) -> None:
    with udp_socket() as other:
        port = other.getsockname()[1]
        server = start_server(STUN_PORT=str(port))
        assert server.log().count("STUN requests are not answered") == 1
        assert '"stun_port"' not in server.log()
    await eventually(lambda: "answering STUN requests" in server.log(), "the port is had")
    assert ask(port)
    assert server.log().count("STUN requests are not answered") == 1
