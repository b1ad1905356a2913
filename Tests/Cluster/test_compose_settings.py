"""compose.cluster.yaml as far as it can be held to account without containers: what it gives to services fits together and is taken."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from balancers import ADDRESSES, RECIPES
from compose_settings import cluster_services
from ports import free_port
from server_process import REPOSITORY

NODES = ("node1", "node2", "node3")
PORTS = {"valkey": 7000, "node1": 7001, "node2": 7002, "node3": 7003, "nginx": 7010}
START_LIMIT = 10.0


def test_nodes_are_given_each_others_addresses_and_the_engines() -> None:
    services = cluster_services(PORTS, HEARTBEAT="5s")
    for name in NODES:
        environment = services[name].environment
        assert environment["STORE"] == "valkey://127.0.0.1:7000/0?prefix=nt"
        assert environment["NODE_ADDRESS"] == f"http://127.0.0.1:{PORTS[name]}"
        assert environment["HEARTBEAT"] == "5s"
        # Left to the server.
        assert "ROOM_TTL" not in environment


def test_an_address_without_a_port_is_noticed() -> None:
    with pytest.raises(AssertionError, match="valkey"):
        cluster_services({name: port for name, port in PORTS.items() if name != "valkey"})


def test_balancer_and_prometheus_know_the_nodes() -> None:
    services = cluster_services(PORTS)
    nodes = sorted(f"127.0.0.1:{PORTS[name]}" for name in NODES)

    recipe = services["nginx"].files["/etc/nginx/nginx.conf"]
    assert recipe == REPOSITORY / RECIPES["nginx"].file
    in_lists = re.findall(r"^ +server ([\d.:]+) ", services["nginx"].text("/etc/nginx/nginx.conf"), re.MULTILINE)
    assert sorted(in_lists) == sorted(nodes * 2)

    (job,) = yaml.safe_load(services["prometheus"].text("/etc/prometheus/prometheus.yml"))["scrape_configs"]
    assert sorted(target for group in job["static_configs"] for target in group["targets"]) == nodes


def test_nodes_believe_the_balancer() -> None:
    services = cluster_services(PORTS)
    (network,) = services["nginx"].entry["networks"].values()
    for name in NODES:
        assert f"{network['ipv4_address']}/32" in services[name].environment["TRUSTED_PROXIES"].split(",")


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_name_the_same_nodes(name: str) -> None:
    assert set(re.findall(r"10\.77\.77\.\d+:\d+", RECIPES[name].text)) == set(ADDRESSES[:3])


def test_prometheus_takes_its_file() -> None:
    promtool = shutil.which("promtool", path=f"{os.environ['PATH']}:{REPOSITORY / '.venv' / 'bin'}")
    assert promtool, "no promtool on PATH: run scripts/setup"
    arguments = [promtool, "check", "config", str(REPOSITORY / "deploy" / "prometheus" / "prometheus.yml")]
    run = subprocess.run(arguments, capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.skipif(not shutil.which("valkey-server"), reason="there is no Valkey on PATH; scripts/with-engines has it")
def test_valkey_keeps_what_it_has_and_throws_nothing_out(tmp_path: Path) -> None:
    service = cluster_services(PORTS)["valkey"]
    port = free_port()
    with valkey(service.command, port, tmp_path):
        assert ask(port, "SET", "nt:kept", "yes") == "OK"
        asked = ("appendonly", "appendfsync", "maxmemory-policy")
        assert [ask(port, "CONFIG", "GET", name).split("\n")[1] for name in asked] == ["yes", "everysec", "noeviction"]
        assert int(ask(port, "CONFIG", "GET", "maxmemory").split("\n")[1]) > 0
        assert is_healthy(service.entry["healthcheck"]["test"], port)
    assert not is_healthy(service.entry["healthcheck"]["test"], port)
    with valkey(service.command, port, tmp_path):
        assert ask(port, "GET", "nt:kept") == "yes"


@contextlib.contextmanager
def valkey(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """Killed at the end."""
    with (folder / "valkey.log").open("ab") as log:
        arguments = [*command, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_LIMIT
        while ask(port, "PING") != "PONG":
            assert process.poll() is None and time.monotonic() < deadline, (folder / "valkey.log").read_text()
            time.sleep(0.02)
        yield
    finally:
        process.kill()
        process.wait()


def ask(port: int, *command: str) -> str:
    return subprocess.run(["valkey-cli", "-p", str(port), *command], capture_output=True, text=True, timeout=10).stdout.strip()


def is_healthy(test: list[str], port: int) -> bool:
    """The health check of a container, at another port than the usual one."""
    kind, program, *arguments = test
    assert (kind, program) == ("CMD", "valkey-cli")
    return subprocess.run([program, "-p", str(port), *arguments], capture_output=True, timeout=10).returncode == 0
