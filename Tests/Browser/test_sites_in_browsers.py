"""Two browsers find each other through each proxy of deploy/: by the page at /, by the client under /signal/."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from sites import HOST, SITES, site
from visitor import LIMIT_MS, Visitor, connect

AT_THE_ROOT = [name for name, recipe in SITES.items() if not recipe.prefix]
UNDER_A_PREFIX = [name for name, recipe in SITES.items() if recipe.prefix]

# As a public server is to be set up: pages of its own host alone may use it, so it has to be told which host that was.
PUBLIC = {"DEV": "false", "DEMO": "true", "ALLOWED_HOSTS": HOST}
# A certificate of the test's own is enough for a page, and not for its service worker.
NOT_INSTALLED = "An SSL certificate error occurred when fetching the script"
# What becomes of it is global: the code, the link, and what the other side has said.
BEGIN = """
async ([base, code]) => {
    const { pair } = await import(`${base}/client/signaling.js`);
    const options = code ? { code } : { onCode: (minted) => { globalThis.code = minted.code; } };
    pair({ base, ...options }).then((link) => {
        globalThis.link = link;
        link.channel.addEventListener("message", ({ data }) => { globalThis.heard = data; });
        link.channel.send(`from ${code ? "B" : "A"}`);
    }, (error) => { globalThis.error = String(error); });
}
"""


@pytest.mark.parametrize("name", AT_THE_ROOT)
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


@pytest.mark.parametrize("name", UNDER_A_PREFIX)
def test_two_clients_pair_under_the_prefix(
    name: str, new_context: Callable[..., BrowserContext], start_server: Callable[..., Any], tls_files: tuple[Path, Path], tmp_path: Path
) -> None:
    with site(name, tmp_path / "site", start_server(**PUBLIC).port, tls_files) as running:
        context = new_context(ignore_https_errors=True)
        ours, theirs = client_page(context, running.url), client_page(context, running.url)
        ours.evaluate(BEGIN, [running.url, None])
        theirs.evaluate(BEGIN, [running.url, becomes(ours, "globalThis.code")])
        assert becomes(ours, "globalThis.heard || globalThis.error") == "from B"
        assert becomes(theirs, "globalThis.heard || globalThis.error") == "from A"


def client_page(context: BrowserContext, url: str) -> Page:
    """Any page of the server's will do, as long as it brings no policy against scripts of the test."""
    page = context.new_page()
    page.goto(f"{url}/healthz", timeout=LIMIT_MS)
    return page


def becomes(page: Page, expression: str) -> Any:
    return page.wait_for_function(expression, timeout=LIMIT_MS).json_value()
