"""The networks of the combinations, with a device for each side in each of them."""

from collections.abc import Callable

from devices import Device
from namespaces import Namespace
from nat_rules import RULES
from topology import Internet

# The router of a network that both are in takes nothing from outside that was not asked for, as most do.
SHARED = {"LAN": False, "guest Wi-Fi": True}


class Places:
    def __init__(self, internet: Internet, device: Callable[[Namespace], Device]) -> None:
        self._devices: dict[tuple[str, str], Device] = {}
        for kind in [*SHARED, *RULES]:
            shared = internet.network("port-restricted", SHARED[kind]) if kind in SHARED else None
            for side in "AB":
                self._devices[kind, side] = device((shared or internet.network(kind)).host())

    def between(self, a: str, b: str | None) -> tuple[Device, Device]:
        """A device for side A in the one network and one for B in the other; without another, both are in one."""
        return self._devices[a, "A"], self._devices[b or a, "B"]
