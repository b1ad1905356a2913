"""A real TURN server: coturn with the configuration that docs/turn.md gives, on an address of the internet of these tests."""

from pathlib import Path

from other_process import OtherProcess, program
from server_process import REPOSITORY
from topology import PUBLIC

PORT, TLS_PORT = 3478, 443
START_LIMIT = 10.0
RECIPE = REPOSITORY / "deploy" / "coturn" / "turnserver.conf"
# Addresses for examples are those of the internet here, and the recipe keeps them out of the real one.
ALLOWED = f"{PUBLIC}.0-{PUBLIC}.255"


class Coturn(OtherProcess):
    """Takes credentials that were made with the secret. Use it with `with`."""

    def __init__(self, folder: Path, address: str, secret: str, tls_files: tuple[Path, Path]) -> None:
        folder.mkdir(parents=True)
        self.address = address
        ours = {"realm": "turn.example.org", "static-auth-secret": secret, "listening-ip": address, "allowed-peer-ip": ALLOWED}
        ours |= dict(zip(("cert", "pkey"), map(str, tls_files)))
        # Its files would be the system's, and without a file of users it complains.
        ours |= {"pidfile": str(folder / "turnserver.pid"), "userdb": str(folder / "turndb")}
        # -v: users are in the log, and what was refused to them.
        command = [program("turnserver"), "-c", str(RECIPE), "-v", *(f"--{name}={value}" for name, value in ours.items())]
        super().__init__(command, folder / "coturn.log")

    def urls(self, *transports: str) -> list[str]:
        """Over "udp", "tcp" and "tls": all three, or those that are named."""
        ways = {way: f"turn:{self.address}:{PORT}?transport={way}" for way in ("udp", "tcp")}
        ways["tls"] = f"turns:{self.address}:{TLS_PORT}?transport=tcp"
        return [ways[transport] for transport in transports or ways]

    def __enter__(self) -> "Coturn":
        self.launch()
        self.wait_for(PORT, address=self.address, limit=START_LIMIT)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
