"""Schemathesis finds no response that openapi.yaml does not describe: requests that it makes up from the document, the same
on every run."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from interface_documents import OPENAPI, load, without
from metrics_page import read_metrics
from server_process import REPOSITORY, ServerProcess

Start = Callable[..., ServerProcess]
CHECKS = (
    "status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,"
    "not_a_server_error,all_is_described"
)


def schemathesis(document: Path, server: ServerProcess, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    tests = REPOSITORY / "Tests"
    environment = {
        **os.environ, "NT_OPENAPI": str(document), "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{tests / 'Interop'}{os.pathsep}{tests / 'Support'}",
    }  # fmt: skip
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", server.url, "--checks", CHECKS]
    # HEAD and OPTIONS are as test_openapi.py has them: to make requests up for these too would take twice the time.
    command += ["--include-method", "GET", "--include-method", "POST", "--generation-deterministic", "--no-shrink"]
    command += ["--suppress-health-check", "all", "--continue-on-failure", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, env=environment, cwd=folder)


def refusals(server: ServerProcess, status: int) -> int:
    rows = re.findall(rf'nt_http_requests_total\{{[^}}]*status="{status}"[^}}]*\}} (\d+)', read_metrics(server.url).text)
    return sum(map(int, rows))


def test_no_response_is_missing(start_server: Start, tmp_path: Path) -> None:
    # No guess waits, and no limit hides what is behind it.
    server = start_server(REDEEM_FAILURES_PER_MIN="0", CLIENT_ICE_PER_MIN="0")
    run = schemathesis(OPENAPI, server, tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "3")
    assert run.returncode == 0, run.stdout + run.stderr
    assert refusals(server, 200) > 50 and refusals(server, 429) == 0


def test_none_is_missing_where_limits_are_tight(start_server: Start, tmp_path: Path) -> None:
    server = start_server(HTTP_RATE_PER_MIN="2", WS_RATE_PER_MIN="2")
    arguments = ["--phases", "fuzzing", "--mode", "positive", "--max-examples", "6", "--include-path-regex", "^/(rendezvous|ws)"]
    run = schemathesis(OPENAPI, server, tmp_path, *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    assert refusals(server, 429) > 10


def test_it_finds_what_is_missing(start_server: Start, tmp_path: Path) -> None:
    changed = load(OPENAPI)
    missing = ["paths/~1rendezvous~1redeem/post/responses/410", "components/schemas/MintedCode/properties/token"]
    for path in missing:
        changed = without(changed, path)
    document = tmp_path / "openapi.yaml"
    document.write_text(yaml.safe_dump(changed))
    server = start_server(REDEEM_FAILURES_PER_MIN="0")
    run = schemathesis(document, server, tmp_path, "--phases", "examples", "--include-path-regex", "^/rendezvous/(redeem|code)$")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "the status 410 is not described" in run.stdout and "'token' was unexpected" in run.stdout, run.stdout
