"""Real proxies in front of the server: PROXY headers, and a path of their own."""

import http.client
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

import proxies
from server_process import ServerProcess, binary, clean_environment

LOG_LIMIT = 20.0
# As a test has but one machine, the proxy and its clients have an address each of loopback.
CLIENT = "127.0.0.9"

HEADERS: list[tuple[str, Callable[[Path, int], AbstractContextManager[int]]]] = [
    ("haproxy-1", lambda folder, server: proxies.haproxy(folder, server, "send-proxy")),
    ("haproxy-2", lambda folder, server: proxies.haproxy(folder, server, "send-proxy-v2 proxy-v2-options unique-id,authority")),
    ("haproxy-tcp", lambda folder, server: proxies.haproxy(folder, server, "send-proxy-v2", "tcp")),
]


def lines(server: ServerProcess, message: str) -> list[dict[str, Any]]:
    """Those of the log with this message, once there is one."""
    deadline = time.monotonic() + LOG_LIMIT
    while True:
        found = [json.loads(line) for line in server.log().splitlines() if f'"{message}"' in line and line.endswith("}")]
        if found:
            return found
        assert time.monotonic() < deadline, f"no line {message!r} in the log:\n{server.log()}"
        time.sleep(0.02)


def asked(url: str, source: str = "127.0.0.1", method: str = "GET") -> int:
    """The status, asked for from an address of loopback."""

    class Connection(http.client.HTTPConnection):
        def __init__(self, host: str, **options: Any) -> None:
            super().__init__(host, source_address=(source, 0), **options)

    class Handler(urllib.request.HTTPHandler):
        def http_open(self, request: urllib.request.Request) -> Any:
            return self.do_open(Connection, request)

    try:
        with urllib.request.build_opener(Handler).open(urllib.request.Request(url, method=method), timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("name, behind", HEADERS, ids=[name for name, _ in HEADERS])
def test_a_proxy_says_whose_a_connection_is(
    start_server: Callable[..., ServerProcess], tmp_path: Path, name: str, behind: Callable[[Path, int], AbstractContextManager[int]]
) -> None:
    server = start_server(PROXY_PROTOCOL="true", LOG_CLIENT_ADDRESSES="full", TRUSTED_PROXIES="127.0.0.1/32", HTTP_RATE_PER_MIN="1")
    with behind(tmp_path / "proxy", server.port) as port:
        assert asked(f"http://127.0.0.1:{port}/nothing", CLIENT) == 404
        assert lines(server, "request")[-1]["client"] == CLIENT
        codes = [asked(f"http://127.0.0.1:{port}/rendezvous/code", source, "POST") for source in (CLIENT, CLIENT, "127.0.0.10")]
        assert codes == [200, 429, 200]
    assert "connection refused" not in server.log()


def test_a_header_that_nobody_reads_is_named(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    for version in ("send-proxy", "send-proxy-v2"):
        server = start_server()
        with proxies.haproxy(tmp_path / version, server.port, version) as port:
            assert asked(f"http://127.0.0.1:{port}/healthz") == 400
        assert "set PROXY_PROTOCOL=true" in lines(server, "unreadable request")[0]["reason"]


def test_a_proxy_without_a_header_is_named(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    server = start_server(PROXY_PROTOCOL="true")
    with proxies.haproxy(tmp_path / "proxy", server.port, "") as port:
        assert asked(f"http://127.0.0.1:{port}/healthz") in (502, 503)
    assert "send-proxy-v2" in lines(server, "connection refused")[0]["reason"]


def test_the_health_check_brings_a_header_of_its_own(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(PROXY_PROTOCOL="true")
    environment = clean_environment(PROXY_PROTOCOL="true", HOST="127.0.0.1", PORT=str(server.port))
    # It has a limit of its own, which a busy machine may not hold once.
    runs = (subprocess.run([binary(), "healthcheck"], env=environment, timeout=60, capture_output=True, text=True) for _ in range(3))
    assert any(run.stdout == "ready\n" for run in runs)
    assert "connection refused" not in server.log()


@pytest.mark.parametrize("proxy", [proxies.nginx, proxies.caddy], ids=["nginx", "caddy"])
@pytest.mark.parametrize("strips", [True, False], ids=["stripped", "passed-on"])
def test_a_server_has_a_path_of_its_own(
    start_server: Callable[..., ServerProcess], tmp_path: Path, proxy: Callable[..., AbstractContextManager[int]], strips: bool
) -> None:
    server = start_server(BASE_PATH="" if strips else "/signal")
    with proxy(tmp_path / "proxy", server.port, strips=strips) as port:
        for path in ("/", "/demo/app.js", "/client/signaling.js", "/healthz"):
            assert asked(f"http://127.0.0.1:{port}/signal{path}") == 200, path
        assert asked(f"http://127.0.0.1:{port}/signal/rendezvous/code", method="POST") == 200
        assert asked(f"http://127.0.0.1:{port}/signal/demo/index.html") == 200
        # It goes on to where the page is, through the proxy.
        assert asked(f"http://127.0.0.1:{port}/signal/nothing") == 404
