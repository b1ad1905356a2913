"""Run inside of a network namespace by test_bad_network.py: a server and the scenario, both on the namespace's loopback."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))

import bad_network  # noqa: E402
from fault_proxy import Conditions  # noqa: E402
from server_process import ServerProcess  # noqa: E402


def main() -> None:
    seed, log = int(sys.argv[1]), Path(sys.argv[2])
    server = ServerProcess(log)
    try:
        # The network is bad by itself; of the proxy only its cuts are wanted.
        outcome = asyncio.run(asyncio.wait_for(bad_network.run(server.port, Conditions(), Conditions(), seed), 120))
    finally:
        code = server.stop()
    assert code == 0, f"the server ended with {code}"
    print(outcome)
    print(f"{retransmitted()} TCP segments were sent again")


def retransmitted() -> int:
    names, values = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Tcp:"))
    count = int(values[names.index("RetransSegs")])
    assert count > 0, "no packet was lost: this proves nothing"
    return count


if __name__ == "__main__":
    main()
