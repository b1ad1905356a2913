"""A program that the nodes need beside them: engines, sentinels, nginx."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from server_process import REPOSITORY, clean_environment

# Where scripts/setup puts what the system does not have.
FOLDERS = [REPOSITORY / ".venv" / "engines", REPOSITORY / ".venv" / "bin"]
STOP_LIMIT = 10.0


def program(name: str) -> str:
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", *map(str, FOLDERS)])
    if found := shutil.which(name, path=path):
        return found
    pytest.skip(f"no {name} here: run scripts/setup")


class OtherProcess:
    """Can be started anew after it was killed; its log goes on in the same file."""

    def __init__(self, command: list[str], log_path: Path) -> None:
        self.command = command
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None
        self._is_paused = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def launch(self) -> None:
        assert not self.is_running, f"{self.command[0]} runs already"
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait_for(self, *ports: int, address: str = "127.0.0.1", limit: float) -> None:
        """Until somebody listens at each of these ports; what has ended by then has its log to say why."""
        deadline = time.monotonic() + limit
        for port in ports:
            while not _accepts(address, port):
                assert self.is_running and time.monotonic() < deadline, f"{self.command[0]} does not start: {self.log()}"
                time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL: nothing is written any more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._is_paused = False

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)
        self._is_paused = True

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._is_paused = False

    def stop(self) -> None:
        """SIGTERM; after a while SIGKILL, as a test that is over waits for nobody."""
        if not self.is_running:
            return
        if self._is_paused:
            self.resume()
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()


def _accepts(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True
