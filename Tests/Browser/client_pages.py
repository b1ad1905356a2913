"""Pages in headless Chromium that use the JavaScript client, each in a browser of its own, as if on a device of its own."""

import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from chromium import CHROMIUM_FLAGS, chromium

FOLDER = Path(__file__).parent
LIMIT_MS = 20_000


class ClientPage:
    """A page with the functions of pairing_page.js."""

    def __init__(self, browser: Browser, page: Page) -> None:
        self.browser = browser
        self.page = page

    async def begin(self, **options: Any) -> None:
        await self.page.evaluate("(options) => begin(options)", options)

    async def code(self) -> str:
        return await self.told("code")

    async def told(self, what: str) -> Any:
        """A member of `told`, once it is there."""
        handle = await self.page.wait_for_function("(what) => told[what] && { it: told[what] }", arg=what)
        return (await handle.json_value())["it"]

    async def becomes(self, condition: str, limit: float = LIMIT_MS / 1000) -> None:
        try:
            await self.page.wait_for_function(condition, timeout=limit * 1000)
        except Exception as failure:
            raise AssertionError(f"{condition} did not come true: {await self.page.evaluate('told')}") from failure

    async def evaluate(self, script: str, argument: Any = None) -> Any:
        return await self.page.evaluate(script, argument)

    async def connected(self) -> None:
        await self.becomes("told.stages.includes('connected') || told.error")
        assert (error := await self.evaluate("told.error")) is None, error

    async def says(self, text: str) -> None:
        await self.evaluate("(text) => current.link.channel.send(text)", text)

    async def hears(self, text: str) -> None:
        await self.becomes(f"told.received.includes({text!r})")


@asynccontextmanager
async def client_pages(server: str, count: int = 2, flags: Sequence[str] = ()) -> AsyncIterator[list[ClientPage]]:
    """`flags` are for Chromium, besides those that it always needs."""
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        pages = []
        for name in "ABCD"[:count]:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=[*CHROMIUM_FLAGS, *flags], timeout=LIMIT_MS)
            stack.push_async_callback(browser.close)
            pages.append(ClientPage(browser, await _open(browser, server, name)))
        yield pages


async def _open(browser: Browser, server: str, name: str) -> Page:
    # The certificate of a server on https is made by the test.
    page = await browser.new_page(ignore_https_errors=True)
    page.set_default_timeout(LIMIT_MS)
    # pytest shows what is printed beside a failure, and a script is told less than the console why a request was refused.
    page.on("console", lambda message: print(f"{name}: {message.text}"))
    page.on("pageerror", lambda error: print(f"{name}: {error}"))
    # Any page of the server's will do, as long as it brings no policy against scripts of the test.
    await page.goto(f"{server}/healthz")
    await page.add_script_tag(content=(FOLDER / "pairing_page.js").read_text(), type="module")
    await page.wait_for_function("globalThis.begin !== undefined")
    return page


async def pair_up(a: ClientPage, b: ClientPage, **options: Any) -> str:
    """Connects two pages by a code, and says which it was."""
    await a.begin(**options)
    code = await a.code()
    await b.begin(code=code, **options)
    for page in (a, b):
        await page.connected()
    return code


async def assert_they_talk(a: ClientPage, b: ClientPage, what: str) -> None:
    for one, other in ((a, b), (b, a)):
        await one.says(what)
        await other.hears(what)


async def both_add_media(a: ClientPage, b: ClientPage) -> None:
    """At once, so that both make offers."""
    for page in (a, b):
        await page.evaluate("void current.link.peerConnection.addTransceiver('audio')")
    for page in (a, b):
        await page.becomes(
            "current.link.peerConnection.signalingState === 'stable'"
            " && current.link.peerConnection.getTransceivers().filter(({ currentDirection }) => currentDirection).length === 2"
        )


@asynccontextmanager
async def asleep(page: ClientPage) -> AsyncIterator[None]:
    """As systems suspend a page that nobody looks at."""
    session = await page.browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    renderers = [process["id"] for process in processes if process["type"] == "renderer"]
    try:
        for pid in renderers:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in renderers:
            os.kill(pid, signal.SIGCONT)
