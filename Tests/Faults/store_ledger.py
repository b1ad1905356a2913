"""What clients have been told by a server that keeps its state in a file. Each thing that it says is held to what it said before, whenever
the process was killed in between: what was said stays true, and what was not said may have happened or not.
"""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

# How long a redemption can be repeated under its name.
REPEATABLE = 30.0
# The server counts milliseconds, and from a moment between the client's two.
SLACK = 0.1


class LedgerMismatch(AssertionError):
    """The server has said what cannot be so after what it said before."""


@dataclass(eq=False)
class Attempt:
    """A redeem under way, or one whose response was lost."""

    id: str | None
    # The process that was asked.
    life: int
    sent: float = field(default_factory=time.time)


class Code:
    """Times are those of the wall clock: the clocks of processes have no other in common."""

    def __init__(self, minted: dict[str, str], ttl: float, sent: float, answered: float) -> None:
        self.text, self.room, self.token = minted["code"], minted["appID"], minted["token"]
        self.response: dict[str, str] | None = None
        self.id: str | None = None
        # It lives for so long in any case, and for no longer in any case.
        self.ends_after, self.ends_before = sent + ttl, answered + ttl
        self._redeemed_after = self._redeemed_before = 0.0
        self._open: list[Attempt] = []
        # When somebody was told that it is gone.
        self._gone: float | None = None
        self._trace: deque[str] = deque(maxlen=20)

    def lives(self, now: float) -> bool:
        """Whether it can be redeemed for certain."""
        return self.response is None and not self._open and now < self.ends_after - SLACK

    def attempt(self, id: str | None, life: int) -> Attempt:
        attempt = Attempt(id, life)
        self._open.append(attempt)
        return attempt

    def lost(self, attempt: Attempt) -> None:
        """Whether the code was redeemed by it, only a repetition can tell."""
        self._trace.append(f"{time.time():.3f} no response, asked at {attempt.sent:.3f} as {attempt.id}")

    def redeemed(self, attempt: Attempt, response: dict[str, str], answered: float | None = None) -> None:
        answered = time.time() if answered is None else answered
        self._trace.append(f"{answered:.3f} redeemed, asked at {attempt.sent:.3f} as {attempt.id}")
        if response["appID"] != self.room:
            raise self._mismatch(f"it leads to {response['appID']}")
        # How much of its life is left is another number each time.
        response = {member: value for member, value in response.items() if member != "expiresInMs"}
        same = self._take_out(attempt)
        if self.response is not None:
            if attempt.id is None or attempt.id != self.id or attempt.sent > self._redeemed_before + REPEATABLE + SLACK:
                raise self._mismatch("it was redeemed a second time")
            if response != self.response:
                raise self._mismatch(f"its redemption was repeated as {response}")
            return
        first = min(same, key=lambda each: each.sent)
        if self._gone is not None and first.sent > self._gone:
            raise self._mismatch("it was redeemed after it was gone")
        if first.sent > self.ends_before + SLACK:
            raise self._mismatch("it was redeemed after its end")
        self.response, self.id = response, attempt.id
        self._redeemed_after, self._redeemed_before = first.sent, answered

    def refused(self, attempt: Attempt, answered: float | None = None) -> None:
        """410."""
        answered = time.time() if answered is None else answered
        self._trace.append(f"{answered:.3f} gone, asked at {attempt.sent:.3f} as {attempt.id}")
        same = self._take_out(attempt)
        if self.response is not None:
            if attempt.id is not None and attempt.id == self.id and answered < self._redeemed_after + REPEATABLE - SLACK:
                raise self._mismatch("its redemption is not repeated")
            return
        first = min(same, key=lambda each: each.sent)
        repeatable = len(same) == 1 or answered < first.sent + REPEATABLE - SLACK
        if not self._open and repeatable and answered < self.ends_after - SLACK:
            raise self._mismatch("it is gone, and nobody has redeemed it")
        # An attempt that may have redeemed it can still be repeated.
        self._open += [each for each in same if each is not attempt]
        # Nothing is said of a redemption of the same process that is not stored yet: it may be undone.
        if self._gone is None and all(each.life < attempt.life for each in self._open):
            self._gone = answered

    def _take_out(self, attempt: Attempt) -> list[Attempt]:
        """The attempt with those before it under the same name."""
        same = [each for each in self._open if each is attempt or (each.id == attempt.id and attempt.id is not None)]
        self._open = [each for each in self._open if each not in same]
        return same

    def _mismatch(self, what: str) -> LedgerMismatch:
        return LedgerMismatch(f"code {self.text} of {self.room}, which ends at {self.ends_after:.3f}: {what}\n" + "\n".join(self._trace))


