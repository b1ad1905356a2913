"""One side of a room as a client of several nodes: it comes back by itself, as the JavaScript client does, and keeps account."""

import asyncio
import itertools
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from cluster_ledger import ClusterLedger, Item, LedgerMismatch
from ws_client import Message, Refused, WebSocket

FIRST_DELAY = 0.25
LONGEST_DELAY = 4.0
# Until the response to `hello` is there.
OPEN_LIMIT = 4.0
# After a connection that lasted so long, attempts are counted from 1 again.
STABLE = 5.0
# After a takeover by another, or a refusal of this side, clients do not come back.
FINAL = {"replaced", "busy", "needs its token", "too many refused frames"}
# Items without a response, at most.
UNANSWERED = 50
ACKNOWLEDGE_AFTER = 0.03
# What a client sees of a way that is not there.
NO_WAY = (OSError, asyncio.TimeoutError, TimeoutError)


@dataclass
class Attempt:
    began: float
    port: int
    outcome: str = ""
    opened: float | None = None
    retry_after: float | None = None
    # How long the client waited before it, by its own decision.
    waited: float = 0.0

    @property
    def is_open(self) -> bool:
        return self.opened is not None


@dataclass(frozen=True)
class Drop:
    """An end of a connection that was open."""

    at: float
    code: int | None
    reason: str
    port: int


def backoff(attempt: int, rng: random.Random) -> float:
    return rng.random() * min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1))


