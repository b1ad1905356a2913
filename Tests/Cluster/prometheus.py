"""Prometheus with the repository's file, which asks nodes more often than it says there."""

import asyncio
from pathlib import Path

from compose_settings import Service
from prometheus_server import PrometheusServer

FILE = "/etc/prometheus/prometheus.yml"
RULES = "/etc/prometheus/alerts.yml"
# So that a test need not wait for a quarter of a minute until all have been asked once.
REPLACED = {"scrape_interval: 15s": "scrape_interval: 500ms", "scrape_timeout: 5s": "scrape_timeout: 500ms"}


class Prometheus(PrometheusServer):
    """Use it with `async with`. `service`: that of compose.cluster.yaml, with its command and its files."""

    def __init__(self, folder: Path, service: Service) -> None:
        text = service.text(FILE)
        for there, here in REPLACED.items():
            assert text.count(there) == 1, f"{FILE} has {there!r} {text.count(there)} times"
            text = text.replace(there, here)
        places = {FILE: str(folder / "prometheus.yml"), "/prometheus": str(folder / "data")}
        options = [option.split("=", 1) for option in service.command]
        super().__init__(folder, text, *(f"{name}={places.get(value, value)}" for name, value in options))
        (folder / Path(RULES).name).write_text(service.files[RULES].read_text())

    async def __aenter__(self) -> "Prometheus":
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    async def by_instance(self, query: str) -> dict[str, float]:
        """By instance; by "" what belongs to none."""
        found = await asyncio.to_thread(self.query, query)
        return {each["metric"].get("instance", ""): float(each["value"][1]) for each in found}

    async def comes_to(self, expected: dict[str, float], query: str, limit: float) -> None:
        deadline = asyncio.get_running_loop().time() + limit
        while (found := await self.by_instance(query)) != expected:
            assert asyncio.get_running_loop().time() < deadline, f"{query} is {found}, not {expected}"
            await asyncio.sleep(0.05)
