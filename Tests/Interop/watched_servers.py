"""Two servers that Prometheus watches: one with a file, one with an engine. Between them they have all metrics."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dashboards import ALERTS
from other_process import OtherProcess, program
from ports import free_port
from prometheus_server import PrometheusServer
from server_process import ServerProcess
from service import Service
from stun_client import free_udp_port

CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{alerts}"]
scrape_configs:
  - job_name: nt-backend-wrtc
    static_configs:
      - {{targets: ["127.0.0.1:{with_file}"], labels: {{instance: server}}}}
      - {{targets: ["127.0.0.1:{with_engine}"], labels: {{instance: node}}}}
"""
SETTINGS = {
    # People have addresses of their own behind it.
    "TRUSTED_PROXIES": "127.0.0.0/8",
    "HEARTBEAT": "1s",
    "HTTP_RATE_PER_MIN": "30",
    "CLIENT_CODES_MAX": "20",
    "REDEEM_FAILURES_PER_MIN": "10",
    "TURN_URLS": "turn:127.0.0.1:3478",
    "TURN_SECRET": "the secret of both",
}


@dataclass(frozen=True)
class Watched:
    with_file: ServerProcess
    with_engine: ServerProcess
    stun_port: int
    engine: OtherProcess
    prometheus: PrometheusServer


@contextlib.contextmanager
def watched(folder: Path, start: Callable[..., ServerProcess], room_ttl: str) -> Iterator[Watched]:
    """`start` is the fixture start_server, or does what that does."""
    stun_port, engine_port = free_udp_port(), free_port()
    options = ["--port", str(engine_port), "--bind", "127.0.0.1", "--save", "", "--maxmemory-policy", "noeviction", "--dir", str(folder)]
    engine = OtherProcess([program("valkey-server"), *options], folder / "engine.log")
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(Service())
        provider.answer(200, {"iceServers": [{"urls": "turn:127.0.0.1:3479", "username": "u", "credential": "c"}]})
        settings = {**SETTINGS, "ROOM_TTL": room_ttl}
        stack.callback(engine.stop)
        # A node waits for its engine for some seconds by itself.
        engine.launch()
        with_file = start(STORE=f"sqlite://{folder}/state.db", STUN_PORT=str(stun_port), **settings)
        with_engine = start(STORE=f"valkey://127.0.0.1:{engine_port}/0?prefix=nt", ICE_SERVERS_URL=provider.url, **settings)
        configuration = CONFIGURATION.format(alerts=ALERTS, with_file=with_file.port, with_engine=with_engine.port)
        prometheus = PrometheusServer(folder / "prometheus", configuration)
        stack.callback(prometheus.stop)
        prometheus.start()
        yield Watched(with_file, with_engine, stun_port, engine, prometheus)
