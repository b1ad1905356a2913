"""The example of a shared drawing, from a web server of its own as its README says: what one draws, the other sees."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from firefox import Firefox
from server_process import REPOSITORY

FOLDER = REPOSITORY / "Examples" / "drawing"
LIMIT_MS = 20_000

CODE = r"/code is (\d+)/.exec(document.getElementById('status').value)?.[1]"
CONNECTED = "document.getElementById('status').value === 'Connected.'"
# How many dots have been drawn on: by anybody, in red, and in blue.
DOTS = """
(() => {
    const { data } = document.getElementById("sheet").getContext("2d").getImageData(0, 0, 640, 400);
    const dots = { red: 0, blue: 0 };
    for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] === 255) dots[data[at] > data[at + 2] ? "red" : "blue"] += 1;
    }
    return dots;
})()
"""
# A line from one point of the sheet to another, in steps, as a finger draws it.
DRAW = """
(([x, y, toX, toY]) => {
    const sheet = document.getElementById("sheet");
    sheet.setPointerCapture = () => {};
    const box = sheet.getBoundingClientRect();
    const send = (type, x, y) => sheet.dispatchEvent(new PointerEvent(type, { clientX: box.left + x, clientY: box.top + y, buttons: 1 }));
    send("pointerdown", x, y);
    for (let step = 1; step <= 10; step += 1) send("pointermove", x + ((toX - x) * step) / 10, y + ((toY - y) * step) / 10);
    send("pointerup", toX, toY);
})
"""

# The page keeps its link to itself.
KEEP_CHANNEL = """
(() => {
    const { send } = RTCDataChannel.prototype;
    RTCDataChannel.prototype.send = function (data) {
        globalThis.channel = this;
        return send.call(this, data);
    };
})()
"""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(FOLDER)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class Chromium:
    """A page in Chromium, used as one in Firefox is."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.set_default_timeout(LIMIT_MS)

    def open(self, url: str) -> None:
        self._page.goto(url)

    def evaluate(self, expression: str) -> Any:
        return self._page.evaluate(expression)

    def becomes(self, expression: str) -> Any:
        return self._page.wait_for_function(expression, timeout=LIMIT_MS).json_value()


@pytest.fixture
def chrome(new_context: Callable[..., BrowserContext]) -> Callable[[], Chromium]:
    return lambda: Chromium(new_context().new_page())


def open_both(first: Any, second: Any, page: str) -> None:
    for browser in (first, second):
        browser.open(page)
        browser.becomes("document.getElementById('create').onclick !== null")


def join(creator: Any, joiner: Any) -> None:
    creator.evaluate("document.getElementById('create').click()")
    code = creator.becomes(CODE)
    joiner.evaluate(f"(document.getElementById('code').value = '{code}', document.getElementById('join').click())")
    for browser in (creator, joiner):
        browser.becomes(CONNECTED)


def drawn(browser: Any, line: list[int]) -> None:
    browser.evaluate(f"{DRAW}({line})")


@pytest.mark.parametrize("with_firefox", [False, True], ids=["chromium", "firefox"])
def test_two_draw_on_one_sheet(
    request: pytest.FixtureRequest, chrome: Callable[[], Chromium], address: str, server: Any, with_firefox: bool
) -> None:
    first: Any = chrome()
    second: Any = request.getfixturevalue("fox") if with_firefox else chrome()
    open_both(first, second, f"{address}/?server={server.url}")

    # Drawn before anybody has joined: it goes over when they have.
    drawn(first, [20, 20, 200, 20])
    join(first, second)
    second.becomes(f"{DOTS}.red > 300")
    drawn(second, [20, 100, 200, 100])
    first.becomes(f"{DOTS}.blue > 300")
    drawn(first, [20, 200, 200, 200])
    second.becomes(f"{DOTS}.red > 900")

    second.evaluate("document.getElementById('clear').click()")
    for browser in (first, second):
        browser.becomes(f"{DOTS}.red + {DOTS}.blue === 0")
    first.open("about:blank")
    second.becomes("document.getElementById('status').value === 'The other one has left.'")


def test_what_is_no_step_is_ignored_and_a_wrong_code_is_told_of(chrome: Callable[[], Chromium], address: str, server: Any) -> None:
    first, second = chrome(), chrome()
    open_both(first, second, f"{address}/?server={server.url}")
    second.evaluate("(document.getElementById('code').value = '12', document.getElementById('join').click())")
    second.becomes("document.getElementById('status').value.startsWith('Type the code again')")
    first.evaluate(KEEP_CHANNEL)
    join(first, second)
    drawn(first, [20, 20, 200, 20])
    second.becomes(f"{DOTS}.red > 300")
    far = '{"kind":"line","from":[0,50],"to":[1e999,50]}'
    for nonsense in ["{", "null", '{"kind":"line"}', '{"kind":"line","from":[1],"to":"x"}', far]:
        first.evaluate(f"channel.send({nonsense!r})")
    drawn(first, [20, 60, 200, 60])
    second.becomes(f"{DOTS}.red > 900")
    assert second.evaluate(DOTS)["red"] < 2500


def test_it_is_under_a_hundred_lines() -> None:
    assert len((FOLDER / "index.html").read_text().splitlines()) < 100
