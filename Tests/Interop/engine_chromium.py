"""Chromium's WebRTC connection, driven over lines as engine_lines.py has them: the library that apps on Apple systems and Android have, too."""

import asyncio
import base64
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from chromium import CHROMIUM_FLAGS, chromium
from engine_lines import Inbox, serve, tell

PAGE = Path(__file__).parent / "browser/engine.js"
LIMIT_MS = 20_000


class ChromiumConnection:
    def __init__(self, page: Page, inbox: Inbox) -> None:
        self._page = page
        self._inbox = inbox

    async def begin(self) -> None:
        await self._page.expose_function("tell", self._tell)
        await self._page.add_script_tag(content=PAGE.read_text())

    def _tell(self, event: str, members: dict[str, Any]) -> None:
        match event:
            case "message":
                if not self._inbox.put(base64.b64decode(members["data"])):
                    asyncio.ensure_future(self._call("end"))
                return
            case "channelClosed":
                self._inbox.close()
        tell(event, **members)

    async def _call(self, name: str, *arguments: Any) -> Any:
        return await self._page.evaluate("([name, values]) => engine[name](...values)", [name, list(arguments)])

    async def configure(self, servers: list[dict[str, Any]]) -> None:
        await self._call("configure", servers)

    async def offer(self) -> str:
        return await self._call("offer")

    async def answer(self) -> str:
        return await self._call("answer")

    async def local(self) -> str | None:
        return await self._call("local")

    async def apply(self, kind: str, sdp: str) -> None:
        await self._call("apply", kind, sdp)

    async def add(self, candidate: dict[str, Any] | None) -> None:
        await self._call("add", candidate)

    async def restart(self) -> None:
        await self._call("restart")

    async def servers(self, servers: list[dict[str, Any]]) -> None:
        await self._call("servers", servers)

    async def statistics(self) -> dict[str, Any]:
        return await self._call("statistics")

    async def send(self, data: bytes) -> None:
        await self._call("send", base64.b64encode(data).decode())

    async def close(self) -> None:
        await self._call("close")
        self._inbox.close()


async def main() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS, timeout=LIMIT_MS)
        page = await browser.new_page()
        page.set_default_timeout(LIMIT_MS)
        inbox = Inbox()
        connection = ChromiumConnection(page, inbox)
        await connection.begin()
        await serve(connection, inbox)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
