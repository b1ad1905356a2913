"""The container files, as far as they can be held to account without an engine to build them."""

import json
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from server_process import REPOSITORY, ServerProcess, binary, clean_environment

def compose(**settings: str) -> dict[str, Any]:
    """The one service of compose.yaml as docker-compose resolves it."""
    command = shutil.which("docker-compose")
    assert command, "no docker-compose on PATH: run scripts/setup"
    # An empty one, so that a developer's own .env does not take part.
    with tempfile.NamedTemporaryFile(suffix=".env") as env_file:
        arguments = [command, "-f", "compose.yaml", "--env-file", env_file.name, "config"]
        run = subprocess.run(arguments, cwd=REPOSITORY, env=clean_environment(**settings), capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    (service,) = yaml.safe_load(run.stdout)["services"].values()
    return service


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


@pytest.mark.parametrize("setting", [{"CODE_DIGITS": "6"}, {"DEV": "false"}])
def test_defaults_that_follow_another_setting_do_so_through_compose(setting: dict[str, str]) -> None:
    assert settings_in_force(compose_environment(**setting)) == settings_in_force(setting)


def test_compose_runs_the_container_with_as_little_as_it_needs() -> None:
    service = compose()
    assert published_ports(service) == [(1234, 1234)]
    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ulimits"]["nofile"]["soft"] >= 65536
    assert service["mem_limit"] and int(service["pids_limit"]) <= 256
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert service["healthcheck"]["test"] == ["CMD", *healthcheck_of_the_image()]
    assert seconds(service["stop_grace_period"]) > seconds(compose_environment()["SHUTDOWN_GRACE"])


def test_the_server_starts_on_what_compose_gives_it(start_server: Callable[..., ServerProcess]) -> None:
    start_server(**compose_environment())


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
    assert runtime[0] == ("FROM", "debian:bookworm-slim")

    # Dependencies are resolved from the manifest alone: were a source copied before that, every edit would fetch them again.
    steps = [instruction for instruction in build if instruction[0] in ("COPY", "RUN")]
    assert steps[0] == ("COPY", "Package.* ./")
    assert steps[1] == ("RUN", "swift package resolve")
    assert "--static-swift-stdlib --product nt-backend-wrtc" in steps[-1][1]

    last = dict(runtime)
    user, group = last["USER"].split(":")
    assert int(user) > 0 and int(group) > 0
    assert last["EXPOSE"] == compose_environment()["PORT"]
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(last["ENTRYPOINT"]) == healthcheck_of_the_image()[:1]
    assert healthcheck_of_the_image()[1:] == ["healthcheck"]
    source, target = last["COPY"].removeprefix("--from=build ").split()
    assert target == healthcheck_of_the_image()[0]
    assert source in steps[-1][1]


@pytest.mark.parametrize("needed", ["Package.swift", "Plugins", "Sources", "Tests", "Tools", "Web"])
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


def published_ports(service: dict[str, Any]) -> list[tuple[int, int]]:
    """docker-compose prints a port as it was written or taken apart, depending on its version."""
    pairs = []
    for port in service["ports"]:
        if isinstance(port, str):
            published, target = port.removesuffix("/tcp").split(":")
        else:
            published, target = port["published"], port["target"]
        pairs.append((int(published), int(target)))
    return pairs


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))
