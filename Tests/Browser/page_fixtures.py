"""Chromium from the system, people at the demo page, and nothing said on a console that a test has not expected."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from chromium import CHROMIUM_FLAGS, NAMED_HOST_FLAGS, chromium
from firefox import Firefox, firefox
from visitor import Visitor


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium(), "args": [*CHROMIUM_FLAGS, *NAMED_HOST_FLAGS]}


@pytest.fixture
def arrive(new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Visitor]]:
    """Brings somebody, in a browser profile of their own, to the start of the page of the server at `url`."""
    visitors: list[Visitor] = []

    def arrive(url: str, fragment: str = "", **options: Any) -> Visitor:
        visitors.append(Visitor(new_context(**options), url))
        return visitors[-1].open(fragment)

    yield arrive
    unexpected = {number: visitor.watch.unexpected() for number, visitor in enumerate(visitors, 1)}
    missing = {number: visitor.watch.missing() for number, visitor in enumerate(visitors, 1)}
    assert not any(unexpected.values()), f"said by the visitors' pages, and not expected: {unexpected}"
    assert not any(missing.values()), f"expected of the visitors' pages, and not said: {missing}"


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    program = firefox()
    assert program is not None, "no firefox-esr on PATH: run scripts/setup, or set FIREFOX to one"
    with Firefox(program, tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[[str, int], Path]:
    """A file of random bytes, the same ones for the same name."""

    def make(name: str, size: int) -> Path:
        path = tmp_path / name
        path.write_bytes(random.Random(name).randbytes(size))
        return path

    return make
