"""The services of compose.cluster.yaml as processes of this machine: what the file gives to each, with other addresses.

    ports = {"valkey": 7000, "node1": 7001, "node2": 7002, "node3": 7003, "nginx": 7010}
    services = cluster_services(ports, SHUTDOWN_GRACE="2s")
    services["node1"].environment       # STORE=valkey://127.0.0.1:7000/0?prefix=nt, NODE_ADDRESS=http://127.0.0.1:7001, …
    services["valkey"].command          # ["valkey-server", "--appendonly", "yes", …]
    services["prometheus"].text("/etc/prometheus/prometheus.yml")    # with 127.0.0.1:7001, … as targets

Whatever the file names as another service's address, by its name or by its number, becomes 127.0.0.1 and the port of `ports`; an address of
a service that `ports` leaves out is an error. What only the caller knows is the caller's to add: HOST and PORT of a node (ServerProcess
sets them), `--port` and `--dir` behind Valkey's command, and for nginx, which has its recipe and no command, `balancers.running`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compose_files import resolved

FILE = "compose.cluster.yaml"


@dataclass(frozen=True)
class Service:
    name: str
    # Settings that the file leaves to the server are not in here.
    environment: dict[str, str]
    # Empty where the image's own is used.
    command: list[str]
    # Files of the repository, by their places in the container.
    files: dict[str, Path]
    # docker-compose's own view, for what has no field here.
    entry: dict[str, Any] = field(repr=False)
    _addresses: "Addresses" = field(repr=False)

    def text(self, place: str) -> str:
        """A file of the repository that the service is given, with the same addresses replaced."""
        return self._addresses.replaced(self.files[place].read_text())


class Addresses:
    """Names and numbers of the services, and the port of loopback that stands for each."""

    def __init__(self, entries: Mapping[str, dict[str, Any]], ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._services = {name: name for name in entries}
        for name, entry in entries.items():
            for network in entry["networks"].values():
                self._services[network["ipv4_address"]] = name
        self._pattern = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, self._services))}):\d+\b")

    def replaced(self, text: str) -> str:
        return self._pattern.sub(lambda found: f"127.0.0.1:{self._port(self._services[found[1]])}", text)

    def _port(self, service: str) -> int:
        assert service in self._ports, f"{FILE} names an address of {service}, for which there is no port"
        return self._ports[service]


def cluster_services(ports: Mapping[str, int], **settings: str) -> dict[str, Service]:
    """All services by their names; `settings` are those of the shell that starts them."""
    entries = resolved(FILE, **settings)["services"]
    addresses = Addresses(entries, ports)
    return {name: _service(name, entry, addresses) for name, entry in entries.items()}


def _service(name: str, entry: dict[str, Any], addresses: Addresses) -> Service:
    environment = {key: addresses.replaced(str(value)) for key, value in entry.get("environment", {}).items() if value is not None}
    command = [addresses.replaced(word) for word in entry.get("command") or []]
    return Service(name, environment, command, dict(_files(entry)), entry, addresses)


def _files(entry: dict[str, Any]) -> list[tuple[str, Path]]:
    """docker-compose prints a mount as it was written or taken apart, depending on its version."""
    files = []
    for volume in entry.get("volumes", []):
        source, target = volume.split(":")[:2] if isinstance(volume, str) else (volume["source"], volume["target"])
        # Others are volumes by name.
        if source.startswith("/"):
            files.append((target, Path(source)))
    return files
