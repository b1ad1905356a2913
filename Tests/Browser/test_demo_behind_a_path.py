"""The page behind a proxy that has it at a path of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import proxies
from visitor import LIMIT_MS, Visitor, connect_by

# Of the worker, and of what it keeps: whatever else the origin has is none of its business.
KEPT = """
async () => {
    const { scope } = await navigator.serviceWorker.ready;
    const caught = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    const paths = caught.flat().map(({ url }) => new URL(url).pathname);
    return paths.includes(`${new URL(scope).pathname}demo/whole`) ? [new URL(scope).pathname, ...paths] : null;
}
"""


@pytest.mark.parametrize("strips", [True, False], ids=["stripped", "base-path"])
def test_two_people_pair_at_a_path(
    arrive: Callable[..., Visitor], start_server: Callable[..., Any], tmp_path: Path, strips: bool
) -> None:
    server = start_server(BASE_PATH="" if strips else "/signal")
    with proxies.nginx(tmp_path / "nginx", server.port, strips=strips) as port:
        # The visitor's page may ask for nothing elsewhere.
        url = f"http://127.0.0.1:{port}/signal"
        one, other = arrive(url), arrive(url)
        code = one.create_code()
        link = one.at("link-value").input_value()
        assert link.startswith(f"{url}/#")
        connect_by(code, one, other)
        one.say("from below")
        other.hears("from below")
        kept = one.page.wait_for_function(KEPT, timeout=LIMIT_MS).json_value()
        assert all(path.startswith("/signal/") for path in kept)


def test_a_link_leads_back_to_the_path(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    url = f"{start_server(BASE_PATH='/signal').url}/signal"
    one = arrive(url)
    one.create_code()
    fragment = one.at("link-value").input_value().removeprefix(f"{url}/")
    other = arrive(url, fragment)
    other.at("accept-invitation").click()
    for visitor in (one, other):
        visitor.sees_screen("connected")
    expect(one.at("proof-text")).not_to_be_empty()
