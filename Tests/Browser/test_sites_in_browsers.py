"""Two browsers find each other through each proxy of deploy/, by the page at / and under /signal/."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sites import HOST, SITES, site
from visitor import Visitor, connect

# As a public server is to be set up: pages of its own host alone may use it, so it has to be told which host that was.
PUBLIC = {"DEV": "false", "DEMO": "true", "ALLOWED_HOSTS": HOST}
# A certificate of the test's own is enough for a page, and not for its service worker.
NOT_INSTALLED = "An SSL certificate error occurred when fetching the script"

@pytest.mark.parametrize("name", SITES)
def test_two_pages_pair_through_the_proxy(
    name: str, arrive: Callable[..., Visitor], start_server: Callable[..., Any], tls_files: tuple[Path, Path], tmp_path: Path
) -> None:
    with site(name, tmp_path / "site", start_server(**PUBLIC).port, tls_files) as running:
        ours, theirs = (arrive(running.url, ignore_https_errors=True) for _ in range(2))
        for visitor in (ours, theirs):
            visitor.watch.allow(NOT_INSTALLED)
        connect(ours, theirs)
        ours.say("through the proxy")
        theirs.hears("through the proxy")
