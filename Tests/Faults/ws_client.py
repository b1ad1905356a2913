"""A WebSocket client without a library: it keeps account of every message, and can behave as badly as a test wants."""

import asyncio
import base64
import hashlib
import json
import os
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ws_frames import BINARY, CLOSE, PING, PONG, TEXT, ServerFrames, ServerMisbehaved, client_frame

WAIT = 15.0
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
UNKNOWN_TYPE = b'{"type":"error","code":"unknown_type"'


@dataclass(frozen=True)
class Message:
    opcode: int
    payload: bytes

    @cached_property
    def json(self) -> dict[str, Any]:
        return json.loads(self.payload)

    @property
    def type(self) -> str:
        return self.json["type"].lower()


@dataclass
class Refused(Exception):
    """The server answered the upgrade with something else."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


class NotSettled(AssertionError):
    """The connection ended, or time did, before the server had handled everything."""


class WebSocket(asyncio.Protocol):
    """`received` holds every text and binary message that came; `next` goes through them one by one."""

    @classmethod
    async def connect(
        cls,
        port: int,
        room: str,
        side: str,
        sid: str | None = None,
        *,
        token: str | None = None,
        on_message: Callable[["WebSocket", Message], None] | None = None,
        receive_buffer: int | None = None,
        send_buffer: int | None = None,
        local_address: str | None = None,
        client: str | None = None,
        behind: bytes = b"",
        tls: ssl.SSLContext | None = None,
        limit: float = WAIT,
    ) -> "WebSocket":
        """`client`: the address that a trusted proxy would report. `behind`: bytes that go out with the request."""
        loop = asyncio.get_running_loop()
        raw = socket.socket()
        raw.setblocking(False)
        # asyncio sees to it for sockets of its own alone.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Before connecting: a window once offered is not taken back.
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if send_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        if local_address:
            raw.bind((local_address, 0))
        self = cls(on_message)
        try:
            await asyncio.wait_for(loop.sock_connect(raw, ("127.0.0.1", port)), limit)
            await loop.create_connection(lambda: self, sock=raw, ssl=tls, server_hostname="127.0.0.1" if tls else None)
        except BaseException:
            raw.close()
            raise
        query = f"appID={room}&side={side}" + ("" if sid is None else f"&sid={sid}") + ("" if token is None else f"&token={token}")
        request = f"GET /ws?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        request += "" if client is None else f"X-Forwarded-For: {client}\r\n"
        request += f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {self._key.decode()}\r\n\r\n"
        self.transport.write(request.encode() + behind)
        try:
            await asyncio.wait_for(asyncio.shield(self.opened), limit)
        except BaseException:
            self.transport.abort()
            raise
        return self

    def __init__(self, on_message: Callable[["WebSocket", Message], None] | None) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.received: list[Message] = []
        self.sent: list[Message] = []
        self.pings = 0
        self.answers_pings = True
        self.missing_pongs = 0
        self._usual_ping = b""
        self.close_code: int | None = None
        self.close_reason = ""
        self.failure: BaseException | None = None
        self.on_message = on_message
        self._key = base64.b64encode(os.urandom(16))
        self._head: bytearray | None = bytearray()
        self._frames = ServerFrames()
        self._read = 0
        self._arrival: asyncio.Future[None] | None = None
        self._settled: asyncio.Future[None] | None = None
        self._pongs: dict[bytes, asyncio.Future[None]] = {}
        self._has_sent_close = False
        self._may_write = asyncio.Event()
        self._may_write.set()

    # What to send

    def send(self, payload: bytes | dict[str, Any], opcode: int = TEXT) -> None:
        message = Message(opcode, payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        self.sent.append(message)
        self.transport.write(client_frame(opcode, message.payload))

    def send_raw(self, data: bytes) -> None:
        """Bytes that are no whole frame, or not a good one; they are in no account."""
        self.transport.write(data)

    async def drain(self, limit: float = WAIT) -> None:
        await asyncio.wait_for(self._may_write.wait(), limit)

    @property
    def unsent(self) -> int:
        """Bytes that the socket has not taken."""
        return self.transport.get_write_buffer_size()

    async def settle(self, limit: float = WAIT) -> None:
        """Returns once the server has handled everything sent so far: it answers a type that it does not know, in its turn."""
        self._settled = asyncio.get_running_loop().create_future()
        self.transport.write(client_frame(TEXT, b'{"type":"settle"}'))
        done, _ = await asyncio.wait({self._settled, self.ended}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if self._settled not in done:
            raise NotSettled(f"close {self.close_code}, {self.failure!r}" if done else f"no answer within {limit:.0f} s")

    async def ping(self, limit: float = WAIT) -> None:
        """Returns once the server has read everything sent so far, which may be half a message, or has ended the connection."""
        payload = os.urandom(8)
        answered = self._pongs[payload] = asyncio.get_running_loop().create_future()
        self.transport.write(client_frame(PING, payload))
        done, _ = await asyncio.wait({answered, self.ended}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        assert done, f"no pong within {limit:.0f} s"

    def send_pings(self, count: int, payload: bytes) -> None:
        """All alike, and without waiting: `missing_pongs` goes down as they are answered."""
        self.missing_pongs, self._usual_ping = count, payload
        self.transport.write(client_frame(PING, payload) * count)

    async def close(self, code: int = 1000, limit: float = WAIT) -> int | None:
        """A close handshake from this side: the code that came back."""
        if not self._has_sent_close:
            self._has_sent_close = True
            self.transport.write(client_frame(CLOSE, struct.pack("!H", code)))
        await self.end(limit)
        return self.close_code

    def reset(self) -> None:
        """Ends the connection with an RST in place of a FIN; what was queued is thrown away."""
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    # What came

    async def next(self, limit: float = WAIT) -> Message:
        while self._read == len(self.received):
            await self._wait(limit)
        self._read += 1
        return self.received[self._read - 1]

    async def expect(self, *types: str, limit: float = WAIT) -> Message:
        """The next messages must be of these types; the last one."""
        for expected in types:
            message = await self.next(limit)
            assert message.type == expected, f"{expected} was to come, but it was {message.payload[:200]!r}"
        return message

    async def until(self, type: str, limit: float = WAIT) -> Message:
        """Reads on to the next message of that type."""
        deadline = asyncio.get_running_loop().time() + limit
        while True:
            message = await self.next(deadline - asyncio.get_running_loop().time())
            if message.type == type:
                return message

    async def end(self, limit: float = WAIT) -> None:
        """Waits for the connection's end; raises what went wrong with the protocol, if anything did."""
        await asyncio.wait_for(asyncio.shield(self.ended), limit)
        if isinstance(self.failure, ServerMisbehaved):
            raise self.failure

    @property
    def is_open(self) -> bool:
        return not self.ended.done()

    @property
    def unread(self) -> list[Message]:
        return self.received[self._read :]

    @property
    def local_port(self) -> int:
        return self.transport.get_extra_info("sockname")[1]

    async def _wait(self, limit: float) -> None:
        if self.ended.done():
            raise AssertionError(f"the connection ended (close {self.close_code}, {self.failure!r}) and what was to come did not")
        if self._arrival is None or self._arrival.done():
            self._arrival = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(asyncio.shield(self._arrival), limit)
        except (asyncio.TimeoutError, TimeoutError):
            last = self.received[-1].payload[:200] if self.received else None
            raise AssertionError(f"nothing came within {limit:.1f} s; the last of {len(self.received)} messages was {last!r}") from None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def data_received(self, data: bytes) -> None:
        try:
            if self._head is not None:
                data = self._receive_head(data)
            for opcode, payload in self._frames.feed(data):
                self._receive(opcode, payload)
        except ServerMisbehaved as error:
            self.failure = error
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.failure = self.failure or error
        if not self.opened.done():
            self.opened.set_exception(self.failure or ConnectionResetError("closed before the upgrade was answered"))
            # Whoever gave up waiting has no use for it, and asyncio would complain of an exception that nobody took.
            self.opened.exception()
        self.ended.set_result(None)
        self._may_write.set()
        self._wake()

    def _receive_head(self, data: bytes) -> bytes:
        self._head += data
        head, separator, rest = bytes(self._head).partition(b"\r\n\r\n")
        if not separator:
            return b""
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(status_line.split(" ")[1])
        if status != 101:
            if len(rest) < int(headers.get("content-length", 0)):
                return b""
            self._head = None
            self.opened.set_exception(Refused(status, headers, rest))
            self.transport.close()
            return b""
        accept = base64.b64encode(hashlib.sha1(self._key + GUID).digest()).decode()
        if headers.get("sec-websocket-accept") != accept or "sec-websocket-extensions" in headers:
            raise ServerMisbehaved(f"a bad handshake: {head!r}")
        self._head = None
        self.opened.set_result(None)
        return rest

    def _receive(self, opcode: int, payload: bytes) -> None:
        if opcode in (TEXT, BINARY):
            if self._settled is not None and not self._settled.done() and payload.startswith(UNKNOWN_TYPE):
                self._settled.set_result(None)
                return
            message = Message(opcode, payload)
            self.received.append(message)
            if self.on_message:
                self.on_message(self, message)
            self._wake()
        elif opcode == PING:
            self.pings += 1
            if self.answers_pings:
                self.transport.write(client_frame(PONG, payload))
        elif opcode == PONG and self.missing_pongs and payload == self._usual_ping:
            self.missing_pongs -= 1
        elif opcode == PONG:
            if payload not in self._pongs:
                raise ServerMisbehaved(f"a pong that no ping asked for: {payload!r}")
            self._pongs.pop(payload).set_result(None)
        elif opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else 1005
            self.close_reason = payload[2:].decode()
            if not self._has_sent_close:
                self._has_sent_close = True
                self.transport.write(client_frame(CLOSE, payload[:2]))

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)
