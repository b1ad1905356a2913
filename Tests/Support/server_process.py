"""The server under test, as a process of its own that only its wire and its log can be seen of."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
START_LIMIT = 20.0
STOP_LIMIT = 15.0


def binary() -> Path:
    """NT_SERVER_BINARY, or what `swift build` left behind: the newer one, which the last change is in."""
    if named := os.environ.get("NT_SERVER_BINARY"):
        return Path(named).resolve()
    candidates = [REPOSITORY / ".build" / kind / "nt-backend-wrtc" for kind in ("release", "debug")]
    if built := [candidate for candidate in candidates if candidate.exists()]:
        return max(built, key=lambda candidate: candidate.stat().st_mtime)
    looked_for = ", ".join(map(str, candidates))
    raise FileNotFoundError(f"no server to test: build it first (looked for {looked_for}), or set NT_SERVER_BINARY")


def clean_environment(**settings: str) -> dict[str, str]:
    """What the server gets to see: nothing of the caller's shell can change what is tested."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **settings}


class ServerProcess:
    """Starts on a free port of loopback or of `host`, or on `port`, and knows where it listens once the constructor returns.

    `wrapper` is a command that starts the server in its own place: prlimit, or setpriv. `arguments` go to the server. With `listener` it
    is started as a service manager does that has opened its socket (sd_listen_fds(3)).
    """

    def __init__(
        self,
        log_path: Path,
        binary_path: str | None = None,
        port: int = 0,
        wrapper: Sequence[str] = (),
        arguments: Sequence[str] = (),
        listener: socket.socket | None = None,
        host: str = "127.0.0.1",
        **settings: str,
    ) -> None:
        self._log_path = log_path
        self.was_killed = False
        # A short grace: a test that leaves a connection open should fail for that, not wait for it.
        ours = {"HOST": host, "PORT": str(port), "LOG_FORMAT": "json"}
        # Several servers run beside each other, and only one could have STUN's port.
        environment = clean_environment(**{"LOG_LEVEL": "info", "SHUTDOWN_GRACE": "2s", "STUN_PORT": "0", **settings, **ours})
        command = [*wrapper, str(binary_path or binary()), *arguments]
        passed: list[int] = []
        if listener is not None:
            passed = [listener.fileno()]
            # Only the process itself knows its number, which it keeps when it becomes the server.
            command = ["bash", "-c", f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&{passed[0]}', *command]
        with log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=passed
            )
        try:
            self.port = self._wait_for_port()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self.url = f"http://{host}:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def terminate(self) -> None:
        """Asks the server to end, and waits for nothing."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int | None:
        """What the server ended with; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """Ends the server as a power cut would."""
        self.was_killed = True
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Asks the server to end and returns its exit code."""
        self.terminate()
        try:
            return self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"the server was still running {STOP_LIMIT:.0f} s after SIGTERM; its log:\n{self.log()}") from None

    def _wait_for_port(self) -> int:
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            for line in self.log().splitlines():
                if (port := _listening_port(line)) is not None:
                    return port
            if (code := self._process.poll()) is not None:
                raise AssertionError(f"the server ended with code {code} before it listened; its log:\n{self.log()}")
            time.sleep(0.02)
        raise AssertionError(f"the server did not listen within {START_LIMIT:.0f} s; its log:\n{self.log()}")


class RunningServer:
    """A server that somebody else has started (NT_SERVER_URL): neither its log nor its end can be tested."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.port = int(re.fullmatch(r"http://[^/:]+:(\d+)", self.url).group(1))

    def log(self) -> str:
        return ""

    def stop(self) -> int:
        return 0


def _listening_port(line: str) -> int | None:
    try:
        record = json.loads(line)
    except ValueError:
        # The file is read while it is being written, so its last line may be half a line.
        return None
    if not isinstance(record, dict) or record.get("message") != "listening":
        return None
    return int(record["port"])
