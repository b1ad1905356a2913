"""The container files, as far as they can be held to account without an engine to build them."""

import ipaddress
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compose_files import resolved
from server_process import REPOSITORY, ServerProcess, binary, clean_environment

NODES = ("node1", "node2", "node3")
# What compose.cluster.yaml does not take from the shell: where a node listens and has its metrics, since others go by that; TLS, which is
# the load balancer's; what is a file's or a single server's.
NOT_OF_A_NODE = {"HOST", "PORT", "METRICS_ROUTE", "METRICS_ADDRESS", "TLS_CERT_FILE", "TLS_KEY_FILE", "TLS_CA_FILE", "HSTS_MAX_AGE"}
NOT_OF_A_NODE |= {"STORE_SYNC", "HANDOVER", "PROXY_PROTOCOL"}
SET_FOR_A_NODE = {"STORE", "TRUSTED_PROXIES", "NODE_ADDRESS"}
# What compose.turn.yaml sets itself, and what it has in another form.
SET_BESIDE_COTURN = {"TURN_URLS", "TURN_SECRET", "ICE_SERVERS", "STUN_PORT"}
NOT_BESIDE_COTURN = {"TURN_SECRET_FILE"}
TURN = {"TURN_HOST": "turn.example.org", "TURN_SECRET": "the secret of both"}


def compose(**settings: str) -> dict[str, Any]:
    """The one service of compose.yaml as docker-compose resolves it."""
    (service,) = resolved("compose.yaml", **settings)["services"].values()
    return service


def cluster(**settings: str) -> dict[str, dict[str, Any]]:
    """The services of compose.cluster.yaml."""
    return resolved("compose.cluster.yaml", **settings)["services"]


def beside_coturn(**settings: str) -> dict[str, dict[str, Any]]:
    """The services of compose.turn.yaml."""
    return resolved("compose.turn.yaml", **TURN, **settings)["services"]


def coturn_file() -> list[tuple[str, str]]:
    """The lines of deploy/coturn/turnserver.conf."""
    lines = (REPOSITORY / "deploy" / "coturn" / "turnserver.conf").read_text().splitlines()
    parts = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return [(name, value) for name, _, value in parts]


def compose_environment(**settings: str) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in compose(**settings)["environment"].items()}


