"""coturn on loopback, for whoever allocates and relays nothing."""

import socket
from pathlib import Path

from other_process import OtherProcess, program
from ports import free_port
from waiting import wait_until


class LocalCoturn(OtherProcess):
    """Takes credentials that were made with the secret. Use it with `with`."""

    def __init__(self, folder: Path, secret: str, tls_files: tuple[Path, Path]) -> None:
        folder.mkdir()
        self.port, self.tls_port = free_port(), free_port()
        options = {
            "listening-ip": "127.0.0.1",
            "relay-ip": "127.0.0.1",
            "listening-port": self.port,
            "tls-listening-port": self.tls_port,
            "realm": "turn.example.org",
            "static-auth-secret": secret,
            "cert": tls_files[0],
            "pkey": tls_files[1],
            # Its files would be the system's.
            "pidfile": folder / "turnserver.pid",
            "userdb": folder / "turndb",
            "log-file": "stdout",
        }
        flags = ["--use-auth-secret", "--no-cli", "--no-dtls", "--simple-log"]
        command = [program("turnserver"), "-n", *flags, *(f"--{name}={value}" for name, value in options.items())]
        super().__init__(command, folder / "coturn.log")

    def url(self, way: str) -> str:
        if way == "tls":
            return f"turns:127.0.0.1:{self.tls_port}?transport=tcp"
        return f"turn:127.0.0.1:{self.port}?transport={way}"

    def __enter__(self) -> "LocalCoturn":
        self.launch()
        try:
            wait_until(lambda: self._accepts(self.port) and self._accepts(self.tls_port), every=0.05)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _accepts(self, port: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert self.is_running, f"coturn does not start: {self.log()}"
            return False
        return True
