"""How long a recipe lets a connection be silent. Nobody waits for it here: the configured times are compared with the server's."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

from balancers import RECIPES
from server_process import REPOSITORY

# How long a redeem may wait: after wrong codes, and for a store.
LONGEST_RESPONSE = 20 + 3


def heartbeat() -> float:
    (default,) = re.findall(r"\$\{HEARTBEAT:-(\w+)\}", (REPOSITORY / "compose.yaml").read_text())
    return seconds(default)


def test_nginx_waits_for_more_than_heartbeats() -> None:
    (web_sockets,) = re.findall(r"location = /ws \{(.*?)\n        \}", RECIPES["nginx"].text, re.DOTALL)
    (others,) = re.findall(r"location / \{(.*?)\n        \}", RECIPES["nginx"].text, re.DOTALL)
    for direction in ("read", "send"):
        assert seconds(value(rf"proxy_{direction}_timeout (\w+);", web_sockets)) >= 3 * heartbeat()
    assert seconds(value(r"proxy_read_timeout (\w+);", others)) > LONGEST_RESPONSE


def test_haproxy_waits_for_more_than_heartbeats() -> None:
    text = RECIPES["haproxy"].text
    assert seconds(value(r"^    timeout tunnel (\w+)$", text)) >= 3 * heartbeat()
    for end in ("client", "server"):
        assert seconds(value(rf"^    timeout {end} (\w+)$", text)) > LONGEST_RESPONSE


def test_caddy_has_no_bound_on_silence() -> None:
    recipe = RECIPES["caddy"]
    command = [recipe.path(), "adapt", "--adapter", "caddyfile", "--config", str(REPOSITORY / recipe.file)]
    server = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=20).stdout)["apps"]["http"]["servers"]["srv0"]
    bounds = set(timeouts(server))
    # Each ends before an upgrade is granted, or is about a health check.
    assert {name for name, _ in bounds} == {"dial_timeout", "response_header_timeout", "timeout"}
    assert all(nanoseconds / 1e9 > LONGEST_RESPONSE for name, nanoseconds in bounds if name == "response_header_timeout")


def timeouts(config: Any) -> Iterator[tuple[str, int]]:
    parts = config if isinstance(config, list) else config.values() if isinstance(config, dict) else []
    for part in parts:
        yield from timeouts(part)
    if isinstance(config, dict):
        yield from ((name, bound) for name, bound in config.items() if name.endswith("timeout"))


def value(pattern: str, text: str) -> str:
    (found,) = re.findall(pattern, text, re.MULTILINE)
    return found


def seconds(duration: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", duration).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]
