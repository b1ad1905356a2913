"""One greedy client beside a hundred honest ones, for the memory that messages take: stored, unfinished, and on their way out."""

import asyncio
from collections.abc import Callable

from fair_shares import GREEDY, HONEST, NO_PROXIES, free_of_limits, others_are_served, refusals
from honest_work import Source
from pairing import item, new_room
from process_figures import LINUX_ONLY, unread_bytes
from server_process import ServerProcess
from waiting import eventually, metrics, no_longer_changing
from ws_client import WebSocket
from ws_frames import TEXT, client_frame

pytestmark = LINUX_ONLY

MEBIBYTE = 1 << 20
# What the server counts for a stored message besides its payload.
OVERHEAD = 160


async def test_stored_bytes(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """The greedy client fills the mailboxes of its rooms until it is refused, and loses nothing of what was taken."""
    server = start_server(STORED_BYTES_MAX=str(MEBIBYTE), **NO_PROXIES)
    size = 4_000
    rooms: list[str] = []
    socket: WebSocket | None = None
    stored = 0

    async def store_one() -> bool:
        nonlocal socket, stored
        # Of too many refusals a minute a connection is closed, so the client comes with another.
        if socket is None or len(socket.received) > 100:
            rooms.append(new_room())
            socket = await GREEDY.web_socket(server.port, rooms[-1], "A")
        socket.send(item("B", "x" * (size - 2)))
        refused = len(socket.received)
        await socket.settle()
        if len(socket.received) == refused:
            stored += 1
            return True
        assert socket.received[-1].json["code"] == "mailbox_full"
        return False

    async def step() -> None:
        assert not await store_one()

    while await store_one():
        pass
    assert stored == free_of_limits(MEBIBYTE) // (size + OVERHEAD)
    what = f"{stored} items of {size} bytes in {MEBIBYTE} bytes stored"
    await others_are_served(server, "stored_bytes", step, figures, what, at_once=1)
    b = await GREEDY.web_socket(server.port, rooms[0], "B")
    await b.expect("room_full")
    b.send({"type": "hello"})
    for _ in range(stored):
        await b.expect("send")
    b.send({"type": "delivered", "upTo": stored})
    await b.settle()
    # With that it has space again.
    assert await store_one()
    assert (await metrics(server.url)).total("nt_mailbox_messages") == 1
    for end in (socket, b):
        assert await end.close() == 1000


async def test_unfinished_bytes(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """The honest ones' frames come in halves, and the half that has come is never given up for the greedy client's."""
    server = start_server(STORED_BYTES_MAX=str(MEBIBYTE), **NO_PROXIES)
    begun = b'{"type":"offer","pad":"' + b"x" * 60_000
    sockets: list[WebSocket] = []

    async def hold_one() -> None:
        socket = await GREEDY.web_socket(server.port, new_room(), "A")
        sockets.append(socket)
        socket.send_raw(client_frame(TEXT, begun, final=False))
        await socket.ping()

    async def step() -> None:
        before = closed()
        await hold_one()
        await eventually(lambda: closed() > before, "an unfinished message given up")

    def closed() -> int:
        return sum(not socket.is_open for socket in sockets)

    for _ in range(free_of_limits(MEBIBYTE) // len(begun)):
        await hold_one()
    held = len(sockets)
    assert closed() == await refusals(server, "unfinished_bytes") == 0
    what = f"{held} messages of {len(begun)} bytes held unfinished in {MEBIBYTE} bytes"
    await others_are_served(server, "unfinished_bytes", step, figures, what, at_once=1)
    assert {(socket.close_code, socket.close_reason) for socket in sockets if not socket.is_open} == {(1013, "server full")}
    assert len(sockets) - closed() == held
    for socket in sockets:
        socket.transport.abort()


async def test_output_bytes(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """Five of the honest ones read slowly, and get all there is for them: the ones that are closed are the greedy client's."""
    bound = 4 * MEBIBYTE
    server = start_server(STORED_BYTES_MAX=str(bound), **NO_PROXIES)
    frame = b'{"type":"ice","pad":"%s"}' % (b"x" * 60_000)
    stuck: list[Stuck] = []

    async def step() -> None:
        stuck.append(await Stuck.connect(server.port, frame, count=16))
        if len(stuck) > 40:
            stuck.pop(0).abort()

    # For each of these up to half a mebibyte waits, which makes three quarters at most.
    for _ in range(6):
        await step()
    assert await no_longer_changing(lambda: unread(server)) > 0
    assert await refusals(server, "output_bytes") == 0
    slow = [await Stuck.connect(server.port, frame, count=5, source=source) for source in HONEST[:5]]
    while await refusals(server, "output_bytes") == 0:
        await step()
    taken = len(stuck)
    what = f"{taken} connections that read nothing in {bound} bytes"
    await others_are_served(server, "output_bytes", step, figures, what, at_once=1, refusals_a_step=0.1)
    for pair in slow:
        await pair.read_all()
        pair.abort()
    # A client that reads nothing does not answer the close either, which takes the server a second to see.
    await eventually(lambda: '"code":4008,' in server.log(), "a connection closed 4008")
    for pair in stuck:
        pair.abort()


async def unread(server: ServerProcess) -> int:
    return unread_bytes(server.port)


class Stuck:
    """A pair of one client whose side B reads nothing of what side A sends."""

    @classmethod
    async def connect(cls, port: int, frame: bytes, count: int, source: Source = GREEDY) -> "Stuck":
        room = new_room()
        b = await source.web_socket(port, room, "B", receive_buffer=4096)
        a = await source.web_socket(port, room, "A")
        await asyncio.gather(a.expect("room_full"), b.expect("room_full"))
        b.transport.pause_reading()
        for _ in range(count):
            a.send(frame)
        return cls(a, b, frame, count)

    def __init__(self, a: WebSocket, b: WebSocket, frame: bytes, count: int) -> None:
        self._a, self._b, self._frame, self._count = a, b, frame, count

    async def read_all(self) -> None:
        self._b.transport.resume_reading()
        for _ in range(self._count):
            assert (await self._b.next()).payload == self._frame

    def abort(self) -> None:
        self._a.transport.abort()
        self._b.transport.abort()
