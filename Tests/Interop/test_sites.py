"""What the proxies of deploy/ do to a request on its way to one server, and what they write down of it. The browsers behind them are in
Tests/Browser/test_sites_in_browsers.py."""

import contextlib
import http.client
import re
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from doctor_visit import visit
from server_process import REPOSITORY, ServerProcess
from service import Service
from sites import HOST, SITES, RunningSite, site

LIMIT = 15.0
CATALOGUE = "Sources/ServerConfiguration/SettingsCatalogue.swift"
TOKEN = "9WRKOUTkN-Oxnzs74zHOOA"
ROOM = "b5b6d7e0c1"
PAGE = "https://app.example"
TARGET = f"/ws?appID={ROOM}&side=A&token={TOKEN}"


@dataclass(frozen=True)
class Behind:
    """A server behind one of the proxies."""

    site: RunningSite
    prefix: str
    server: Service | None
    context: ssl.SSLContext

    def get(self, path: str, **fields: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection(HOST, self.site.front.port, timeout=LIMIT, context=self.context)
        connection.request("GET", path, headers=fields)
        return connection.getresponse()

    def sends(self, request: str) -> None:
        """Something that need not be a request; the answer is read as far as there is one."""
        with socket.create_connection((HOST, self.site.front.port), LIMIT) as raw, self.context.wrap_socket(raw, server_hostname=HOST) as tls:
            with contextlib.suppress(OSError):
                tls.sendall(request.encode())
                tls.recv(1)


@contextlib.contextmanager
def behind(name: str, folder: Path, tls_files: tuple[Path, Path]) -> Iterator[Behind]:
    with Service() as server:
        # Nobody is to keep a connection to a server that is going to be gone.
        server.answer(200, {"it": "is the server"}, Connection="close")
        with site(name, folder, int(server.url.rpartition(":")[2]), tls_files) as running:
            yield Behind(running, SITES[name].prefix, server, ssl.create_default_context(cafile=str(tls_files[0])))


@pytest.fixture(scope="module")
def server_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("server") / "server.log")
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("name", SITES)
def test_a_request_arrives_as_its_client_sent_it_but_for_the_prefix(name: str, tmp_path: Path, tls_files: tuple[Path, Path]) -> None:
    claims = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "http"}
    with behind(name, tmp_path, tls_files) as it:
        assert it.get(f"{it.prefix}{TARGET}&sid=a%20b", **claims).status == 200
        ((method, target, fields, _),) = it.server.asked
        assert (method, target) == ("GET", f"{TARGET}&sid=a%20b")
        # With its port: the server compares it with the Origin.
        assert fields["host"] == f"{HOST}:{it.site.front.port}"
        # In place of what the client claims.
        assert (fields["x-forwarded-for"], fields["x-forwarded-proto"]) == ("127.0.0.1", "https")
        if it.prefix:
            answer = it.get(it.prefix)
            assert answer.status in (301, 308) and answer.getheader("Location").endswith(f"{it.prefix}/")
            assert it.get("/").status == it.get(f"{it.prefix}s/").status == 404
            assert len(it.server.asked) == 1


@pytest.mark.parametrize("name", SITES)
def test_metrics_are_nobodys(name: str, tmp_path: Path, tls_files: tuple[Path, Path], server_of_all: ServerProcess) -> None:
    """However the path is spelled."""
    server = server_of_all
    assert "nt_ws_open" in text_of(urllib.request.urlopen(f"{server.url}/metrics", timeout=LIMIT))
    with site(name, tmp_path / "site", server.port, tls_files) as running:
        it = Behind(running, SITES[name].prefix, None, ssl.create_default_context(cafile=str(tls_files[0])))
        assert it.get(f"{it.prefix}/healthz").status == 200
        for path in ("/metrics", "/metrics?name=x", "//metrics", "/./metrics", "/%6detrics", "/x/../metrics", "/metrics/"):
            answer = it.get(it.prefix + path)
            assert answer.status in (308, 400, 404) and "nt_ws_open" not in text_of(answer), path


