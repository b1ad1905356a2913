"""A page in headless Chromium that browser/peer.js is loaded into, served from an origin that is not the server's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from playwright.async_api import Page, async_playwright

from chromium import CHROMIUM_FLAGS, chromium

PAGE_FOLDER = Path(__file__).parent / "browser"
LIMIT_MS = 20_000


@asynccontextmanager
async def browser_page() -> AsyncIterator[Page]:
    """A page with `Peer`, `createCode` and `redeemCode` in its global scope."""
    async with _served_folder(PAGE_FOLDER) as origin, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS, timeout=LIMIT_MS)
        try:
            page = await browser.new_page()
            page.set_default_timeout(LIMIT_MS)
            # pytest shows what is printed beside a failure, and a script is told less than the console why a request was refused.
            page.on("console", lambda message: print(f"chromium: {message.text}"))
            page.on("pageerror", lambda error: print(f"chromium: {error}"))
            await page.goto(f"{origin}/index.html")
            await page.wait_for_function("globalThis.Peer !== undefined")
            yield page
        finally:
            await browser.close()


@asynccontextmanager
async def _served_folder(folder: Path) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_static("/", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
