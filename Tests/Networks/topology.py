"""An internet in small: the public network, which is that of the tests and the servers themselves, and networks behind routers."""

import itertools

from namespaces import Namespace, run
from nat_rules import RULES

PUBLIC = "203.0.113"


class Internet:
    """All addresses are those that RFC 5737 keeps free for examples: 1 to 99 of servers, 101 and on of routers."""

    def __init__(self) -> None:
        self._servers = itertools.count(1)
        self._networks = itertools.count(101)
        run("ip", "link", "add", "internet", "type", "bridge")
        run("ip", "link", "set", "internet", "up")

    def address(self) -> str:
        """A further one for a server."""
        address = f"{PUBLIC}.{next(self._servers)}"
        run("ip", "address", "add", f"{address}/24", "dev", "internet")
        return address

    def network(self, kind: str, isolates: bool = False) -> "Network":
        return Network(next(self._networks), kind, isolates)


class Network:
    """A router that translates addresses as RULES says of its kind, and the devices behind it."""

    def __init__(self, number: int, kind: str, isolates: bool) -> None:
        self.address = f"{PUBLIC}.{number}"
        self._number = number
        self._isolates = isolates
        self._hosts = itertools.count(10)
        self._router = router = Namespace(f"router-{number}")
        cable = f"wan-{number}"
        run("ip", "link", "add", cable, "type", "veth", "peer", "name", "wan", "netns", router.name)
        run("ip", "link", "set", cable, "master", "internet", "up")
        router.batch(
            "link add lan type bridge",
            "link set lan up",
            f"address add {self._inner(1)}/24 dev lan",
            f"address add {self.address}/24 dev wan",
            "link set wan up",
        )
        router.set("net/ipv4/ip_forward", "1")
        router.run("nft", "-f", "-", input=RULES[kind])

    def host(self) -> Namespace:
        """A further device, connected to the router."""
        number = next(self._hosts)
        device = Namespace(f"host-{self._number}-{number}")
        port = f"port-{number}"
        run("ip", "link", "add", "eth0", "netns", device.name, "type", "veth", "peer", "name", port, "netns", self._router.name)
        self._router.batch(f"link set {port} master lan up")
        if self._isolates:
            # As guest networks keep their guests apart: this port reaches the router, and no other such port.
            run("bridge", "-netns", self._router.name, "link", "set", "dev", port, "isolated", "on")
        device.batch(f"address add {self._inner(number)}/24 dev eth0", "link set eth0 up", f"route add default via {self._inner(1)}")
        return device

    def _inner(self, host: int) -> str:
        return f"192.168.{self._number}.{host}"
