"""A wall clock that was set, back or forward, while the server was down: what its file says of times is not believed blindly."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from raw_http import mint, redeem, request
from server_process import ServerProcess
from wrong_clock import clock_off_by, library

ROOM_TTL = 3.0


@pytest.mark.skipif(library() is None, reason="no libfaketime here: run scripts/setup")
async def test_no_code_lives_longer_by_a_clock_that_was_set(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    settings = {"STORE": f"sqlite://{tmp_path}/state.db", "ROOM_TTL": f"{ROOM_TTL:.0f}s"}
    loop = asyncio.get_running_loop()
    ahead = start_server(**settings, **clock_off_by("+1h"))
    was = await clock(ahead)
    codes = [await mint(ahead.port) for _ in range(3)]
    assert ahead.stop() == 0

    # Back by an hour: for the file, they would live for an hour more.
    right = start_server(**settings)
    started = loop.time()
    assert was - await clock(right) > timedelta(minutes=30)
    assert (await redeem(right.port, codes[0]["code"])).status == 200
    await asyncio.sleep(started + ROOM_TTL - loop.time())
    for code in codes:
        assert (await redeem(right.port, code["code"])).status == 410
    fresh = await mint(right.port)
    assert right.stop() == 0

    # Forward by an hour: the rest of its life is over.
    ahead = start_server(**settings, **clock_off_by("+1h"))
    assert (await redeem(ahead.port, fresh["code"])).status == 410


async def clock(server: ServerProcess) -> datetime:
    return parsedate_to_datetime((await request(server.port, "GET", "/healthz")).headers["date"])