class Member:
    """`ports`: where to connect, one after the other at each attempt."""

    def __init__(self, ledger: ClusterLedger, side: str, token: str | None, ports: Sequence[int], rng: random.Random) -> None:
        self.ledger = ledger
        self.name = side
        self.peer = "B" if side == "A" else "A"
        self.sid = uuid.uuid4().hex
        self.socket: WebSocket | None = None
        self.attempts: list[Attempt] = []
        self.drops: list[Drop] = []
        # Of each frame of the peer's that arrived: when it was sent, and how long it took.
        self.arrivals: list[tuple[float, float]] = []
        self.frames_sent = 0
        self.frames_lost = 0
        self.errors: list[str] = []
        # Why it does not come back.
        self.failure: str | None = None
        # What a server is not to do, besides what the ledger finds.
        self.complaints: list[str] = []
        self._side = ledger.sides[side]
        self._token = token
        self.use_ports(ports)
        self._rng = rng
        self._last_frame = 0
        self._ref = 0
        self._visit = None
        self._attempt = 0
        self._going_away: float | None = None
        self._has_mailbox: asyncio.Future[None] | None = None
        self._acknowledging: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def is_open(self) -> bool:
        return self.socket is not None and self.socket.is_open and self._has_mailbox.done()

    def __str__(self) -> str:
        attempts = [f"{each.began:.2f} :{each.port} {each.outcome}" for each in self.attempts[-6:]]
        return f"{self.name} of {self.ledger.name}: {self.failure or ''} drops {self.drops[-3:]}, attempts {attempts}"

    def use_ports(self, ports: Sequence[int]) -> None:
        """From the next attempt on."""
        self._ports = itertools.cycle(ports)

    # Coming and going

    async def run(self) -> None:
        """Until it is cancelled, or something ends it for good."""
        while self.failure is None:
            attempt = Attempt(self._loop.time(), next(self._ports))
            self.attempts.append(attempt)
            await self._stay(attempt)
            if self.failure is None:
                await asyncio.sleep(self._pause(attempt))

    async def _stay(self, attempt: Attempt) -> None:
        """One connection from its beginning to its end."""
        self.socket = None
        self._has_mailbox = self._loop.create_future()
        # Frames can come right behind the upgrade.
        self._visit = self.ledger.come(self.name)
        try:
            room, token = self.ledger.name, self._token
            socket = await WebSocket.connect(
                attempt.port, room, self.name, self.sid, token=token, on_message=self._receive, limit=OPEN_LIMIT
            )
        except Refused as refused:
            return self._take_refusal(attempt, refused)
        except NO_WAY as error:
            attempt.outcome = repr(error) or type(error).__name__
            return
        self.socket = socket
        try:
            socket.send({"type": "hello", "mailbox": self._visit.mailbox, "deliveredUpTo": self._visit.said})
            waited = (self._has_mailbox, socket.ended)
            await asyncio.wait(waited, timeout=OPEN_LIMIT, return_when=asyncio.FIRST_COMPLETED)
            if self._has_mailbox.done():
                attempt.opened, attempt.outcome = self._loop.time(), "open"
                await asyncio.shield(socket.ended)
            elif not socket.ended.done():
                attempt.outcome = "no response to hello"
        finally:
            socket.transport.abort()
        await socket.end()
        self._take_end(attempt, socket)

    def _take_refusal(self, attempt: Attempt, refused: Refused) -> None:
        attempt.outcome = f"HTTP {refused.status}"
        if refused.status in (429, 503):
            text = refused.headers.get("retry-after")
            if text is None or not text.isdigit():
                self.complaints.append(f"{refused.status} with Retry-After {text!r}: {refused.body!r}")
            else:
                attempt.retry_after = float(text)
        elif refused.status not in (502, 504):
            # Those are nginx's.
            self.failure = f"HTTP {refused.status}: {refused.body!r}"

    def _take_end(self, attempt: Attempt, socket: WebSocket) -> None:
        if attempt.is_open:
            self.drops.append(Drop(self._loop.time(), socket.close_code, socket.close_reason, attempt.port))
            if self._loop.time() - attempt.opened >= STABLE:
                self._attempt = 0
        elif not attempt.outcome:
            attempt.outcome = f"closed {socket.close_code} {socket.close_reason}"
        if any(socket.close_reason.endswith(end) for end in FINAL) or socket.close_code in (1002, 1007, 1009):
            self.failure = f"closed {socket.close_code} {socket.close_reason}"
        if socket.close_code == 1013:
            attempt.retry_after = 10.0

    def _pause(self, attempt: Attempt) -> float:
        self._attempt += 1
        named, self._going_away = self._going_away, None
        return named if named is not None else (attempt.retry_after or 0) + backoff(self._attempt, self._rng)

    # What it sends

    def tick(self, with_item: bool) -> None:
        """Something to say, if there is a way."""
        if not self.is_open:
            return
        self.frames_sent += 1
        self.socket.send({"type": "ice", "n": self.frames_sent, "at": self._loop.time()})
        if with_item and len(self._side.sent) - len(self._side.accepted) < UNANSWERED:
            self._ref += self._rng.choice([1, 1, 1, 2])
            padding = "ü" * self._rng.choice([self._rng.randrange(60), self._rng.randrange(60), self._rng.randrange(2000)])
            self._send(Item(self._ref, self.peer, f"{self.name}{self._ref} {padding}"))

    def _send(self, item: Item) -> None:
        self.ledger.send(self._visit, item)
        self.socket.send({"type": "send", "to": item.to, "ref": item.ref, "payload": item.payload})

    def _acknowledge(self) -> None:
        self._acknowledging = None
        if self.is_open and len(self._side.received) > self._side.acknowledged:
            self.ledger.acknowledge(self.name, len(self._side.received))
            self.socket.send({"type": "delivered", "upTo": len(self._side.received)})

    # What comes

    def _receive(self, socket: WebSocket, message: Message) -> None:
        try:
            self._take(socket, message)
        except LedgerMismatch as mismatch:
            self.failure = f"mismatch: {mismatch}"
            socket.transport.abort()

    def _take(self, socket: WebSocket, message: Message) -> None:
        frame = message.json
        match frame["type"]:
            case "ice":
                before = self._last_frame
                self._last_frame = self.ledger.frame(self.name, before, frame)
                self.frames_lost += self._last_frame - before - 1
                self.arrivals.append((frame["at"], self._loop.time() - frame["at"]))
            case "going_away":
                self._going_away = frame["reconnectAfterMs"] / 1000
            case "error":
                self.errors.append(frame["code"])
                if "ref" in frame:
                    self.ledger.refuse(self._visit, frame["ref"])
            case _:
                self.ledger.receive(self._visit, frame)
        if frame["type"] == "mailbox" and not self._has_mailbox.done():
            # Before anything new: items keep their order.
            self.socket = socket
            for item in self._side.unanswered:
                self._send(item)
            self._has_mailbox.set_result(None)
        if frame["type"] in ("deliver", "mailbox") and self._acknowledging is None:
            self._acknowledging = self._loop.call_later(ACKNOWLEDGE_AFTER, self._acknowledge)
