"""Network namespaces whose loopback loses packets, as far as the kernel has the means."""

import os
import shutil
import subprocess
from functools import cache

# As classic BPF: load a random number, and pass the packet on (0) or drop it (2).
LOSS = 0.02
DROP_SOME = f"4,32 0 0 {0xFFFFF000 + 56},53 0 1 {int(LOSS * 2**32)},6 0 0 0,6 0 0 2"

# Each is a list of arguments of tc. The small MTU makes packets of what loopback would send in one piece.
CONDITIONS = {
    "netem": ["qdisc add dev lo root netem delay 8ms 4ms loss 2%".split()],
    "bpf": [
        "qdisc add dev lo clsact".split(),
        [*"filter add dev lo ingress bpf da bytecode".split(), DROP_SOME],
        "qdisc add dev lo root tbf rate 8mbit burst 16kb latency 200ms".split(),
    ],
}


def in_namespace(kind: str, command: list[str]) -> list[str]:
    """The command line that runs a command in a fresh namespace under these conditions."""
    steps = ["ip link set lo mtu 1500 up"]
    steps += ["tc " + " ".join(f"'{argument}'" for argument in step) for step in CONDITIONS[kind]]
    rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *rights, "--net", "sh", "-c", " && ".join([*steps, 'exec "$@"']), "sh", *command]


@cache
def missing(kind: str) -> str | None:
    """Why these conditions cannot be had here; None if they can."""
    for tool in ("unshare", "ip", "tc"):
        if not shutil.which(tool):
            return f"no {tool} on PATH"
    run = subprocess.run(in_namespace(kind, ["true"]), capture_output=True, text=True, timeout=20)
    return None if run.returncode == 0 else f"{kind} is not to be had here: {run.stderr.strip()}"
