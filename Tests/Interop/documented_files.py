"""An end of file transfers on a data channel of aiortc, written from docs/files.md, and with no line of the client."""

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiortc import RTCDataChannel

LIMIT = 60.0
# The bounds that both ends keep to.
WINDOW = 4 << 20
ACK_EVERY = 256 << 10
CHUNK = (16 << 10) - 4
BUFFER = 512 << 10


class Failed(Exception):
    """A transfer has ended before its end."""


@dataclass
class Outgoing:
    id: int
    data: bytes
    acknowledged: int = 0
    # Where the receiver wants it to begin.
    begin: int = 0
    sent: int = 0
    is_paused: bool = False
    accepted: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    finished: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Incoming:
    end: "FileEnd"
    offer: dict[str, Any]
    data: bytearray = field(default_factory=bytearray)
    acknowledged: int = 0
    is_accepted: bool = False
    is_paused: bool = False
    # It holds its breath at this size: nothing is acknowledged any more.
    stops_at: int | None = None
    finished: "asyncio.Future[bytes]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def id(self) -> int:
        return self.offer["id"]

    @property
    def name(self) -> str:
        return self.offer["name"]

    def accept(self, **members: Any) -> None:
        self.is_accepted = True
        self.end.say("accept", self.id, **members)

    def decline(self) -> None:
        self.end.say("decline", self.id, reason="declined")

    async def whole(self) -> bytes:
        return await asyncio.wait_for(self.finished, LIMIT)


