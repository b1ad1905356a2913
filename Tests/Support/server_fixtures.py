"""Servers for tests; a folder's conftest.py imports what its tests use."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server_process import RunningServer, ServerProcess


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess | RunningServer]:
    """A server of the test's own, on its defaults, that must also end well."""
    if url := os.environ.get("NT_SERVER_URL"):
        yield RunningServer(url)
        return
    process = ServerProcess(tmp_path / "server.log")
    try:
        yield process
    finally:
        code = process.stop()
    assert code == 0, f"the server ended with code {code}; its log:\n{process.log()}"


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """For tests that need settings of their own, or that stop the server themselves."""
    started: list[ServerProcess] = []

    def start(**options: Any) -> ServerProcess:
        process = ServerProcess(tmp_path / f"server-{len(started)}.log", **options)
        started.append(process)
        return process

    yield start
    # All are stopped before any is judged, or a failure would leave the others running.
    codes = [process.stop() for process in started if not process.was_killed]
    assert codes == [0] * len(codes), f"servers ended with {codes}"


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost".split()
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return certificate, key
