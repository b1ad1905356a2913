"""A server that cannot be trusted: it stands before the real one, hears all that is said, and does with each side's frames what a test has
it do."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any

from aiohttp import ClientSession, ClientTimeout, WSMsgType, web

LIMIT = 15.0
# What is about a connection, and not about what goes over it.
HOP_HEADERS = {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade"}
RELAYED = ("offer", "answer", "ice", "sender_ready")

Frame = dict[str, Any]


def unchanged(frame: Frame, side: str) -> list[Frame]:
    return [frame]


class AlteringRelay:
    """`alter(frame, side)` returns what the other side gets of a frame that a side has sent. Use it with `async with`."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.alter: Callable[[Frame, str], list[Frame]] = unchanged
        # All that a side has said, to anybody.
        self.requests: list[str] = []
        self.frames: list[tuple[str, Frame]] = []
        # How many WebSockets each side has opened.
        self.connections: Counter[str] = Counter()
        # Members that the answers to a path's requests have besides their own.
        self.added: dict[str, dict[str, Any]] = {}
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._transports: dict[str, asyncio.BaseTransport] = {}

    async def __aenter__(self) -> "AlteringRelay":
        self._client = ClientSession(timeout=ClientTimeout(total=None, connect=LIMIT))
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._runner.cleanup()
        await self._client.close()

    async def say(self, side: str, frame: Frame) -> None:
        """To a side, in the name of the other one."""
        await self._sockets[side].send_str(json.dumps(frame))

    def break_connection(self, side: str) -> None:
        """Without a close frame. What was on its way is lost."""
        self._transports[side].abort()

    def sent(self, side: str, type: str) -> list[Frame]:
        return [frame for sender, frame in self.frames if sender == side and frame["type"] == type]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append(f"{request.method} {request.path_qs} {dict(request.headers)} {body.decode()}")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._pass_frames(request)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_HEADERS}
        async with self._client.request(request.method, f"{self._server}{request.path_qs}", data=body, headers=headers) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_HEADERS}
            body = await answer.read()
            if members := self.added.get(request.path):
                body = json.dumps({**json.loads(body), **members}).encode()
            return web.Response(status=answer.status, body=body, headers=kept)

    async def _pass_frames(self, request: web.Request) -> web.WebSocketResponse:
        side = request.query["side"]
        ours = web.WebSocketResponse()
        await ours.prepare(request)
        self._sockets[side] = ours
        self._transports[side] = request.transport
        self.connections[side] += 1
        async with self._client.ws_connect(f"{self._server}{request.path_qs}") as theirs:
            both = [asyncio.create_task(self._up(side, ours, theirs)), asyncio.create_task(self._down(theirs, ours))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        await ours.close()
        return ours

    async def _up(self, side: str, ours: Any, theirs: Any) -> None:
        async for message in ours:
            if message.type != WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            self.frames.append((side, frame))
            for altered in self.alter(frame, side) if frame["type"] in RELAYED else [frame]:
                await theirs.send_str(json.dumps(altered))

    async def _down(self, theirs: Any, ours: Any) -> None:
        async for message in theirs:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await ours.send_str(message.data if message.type == WSMsgType.TEXT else message.data.decode())
