"""A large file goes from one browser to another, and takes neither's memory: read from the disk at one end, written to it at the other.

NT_FILE_MIB says how large it is; without it, the test is left out. The file that was received is looked for in the browser's profile, and hashed there.

A browser's memory is no number of bytes, however little a page keeps: each message is a buffer, and buffers that nobody needs any more stay
until the browser collects them, after tens of megabytes in each thread. That garbage is there after the first hundred megabytes of a file,
and is no more at the end: what is held to here is that memory grows no further."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from chromium import CHROMIUM_FLAGS, chromium
from firefox import Firefox, firefox
from process_memory import Watched, chromium_with, is_measurable
from sparse_file import files_of_size, make_sparse_file
from visitor import LIMIT_MS, NO_SAVE_DIALOG, sha256

MEBIBYTE = 1 << 20
SIZE = int(os.environ.get("NT_FILE_MIB", "256")) * MEBIBYTE
# By then each thread has collected several times.
WARM = min(256 * MEBIBYTE, SIZE // 2)
# At any time, garbage included: of that there have been up to 234 MB.
MOST_GROWTH = 384 * MEBIBYTE
# Behind WARM, beyond what it was until then. It was up to 40 MB: whether garbage is looked at just before it is collected is chance.
MOST_FURTHER = 96 * MEBIBYTE
# As slow as a megabyte a second, on a machine that others use too.
LIMIT = 60 + SIZE / 1e6

PAIR = """
(async () => {
    const input = Object.assign(document.createElement("input"), { type: "file", id: "large" });
    document.body.replaceChildren(input);
    globalThis.given = {};
    const [{ pair }, { openFiles, openSink }] = await Promise.all([import("/client/signaling.js"), import("/client/files.js")]);
    const accept = async (transfer) => {
        given.transfer = transfer;
        transfer.accept(await openSink(transfer));
    };
    const begin = async () => {
        const link = await pair({ base: location.origin, onCode: ({ code }) => { given.code = code; }, ...OPTIONS });
        given.files = await openFiles(link);
        given.files.addEventListener("added", ({ detail }) => { if (detail.direction === "in") accept(detail).catch(fail); });
    };
    const fail = (error) => { given.error = String(error); };
    begin().catch(fail);
})()
"""
SEND = "void (given.transfer = given.files.send(document.getElementById('large').files[0]))"
PLACE = "given.transfer.saved?.blob instanceof Blob"


class ChromiumPage:
    def __init__(self, playwright: Playwright, folder: Path, stack: ExitStack) -> None:
        # Of a profile that is kept: any other has its private storage in memory.
        self.profile = folder / "chromium"
        flags = {"executable_path": chromium(), "args": CHROMIUM_FLAGS}
        context = playwright.chromium.launch_persistent_context(self.profile, **flags)
        stack.callback(context.close)
        context.add_init_script(NO_SAVE_DIALOG)
        self._page = context.pages[0]
        self.pid = chromium_with(self.profile)

    def open(self, url: str) -> None:
        self._page.goto(url)

    def evaluate(self, expression: str) -> Any:
        return self._page.evaluate(expression)

    def becomes(self, expression: str) -> Any:
        # Not by the page's own timers: its policy lets no text become a script.
        deadline = time.monotonic() + LIMIT_MS / 1000
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < deadline, f"not in time: {expression}"
            time.sleep(0.05)
        return value

    def choose(self, path: Path) -> None:
        self._page.set_input_files("#large", path)


class FirefoxPage:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        program = firefox()
        assert program is not None, "no firefox-esr on PATH: run scripts/setup, or set FIREFOX to one"
        self._fox = stack.enter_context(Firefox(program, folder))
        self.profile = self._fox.profile
        self.pid = self._fox.pid
        self.open, self.evaluate, self.becomes = self._fox.open, self._fox.evaluate, self._fox.becomes

    def choose(self, path: Path) -> None:
        self._fox.choose_files("#large", path)


@pytest.fixture(params=["chromium", "firefox"])
def pages(request: pytest.FixtureRequest, playwright: Playwright, tmp_path: Path) -> Iterator[list[Any]]:
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("sender", "receiver")]
        for folder in folders:
            folder.mkdir()
        if request.param == "chromium":
            yield [ChromiumPage(playwright, folder, stack) for folder in folders]
        else:
            yield [FirefoxPage(folder, stack) for folder in folders]


@pytest.mark.skipif("NT_FILE_MIB" not in os.environ, reason="NT_FILE_MIB=256 moves a file of 256 MiB")
@pytest.mark.skipif(not is_measurable(), reason="memory is read from /proc")
def test_a_large_file_takes_no_memory(pages: list[Any], server: Any, tmp_path: Path, figures: Callable[[str], None]) -> None:
    sender, receiver = pages
    path = tmp_path / "large.bin"
    digest = make_sparse_file(path, SIZE)
    for page in pages:
        page.open(server.url)
    sender.evaluate(PAIR.replace("OPTIONS", "{}"))
    code = sender.becomes("given.code")
    receiver.evaluate(PAIR.replace("OPTIONS", f"{{ code: '{code}' }}"))
    for page in pages:
        page.becomes("given.files !== undefined || given.error !== undefined")
        assert page.evaluate("given.error ?? null") is None
    sender.choose(path)

    def is_over() -> bool:
        return any(page.evaluate("given.transfer?.isOver || given.error !== undefined") for page in pages)

    memory = Watched(page.pid for page in pages)
    sender.evaluate(SEND)
    seconds = memory.until(lambda: is_over() or receiver.evaluate("given.transfer?.moved ?? 0") >= WARM, LIMIT)
    early = memory.growth
    memory.begin_anew()
    seconds += memory.until(is_over, LIMIT)
    receiver.becomes("given.transfer?.isOver || given.error !== undefined")
    for page in pages:
        page.becomes("given.transfer.isOver")
        assert page.evaluate("[given.error ?? null, given.transfer.state, given.transfer.failure]") == [None, "done", None]
    assert receiver.evaluate(PLACE)
    saved = files_of_size(receiver.profile, SIZE)
    assert [sha256(file) for file in saved] == [digest]

    grown = list(zip(early, memory.growth, strict=True))
    tell = [
        f"{low / 1e6:.0f} + {first / 1e6:.0f} MB, later + {then / 1e6:.0f} MB" for low, (first, then) in zip(memory.before, grown, strict=True)
    ]
    speed = f"{SIZE / MEBIBYTE:.0f} MiB in {seconds:.0f} s, {SIZE / 1e6 / seconds:.1f} MB/s"
    figures(f"{speed}; memory at the sender {tell[0]}; at the receiver {tell[1]}")
    assert all(first < MOST_GROWTH and then < min(MOST_GROWTH, first + MOST_FURTHER) for first, then in grown), f"memory has grown: {tell}"
