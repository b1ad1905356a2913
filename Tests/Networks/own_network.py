"""A network of this process's own, with nothing in it: neither the machine's network nor another run's is touched, and all of it is gone
with the last process in it."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

TOOLS = ("ip", "nft", "nsenter", "unshare")
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x0002_0000, 0x1000_0000, 0x4000_0000
# What the tests build: a network with a namespace of its own, a cable to it, and an address that is translated on the way out.
TRIAL = """
mount -t tmpfs tmpfs /run
ip netns add trial
ip link add trial-1 type veth peer name trial-2 netns trial
ip link add trial-3 type bridge
nsenter --net=/run/netns/trial nft 'add table ip trial; add chain ip trial out { type nat hook postrouting priority srcnat; }
    add rule ip trial out masquerade fully-random'
"""


def missing() -> str | None:
    """Why such a network cannot be had here; None if it can."""
    for tool in TOOLS:
        if not shutil.which(tool):
            return f"no {tool} on PATH"
    rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *rights, "--net", "--mount", "sh", "-ec", TRIAL]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return None if run.returncode == 0 else "the kernel does not allow it: " + " ".join(run.stderr.split())


def enter() -> None:
    """Leaves the machine's network for good; threads and processes that are made from now on are in the new one."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group, is_root = os.getuid(), os.getgid(), os.geteuid() == 0
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET | (0 if is_root else CLONE_NEWUSER)) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if not is_root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    # What is mounted here is seen by this process and its children alone. `ip netns` keeps the names of namespaces in /run.
    for command in ("mount --make-rprivate /", "mount -t tmpfs tmpfs /run", "ip link set lo up"):
        subprocess.run(command.split(), check=True, timeout=10)
