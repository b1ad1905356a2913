"""The demo page in Firefox: it pairs with Chromium by a code, chats, and passes a file each way."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from firefox import LIMIT, Firefox, firefox
from visitor import Visitor, sha256

SIZE = 1_500_000


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    program = firefox()
    assert program is not None, "no firefox-esr on PATH: run scripts/setup, or set FIREFOX to one"
    with Firefox(program, tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.mark.parametrize("creator", ["chromium", "firefox"])
def test_firefox_and_chromium(fox: Firefox, arrive: Callable[..., Visitor], server: Any, tmp_path: Path, creator: str) -> None:
    visitor = arrive(server.url)
    fox.open(server.url)
    if creator == "firefox":
        press(fox, "#create-code")
        visitor.enter(fox.becomes("document.getElementById('code-value').textContent"))
    else:
        fill(fox, "#code-input", visitor.create_code())
        press(fox, "#join")
    visitor.sees_status("Connected directly, encrypted from end to end")
    fox.becomes("document.getElementById('link-status').textContent.includes('Connected directly, encrypted from end to end')")
    assert fox.evaluate("document.querySelector('#picture svg').dataset.route") == "direct"

    fill(fox, "#chat-input", "from the fox")
    press(fox, "#chat-send")
    visitor.hears("from the fox")
    visitor.say("from the other")
    fox.becomes("document.querySelector('#chat-messages .theirs .words')?.textContent === 'from the other'")

    ours, theirs = [file(tmp_path, f"from-{name}-{creator}.bin") for name in ("chromium", "firefox")]
    fox.choose_files("#file-input", theirs)
    assert visitor.receive(theirs.name) == sha256(theirs)
    visitor.offer(ours)
    press(fox, f"[aria-label=\"Accept {ours.name}\"]")
    visitor.sees_transfer(ours.name, "done")
    assert downloaded(fox.downloads / ours.name) == sha256(ours)

    press(fox, "#disconnect")
    visitor.sees_ending("The other side has left")
    expect(visitor.at("chat-messages")).to_contain_text("from the fox")
    assert fox.complaints() == []


def press(fox: Firefox, selector: str) -> None:
    fox.becomes(f"document.querySelector({selector!r}) !== null")
    fox.evaluate(f"document.querySelector({selector!r}).click()")


def fill(fox: Firefox, selector: str, text: str) -> None:
    fox.evaluate(f"document.querySelector({selector!r}).value = {text!r}")


def file(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(random.Random(name).randbytes(SIZE))
    return path


def downloaded(path: Path) -> str:
    """Firefox gives a file its name when it has begun, and its size when it has ended."""
    deadline = time.monotonic() + LIMIT
    while not path.exists() or path.stat().st_size != SIZE:
        assert time.monotonic() < deadline, f"{path.name} was not saved; the folder has {[entry.name for entry in path.parent.iterdir()]}"
        time.sleep(0.05)
    return sha256(path)
