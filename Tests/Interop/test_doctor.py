"""`nt-backend-wrtc doctor` against faults of proxies, certificates, servers and relays, each made for real."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from broken_proxies import BrokenProxies
from doctor_visit import Visit, Visits, read
from local_coturn import LocalCoturn
from made_certificates import Authority
from nginx_command import nginx_command
from ports import free_port
from server_process import ServerProcess, binary, clean_environment
from stun_client import free_udp_port
from turn_credentials import credentials

ORIGIN = "https://app.example"
SECRET = "the secret of this test, which is 32 bytes"


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visits]:
    """Three servers, proxies before them and a TURN server, and visits of all of them at once."""
    folder = tmp_path_factory.mktemp("doctor")
    authority = Authority(folder)
    with LocalCoturn(folder / "coturn", SECRET, authority.server("turn")) as turn:
        closed, unheard = free_port(), free_udp_port()
        expired = {"urls": turn.url("udp"), **credentials(SECRET, lives_for=-60)}
        ways = ",".join(turn.url(way) for way in ("udp", "tcp", "tls"))
        servers = [
            ServerProcess(folder / f"server-{index}.log", METRICS_ROUTE="", HEARTBEAT="3s", **settings)
            for index, settings in enumerate(
                [
                    {"STUN_PORT": str(free_udp_port()), "TURN_SECRET": SECRET, "TURN_URLS": ways},
                    {"DEV": "false", "DEMO": "true", "CORS_ORIGINS": ORIGIN, "ICE_SERVERS": json.dumps([expired])},
                    {
                        "DEV": "false",
                        "DEMO": "false",
                        "TURN_SECRET": "another secret, as long as the first one",
                        "TURN_URLS": f"{turn.url('udp')},turn:127.0.0.1:{closed}?transport=tcp",
                        "ICE_SERVERS": f"stun:127.0.0.1:{unheard}",
                    },
                ]
            )
        ]
        # Its metrics are there for everybody, and its places for few.
        servers.append(ServerProcess(folder / "server-public.log", MAX_CONNECTIONS="20"))
        good, second, third, public = servers
        with BrokenProxies(folder / "proxies", good.port, second.port, authority) as proxies:
            trusting = ("--ca-file", str(authority.root))
            wanted = {name: (url, *trusting) for name, url in proxies.urls.items()}
            wanted["stripped"] += ("--idle", "--connections", "40")
            wanted["impatient"] += ("--idle",)
            wanted["few connections"] += ("--connections", "40")
            for name in ("two permissions", "no preflight"):
                wanted[name] += ("--origin", ORIGIN)
            wanted["unknown authority"] = (proxies.urls["whole chain"],)
            wanted["TLS to a plain port"] = (good.url.replace("http:", "https:"),)
            wanted["nobody there"] = (f"http://127.0.0.1:{free_port()}",)
            wanted["second"] = (second.url, "--origin", ORIGIN)
            wanted["third"] = (third.url, "--origin", ORIGIN)
            wanted["public"] = (public.url, "--connections", "40")
            made = Visits(wanted)
            yield made
            made.close()
        codes = [server.stop() for server in servers]
    assert codes == [0] * len(codes)


def is_fault(visit: Visit, check: str, fact: str, advice: str, subject: str = "") -> None:
    finding = visit.of(check, subject)
    assert finding["level"] == "fault" and fact in finding["what"] and advice in finding["advice"], finding
    assert visit.exit_code == 2


def test_behind_a_proxy_that_is_right_all_is_well(visits: Visits) -> None:
    for name in ("stripped", "whole chain"):
        visit = visits[name]
        levels = visit.levels()
        # From the server's own machine everybody is trusted.
        assert levels.pop("forwarded_for") == "warning"
        assert set(levels.values()) == {"ok"}, visit.findings
        assert visit.exit_code == 1
        assert len([f for f in visit.findings if f["check"] == "turn"]) == 3
        expected = {"idle", "connections"} if name == "stripped" else {"certificate"}
        assert expected <= set(levels)


@pytest.mark.parametrize(
    ("name", "check", "fact", "advice"),
    [
        ("not stripped", "server", "passes /signal on", "location /signal/"),
        ("backend down", "server", "502", "start the server"),
        ("PROXY protocol", "server", "cannot read", "send-proxy"),
        ("two instances", "instances", "2 processes", "STORE="),
        ("two instances", "code", "unknown a moment after minting", "two instances"),
        ("no upgrade", "upgrade", "does not pass the upgrade on", "proxy_set_header Upgrade"),
        ("impatient", "idle", "ended after", "proxy_read_timeout"),
        ("redirect", "server", "301: a redirect", "address that it leads to"),
        ("nothing there", "server", "404, and not from", "pass everything"),
        ("few connections", "connections", "of 40 is refused: 503, and not from", "worker_connections"),
        ("another host", "page", "may not connect", "leave Host as it is"),
        ("two permissions", "origin", "there 2 times", "neither add nor remove"),
        ("no preflight", "origin", "OPTIONS gets 405", "pass OPTIONS requests on"),
        ("self-signed", "certificate", "signed by itself", "--ca-file"),
        ("no certificate for that name", "certificate", "refuses the handshake", "no certificate for 127.0.0.1"),
        ("expired", "certificate", "ended", "renew"),
        ("wrong name", "certificate", "for other.example, and not for 127.0.0.1", "names 127.0.0.1"),
        ("incomplete chain", "certificate", "Test Intermediate", "fullchain.pem"),
        ("unknown authority", "certificate", "Test Root", "--ca-file"),
        ("TLS to a plain port", "certificate", "does not speak it", "http://"),
        ("nobody there", "connection", "refuses connections", "start the proxy"),
    ],
)
def test_a_proxy_that_is_not(visits: Visits, name: str, check: str, fact: str, advice: str) -> None:
    is_fault(visits[name], check, fact, advice)


def test_a_server_with_an_origin_and_credentials_that_have_expired(visits: Visits) -> None:
    visit = visits["second"]
    assert visit.of("origin")["level"] == visit.of("page")["level"] == "ok"
    is_fault(visit, "turn", "expired", "clock")


def test_a_server_that_knows_neither_the_page_nor_the_secret(visits: Visits) -> None:
    visit = visits["third"]
    is_fault(visit, "origin", "may not connect", f"add {ORIGIN} to CORS_ORIGINS")
    is_fault(visit, "turn", "refuses the credential (401", "TURN_SECRET", subject="udp")
    is_fault(visit, "turn", "nothing listens", "open port", subject="tcp")
    is_fault(visit, "stun", "nothing listens", "open port")
    # It may not even pair from there.
    assert visit.of("upgrade")["advice"] == "add the origin to CORS_ORIGINS"


def test_a_server_whose_metrics_are_public_and_whose_places_are_few(visits: Visits) -> None:
    visit = visits["public"]
    assert visit.of("metrics")["level"] == visit.of("ice_servers")["level"] == "warning"
    is_fault(visit, "connections", "of 40 is refused: 503", "MAX_CONNECTIONS")


# A machine of its own, with an address that is nobody's own machine's: whoever asks there comes from outside.
ALONE = """
ip link set lo up
ip address add 192.0.2.1/32 dev lo
HOST=$4 PORT=1234 STUN_PORT=0 METRICS_ROUTE= LOG_FORMAT=json TRUSTED_PROXIES="$2" "$1" >"$3" 2>&1 &
for _ in $(seq 300); do grep -q '"listening"' "$3" && break; sleep 0.1; done
"${@:6}" &
for _ in $(seq 300); do (exec 3<>/dev/tcp/192.0.2.1/$5) 2>/dev/null && break; sleep 0.1; done
"$1" doctor --json --timeout 20 "http://192.0.2.1:$5"
kill $(jobs -p)
wait
"""
PASSING = """
    server {{
        listen 192.0.2.1:8080;
        location / {{
            proxy_pass http://127.0.0.1:1234;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $http_connection;
            {forwarded}
        }}
    }}