class FileEnd:
    """`side` is that of the pairing. What is no file's, or not known, is kept in `other`."""

    def __init__(self, channel: RTCDataChannel, side: str) -> None:
        self._channel = channel
        self._next_id = 1 if side == "A" else 2
        self.outgoing: dict[int, Outgoing] = {}
        self.incoming: dict[int, Incoming] = {}
        self.offers: asyncio.Queue[Incoming] = asyncio.Queue()
        self.other: deque[dict[str, Any]] = deque(maxlen=1000)
        # The numbers of the transfers whose bytes have come, in their order, without repetitions in a row.
        self.turns: list[int] = []
        self.most_unacknowledged = 0
        # What the other side did against the rules.
        self.violations: list[str] = []
        self._has_room = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        channel.bufferedAmountLowThreshold = BUFFER // 2
        channel.on("bufferedamountlow", self._has_room.set)
        channel.on("message", self.hear)

    def say(self, kind: str, id: int | None = None, **members: Any) -> None:
        self._channel.send(json.dumps({"kind": kind, **({} if id is None else {"id": id}), **members}))

    def on_control(self, listener: Callable[[dict[str, Any]], None]) -> None:
        self._listeners.append(listener)

    async def said(self, kind: str) -> dict[str, Any]:
        """The first message of a kind that is not about a transfer, also one of before."""
        for message in self.other:
            if message.get("kind") == kind:
                return message
        found = asyncio.get_running_loop().create_future()
        self._listeners.append(lambda message: message.get("kind") == kind and not found.done() and found.set_result(message))
        return await asyncio.wait_for(found, LIMIT)

    # Sending

    def send(self, name: str, data: bytes, **members: Any) -> Outgoing:
        transfer = Outgoing(self._next_id, data)
        self._next_id += 2
        self.outgoing[transfer.id] = transfer
        self.say("offer", transfer.id, **{"name": name, "size": len(data), "type": "", **members})
        task = asyncio.create_task(self._send(transfer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return transfer

    async def arrived(self, transfer: Outgoing) -> None:
        await asyncio.wait_for(transfer.finished, LIMIT)

    async def _send(self, transfer: Outgoing) -> None:
        try:
            await transfer.accepted
            transfer.sent = transfer.acknowledged = transfer.begin
            while transfer.sent < len(transfer.data) and not transfer.finished.done():
                piece = transfer.data[transfer.sent : transfer.sent + CHUNK]
                unacknowledged = transfer.sent - transfer.acknowledged
                if transfer.is_paused or unacknowledged + len(piece) > WINDOW:
                    transfer.changed.clear()
                    await transfer.changed.wait()
                elif self._channel.bufferedAmount > BUFFER:
                    self._has_room.clear()
                    await self._has_room.wait()
                else:
                    self._channel.send(transfer.id.to_bytes(4, "big") + piece)
                    transfer.sent += len(piece)
                    self.most_unacknowledged = max(self.most_unacknowledged, transfer.sent - transfer.acknowledged)
                    # Others get their turns, and messages are read.
                    await asyncio.sleep(0)
            if not transfer.finished.done():
                self.say("end", transfer.id, sha256=hashlib.sha256(transfer.data).hexdigest())
        except Failed:
            pass

    # Hearing

    def hear(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self._take(int.from_bytes(data[:4], "big"), data[4:])
            return
        message = json.loads(data)
        id = message.get("id")
        match message["kind"]:
            case "offer":
                transfer = self.incoming[id] = Incoming(self, message)
                self.offers.put_nowait(transfer)
            case "end" if id in self.incoming:
                self._check(self.incoming[id], message["sha256"])
            case "accept" | "decline" | "ack" | "result" if id in self.outgoing:
                self._answered(self.outgoing[id], message)
            case "pause" | "resume" if id in self.outgoing:
                self.outgoing[id].is_paused = message["kind"] == "pause"
                self.outgoing[id].changed.set()
            case "pause" | "resume" if id in self.incoming:
                self.incoming[id].is_paused = message["kind"] == "pause"
            case "cancel" if id in self.outgoing or id in self.incoming:
                self._end(self.outgoing.get(id) or self.incoming[id], Failed(message["reason"]))
            case _:
                self.other.append(message)
                for listener in self._listeners:
                    listener(message)

    async def offered(self) -> Incoming:
        return await asyncio.wait_for(self.offers.get(), LIMIT)

    def _take(self, id: int, piece: bytes) -> None:
        transfer = self.incoming[id]
        transfer.data += piece
        self._expect(transfer.is_accepted, f"bytes of {transfer.name}, which was not accepted")
        self._expect(len(transfer.data) <= transfer.offer["size"], f"more bytes of {transfer.name} than were offered")
        self._expect(len(transfer.data) - transfer.acknowledged <= WINDOW, f"more of {transfer.name} than the window is under way")
        if self.turns[-1:] != [id]:
            self.turns.append(id)
        if transfer.stops_at is not None and len(transfer.data) >= transfer.stops_at:
            return
        if len(transfer.data) - transfer.acknowledged >= ACK_EVERY or len(transfer.data) == transfer.offer["size"]:
            transfer.acknowledged = len(transfer.data)
            self.say("ack", id, received=transfer.acknowledged)

    def _check(self, transfer: Incoming, sha256: str) -> None:
        self._expect(len(transfer.data) == transfer.offer["size"], f"an end of {transfer.name} before its last byte")
        intact = hashlib.sha256(transfer.data).hexdigest() == sha256
        self.say("result", transfer.id, intact=intact)
        if intact:
            transfer.finished.set_result(bytes(transfer.data))
        else:
            self._end(transfer, Failed("damaged"))

    def _answered(self, transfer: Outgoing, message: dict[str, Any]) -> None:
        match message["kind"]:
            case "accept":
                transfer.begin = message.get("from", 0)
                transfer.accepted.set_result(None)
            case "decline":
                self._end(transfer, Failed(message["reason"]))
            case "ack":
                transfer.acknowledged = message["received"]
            case "result" if message["intact"]:
                transfer.finished.set_result(None)
            case "result":
                self._end(transfer, Failed("damaged"))
        transfer.changed.set()

    def _expect(self, holds: bool, violation: str) -> None:
        if not holds:
            self.violations.append(violation)

    def _end(self, transfer: Outgoing | Incoming, failure: Failed) -> None:
        if not transfer.finished.done():
            transfer.finished.set_exception(failure)
        if isinstance(transfer, Outgoing):
            if not transfer.accepted.done():
                transfer.accepted.set_exception(failure)
            transfer.changed.set()
