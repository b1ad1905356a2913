"""What the tests of this folder are given."""

from coroutine_tests import pytest_pyfunc_call
from figures import figures, pytest_configure, pytest_terminal_summary
from page_fixtures import arrive, browser_type_launch_args, fox, make_file
from server_fixtures import tls_files

__all__ = [
    "arrive",
    "browser_type_launch_args",
    "figures",
    "fox",
    "make_file",
    "pytest_configure",
    "pytest_pyfunc_call",
    "pytest_terminal_summary",
    "tls_files",
]
