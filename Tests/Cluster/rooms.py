"""Which node the connections of a room reach."""

import asyncio
import uuid
from collections.abc import Iterable, Sequence

from ws_client import WebSocket

# Handshakes at a time.
AT_ONCE = 16


def random_rooms(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


async def node_of(socket: WebSocket) -> str:
    """A fake node says first which one it is."""
    return (await socket.next()).json["node"]


async def reached(port: int, room: str, side: str) -> str:
    socket = await WebSocket.connect(port, room, side, token="a-token")
    try:
        return await node_of(socket)
    finally:
        socket.transport.abort()


async def places(port: int, rooms: Iterable[str], sides: Sequence[str] = "A") -> dict[str, str]:
    """The node that each room's connections reach, which must be the same one for all sides that connect."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def place(room: str) -> tuple[str, str]:
        async with turn:
            nodes = {await reached(port, room, side) for side in sides}
        assert len(nodes) == 1, f"the sides of room {room} reached {sorted(nodes)}"
        return room, nodes.pop()

    return dict(await asyncio.gather(*(place(room) for room in rooms)))
