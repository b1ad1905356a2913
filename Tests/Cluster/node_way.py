"""The way to an engine or to a node, which can be cut: in both directions or in one, so that it is refused or leads nowhere.

Give a node the address of one in place of the engine's (STORE), or the others the address of one in place of a node's (NODE_ADDRESS).
"""

import asyncio
import contextlib
import socket

from fault_proxy import RST, Conditions, FaultProxy
from ports import free_port

HELD = Conditions(is_held=True)


class NodeWay(FaultProxy):
    """Use it with `async with`. Its port is there before. `up` leads to the engine or the node, `down` back."""

    def __init__(self, target_port: int) -> None:
        super().__init__(target_port)
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> "NodeWay":
        await self._listen()
        return self

    async def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self._listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    def stall(self, *, up: bool = True, down: bool = True) -> None:
        """From now on nothing arrives in these directions, on connections to come neither: nobody is told."""
        self.be(HELD if up else Conditions(), HELD if down else Conditions())
        for link in self.links:
            if up:
                link.up.hold()
            if down:
                link.down.hold()

    async def refuse(self) -> None:
        """All connections are reset, and further ones refused."""
        self._accepting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._accepting
        self._listener.close()
        self.reset()

    def reset(self) -> None:
        for link in self.links:
            link.end(RST)

    async def heal(self) -> None:
        """As it was. What was under way arrives now, as TCP sends it again."""
        self.be(Conditions(), Conditions())
        for link in self.links:
            link.release()
        if self._accepting.done():
            await self._listen()
