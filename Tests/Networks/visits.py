"""Somebody at the demo page on a device, and what they read there. Ids are those of Web/demo/index.html."""

import asyncio
import json
from typing import Any

from playwright.async_api import Page

from devices import Device

# Where an attempt ends, well or badly.
END = """
() => ["connected", "ended"].find((name) => !document.getElementById(`screen-${name}`).hidden)
"""
READ = """
() => Object.fromEntries(["ended-title", "ended-advice"].map((id) => [id, document.getElementById(id).innerText]))
"""


class Visit:
    def __init__(self, page: Page) -> None:
        self.page = page
        # What the server has said about the pairing, in its own frames.
        self.diagnoses: list[dict[str, Any]] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))

    def _frame(self, payload: str | bytes) -> None:
        frame = json.loads(payload)
        if frame["type"] == "diagnosis":
            self.diagnoses.append(frame)

    async def create_code(self) -> str:
        await self.page.click("#join")
        await self.page.wait_for_selector("#screen-code", state="visible")
        return await self.page.text_content("#code-value")

    async def enter(self, code: str) -> None:
        await self.page.fill("#code-input", code)
        await self.page.click("#join")

    async def looks_for_a_way(self) -> None:
        await self.page.wait_for_selector("#connecting-text:has-text('Looking for a way')", state="visible")

    async def outcome(self, limit: float = 90) -> dict[str, Any]:
        """What the page says once the attempt is over: the screen it is at, and its words."""
        screen = await self.page.wait_for_function(END, timeout=limit * 1000)
        return {"screen": await screen.json_value(), **await self.page.evaluate(READ)}

    async def way(self) -> str | None:
        """Direct or relayed, as the line of the connection has it now."""
        return await self.page.get_attribute("#connection-toggle", "data-route")

    async def say(self, text: str) -> None:
        await self.page.fill("#chat-input", text)
        await self.page.click("#chat-send")

    async def hears(self, text: str) -> None:
        await self.page.wait_for_selector(f"#chat-messages li.theirs .words:has-text('{text}')")

    async def leave(self) -> None:
        await self.page.close()


async def visit(device: Device, server: str, script: str = "") -> Visit:
    there = Visit(await device.page(f"{server}/", script))
    await there.page.wait_for_selector("#screen-start", state="visible")
    return there


async def meet(a: Device, b: Device, server: str, script_of_b: str = "") -> list[Visit]:
    """Two people, of whom one enters the code of the other. A script runs before those of the page."""
    visits = list(await asyncio.gather(visit(a, server), visit(b, server, script_of_b)))
    await visits[1].enter(await visits[0].create_code())
    return visits
