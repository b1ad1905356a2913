"""What the kernel says about a process (Linux)."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the process's figures")
# In /proc/net/tcp; the queue of a listener is one of connections.
LISTENING = "0A"
TICKS = os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    return _status(pid, "VmRSS") * 1024


def peak_bytes(pid: int) -> int:
    return _status(pid, "VmHWM") * 1024


def cpu_seconds(pid: int) -> float:
    # The name in the second field may hold spaces, so counting begins behind it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


@dataclass(frozen=True)
class KernelQueues:
    """Bytes of one end of a connection that the kernel holds."""

    # Taken from the program, and not acknowledged by the other end.
    sending: int
    # Acknowledged to the other end, and not taken by the program.
    receiving: int


def kernel_queues(port: int, remote_port: int) -> KernelQueues:
    """Those of the IPv4 connection between two ports of loopback, at the first one's end."""
    for local, remote, queues in _connections():
        if (local, remote) == (port, remote_port):
            return queues
    raise AssertionError(f"no connection from port {port} to port {remote_port}")


def unread_bytes(port: int) -> int:
    """Of all IPv4 connections of the program that listens on this port: what it has not taken of what came."""
    return sum(queues.receiving for local, _, queues in _connections() if local == port)


def _connections() -> Iterator[tuple[int, int, KernelQueues]]:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, queues, *_ = line.split()
        if state != LISTENING:
            sending, receiving = queues.split(":")
            yield int(local.split(":")[1], 16), int(remote.split(":")[1], 16), KernelQueues(int(sending, 16), int(receiving, 16))


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise AssertionError(f"/proc/{pid}/status has no {field}")
