"""Waiting for a condition, within bounds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from metrics_page import MetricsPage, read_metrics

WAIT = 15.0


async def eventually(condition: Callable[[], Any], what: str, limit: float = WAIT, every: float = 0.02) -> Any:
    """The first true value of the condition."""
    deadline = asyncio.get_running_loop().time() + limit
    while not (value := condition()):
        assert asyncio.get_running_loop().time() < deadline, f"not within {limit:.0f} s: {what}"
        await asyncio.sleep(every)
    return value


def wait_until(condition: Callable[[], bool], limit: float = WAIT, every: float = 0.5) -> None:
    """The same where nothing else has to go on meanwhile."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit:.0f} s"
        time.sleep(every)


async def no_longer_changing(read: Callable[[], Awaitable[float]], times: int = 5) -> float:
    """What was read so often in a row, within 15 s."""
    values = [await read()]
    while len(values) < times or len(set(values[-times:])) > 1:
        assert len(values) < 150, f"it goes on changing: {values[-times:]}"
        await asyncio.sleep(0.1)
        values.append(await read())
    return values[-1]


async def metrics(url: str) -> MetricsPage:
    return await asyncio.to_thread(read_metrics, url)


async def metrics_become(url: str, limit: float = WAIT, **expected: float) -> None:
    """Departures are counted as the server notices them, which may be a moment after the client knows."""
    deadline = asyncio.get_running_loop().time() + limit
    while True:
        page = await metrics(url)
        found = {name: page.total(name) for name in expected}
        if found == expected:
            return
        assert asyncio.get_running_loop().time() < deadline, f"metrics are {found}, not {expected}"
        await asyncio.sleep(0.05)


async def closed_with(url: str, code: int) -> float:
    """How many WebSockets the server says ended with this code."""
    page = await metrics(url)
    return sum(value for name, labels, value in page.samples if name == "nt_ws_closed_total" and labels == f'code="{code}"')
