"""Prints at the end what the faults looked like in figures."""

from collections.abc import Callable

import pytest

from coroutine_tests import pytest_pyfunc_call
from server_fixtures import server, start_server

__all__ = ["pytest_pyfunc_call", "server", "start_server"]

FIGURES = pytest.StashKey[list[str]]()


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
