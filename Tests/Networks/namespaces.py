"""Network namespaces by name, and what is done in them."""

import ctypes
import os
import socket
import subprocess
import threading

LIMIT = 20.0


class Namespace:
    def __init__(self, name: str) -> None:
        self.name = name
        run("ip", "netns", "add", name)
        self.batch("link set lo up")
        # Addresses of IPv6 would take a second until they may be used, and nothing here needs them.
        self.set("net/ipv6/conf/all/disable_ipv6", "1")

    @property
    def entrance(self) -> list[str]:
        """What stands in front of a command that is to run in here."""
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def run(self, *command: str, input: str | None = None) -> str:
        return run(*self.entrance, *command, input=input)

    def batch(self, *commands: str) -> None:
        """Commands of `ip`."""
        run("ip", "-netns", self.name, "-batch", "-", input="\n".join(commands))

    def set(self, path: str, value: str) -> None:
        """Of /proc/sys, whose part about networks is another in each namespace."""
        self.run("sh", "-c", f"echo {value} >/proc/sys/{path}")

    def udp(self, limit: float) -> socket.socket:
        """A socket of this process, but on a port in here. Receiving gives up after so many seconds."""
        made: list[socket.socket] = []
        # A thread may be in another namespace than the others are, and its sockets stay there.
        thread = threading.Thread(target=lambda: made.append(self._udp(limit)))
        thread.start()
        thread.join()
        assert made, f"no socket in {self.name}"
        return made[0]

    def _udp(self, limit: float) -> socket.socket:
        namespace = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(namespace, 0) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(namespace)
        return udp("0.0.0.0", limit)


def udp(address: str, limit: float) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(limit)
    made.bind((address, 0))
    return made


def run(*command: str, input: str | None = None) -> str:
    done = subprocess.run(command, input=input, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr or done.stdout}\n{input or ''}"
    return done.stdout

