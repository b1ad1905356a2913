#!/usr/bin/env python3
"""Runs the Autobahn test suite against conformance-echo and judges its reports.

    python3 Tests/Conformance/run_autobahn.py .build/debug/conformance-echo

All cases are run over each transport that the program has: `sockets`, which carries plain connections on Linux, and `channels`, which
carries TLS, and everything on other systems.

The suite is a Python 2 program. On a machine that has a Python 2.7 it is installed into `.autobahn` once; on any other the run is skipped,
says so, and succeeds.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import autobahn_suite

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".autobahn"
# Has the table of what is expected.
PAGE = ROOT / "docs" / "testing.md"

# permessage-deflate is not offered, so its cases (12 and 13) say nothing.
EXCLUDED = ["12.*", "13.*"]
# How many cases are left in the pinned version: a run that lost some must not pass.
CASES = 301
# Cases that may be NON-STRICT, each with why. One that is listed and turns out to be strict has to go from here.
NON_STRICT: dict[str, str] = {}
GOOD = ("OK", "INFORMATIONAL")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", type=Path, help="the conformance-echo program")
    parser.add_argument("--reports", type=Path, default=HOME / "reports", help="where the suite writes its reports")
    parser.add_argument("--timeout", type=float, default=900, help="seconds the cases may take together")
    arguments = parser.parse_args()

    python2 = autobahn_suite.find_python2()
    if python2 is None:
        print("autobahn: SKIPPED: there is no Python 2.7 here (looked for python2.7 on PATH and among pyenv's versions),")
        print("autobahn: SKIPPED: and the suite is a Python 2 program. RFC 6455 conformance was NOT checked in this run.")
        return 0
    wstest = autobahn_suite.install(python2, HOME)
    shutil.rmtree(arguments.reports, ignore_errors=True)
    server = arguments.server.resolve()
    failed = 0
    for transport in subprocess.run([server, "list"], stdout=subprocess.PIPE, text=True, check=True, timeout=30).stdout.split():
        print(f"autobahn: over {transport}", flush=True)
        reports = arguments.reports / transport
        with EchoServer(server, transport) as echo:
            run_cases(wstest, echo.port, reports, arguments.timeout)
            echo.check_alive()
        failed |= judge(json.loads((reports / "index.json").read_text())["server"])
    return failed


class EchoServer:
    """The server under test, for as long as its standard input is open."""

    def __init__(self, program: Path, transport: str) -> None:
        self.process = subprocess.Popen([program, transport], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = 0

    def __enter__(self) -> EchoServer:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if ready else ""
        if not line.startswith("listening on 127.0.0.1:"):
            self.process.kill()
            sys.exit(f"autobahn: error: the server did not start: {line!r}")
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def check_alive(self) -> None:
        if self.process.poll() is not None:
            sys.exit(f"autobahn: error: the server ended during the run, with {self.process.returncode}")

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            sys.exit("autobahn: error: the server did not end with its standard input")
        if code != 0:
            sys.exit(f"autobahn: error: the server ended with {code}")


def run_cases(wstest: Path, port: int, reports: Path, timeout: float) -> None:
    reports.mkdir(parents=True)
    specification = reports / "specification.json"
    url = f"ws://127.0.0.1:{port}/"
    specification.write_text(
        json.dumps(
            {
                "outdir": str(reports),
                "servers": [{"agent": "server", "url": url}],
                "cases": ["*"],
                "exclude-cases": EXCLUDED,
                "exclude-agent-cases": {},
            }
        )
    )
    started = time.monotonic()
    suite = subprocess.Popen(
        [wstest, "-m", "fuzzingclient", "-s", specification], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=reports
    )
    watchdog = threading.Timer(timeout, suite.kill)
    watchdog.start()
    last_lines: list[str] = []
    begun, group = 0, ""
    try:
        assert suite.stdout
        for line in suite.stdout:
            last_lines = [*last_lines[-14:], line]
            if not line.startswith("Running test case ID "):
                continue
            begun += 1
            case = line.split()[4]
            if case.split(".")[0] != group:
                group = case.split(".")[0]
                print(f"autobahn: case {case} ({begun} of {CASES}), {time.monotonic() - started:.0f} s", flush=True)
        code = suite.wait()
    finally:
        watchdog.cancel()
        suite.kill()
    seconds = time.monotonic() - started
    if code != 0:
        reason = f"was stopped after {timeout:.0f} s" if seconds >= timeout else f"ended with {code}"
        sys.exit(f"autobahn: error: the suite {reason} in its case {begun}; its last lines:\n{''.join(last_lines)}")
    print(f"autobahn: {begun} cases in {seconds:.0f} s; reports in {os.path.relpath(reports)}")


def judge(results: dict[str, dict[str, str]]) -> int:
    """Prints the summary; answers the exit code."""
    failures: list[str] = []
    groups: dict[int, list[dict[str, str]]] = {}
    for case, result in sorted(results.items(), key=lambda item: [int(part) for part in item[0].split(".")]):
        groups.setdefault(int(case.split(".")[0]), []).append(result)
        behaviour, close = result["behavior"], result["behaviorClose"]
        if behaviour == "NON-STRICT" and case in NON_STRICT:
            print(f"autobahn: {case} is NON-STRICT as expected: {NON_STRICT[case]}")
        elif behaviour not in GOOD:
            failures.append(f"{case}: {behaviour}")
        elif case in NON_STRICT:
            failures.append(f"{case}: listed as NON-STRICT, but {behaviour}")
        if close not in GOOD:
            failures.append(f"{case}: closed {close}")
    if len(results) != CASES:
        failures.append(f"{len(results)} cases were run, not {CASES}")

    columns = ["OK", "NON-STRICT", "INFORMATIONAL", "FAILED"]
    print(f"\n| group | cases | {' | '.join(columns)} | unclean closes |\n| --- |{' ---: |' * (len(columns) + 2)}")
    everything = [result for group in groups.values() for result in group]
    rows = [(f"{number} {autobahn_suite.GROUPS.get(number, '')}".strip(), group) for number, group in groups.items()]
    for name, group in [*rows, ("all", everything)]:
        seen = Counter(result["behavior"] for result in group)
        unclean = sum(result["behaviorClose"] not in GOOD for result in group)
        # Whatever has no column of its own counts as failed here too.
        failed = len(group) - sum(seen[column] for column in columns[:-1])
        row = f"| {name} | {len(group)} | {' | '.join(str(seen[column]) for column in columns[:-1])} | {failed} | {unclean} |"
        print(row)
        if f"\n{row}\n" not in PAGE.read_text():
            failures.append(f"{name}: {os.path.relpath(PAGE)} has another row")
    print()
    for failure in failures:
        print(f"autobahn: FAILED {failure}")
    failed_cases = len({failure.split(":")[0] for failure in failures})
    print(f"autobahn: {max(0, len(results) - failed_cases)} passed, {failed_cases} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
