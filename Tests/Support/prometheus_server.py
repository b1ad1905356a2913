"""Prometheus as a process of a test's own."""

import json
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from other_process import OtherProcess, program
from ports import free_port

START_LIMIT = 15.0


class PrometheusServer(OtherProcess):
    """Its configuration is `prometheus.yml` in the folder, and its data lies in `data` beside that."""

    def __init__(self, folder: Path, configuration: str, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        (folder / "prometheus.yml").write_text(configuration)
        own = options or (f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}")
        super().__init__([program("prometheus"), *own, f"--web.listen-address=127.0.0.1:{self.port}"], folder / "prometheus.log")

    def start(self) -> None:
        self.launch()
        deadline = time.monotonic() + START_LIMIT
        while not self._is_ready():
            assert self.is_running and time.monotonic() < deadline, f"Prometheus does not start: {self.log()[-2000:]}"
            time.sleep(0.05)

    def ask(self, path: str, **parameters: Any) -> Any:
        """The data of a response of its API; an error of Prometheus, such as one in a query, is raised as urllib has it."""
        return json.loads(self._get(f"/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}"))["data"]

    def query(self, query: str) -> list[dict[str, Any]]:
        """What there is at this moment."""
        return self.ask("query", query=query)["result"]

    def query_range(self, query: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        return self.ask("query_range", query=query, start=start, end=end, step=step)["result"]

    def _is_ready(self) -> bool:
        try:
            self._get("/-/ready")
        except OSError:
            return False
        return True

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read()
