"""An end of file transfers on a data channel of aiortc, written from docs/files.md, and with no line of the client."""

import asyncio
import hashlib
import hmac
import json
import os
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiortc import RTCDataChannel

LIMIT = 30.0
# The bounds that both ends keep to.
WINDOW = 4 << 20
ACK_EVERY = 256 << 10
CHUNK = (16 << 10) - 4
BUFFER = 512 << 10
MOST_PROOFS = 16
MOST_MOVING = 4

# The fingerprints of both sides, once there are descriptions.
Prints = Callable[[], dict[str, str]]


def fingerprints(sdp: str) -> str:
    """As a proof has them."""
    found = re.findall(r"^a=fingerprint:(\S+) (\S+)", sdp, re.MULTILINE)
    return "\n".join(sorted({f"{name.lower()} {digits.upper()}" for name, digits in found}))


class Acquaintance:
    """Whether the other end is one of an earlier channel. `keys` are kept from one channel to the next, the newest first."""

    def __init__(self, end: "FileEnd", side: str, prints: Prints, keys: list[bytes]) -> None:
        self._end = end
        self._side = side
        self._other = "B" if side == "A" else "A"
        self._prints = prints
        self._keys = keys
        self._earlier = list(keys)
        self.nonce = os.urandom(32).hex()
        self._nonces: str | None = None
        self.is_known: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def greet(self) -> None:
        self._end.say("greet", nonce=self.nonce)

    def hear(self, message: dict[str, Any]) -> None:
        if message["kind"] == "greet" and self._nonces is None:
            self._nonces = "\n".join([self.nonce, message["nonce"]] if self._side == "A" else [message["nonce"], self.nonce])
            self.greet()
            self._keys.insert(0, hashlib.sha256(f"nt files acquaintance\n{self._nonces}".encode()).digest())
            self._end.say("known", proofs=[self.proof(key, self._side) for key in self._earlier[:MOST_PROOFS]])
        elif message["kind"] == "known":
            self.is_known.set_result(any(self.proof(key, self._other) in message["proofs"] for key in self._earlier))

    def proof(self, key: bytes, side: str) -> str:
        prints = self._prints()
        text = f"nt files known {side}\n{self._nonces}\n{prints['A']}\n\n{prints['B']}"
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


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
    # No more than this is sent.
    holds_at: int | None = None
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
    came: asyncio.Event = field(default_factory=asyncio.Event)
    # It holds its breath at this size: nothing is acknowledged any more.
    stops_at: int | None = None
    finished: "asyncio.Future[bytes]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def id(self) -> int:
        return self.offer["id"]

    @property
    def name(self) -> str:
        return self.offer["name"]

    def accept(self) -> None:
        self.is_accepted = True
        self.end.say("accept", self.id)

    def go_on(self, beginning: bytes) -> None:
        """With what is there of an earlier channel."""
        self.is_accepted = True
        self.data += beginning
        self.acknowledged = len(beginning)
        self.end.say("accept", self.id, **{"from": len(beginning)})

    def decline(self) -> None:
        self.end.say("decline", self.id, reason="declined")

    async def has(self, size: int) -> None:
        """So many bytes have come."""
        while len(self.data) < size and not self.finished.done():
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), LIMIT)

    async def whole(self) -> bytes:
        return await asyncio.wait_for(self.finished, LIMIT)


class FileEnd:
    """`side` is that of the pairing, `prints` are the fingerprints of both sides, `keys` those of the earlier acquaintances, which this one is
    put among. What is no file's, or not known, is kept in `other`."""

    def __init__(self, channel: RTCDataChannel, side: str, prints: Prints | None = None, keys: list[bytes] | None = None) -> None:
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
        self._turns = asyncio.Semaphore(MOST_MOVING)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        self.acquaintance = Acquaintance(self, side, prints or (lambda: {"A": "", "B": ""}), [] if keys is None else keys)
        channel.bufferedAmountLowThreshold = BUFFER // 2
        channel.on("bufferedamountlow", self._has_room.set)
        channel.on("message", self.hear)

    def say(self, kind: str, id: int | None = None, **members: Any) -> None:
        self._channel.send(json.dumps({"kind": kind, **({} if id is None else {"id": id}), **members}))

    def stop(self) -> None:
        """What is under way is left where it is."""
        for task in self._tasks:
            task.cancel()

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

    def send_folder(self, name: str, files: dict[str, bytes]) -> list[Outgoing]:
        """`files` are by their paths below the folder."""
        id = self._next_id
        self._next_id += 2
        self.say("folder", id, name=name, files=len(files), size=sum(map(len, files.values())))
        sent = []
        for path, data in files.items():
            *folders, last = [name, *path.split("/")]
            sent.append(self.send(last, data, folder=id, path="/".join(folders)))
        return sent

    async def arrived(self, transfer: Outgoing) -> None:
        await asyncio.wait_for(transfer.finished, LIMIT)

    async def _send(self, transfer: Outgoing) -> None:
        try:
            await transfer.accepted
            async with self._turns:
                await self._send_all(transfer)
        except Failed:
            pass

    async def _send_all(self, transfer: Outgoing) -> None:
        transfer.sent = transfer.acknowledged = transfer.begin
        while transfer.sent < len(transfer.data) and not transfer.finished.done():
            piece = transfer.data[transfer.sent : transfer.sent + CHUNK]
            unacknowledged = transfer.sent - transfer.acknowledged
            is_held = transfer.holds_at is not None and transfer.sent >= transfer.holds_at
            if is_held or transfer.is_paused or unacknowledged + len(piece) > WINDOW:
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
            case "greet" | "known":
                self.acquaintance.hear(message)
            case _:
                self.other.append(message)
                for listener in self._listeners:
                    listener(message)

    async def offered(self) -> Incoming:
        return await asyncio.wait_for(self.offers.get(), LIMIT)

    def _take(self, id: int, piece: bytes) -> None:
        transfer = self.incoming[id]
        transfer.data += piece
        transfer.came.set()
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
