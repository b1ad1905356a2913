"""Prometheus with the repository's file, which asks nodes more often than it says there."""

import asyncio
import json
import urllib.parse
import urllib.request
from pathlib import Path

from compose_settings import Service
from other_process import OtherProcess, program
from ports import free_port

START_LIMIT = 15.0
FILE = "/etc/prometheus/prometheus.yml"
# So that a test need not wait for a quarter of a minute until all have been asked once.
REPLACED = {"scrape_interval: 15s": "scrape_interval: 500ms", "scrape_timeout: 5s": "scrape_timeout: 500ms"}


class Prometheus(OtherProcess):
    """Use it with `async with`. `service`: that of compose.cluster.yaml, with its command and its file."""

    def __init__(self, folder: Path, service: Service) -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        text = service.text(FILE)
        for there, here in REPLACED.items():
            assert text.count(there) == 1, f"{FILE} has {there!r} {text.count(there)} times"
            text = text.replace(there, here)
        (folder / "prometheus.yml").write_text(text)
        places = {FILE: str(folder / "prometheus.yml"), "/prometheus": str(folder / "data")}
        options = [option.split("=", 1) for option in service.command]
        arguments = [f"{name}={places.get(value, value)}" for name, value in options]
        super().__init__([program("prometheus"), *arguments, f"--web.listen-address=127.0.0.1:{self.port}"], folder / "prometheus.log")

    async def __aenter__(self) -> "Prometheus":
        self.launch()
        deadline = asyncio.get_running_loop().time() + START_LIMIT
        while not await asyncio.to_thread(self._is_ready):
            assert self.is_running and asyncio.get_running_loop().time() < deadline, f"Prometheus does not start: {self.log()[-2000:]}"
            await asyncio.sleep(0.05)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    async def ask(self, query: str) -> dict[str, float]:
        """By instance; by "" what belongs to none."""
        answer = json.loads(await asyncio.to_thread(self._get, f"/api/v1/query?{urllib.parse.urlencode({'query': query})}"))
        return {each["metric"].get("instance", ""): float(each["value"][1]) for each in answer["data"]["result"]}

    async def comes_to(self, expected: dict[str, float], query: str, limit: float) -> None:
        deadline = asyncio.get_running_loop().time() + limit
        while (found := await self.ask(query)) != expected:
            assert asyncio.get_running_loop().time() < deadline, f"{query} is {found}, not {expected}"
            await asyncio.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            self._get("/-/ready")
        except OSError:
            return False
        return True

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.read()
