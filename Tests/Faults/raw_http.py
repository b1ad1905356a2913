"""One HTTP request over a connection of its own, or several over one that is kept."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

WAIT = 15.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class HTTPConnection:
    @classmethod
    async def open(cls, port: int, limit: float = WAIT, local_address: str | None = None, **options: Any) -> "HTTPConnection":
        if local_address is not None:
            options["local_addr"] = (local_address, 0)
        return cls(*await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port, **options), limit))

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, method: str, path: str, body: dict[str, Any] | None = None, client: str | None = None) -> None:
        """`client`: the address that a trusted proxy would report."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n"
        head += "Content-Type: application/json\r\n" if body is not None else ""
        head += f"X-Forwarded-For: {client}\r\n" if client is not None else ""
        self._writer.write(head.encode() + b"\r\n" + content)

    async def answer(self, limit: float = WAIT) -> Answer:
        return await asyncio.wait_for(self._answer(), limit)

    async def request(
        self, method: str, path: str, body: dict[str, Any] | None = None, limit: float = WAIT, client: str | None = None
    ) -> Answer:
        self.send(method, path, body, client)
        return await self.answer(limit)

    async def _answer(self) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(status_line.split(" ")[1]), headers, body)

    async def is_closed(self, within: float) -> bool:
        """Whether the server ends the connection within this time, without a word."""
        try:
            return await asyncio.wait_for(self._reader.read(1), within) == b""
        except ConnectionError:
            return True
        except (asyncio.TimeoutError, TimeoutError):
            return False

    def close(self) -> None:
        self._writer.close()


async def request(
    port: int,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    limit: float = WAIT,
    client: str | None = None,
    **options: Any,
) -> Answer:
    connection = await HTTPConnection.open(port, limit, **options)
    try:
        return await connection.request(method, path, body, limit, client)
    finally:
        connection.close()


async def mint(port: int) -> dict[str, str]:
    answer = await request(port, "POST", "/rendezvous/code")
    assert answer.status == 200, answer
    return answer.json


async def redeem(port: int, code: str) -> Answer:
    return await request(port, "POST", "/rendezvous/redeem", {"code": code})