@dataclass(frozen=True)
class Item:
    ref: int
    to: str
    payload: str


@dataclass
class Visit:
    """One connection of a side, with what its `hello` said."""

    side: str
    # Which of the processes it is to.
    life: int
    mailbox: str
    said: int | None
    # Refs without a response, in the order in which they were sent.
    waiting: deque[int] = field(default_factory=deque)
    # Refs that were waiting when the connection before ended: if the process is the same, the responses may come here.
    inherited: set[int] = field(default_factory=set)
    next_seq: int | None = None
    early: list[dict[str, Any]] = field(default_factory=list)


class Side:
    def __init__(self, name: str) -> None:
        self.name = name
        self.sent: list[Item] = []
        self.accepted: set[int] = set()
        # Payloads that came, from number 1.
        self.received: list[str] = []
        # The highest number that this client has ever acknowledged.
        self.acknowledged = 0
        # How many of each sender's items are among those received.
        self.received_of: Counter[str] = Counter()
        # What a process has said is acknowledged, and which process.
        self.told = (0, 0)
        self.visit: Visit | None = None

    @property
    def unanswered(self) -> list[Item]:
        return [item for item in self.sent if item.ref not in self.accepted]

    def sent_to(self, name: str) -> list[Item]:
        return [item for item in self.sent if item.to == name]


