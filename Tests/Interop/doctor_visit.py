"""What `nt-backend-wrtc doctor` says of a server."""

import json
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from server_process import binary, clean_environment

LIMIT = 90.0


@dataclass
class Visit:
    exit_code: int
    findings: list[dict[str, str]]

    def of(self, check: str, subject: str = "") -> dict[str, str]:
        """The one finding about this."""
        found = [f for f in self.findings if f["check"] == check and subject in f.get("subject", "")]
        assert len(found) == 1, f"{check}: {found or self.findings}"
        return found[0]

    def levels(self) -> dict[str, str]:
        return {finding["check"]: finding["level"] for finding in self.findings}


def read(run: subprocess.CompletedProcess[str]) -> Visit:
    """What a visit has printed."""
    assert run.stdout, f"no report from {run.args}: {run.stderr}"
    report = json.loads(run.stdout)
    return Visit(report["exitCode"], report["findings"])


def visit(url: str, *arguments: str) -> Visit:
    # A machine that is busy is no fault of the server.
    command = [str(binary()), "doctor", "--json", "--timeout", "20", url, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=clean_environment())
    made = read(run)
    assert made.exit_code == run.returncode and json.loads(run.stdout)["url"] == url
    return made


class Visits:
    """Visits of several servers side by side. One that is asked for again is made anew."""

    def __init__(self, wanted: dict[str, tuple[str, ...]]) -> None:
        self._wanted = wanted
        self._pool = ThreadPoolExecutor(4)
        self._begun: dict[str, Future[Visit]] = {name: self._pool.submit(visit, *what) for name, what in wanted.items()}

    def __getitem__(self, name: str) -> Visit:
        begun = self._begun.pop(name, None)
        return begun.result(LIMIT * 2) if begun else visit(*self._wanted[name])

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
