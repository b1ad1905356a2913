"""WebSocket frames by hand: a client's, masked, and a server's, held to RFC 6455 and to what the server promises beyond it."""

import os
import struct
from collections.abc import Iterator

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class ServerMisbehaved(AssertionError):
    """The server sent what no server may send, or what this one says it does not."""


def client_frame(opcode: int, payload: bytes, final: bool = True) -> bytes:
    size, first = len(payload), opcode | (0x80 if final else 0)
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    key = os.urandom(4)
    return head + key + _masked(payload, key)


def _masked(payload: bytes, key: bytes) -> bytes:
    # As one long number: a loop over bytes would make megabytes take seconds.
    size = len(payload)
    mask = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(mask, "little")).to_bytes(size, "little")


class ServerFrames:
    """Bytes in, whole frames out."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._is_closed = False

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        if self._is_closed and data:
            raise ServerMisbehaved(f"bytes after the close frame: {data[:80]!r}")
        self._bytes += data
        while (frame := self._take()) is not None:
            yield frame

    @property
    def is_between_frames(self) -> bool:
        return not self._bytes

    def _take(self) -> tuple[int, bytes] | None:
        buffer = self._bytes
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        # The server joins fragments before it relays, and makes none of its own.
        if first & 0xF0 != 0x80:
            raise ServerMisbehaved(f"not a final frame without reserved bits: {bytes(buffer[:16]).hex(' ')}")
        if second & 0x80:
            raise ServerMisbehaved("the server masked a frame")
        opcode, size, start = first & 0xF, second, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start], "big")
            if size < 126 or (start == 10 and size < 1 << 16) or size >> 63:
                raise ServerMisbehaved(f"a length of {size} is not minimally encoded")
        if opcode not in (TEXT, BINARY, CLOSE, PING, PONG):
            raise ServerMisbehaved(f"opcode {opcode}")
        if opcode >= CLOSE and size > 125:
            raise ServerMisbehaved(f"a control frame of {size} bytes")
        if len(buffer) < start + size:
            return None
        payload = bytes(buffer[start : start + size])
        del buffer[: start + size]
        if opcode == TEXT:
            _check_text(payload)
        if opcode == CLOSE:
            _check_close(payload)
            self._is_closed = True
            if buffer:
                raise ServerMisbehaved(f"bytes after the close frame: {bytes(buffer[:80])!r}")
        return opcode, payload


def _check_text(payload: bytes) -> None:
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise ServerMisbehaved(f"text that is not UTF-8: {payload[:80]!r}") from error


def _check_close(payload: bytes) -> None:
    if len(payload) == 1:
        raise ServerMisbehaved("a close frame with half a code")
    _check_text(payload[2:])
