"""Runs tests that are coroutines; a folder's conftest.py imports the hook, and its pytest.ini declares the marker `limit`.

Each has an event loop of its own, or that of the fixture `loop`, a LoopThread, where what it is given belongs to that one."""

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor

import pytest

TEST_LIMIT = 60.0


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    marker = pyfuncitem.get_closest_marker("limit")
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    limit = marker.args[0] if marker else TEST_LIMIT
    if loop := pyfuncitem.funcargs.get("loop"):
        loop.run(pyfuncitem.obj(**arguments), limit)
        return True
    test = asyncio.wait_for(pyfuncitem.obj(**arguments), limit)
    # Not in this thread, which may have a loop already: that of the synchronous Playwright, which other tests of the folder use.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, test).result()
    return True
