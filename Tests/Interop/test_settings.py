"""Settings of which only the process as a whole shows whether they do what they say."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from server_process import ServerProcess


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
@pytest.mark.parametrize("loops", [1, 3])
def test_there_are_as_many_event_loops_as_are_set(start_server: Callable[..., ServerProcess], loops: int) -> None:
    assert loop_threads(start_server(EVENT_LOOPS=str(loops))) == loops


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_the_server_chooses_its_event_loops_where_none_are_set(start_server: Callable[..., ServerProcess]) -> None:
    chosen = loop_threads(start_server())
    assert 1 <= chosen <= 4
    assert loop_threads(start_server(EVENT_LOOPS="auto")) == chosen


def loop_threads(server: ServerProcess) -> int:
    names = [path.read_text().strip() for path in Path(f"/proc/{server.pid}/task").glob("*/comm")]
    return sum(name == "event-loop" for name in names)


@pytest.mark.parametrize(("level", "levels"), [("debug", ["info", "debug", "info"]), ("info", ["info", "info"])])
def test_the_log_says_as_much_as_it_is_told_to(start_server: Callable[..., ServerProcess], level: str, levels: list[str]) -> None:
    """The start, a request that went well, and one that did not."""
    server = start_server(LOG_LEVEL=level)
    for target in ("/healthz", "/nothing"):
        request(server.url + target)
    # What was logged is written by the time it has ended.
    assert server.stop() == 0
    told = [json.loads(line) for line in server.log().splitlines()]
    assert [line["level"] for line in told if line["message"] in ("listening", "request")] == levels


def request(url: str) -> None:
    try:
        with urllib.request.urlopen(url, timeout=10):
            pass
    except urllib.error.HTTPError as refusal:
        refusal.close()
