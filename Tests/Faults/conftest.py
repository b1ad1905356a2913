"""What the tests of this folder are given."""

from coroutine_tests import pytest_pyfunc_call
from figures import figures, pytest_configure, pytest_terminal_summary
from server_fixtures import server, start_server, tls_files

__all__ = ["figures", "pytest_configure", "pytest_pyfunc_call", "pytest_terminal_summary", "server", "start_server", "tls_files"]
