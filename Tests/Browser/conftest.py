"""What the tests of this folder are given."""

from collections.abc import Callable
from typing import Any

import pytest

from coroutine_tests import pytest_pyfunc_call
from figures import figures, pytest_configure, pytest_terminal_summary
from page_fixtures import arrive, browser_type_launch_args, fox, make_file
from server_fixtures import server, start_server, tls_files
from visitor import Visitor

__all__ = [
    *("arrive", "browser_type_launch_args", "figures", "fox", "make_file", "pytest_configure", "pytest_pyfunc_call", "pytest_terminal_summary"),
    *("server", "start_server", "tls_files"),
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="draw the pictures of the page in docs/images anew")


@pytest.fixture
def two(arrive: Callable[..., Visitor], server: Any) -> tuple[Visitor, Visitor]:
    """Two people at the start of the page."""
    return arrive(server.url), arrive(server.url)
