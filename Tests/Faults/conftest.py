"""Runs tests that are coroutines, and prints at the end what the faults looked like in figures."""

import asyncio
import inspect
from collections.abc import Callable

import pytest

from server_fixtures import server, start_server

__all__ = ["server", "start_server"]

TEST_LIMIT = 60.0
FIGURES = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    marker = pyfuncitem.get_closest_marker("limit")
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), marker.args[0] if marker else TEST_LIMIT))
    return True


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line about what was measured; all of them are printed once the tests are through."""
    return lambda line: request.config.stash[FIGURES].append(f"{request.node.name}: {line}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash[FIGURES]:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