@pytest.mark.parametrize("name", SITES)
def test_doctor_finds_nothing_to_mend(name: str, tmp_path: Path, tls_files: tuple[Path, Path]) -> None:
    server = ServerProcess(tmp_path / "server.log", DEV="false", DEMO="true", CORS_ORIGINS=PAGE, HEARTBEAT="1s")
    with site(name, tmp_path / "site", server.port, tls_files) as running:
        seen = visit(running.url, "--ca-file", str(tls_files[0]), "--origin", PAGE, "--idle", "--connections", "30")
    assert server.stop() == 0
    # A server without TURN, on the machine that asks, with a certificate of a few days.
    expected = {"ice_servers", "certificate"}
    assert {finding["check"] for finding in seen.findings if finding["level"] != "ok"} <= expected, seen.findings
    assert all(finding["level"] != "fault" for finding in seen.findings), seen.findings
    assert {"server", "origin", "page", "pairing", "frames", "idle", "connections", "forwarded_for"} <= seen.levels().keys()


@pytest.mark.parametrize("name", SITES)
def test_no_log_holds_a_token(name: str, tmp_path: Path, tls_files: tuple[Path, Path]) -> None:
    """Neither of requests that went well nor of those that failed in any way, and not where errors are told."""
    with behind(name, tmp_path, tls_files) as it:
        target = it.prefix + TARGET
        referrer = f"https://{HOST}{target}"
        assert it.get(target, Referer=referrer).status == 200
        for request in (
            f"GET {target} HTTP/1.1\r\nHost: a b\r\n\r\n",
            f"GET {target} HTTP/1.1\r\nno field\r\n\r\n",
            f"GET {target} HTTP/9.9\r\n\r\n",
            f"GET {target}&{'x' * 100_000} HTTP/1.1\r\nHost: a\r\n\r\n",
            f"GET {target}\r\n\r\n",
            f"POST {target} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100000\r\n\r\n{'x' * 100_000}",
        ):
            it.sends(request)
        # From here on nobody listens there.
        it.server.__exit__(None, None, None)
        assert it.get(target, Referer=referrer).status in (502, 503)
        with socket.create_connection((HOST, it.site.plain_port), LIMIT) if SITES[name].leads_to_https else contextlib.nullcontext() as plain:
            if plain:
                plain.sendall(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                assert plain.recv(12).endswith(b" 301")
    logs = it.site.front.logs()
    assert "/ws" in "".join(logs.values()), "no log tells of any request"
    for file, text in logs.items():
        assert TOKEN not in text, f"{file}: {[line for line in text.splitlines() if TOKEN in line][:3]}"
        assert ROOM not in text, f"{file} has the room"


@pytest.mark.parametrize("name", [name for name in SITES if "caddy" not in name])
def test_a_websocket_may_be_silent_for_longer_than_between_pings(name: str) -> None:
    """Caddy and Traefik have no bound."""
    bounds = re.findall(r"(?:timeout tunnel|proxy_read_timeout|proxy_send_timeout) +(\d+)m\b", SITES[name].text)
    heartbeat = re.search(r'"HEARTBEAT", .*default: \.seconds\((\d+)\)', (REPOSITORY / CATALOGUE).read_text())
    assert bounds and heartbeat and all(int(minutes) * 60 >= 3 * int(heartbeat[1]) for minutes in bounds)


@pytest.mark.parametrize("file", ["site.yml", "site-prefix.yml"])
def test_what_the_files_of_traefik_name_is_in_them(file: str) -> None:
    """There is no Traefik to start in Debian: this holds the files to themselves alone."""
    folder = REPOSITORY / "deploy" / "traefik"
    start, routes = (yaml.safe_load((folder / name).read_text()) for name in ("traefik.yml", file))
    http = routes["http"]
    routers = http["routers"]
    for router in routers.values():
        assert set(router["entryPoints"]) <= start["entryPoints"].keys() and "tls" in router
        assert router["service"] in http["services"] and set(router.get("middlewares", [])) <= http["middlewares"].keys()
    # Of two rules that match, Traefik takes the longer one.
    assert len(routers["signaling-metrics"]["rule"]) > len(routers["signaling"]["rule"])
    assert routers["signaling-metrics"]["middlewares"][0] == "nobody"
    fields = start["accessLog"]["fields"]
    assert fields["names"] == {"RequestPath": "drop", "RequestLine": "drop"} and fields["headers"]["defaultMode"] == "drop"
    assert start["log"]["level"] == "INFO"


def text_of(answer: http.client.HTTPResponse) -> str:
    return answer.read().decode()
