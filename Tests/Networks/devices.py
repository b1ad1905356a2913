"""Devices of the networks: each with a Chromium of its own that sees its network and no other."""

import asyncio
import shlex
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, Playwright

from chromium import chromium
from namespaces import Namespace

LIMIT_MS = 30_000
PAIRINGS = Path(__file__).with_name("pairings.js")
# So many pages at a time, as those that pair already must not wait for the processor.
OPENING = asyncio.Semaphore(4)


class Device:
    """Its browser starts when it is needed first."""

    def __init__(self, namespace: Namespace, playwright: Playwright, stack: AsyncExitStack, folder: Path, flags: list[str]) -> None:
        self.name = namespace.name
        self._flags = flags
        self._namespace = namespace
        self._playwright = playwright
        self._stack = stack
        self._folder = folder
        self._profile: asyncio.Task[BrowserContext] | None = None
        self._pages: dict[str, asyncio.Task[Page]] = {}

    async def page(self, url: str, script: str = "") -> Page:
        """A new page; the script runs before those of the page."""
        async with OPENING:
            if self._profile is None:
                self._profile = asyncio.create_task(self._launch())
            page = await (await self._profile).new_page()
            page.set_default_timeout(LIMIT_MS)
            # pytest shows what is printed beside a failure.
            page.on("console", lambda message: print(f"{self.name}: {message.text}"))
            page.on("pageerror", lambda error: print(f"{self.name}: {error}"))
            await page.add_init_script(script)
            await page.goto(url)
            return page

    async def pairings(self, server: str) -> Page:
        """The page with the functions of pairings.js, from this server."""
        if server not in self._pages:
            self._pages[server] = asyncio.create_task(self._open_pairings(server))
        return await self._pages[server]

    async def _open_pairings(self, server: str) -> Page:
        # Any page of the server's will do, as long as it brings no policy against scripts of the test.
        page = await self.page(f"{server}/healthz")
        await page.add_script_tag(content=PAIRINGS.read_text(), type="module")
        await page.wait_for_function("globalThis.begin !== undefined")
        return page

    async def _launch(self) -> BrowserContext:
        # Playwright talks to the browser over pipes, which lead out of the namespace.
        program = self._folder / f"chromium-{self.name}"
        program.write_text(f'#!/bin/sh\nexec {shlex.join([*self._namespace.entrance, chromium()])} "$@"\n')
        program.chmod(0o755)
        # As people have it: local addresses are hidden behind .local names, which are looked up within one network.
        browser = await self._playwright.chromium.launch(executable_path=str(program), args=self._flags, timeout=LIMIT_MS)
        self._stack.push_async_callback(browser.close)
        # All pages of a device are tabs of one window, and nothing on them turns: both would take most of the time.
        return await browser.new_context(reduced_motion="reduce")


async def begin(device: Device, server: str, name: str, **options: Any) -> None:
    page = await device.pairings(server)
    await page.evaluate("([name, options]) => begin(name, options)", [name, {"base": server, **options}])


async def pair_up(
    a: Device, b: Device, server: str, name: str, of_a: dict[str, Any] | None = None, of_b: dict[str, Any] | None = None, **options: Any
) -> list[dict[str, Any]]:
    """Pairs by a code, and what came of it at A and at B: `route`, or `error`. Options may be those of one side alone."""
    await begin(a, server, name, **options, **(of_a or {}))
    page = await a.pairings(server)
    code = await page.evaluate("(name) => codeOf(name)", name)
    assert code, await outcome(a, server, name)
    await begin(b, server, name, code=code, **options, **(of_b or {}))
    return list(await asyncio.gather(outcome(a, server, name), outcome(b, server, name)))


async def outcome(device: Device, server: str, name: str) -> dict[str, Any]:
    page = await device.pairings(server)
    return await page.evaluate("(name) => pairings.get(name).outcome", name)


async def way(device: Device, server: str, name: str) -> str | None:
    """The way that bytes take now, direct or relayed."""
    page = await device.pairings(server)
    return await page.evaluate("(name) => wayOf(name)", name)
