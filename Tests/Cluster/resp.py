"""One command to an engine, over a connection of its own. Without a library: what the tests say to an engine is little."""

import asyncio
from typing import Any

WAIT = 5.0


class EngineRefused(Exception):
    """An error that the engine replied."""


async def command(port: int, *words: str | int, limit: float = WAIT) -> Any:
    return (await commands(port, list(words), limit=limit))[0]


async def commands(port: int, *several: list[str | int], limit: float = WAIT) -> list[Any]:
    """One after the other over one connection, as after AUTH; an error among the replies is raised."""
    return await asyncio.wait_for(_commands(port, several), limit)


async def _commands(port: int, several: tuple[list[str | int], ...]) -> list[Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for words in several:
            encoded = [str(word).encode() for word in words]
            writer.write(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
        return [await _reply(reader) for _ in several]
    finally:
        writer.close()


async def _reply(reader: asyncio.StreamReader) -> Any:
    line = (await reader.readuntil(b"\r\n"))[:-2].decode()
    kind, rest = line[0], line[1:]
    match kind:
        case "+":
            return rest
        case "-":
            raise EngineRefused(rest)
        case ":":
            return int(rest)
        case "$" if rest == "-1":
            return None
        case "$":
            return (await reader.readexactly(int(rest) + 2))[:-2].decode(errors="replace")
        case "*":
            return None if rest == "-1" else [await _reply(reader) for _ in range(int(rest))]
    raise AssertionError(f"not a reply: {line!r}")