def settings_in_force(environment: dict[str, str]) -> dict[str, str]:
    """What the server's own `config` command says of each setting, without the column that tells where it came from."""
    arguments = [binary(), "config"]
    run = subprocess.run(arguments, env=clean_environment(**environment), capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr
    heading, *rows = [re.split(r" {2,}", line.strip()) for line in run.stdout.splitlines() if line.strip()]
    assert heading == ["NAME", "VALUE", "ORIGIN"]
    return {name: value for name, value, _ in rows}


def test_compose_carries_every_setting_with_its_default() -> None:
    environment = compose_environment()
    defaults = settings_in_force({})
    assert environment.keys() == defaults.keys()
    assert settings_in_force(environment) == defaults


def test_compose_takes_settings_from_the_shell() -> None:
    service = compose(ROOM_TTL="5m", PORT="8080")
    assert service["environment"]["ROOM_TTL"] == "5m"
    assert published_ports(service) == [(8080, 8080)]
    assert published_ports(compose(STUN_PORT="3479"), "udp") == [(3479, 3479)]


@pytest.mark.parametrize("setting", [{"CODE_DIGITS": "6"}, {"DEV": "false"}])
def test_defaults_that_follow_another_setting_do_so_through_compose(setting: dict[str, str]) -> None:
    assert settings_in_force(compose_environment(**setting)) == settings_in_force(setting)


def test_compose_runs_the_container_with_as_little_as_it_needs() -> None:
    service = compose()
    assert published_ports(service) == [(1234, 1234)]
    assert published_ports(service, "udp") == [(3478, 3478)]
    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ulimits"]["nofile"]["soft"] >= 65536
    assert service["mem_limit"] and int(service["pids_limit"]) <= 256
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert service["healthcheck"]["test"] == ["CMD", *healthcheck_of_the_image()]


def test_a_container_is_stopped_later_than_any_setting_has_the_server_end() -> None:
    names = [name for name in compose_environment() if name.startswith("SHUTDOWN_")]
    assert "SHUTDOWN_GRACE" in names
    longest = sum(seconds(most_of(name)) for name in names)
    for service in (compose(), cluster()["node1"], beside_coturn()["nt-backend-wrtc"]):
        assert longest < seconds(service["stop_grace_period"])


def most_of(name: str) -> str:
    """The largest value that the server takes, as it says itself."""
    run = subprocess.run([binary(), "config"], env=clean_environment(**{name: "9999h"}), capture_output=True, text=True, timeout=20)
    found = re.search(rf"{name}=.* to (\w+)", run.stderr)
    assert run.returncode != 0 and found, run.stderr
    return found[1]


def test_the_cluster_takes_every_setting_of_a_node_from_the_shell() -> None:
    names = compose_environment().keys() - NOT_OF_A_NODE - SET_FOR_A_NODE
    # A port has to be one even here.
    settings = {name: f"{name} of the shell" for name in compose_environment() if name != "PORT"} | {"STUN_PORT": "3479"}
    services = cluster(**settings)
    for node in NODES:
        environment = services[node]["environment"]
        assert {name for name, value in environment.items() if value == settings[name]} == names
        assert environment.keys() == names | SET_FOR_A_NODE


def test_the_cluster_leaves_to_the_server_what_nobody_has_set() -> None:
    services = cluster()
    for node in NODES:
        given = {name for name, value in services[node]["environment"].items() if value is not None}
        assert given == SET_FOR_A_NODE


def test_the_server_takes_what_the_cluster_gives_a_node() -> None:
    services = cluster(HEARTBEAT="30s")
    for node in NODES:
        given = {name: value for name, value in services[node]["environment"].items() if value is not None}
        in_force = settings_in_force(given)
        assert {name: in_force[name] for name in given} == given
        assert in_force["HEARTBEAT"] == "30s"


def test_nodes_of_the_cluster_run_as_the_one_server_does() -> None:
    one, services = compose(), cluster()
    for node in NODES:
        for part in ("image", "build", "restart", "stop_grace_period", "ulimits", "mem_limit", "pids_limit", "logging", "read_only"):
            assert services[node][part] == one[part], part
        for part in ("cap_drop", "security_opt"):
            assert services[node][part] == one[part], part
        assert services[node]["healthcheck"]["test"] == one["healthcheck"]["test"]
        assert ("ports" in services[node]) == (node == "node1")


def test_the_cluster_publishes_the_load_balancer_and_stun_alone() -> None:
    services = cluster(PORT="8080", STUN_PORT="3479")
    assert {name for name, service in services.items() if "ports" in service} == {"node1", "nginx", "prometheus"}
    assert published_ports(services["nginx"]) == [(8080, 80)]
    assert published_ports(services["node1"]) == [] and published_ports(services["node1"], "udp") == [(3479, 3479)]
    # To this machine.
    (port,) = services["prometheus"]["ports"]
    assert "127.0.0.1" in (port if isinstance(port, str) else port["host_ip"])


def test_services_of_the_cluster_wait_for_what_they_need() -> None:
    services = cluster()
    for node in NODES:
        assert services[node]["depends_on"] == {"valkey": {"condition": "service_healthy"}}
    assert services["nginx"]["depends_on"] == {node: {"condition": "service_healthy"} for node in NODES}
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["cap_drop"] == ["ALL"] and service["read_only"] is True, name
        assert seconds(service["stop_grace_period"]) > 10, name


def test_the_server_beside_coturn_takes_every_setting_from_the_shell() -> None:
    names = compose_environment().keys() - SET_BESIDE_COTURN - NOT_BESIDE_COTURN
    services = beside_coturn(**{name: f"{name} of the shell" for name in names if name != "PORT"}, PORT="8080")
    environment = services["nt-backend-wrtc"]["environment"]
    assert {name for name, value in environment.items() if value == f"{name} of the shell"} == names - {"PORT"}
    assert environment.keys() == names | SET_BESIDE_COTURN
    assert published_ports(services["nt-backend-wrtc"]) == [(8080, 8080)]


def test_the_server_beside_coturn_runs_as_the_one_server_does() -> None:
    one, server = compose(), beside_coturn()["nt-backend-wrtc"]
    for part in one.keys() - {"environment", "ports"}:
        assert server[part] == one[part], part


def test_the_server_and_coturn_have_one_secret_and_the_same_ports() -> None:
    services = beside_coturn()
    given = {name: value for name, value in services["nt-backend-wrtc"]["environment"].items() if value is not None}
    in_force = settings_in_force(given)
    assert in_force["TURN_SECRET"] == "<hidden>" and f"--static-auth-secret={TURN['TURN_SECRET']}" in services["coturn"]["command"]
    assert given["TURN_SECRET"] == TURN["TURN_SECRET"]
    ports = dict(coturn_file())
    plain, tls = ports["listening-port"], ports["tls-listening-port"]
    host = TURN["TURN_HOST"]
    assert in_force["TURN_URLS"] == f"turn:{host}:{plain},turn:{host}:{plain}?transport=tcp,turns:{host}:{tls}?transport=tcp"
    assert in_force["ICE_SERVERS"] == f'[{{"urls":["stun:{host}:{plain}"]}}]'


@pytest.mark.parametrize("missing", TURN)
def test_beside_coturn_nothing_starts_without_a_name_and_a_secret(missing: str, tmp_path: Path) -> None:
    nothing = tmp_path / "env"
    nothing.touch()
    arguments = ["docker-compose", "-f", "compose.turn.yaml", "--env-file", str(nothing), "config"]
    environment = clean_environment(**{name: value for name, value in TURN.items() if name != missing})
    run = subprocess.run(arguments, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and missing in run.stderr


@pytest.mark.parametrize(
    ("address", "is_denied"),
    [
        *((address, True) for address in ("0.1.2.3", "127.0.0.1", "10.1.2.3", "100.64.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1")),
        *((address, True) for address in ("169.254.169.254", "198.18.0.1", "203.0.113.1", "255.255.255.255", "::", "::1", "fd00::1")),
        *((address, True) for address in ("fe80::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:0::1")),
        *((address, False) for address in ("8.8.8.8", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2a00::1", "2001:4860:4860::8888")),
    ],
)
def test_coturn_relays_to_the_internet_and_nowhere_else(address: str, is_denied: bool) -> None:
    ranges = [value.partition("-") for name, value in coturn_file() if name == "denied-peer-ip"]
    blocks = [(ipaddress.ip_address(first), ipaddress.ip_address(last or first)) for first, _, last in ranges]
    peer = ipaddress.ip_address(address)
    assert any(first.version == peer.version and first <= peer <= last for first, last in blocks) is is_denied


def test_coturn_refuses_by_its_quota_before_its_capacity() -> None:
    values = dict(coturn_file())
    assert int(values["bps-capacity"]) == int(values["total-quota"]) * int(values["max-bps"])


def test_the_server_starts_on_what_compose_gives_it(start_server: Callable[..., ServerProcess]) -> None:
    start_server(**compose_environment() | {"STUN_PORT": "0"})


def test_the_healthcheck_tells_a_server_that_serves_from_one_that_is_gone(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server()
    program, *arguments = healthcheck_of_the_image()
    assert Path(program).name == "nt-backend-wrtc"
    environment = clean_environment(HOST="127.0.0.1", PORT=str(server.port))

    def healthcheck() -> int:
        return subprocess.run([binary(), *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=10).returncode

    assert healthcheck() == 0
    server.stop()
    assert healthcheck() == 1


def test_the_image_needs_nothing_that_an_older_builder_lacks() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    assert "<<" not in text, "a heredoc"
    assert not re.search(r"--(link|mount|parents|exclude)\b", text), "an option of BuildKit's"
    assert not re.search(r"^#\s*syntax=", text, re.MULTILINE), "a frontend that would have to be downloaded"


def test_the_image_is_built_by_swift_and_run_by_nobody_in_particular() -> None:
    build, runtime = stages()
    assert build[0] == ("FROM", "swift:6.3-bookworm AS build")
    assert runtime[0] == ("FROM", "gcr.io/distroless/cc-debian12")
    # There is no shell to run anything.
    assert "RUN" not in dict(runtime)

    # Dependencies are resolved from the manifest and the list alone: were a source copied before, every edit would fetch them again.
    steps = [instruction for instruction in build if instruction[0] in ("COPY", "RUN")]
    assert steps[0] == ("COPY", "Package.swift ./")
    assert steps[1] == ("COPY", "deploy/dependencies.json Package.resolved")
    assert steps[2] == ("RUN", "swift package resolve --force-resolved-versions")
    assert "--force-resolved-versions" in steps[-1][1]
    assert "--static-swift-stdlib --product nt-backend-wrtc" in steps[-1][1]

    last = dict(runtime)
    user, group = last["USER"].split(":")
    assert int(user) > 0 and int(group) > 0
    environment = compose_environment()
    assert last["EXPOSE"] == f"{environment['PORT']} {environment['STUN_PORT']}/udp"
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(last["ENTRYPOINT"]) == healthcheck_of_the_image()[:1]
    assert healthcheck_of_the_image()[1:] == ["healthcheck"]
    copied = [arguments.split() for instruction, arguments in runtime if instruction == "COPY"]
    assert ["--from=build", "/out/nt-backend-wrtc", healthcheck_of_the_image()[0]] in copied
    assert "/out/nt-backend-wrtc" in steps[-1][1]
    assert ["--from=build", f"--chown={last['USER']}", "/out/state", "/var/lib/nt-backend-wrtc"] in copied


@pytest.mark.parametrize("needed", ["Package.swift", "Plugins", "Sources", "Tests", "Tools", "Web", "deploy/dependencies.json"])
def test_the_build_is_sent_what_it_copies(needed: str) -> None:
    rules = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert "*" in rules and f"!{needed}" in rules[rules.index("*") :]
    assert (REPOSITORY / needed).exists()


def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile's instructions with their arguments, stage by stage."""
    text = re.sub(r"^\s*#.*\n", "", (REPOSITORY / "Dockerfile").read_text(), flags=re.MULTILINE)
    found: list[list[tuple[str, str]]] = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if not line.strip():
            continue
        instruction, arguments = line.split(maxsplit=1)
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, arguments))
    return found


def healthcheck_of_the_image() -> list[str]:
    arguments = dict(stages()[-1])["HEALTHCHECK"]
    options, command = arguments.split("CMD", maxsplit=1)
    assert {option.split("=")[0] for option in shlex.split(options)} >= {"--interval", "--timeout"}
    return json.loads(command)


def published_ports(service: dict[str, Any], protocol: str = "tcp") -> list[tuple[int, int]]:
    """docker-compose prints a port as it was written or taken apart, depending on its version."""
    pairs = []
    for port in service["ports"]:
        if isinstance(port, str):
            ports, _, spoken = port.partition("/")
            published, target = ports.split(":")
        else:
            published, target, spoken = port["published"], port["target"], port.get("protocol")
        if (spoken or "tcp") == protocol:
            pairs.append((int(published), int(target)))
    return pairs


def seconds(duration: str) -> int:
    return sum(int(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))