class RoomLedger:
    def __init__(self, name: str) -> None:
        self.name = name
        self.mailbox = ""
        self.sides = {name: Side(name) for name in "AB"}
        self.figures: Counter[str] = Counter()
        # Something is stored, so the room is there for as long as it is kept.
        self._is_used = False
        self._trace: deque[str] = deque(maxlen=60)

    def visit(self, side: str, life: int, mailbox: str, said: int | None) -> Visit:
        """A connection whose `hello` says this."""
        self._note(f"{side} came to life {life} with mailbox {mailbox!r} deliveredUpTo {said}")
        if said is not None and mailbox and mailbox == self.mailbox:
            self.acknowledge(side, said)
        visit, before = Visit(side, life, mailbox, said), self.sides[side].visit
        if before is not None and before.life == life:
            visit.inherited = before.inherited | set(before.waiting)
        self.sides[side].visit = visit
        return visit

    def send(self, visit: Visit, item: Item) -> None:
        """A new item, or one that is sent again."""
        side = self.sides[visit.side]
        if not side.sent or item.ref > side.sent[-1].ref:
            side.sent.append(item)
        else:
            self.figures["items sent again"] += 1
        visit.waiting.append(item.ref)
        self._note(f"{visit.side} sends ref {item.ref} to {item.to}")

    def acknowledge(self, side: str, seq: int) -> None:
        self.sides[side].acknowledged = max(self.sides[side].acknowledged, seq)
        self._note(f"{side} acknowledges {seq}")

    def receive(self, visit: Visit, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "mailbox":
                self._note(f"{visit.side} got mailbox {frame['id']} deliveredUpTo {frame['deliveredUpTo']}")
                self._mailbox(visit, frame["id"], frame["deliveredUpTo"])
            case "deliver" if visit.next_seq is None:
                # Its number is of the mailbox that is yet to be named.
                visit.early.append(frame)
            case "deliver":
                self._note(f"{visit.side} got item {frame['seq']}: {str(frame['payload'])[:12]}")
                self._deliver(visit, frame["seq"], frame["payload"])
            case "accepted":
                self._note(f"{visit.side} got accepted {frame['ref']}")
                self._accepted(visit, frame["ref"])
            case "room_full" | "peer_left":
                pass
            case _:
                raise self._mismatch(f"{visit.side} got {frame}")

    @property
    def is_complete(self) -> bool:
        """Whether all that was sent was accepted, and all that was accepted has arrived."""
        sides = self.sides.values()
        are_accepted = all(len(side.accepted) == len(side.sent) for side in sides)
        return are_accepted and all(side.received_of[sender.name] == len(sender.sent_to(side.name)) for side in sides for sender in sides)

    def _mailbox(self, visit: Visit, id: str, number: int) -> None:
        if visit.next_seq is not None:
            raise self._mismatch(f"{visit.side} was told of its mailbox twice")
        if self.mailbox and id != self.mailbox and self._is_used:
            raise self._mismatch(f"{self.mailbox} has become {id}")
        side = self.sides[visit.side]
        counts = visit.said is not None and visit.mailbox == id
        told = side.told[1] if side.told[0] == visit.life else 0
        lowest = max(told, visit.said if counts else 0)
        if self._is_used and not lowest <= number <= side.acknowledged:
            raise self._mismatch(f"{visit.side} is told deliveredUpTo {number}; it must be {lowest} to {side.acknowledged}")
        if number < side.acknowledged and visit.life > side.told[0]:
            self.figures["acknowledgements that came back lower"] += 1
        self.mailbox, side.told, visit.next_seq = id, (visit.life, number), number + 1
        for item in visit.early:
            self.receive(visit, item)

    def _deliver(self, visit: Visit, seq: int, payload: str) -> None:
        side = self.sides[visit.side]
        if seq != visit.next_seq:
            raise self._mismatch(f"{visit.side} got item {seq}, and {visit.next_seq} was to come")
        visit.next_seq = seq + 1
        self._is_used = True
        if seq <= len(side.received):
            self.figures["items delivered again"] += 1
            if payload != side.received[seq - 1]:
                raise self._mismatch(f"item {seq} of {visit.side} was {side.received[seq - 1][:12]} and is {payload[:12]}")
            return
        if seq != len(side.received) + 1:
            raise self._mismatch(f"{visit.side} got item {seq}, and has {len(side.received)}")
        sender = self.sides[payload[:1]]
        items, count = sender.sent_to(visit.side), side.received_of[sender.name]
        if count == len(items) or items[count].payload != payload:
            raise self._mismatch(f"{visit.side} got {payload[:12]}, and {items[count : count + 1]} was to come of {sender.name}")
        side.received.append(payload)
        side.received_of[sender.name] += 1
        if items[count].ref not in sender.accepted:
            self.figures["items that came before accepted"] += 1

    def _accepted(self, visit: Visit, ref: int) -> None:
        # Only what was sent before this connection can be answered before its `hello`.
        if visit.next_seq is None and ref not in visit.inherited:
            raise self._mismatch(f"{visit.side} got accepted {ref} before it was told of its mailbox")
        if visit.waiting and visit.waiting[0] == ref:
            visit.waiting.popleft()
        elif ref in visit.inherited:
            visit.inherited.remove(ref)
        else:
            raise self._mismatch(f"{visit.side} got accepted {ref}, and waits for {list(visit.waiting)[:5]}")
        self.sides[visit.side].accepted.add(ref)
        self._is_used = True

    def _note(self, what: str) -> None:
        self._trace.append(f"{time.time():.3f} {what}")

    def _mismatch(self, what: str) -> LedgerMismatch:
        return LedgerMismatch(f"room {self.name}: {what}\n" + "\n".join(self._trace))
