"""coturn on loopback, for whoever allocates and relays nothing."""

from pathlib import Path

from other_process import OtherProcess, program
from ports import free_port

START_LIMIT = 15.0


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
            self.wait_for(self.port, self.tls_port, limit=START_LIMIT)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
