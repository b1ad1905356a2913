"""/metrics is what Prometheus expects, and carries every name that the wire contract promises."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from metrics_page import read_metrics
from rtc_peer import create_code, redeem_code

CONTRACT = {
    "nt_ws_connections_total": "counter",
    "nt_ws_messages_total": "counter",
    "nt_rooms_active": "gauge",
    "nt_peers_active": "gauge",
    "nt_ws_frame_bytes": "histogram",
    "nt_ws_rtt_seconds": "histogram",
    "nt_signal_messages_total": "counter",
    "nt_signal_bytes_total": "counter",
    "nt_session_established_total": "counter",
    "nt_session_failed_total": "counter",
    "nt_session_time_to_first_flow_seconds": "histogram",
    "nt_pairings_active": "gauge",
    "nt_pairings_total": "counter",
    "nt_pairing_first_flow_seconds": "histogram",
    "nt_rooms_ended_total": "counter",
    "nt_codes_ended_total": "counter",
    "nt_codes_active": "gauge",
    "nt_codes_minted_total": "counter",
    "nt_codes_redeemed_total": "counter",
    "nt_rate_limited_total": "counter",
    "nt_mailbox_messages": "gauge",
    "nt_mailbox_bytes": "gauge",
    "nt_ws_closed_total": "counter",
    "nt_http_requests_total": "counter",
    "nt_http_request_duration_seconds": "histogram",
    "nt_build_info": "gauge",
    "process_cpu_seconds_total": "counter",
    "process_start_time_seconds": "gauge",
}
if sys.platform == "linux":
    CONTRACT |= {"process_resident_memory_bytes": "gauge", "process_open_fds": "gauge", "process_max_fds": "gauge"}


@pytest.mark.parametrize("traffic", [False, True], ids=["fresh", "after traffic"])
def test_the_page_is_as_prometheus_wants_it(server: Any, traffic: bool) -> None:
    if traffic:
        asyncio.run(asyncio.wait_for(every_kind_of_frame(server.url), 30))
    page = read_metrics(server.url)

    content_type, *parameters = [part.strip() for part in page.content_type.split(";")]
    assert content_type == "text/plain"
    assert "version=0.0.4" in parameters
    assert {name: page.kinds.get(name) for name in CONTRACT} == CONTRACT

    # scripts/setup puts it beside Python.
    promtool = shutil.which("promtool", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert promtool, "no promtool: run scripts/setup"
    check = subprocess.run([promtool, "check", "metrics"], input=page.text, capture_output=True, text=True, timeout=30)
    # Objections of style leave the exit code at 0 in some versions, so the silence is what counts.
    assert (check.returncode, check.stdout, check.stderr) == (0, "", ""), page.text


async def every_kind_of_frame(server: str) -> None:
    """Brings as many series to the page as a client can: names of types, reasons and modes that the server does not know included."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
        minted = await create_code(http, server)
        assert (await redeem_code(http, server, minted["code"]))[0] == 200
        assert (await redeem_code(http, server, minted["code"]))[0] == 410
        url = f"{server}/ws?appID={minted['appID']}"
        async with http.ws_connect(f"{url}&side=A") as a, http.ws_connect(f"{url}&side=B") as b:
            for frame in (
                {"type": "sender_ready"},
                {"type": "offer", "sdp": "v=0"},
                {"type": "answer", "sdp": "v=0"},
                {"type": "ice", "candidate": None},
                {"type": "hello"},
                {"type": "telemetry", "event": "ice-connected", "mode": 'odd"\\\n'},
                {"type": "telemetry", "event": "ice-failed", "reason": 'odd"\\\n'},
                {"type": "telemetry", "event": "ice-failed", "candidates": {'odd"\\\n': 1}, "errors": ['odd"\\\n', 701]},
                {"type": 'odd"\\\n{}'},
                {"type": "send", "to": "A", "payload": 1},
            ):
                await a.send_str(json.dumps(frame))
            # The last frame comes back to its sender, so by then the server has counted all of them.
            async for message in a:
                if json.loads(message.data)["type"] == "send":
                    break
            await a.send_str('{"type":"delivered","seq":1}')
            await b.close()
