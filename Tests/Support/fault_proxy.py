"""A TCP proxy that is a bad network: it delays, throttles, chops, holds, and ends connections in every way there is.

Between client and server lie two sockets, each with a kernel's buffers, so what one end is told says nothing of the other. That is what
makes half-open connections: while a link is held, neither end learns of anything that happens to the other.
"""

import asyncio
import random
import socket
import struct
from dataclasses import dataclass

from waiting import eventually

READ_SIZE = 16 * 1024
QUEUE_PIECES = 256
FIN, RST = "fin", "rst"


@dataclass(frozen=True)
class Conditions:
    """What happens to bytes of one direction. Times are in seconds."""

    delay: float = 0
    jitter: float = 0
    bytes_per_second: float | None = None
    # Every write is cut into segments of 1 to this many bytes, each sent by itself.
    segment: int | None = None
    # The chance of a segment to be lost and sent again after `retransmission`; what follows it waits, as TCP keeps the order.
    loss: float = 0
    retransmission: float = 0.2
    # Nothing arrives, until it is released.
    is_held: bool = False


class Pipe:
    """One direction of a link."""

    def __init__(self, link: "Link", source: socket.socket, target: socket.socket, conditions: Conditions, rng: random.Random) -> None:
        self.conditions = conditions
        self.forwarded = 0
        self._link = link
        self._source = source
        self._target = target
        self._rng = rng
        self._due = 0.0
        # A piece is due at a time; None stands for FIN, an exception for a reset.
        self._queue: asyncio.Queue[tuple[float, bytes | None | OSError]] = asyncio.Queue(QUEUE_PIECES)
        self._flowing = asyncio.Event()
        if not conditions.is_held:
            self._flowing.set()
        self._cut_at: int | None = None
        self._cut_how = RST

    def hold(self) -> None:
        """From now on nothing arrives: no byte, no FIN, no RST. The sender can go on until buffers are full."""
        self._flowing.clear()

    def release(self) -> None:
        self._flowing.set()

    def cut_after(self, size: int, how: str = RST) -> None:
        """Ends the whole link once this many more bytes have gone through: most likely within a frame."""
        self._cut_at, self._cut_how = self.forwarded + size, how

    def finish(self) -> None:
        """FIN in this direction; the other goes on."""
        self._target.shutdown(socket.SHUT_WR)

    async def run(self) -> None:
        reading = asyncio.create_task(self._read())
        try:
            await self._write()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                data = await loop.sock_recv(self._source, READ_SIZE)
            except OSError as error:
                return await self._queue.put((loop.time(), error))
            if not data:
                return await self._queue.put((loop.time() + self.conditions.delay, None))
            for piece in self._pieces(data):
                conditions = self.conditions
                due = loop.time() + conditions.delay + self._rng.uniform(0, conditions.jitter)
                if self._rng.random() < conditions.loss:
                    due += conditions.retransmission
                if conditions.bytes_per_second:
                    due = max(due, self._due + len(piece) / conditions.bytes_per_second)
                self._due = max(due, self._due)
                await self._queue.put((self._due, piece))

    def _pieces(self, data: bytes) -> list[bytes]:
        if not self.conditions.segment:
            return [data]
        pieces, start = [], 0
        while start < len(data):
            end = start + self._rng.randint(1, self.conditions.segment)
            pieces.append(data[start:end])
            start = end
        return pieces

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, piece = await self._queue.get()
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            await self._flowing.wait()
            if piece is None:
                return self.finish()
            if isinstance(piece, OSError):
                return self._link.end(RST)
            if self._cut_at is not None and self.forwarded + len(piece) >= self._cut_at:
                piece = piece[: self._cut_at - self.forwarded]
                await loop.sock_sendall(self._target, piece)
                self.forwarded += len(piece)
                return self._link.end(self._cut_how)
            await loop.sock_sendall(self._target, piece)
            self.forwarded += len(piece)


class Link:
    """One client's way to the server: `up` leads to the server, `down` back."""

    def __init__(self, client: socket.socket, server: socket.socket, proxy: "FaultProxy") -> None:
        self.up = Pipe(self, client, server, proxy.up, random.Random(proxy.rng.random()))
        self.down = Pipe(self, server, client, proxy.down, random.Random(proxy.rng.random()))
        self._client = client
        self._server = server
        self._ending: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hold(self) -> None:
        self.up.hold()
        self.down.hold()

    def release(self) -> None:
        self.up.release()
        self.down.release()

    def end(self, how: str) -> None:
        """Ends both sides with FIN or RST at once; what is under way is lost."""
        if not self._ending.done():
            self._ending.set_result(how)

    async def run(self) -> None:
        pipes = [asyncio.create_task(self.up.run()), asyncio.create_task(self.down.run())]
        through = asyncio.gather(*pipes, return_exceptions=True)
        try:
            await asyncio.wait({through, self._ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)
            failed = any(not pipe.cancelled() and pipe.exception() for pipe in pipes)
            # A write that failed means that an end is gone, and the other is told in the same way.
            how = self._ending.result() if self._ending.done() else RST if failed else FIN
            for end in (self._client, self._server):
                close(end, how)


class FaultProxy:
    """Listens on `port` of loopback and passes on to the server's. Use it with `async with`."""

    def __init__(self, server_port: int, up: Conditions = Conditions(), down: Conditions = Conditions(), seed: int = 1) -> None:
        self.up = up
        self.down = down
        self.rng = random.Random(seed)
        self._server_port = server_port
        self._links: dict[int, Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "FaultProxy":
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in (self._accepting, *self._tasks):
            task.cancel()
        await asyncio.gather(self._accepting, *self._tasks, return_exceptions=True)
        self._listener.close()

    def be(self, up: Conditions, down: Conditions) -> None:
        """New conditions, for links to come; those that exist keep theirs."""
        self.up, self.down = up, down

    @property
    def links(self) -> list[Link]:
        return list(self._links.values())

    async def link(self, client_port: int) -> Link:
        """The link of the client whose socket has this port."""
        return await eventually(lambda: self._links.get(client_port), f"a link from port {client_port}")

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, address = await loop.sock_accept(self._listener)
            task = asyncio.create_task(self._serve(client, address[1]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: socket.socket, client_port: int) -> None:
        server = socket.socket()
        server.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(server, ("127.0.0.1", self._server_port))
            for end in (client, server):
                # Or the kernel would join the small segments again.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link(client, server, self)
        except BaseException as error:
            close(client, RST)
            close(server, RST)
            if isinstance(error, OSError):
                return
            raise
        self._links[client_port] = link
        try:
            await link.run()
        finally:
            if self._links.get(client_port) is link:
                del self._links[client_port]


def close(end: socket.socket, how: str) -> None:
    if how == RST:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
