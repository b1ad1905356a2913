import shutil
from collections.abc import Iterator

import pytest

from server_fixtures import server, start_server, tls_files
from tmux import Tmux

__all__ = ["server", "start_server", "tls_files", "tmux"]


@pytest.fixture
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.fail("tests in terminals need tmux (scripts/setup)")
    terminals = Tmux(tmp_path_factory.mktemp("t"))
    yield terminals
    terminals.close()
