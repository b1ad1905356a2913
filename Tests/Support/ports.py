"""Ports that a process can have again after it was killed: below those that the system gives to connections that go out."""

import random
import socket

_RANGE = range(20_000, 32_000)
_given: set[int] = set()


def free_port() -> int:
    """One that nobody listens on, and that was not given before."""
    for _ in range(1000):
        port = random.choice(_RANGE)
        if port in _given:
            continue
        with socket.socket() as probe:
            # As servers do: a connection of an earlier process that is not quite gone is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise AssertionError("no free port")
