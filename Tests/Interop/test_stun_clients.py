"""STUN clients that others have made: those of coturn."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from server_process import REPOSITORY, ServerProcess
from stun_client import free_udp_port

# Where scripts/setup puts them.
PATH = f"{os.environ['PATH']}:{REPOSITORY / '.venv' / 'bin'}"


def run(program: str, *arguments: str) -> str:
    found = shutil.which(program, path=PATH)
    assert found, f"{program} is not on this machine: run scripts/setup"
    finished = subprocess.run([found, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    return finished.stdout + finished.stderr


@pytest.fixture
def stun_port(start_server: Callable[..., ServerProcess]) -> str:
    port = str(free_udp_port())
    start_server(STUN_PORT=port)
    return port


def test_stunclient_learns_its_address(stun_port: str) -> None:
    output = run("turnutils_stunclient", "-p", stun_port, "127.0.0.1")
    assert re.search(r"UDP reflexive addr: 127\.0\.0\.1:\d+", output), output


def test_natdiscovery_learns_that_there_is_no_nat(stun_port: str) -> None:
    output = run("turnutils_natdiscovery", "-m", "-p", stun_port, "-L", "127.0.0.1", "127.0.0.1")
    assert re.search(r"UDP reflexive addr: 127\.0\.0\.1:\d+", output), output