"""


def visit_alone(folder: Path, trusted: str, forwarded: str | None) -> Visit:
    """A visit of a server, through nginx if it is given what to do about X-Forwarded-For."""
    rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    host, port, proxy = "192.0.2.1", "1234", ["true"]
    if forwarded is not None:
        host, port, proxy = "127.0.0.1", "8080", nginx_command(folder, PASSING.format(forwarded=forwarded))
    arguments = [str(binary()), trusted, str(folder / "server.log"), host, port, *proxy]
    command = ["unshare", *rights, "--net", "bash", "-c", ALONE, "alone", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=90, env=clean_environment())
    if "unshare" in run.stderr and not run.stdout:
        pytest.skip(f"no network of its own here: {run.stderr}")
    return read(run)


ADDS = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
LOCAL = "127.0.0.0/8"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client", "believed"),
    [
        pytest.param("0.0.0.0/0", None, "ok", "fault", id="everybody is trusted"),
        pytest.param(LOCAL, None, "ok", "ok", id="nobody else is trusted"),
        pytest.param(LOCAL, ADDS, "ok", "ok", id="a proxy that adds the address"),
        pytest.param(LOCAL, "", "warning", "fault", id="a proxy that passes on what it is told"),
        pytest.param("198.51.100.0/24", ADDS, "warning", "ok", id="a proxy that is not trusted"),
    ],
)
def test_whom_the_server_sees(tmp_path: Path, trusted: str, forwarded: str | None, client: str, believed: str) -> None:
    visit = visit_alone(tmp_path, trusted, forwarded)
    assert visit.of("client_address")["level"] == client, visit.findings
    assert visit.of("forwarded_for")["level"] == believed, visit.findings
    if client == "warning":
        assert "TRUSTED_PROXIES" in visit.of("client_address")["advice"]
