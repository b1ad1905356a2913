"""What a load balancer sees of a node: WebSockets that say which node they reached, requests, and whether it takes clients."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

from ports import free_port

MESSAGE_LIMIT = 2 << 20


@dataclass(frozen=True)
class Seen:
    """A request as it arrived, but for those of health checks."""

    method: str
    target: str
    headers: dict[str, list[str]]


class FakeNode:
    """Keeps its port when it refuses connections for a while."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = free_port()
        self.seen: list[Seen] = []
        # Of WebSockets that have ended, in that order.
        self.close_codes: list[int | None] = []
        self.is_ready = True
        # Whether it takes requests and then ends the connection without a response, as a process does that is killed.
        self.breaks_off = False
        self._runner = web.ServerRunner(web.Server(self._respond, access_log=None), shutdown_timeout=0.1)

    async def start(self) -> None:
        """Begins to accept connections."""
        if self._runner.server is None:
            await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True, backlog=512)
        await self._site.start()

    async def refuse(self) -> None:
        """Accepts nobody any more, as a node that drains; the connections that it has stay."""
        await self._site.stop()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/readyz":
            return web.Response(status=200 if self.is_ready else 503)
        headers = {name: request.headers.getall(name) for name in request.headers}
        self.seen.append(Seen(request.method, request.path_qs, headers))
        if self.breaks_off:
            assert request.transport
            request.transport.abort()
            raise ConnectionResetError
        if request.path != "/ws":
            return web.json_response({"node": self.name, "body": await request.text()})
        socket = web.WebSocketResponse(max_msg_size=MESSAGE_LIMIT, timeout=1)
        await socket.prepare(request)
        await socket.send_str(json.dumps({"node": self.name}))
        async for message in socket:
            await self._answer(socket, message.type, message.data)
        self.close_codes.append(socket.close_code)
        return socket

    @staticmethod
    async def _answer(socket: web.WebSocketResponse, kind: WSMsgType, data: Any) -> None:
        """Echoes, or closes with the code that it is told."""
        if kind is WSMsgType.TEXT and data.startswith("close "):
            await socket.close(code=int(data.removeprefix("close ")), message=b"as told")
        elif kind is WSMsgType.TEXT:
            await socket.send_str(data)
        elif kind is WSMsgType.BINARY:
            await socket.send_bytes(data)


@contextlib.asynccontextmanager
async def fake_nodes(count: int = 3) -> AsyncIterator[list[FakeNode]]:
    nodes = [FakeNode(f"node{number}") for number in range(1, count + 1)]
    try:
        for node in nodes:
            await node.start()
        yield nodes
    finally:
        await asyncio.gather(*(node.stop() for node in nodes))
