"""Nodes: several servers on one engine, each a process of its own, with everything that can befall one."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metrics_page import MetricsPage
from nginx import Nginx
from ports import free_port
from raw_http import Answer, request
from server_process import ServerProcess
from waiting import metrics

READY_LIMIT = 15.0


class Node:
    """Keeps its port from one process to the next. `address`: where the others reach it, if not there."""

    def __init__(self, folder: Path, name: str, port: int, address: str | None = None, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.settings = {"NODE_ADDRESS": address or self.url, **settings}
        self._folder = folder
        self._processes: list[ServerProcess] = []
        self._is_paused = False

    @property
    def process(self) -> ServerProcess:
        return self._processes[-1]

    @property
    def is_running(self) -> bool:
        return bool(self._processes) and self.process.exit_code() is None

    async def start(self) -> None:
        """Returns once it listens, which is before it is ready."""
        path = self._folder / f"{self.name}-{len(self._processes)}.log"
        self._processes.append(await asyncio.to_thread(ServerProcess, path, port=self.port, **self.settings))

    def kill(self) -> None:
        self.process.kill()
        self._is_paused = False

    def terminate(self) -> None:
        self.process.terminate()

    async def stop(self) -> int:
        """SIGTERM, and what it ended with."""
        if self._is_paused:
            self.resume()
        return await asyncio.to_thread(self.process.stop)

    def pause(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)
        self._is_paused = True

    def resume(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)
        self._is_paused = False

    async def ask(self, path: str, limit: float = 5.0) -> Answer | None:
        """None if there is no answer."""
        try:
            return await request(self.port, "GET", path, limit=limit)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, TimeoutError):
            return None

    async def becomes(self, status: int, limit: float = READY_LIMIT, path: str = "/readyz") -> Answer:
        """Waits until /readyz answers so."""
        deadline = asyncio.get_running_loop().time() + limit
        while (answer := await self.ask(path)) is None or answer.status != status:
            last = None if answer is None else (answer.status, answer.body)
            now = asyncio.get_running_loop().time()
            assert now < deadline, f"{path} of {self.name} was not {status} within {limit:.0f} s, but {last}; its log:\n{self.tail()}"
            await asyncio.sleep(0.02)
        return answer

    async def ready(self, limit: float = READY_LIMIT) -> None:
        await self.becomes(200, limit)

    async def metrics(self) -> MetricsPage:
        return await metrics(self.url)

    async def metric(self, name: str, **labels: str) -> float:
        """Of all series of that name with these labels the sum; what is not on the page is an error, not 0."""
        page = await self.metrics()
        assert name in page.kinds, f"{self.name} has no metric {name}"
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(value for sample, text, value in page.samples if sample == name and all(each in text.split(",") for each in wanted))

    def log(self) -> str:
        """Of all its processes."""
        return "".join(process.log() for process in self._processes)

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log().splitlines()[-lines:])


class Cluster:
    """Use it with `async with`: then all nodes are ready. Whatever happens, none of them is left; who was not killed must end with 0.

    `addresses`: where the others reach each node, by its position. `own`: further settings of single nodes.
    """

    def __init__(
        self,
        folder: Path,
        store: str | Sequence[str],
        count: int = 3,
        *,
        addresses: dict[int, str] | None = None,
        own: dict[int, dict[str, str]] | None = None,
        ports: Sequence[int] | None = None,
        with_front: bool = True,
        **settings: str,
    ) -> None:
        ports = ports or [free_port() for _ in range(count)]
        stores = [store] * count if isinstance(store, str) else store
        settings = {"LOG_LEVEL": "debug", "LOG_CLIENT_ADDRESSES": "full", **settings}
        self.nodes = [
            Node(
                folder / "nodes",
                f"node-{index + 1}",
                ports[index],
                (addresses or {}).get(index),
                **settings,
                **{"STORE": stores[index], **(own or {}).get(index, {})},
            )
            for index in range(count)
        ]
        self.front = Nginx(folder / "nginx", ports) if with_front else None

    async def __aenter__(self) -> "Cluster":
        try:
            await asyncio.gather(*(node.start() for node in self.nodes))
            await asyncio.gather(*(node.ready() for node in self.nodes))
            if self.front:
                await self.front.__aenter__()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        died = [f"{node.name}: {node.process.exit_code()}" for node in self.nodes if not node.is_running and not node.process.was_killed]
        codes = await self._end()
        if kind is not None:
            for node in self.nodes:
                print(f"--- the end of the log of {node.name}, {node.url}\n{node.tail()}")
            if self.front:
                print(f"--- nginx\n{self.front.errors()[-2000:]}")
            return
        wrong = [code for code in codes if code not in (None, 0)]
        assert not wrong, f"nodes ended with {codes}"
        assert not [each for each in died if not each.endswith(": 0")], f"nodes died: {died}"

    async def _end(self) -> list[Any]:
        """All are stopped before any is judged, or a failure would leave the others running."""
        running = [node for node in self.nodes if node.is_running]
        codes = await asyncio.gather(*(node.stop() for node in running), return_exceptions=True)
        if self.front:
            await self.front.__aexit__()
        return codes

    @property
    def ports(self) -> list[int]:
        return [node.port for node in self.nodes]

    @property
    def port(self) -> int:
        """Of nginx."""
        return self.front.port

    async def total(self, name: str, **labels: str) -> float:
        return sum([await node.metric(name, **labels) for node in self.nodes if node.is_running])

    async def ready(self, limit: float = READY_LIMIT) -> None:
        await asyncio.gather(*(node.ready(limit) for node in self.nodes))
