"""Pairs of clients that talk all the time, and clients that mint and redeem: what befalls nodes and engine happens beside them."""

import asyncio
import itertools
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster_ledger import ClusterLedger
from cluster_member import NO_WAY, Attempt, Drop, Member, backoff
from raw_http import Answer, request
from store_ledger import Code, LedgerMismatch
from waiting import eventually

REQUEST_LIMIT = 5.0
ROOM_TTL = 600.0
# How long a client goes on asking that has no answer.
PATIENCE = 60.0


@dataclass
class Room:
    ledger: ClusterLedger
    members: dict[str, Member]

    @property
    def sides(self) -> list[Member]:
        return list(self.members.values())


@dataclass
class Refusals:
    """What requests for codes were answered, and whether each refusal said when to come back."""

    outcomes: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    # When answers of 200 came.
    successes: list[float] = field(default_factory=list)


def somebody() -> str:
    """A client of a network of its own, as wrong codes and shares count by network."""
    return ".".join(map(str, (10, *(random.randrange(256) for _ in range(3)))))


class Requests:
    """Requests for codes that are repeated until there is an answer, as clients do."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.seen = Refusals()

    async def ask_until_answered(self, port: int, path: str, body: dict[str, Any], limit: float = PATIENCE) -> tuple[Answer, int]:
        """The answer, and how many times it was asked for. Each outcome on the way is counted."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        for attempt in itertools.count(1):
            answer = await self.ask(port, path, body)
            if answer is not None and answer.status not in (502, 503, 504):
                return answer, attempt
            retry_after = float(answer.headers.get("retry-after", 0)) if answer is not None else 0
            assert loop.time() < deadline, f"{path} had no answer within {limit:.0f} s; the last was {answer}; {self.seen.outcomes}"
            await asyncio.sleep(retry_after + backoff(attempt, self.rng))

    async def ask(self, port: int, path: str, body: dict[str, Any]) -> Answer | None:
        try:
            answer = await request(port, "POST", path, body, limit=REQUEST_LIMIT, client=somebody())
        except (*NO_WAY, asyncio.IncompleteReadError) as error:
            self.seen.outcomes[type(error).__name__] += 1
            return None
        self.seen.outcomes[f"HTTP {answer.status}"] += 1
        if answer.status in (429, 503) and not answer.headers.get("retry-after", "").isdigit():
            self.seen.complaints.append(f"{path} was answered {answer.status} without Retry-After: {answer}")
        if answer.status == 200:
            self.seen.successes.append(asyncio.get_running_loop().time())
        return answer

    async def mint(self, port: int) -> Code:
        sent = time.time()
        answer, attempts = await self.ask_until_answered(port, "/rendezvous/code", {"ttl": ROOM_TTL})
        assert answer.status == 200, answer
        return Code(answer.json, ROOM_TTL, sent, time.time())

    async def redeem(self, port: int, code: Code) -> dict[str, str] | None:
        """Under one name until there is an answer; None for a code that is gone, which the ledger of the code has to allow."""
        id = uuid.uuid4().hex
        first = code.attempt(id, 1)
        answer, _ = await self.ask_until_answered(port, "/rendezvous/redeem", {"code": code.text, "id": id})
        if answer.status == 200:
            code.redeemed(first, answer.json)
            return answer.json
        assert answer.status == 410, answer
        code.refused(first)
        return None


class ClusterLoad:
    """Use it with `async with`: at its end everybody is stopped, and nothing is judged.

    `places`: for each pair, the ports that its two sides go round by. `period`: how long it takes until each side has said something again.
    """

    def __init__(self, rng: random.Random, period: float = 0.25, items: float = 0.3) -> None:
        self.rng = rng
        self.rooms: list[Room] = []
        self.requests = Requests(rng)
        # What code users found that cannot be, and when their code was minted.
        self.code_mismatches: list[tuple[float, LedgerMismatch]] = []
        self.pairings = 0
        self._period = period
        self._items = items
        self._tasks: list[asyncio.Task[None]] = []
        self._is_talking = True
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> "ClusterLoad":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()
        for member in self.members:
            if member.socket is not None:
                member.socket.transport.abort()

    # Who is there

    async def pairs(self, count: int, place: Callable[[int], tuple[Sequence[int], Sequence[int]]], limit: float = 60.0) -> list[Room]:
        """So many more, whose codes are minted and redeemed; returns once all of them talk. `place`: the ports of A and of B."""
        rooms: list[Room] = []
        indices = iter(range(count))

        async def open_some() -> None:
            for index in indices:
                rooms.append(await self._open(*place(index)))

        await asyncio.wait_for(asyncio.gather(*(open_some() for _ in range(8))), limit)
        if not any(task.get_name() == "talk" for task in self._tasks):
            self._tasks.append(asyncio.create_task(self._talk(), name="talk"))
        await self.all_talk(limit=limit, rooms=rooms)
        return rooms

    async def _open(self, ports_of_a: Sequence[int], ports_of_b: Sequence[int]) -> Room:
        code = await self.requests.mint(ports_of_a[0])
        redeemed = await self.requests.redeem(ports_of_b[0], code)
        assert redeemed is not None, f"{code.text} was minted a moment ago, and is gone"
        ledger = ClusterLedger(code.room)
        tokens = {"A": code.token, "B": redeemed["token"]}
        ways = {"A": ports_of_a, "B": ports_of_b}
        room = Room(ledger, {side: Member(ledger, side, tokens[side], ways[side], self.rng) for side in "AB"})
        self.rooms.append(room)
        # A first, so that the room's home is where A came to.
        for member in room.sides:
            self._tasks.append(asyncio.create_task(member.run()))
            await eventually(lambda: member.is_open or member.failure, f"{member} is open", limit=PATIENCE)
        return room

    async def _talk(self) -> None:
        """Everybody in turn, so that there is something under way at each moment."""
        while True:
            for room in list(self.rooms):
                if self._is_talking:
                    for member in room.sides:
                        member.tick(self.rng.random() < self._items)
                await asyncio.sleep(self._period / max(1, len(self.rooms)))

    def use_codes(self, port: int, users: int = 3, pause: float = 0.1) -> None:
        """Clients that mint and redeem from now on, one code after the other."""
        self._tasks += [asyncio.create_task(self._use_codes(port, pause)) for _ in range(users)]

    async def _use_codes(self, port: int, pause: float) -> None:
        while True:
            minted = self._loop.time()
            try:
                code = await self.requests.mint(port)
                await self.requests.redeem(port, code)
                self.pairings += 1
            except LedgerMismatch as mismatch:
                self.code_mismatches.append((minted, mismatch))
            await asyncio.sleep(self.rng.uniform(0, 2 * pause))

    # What has become of them

    @property
    def members(self) -> list[Member]:
        return [member for room in self.rooms for member in room.sides]

    async def all_talk(self, limit: float, rooms: Sequence[Room] | None = None) -> float:
        """Waits until each side of these rooms has got a frame from the other that was sent after now; how long that took."""
        start = self._loop.time()
        waiting = [(member, room.members[member.peer]) for room in rooms or self.rooms for member in room.sides]
        marks = {id(member): peer.frames_sent for member, peer in waiting}
        while waiting:
            waiting = [(member, peer) for member, peer in waiting if member._last_frame <= marks[id(member)] or not member.is_open]
            # What only waits for time to pass would hide the cause.
            failed = [str(member) for member in self.members if member.failure]
            assert not failed, f"{len(failed)} clients ended: {failed[:3]}"
            late = [str(member) for member, _ in waiting]
            assert self._loop.time() - start < limit or not late, f"{len(late)} hear nothing after {limit:.0f} s: " + "\n".join(late[:5])
            await asyncio.sleep(0.02)
        return self._loop.time() - start

    def drops(self, since: float) -> list[tuple[Member, Drop]]:
        return [(member, drop) for member in self.members for drop in member.drops if drop.at >= since]

    def attempts(self, since: float) -> list[tuple[Member, Attempt]]:
        return [(member, attempt) for member in self.members for attempt in member.attempts if attempt.began >= since]

    def assert_nobody_was_cut(self, since: float) -> None:
        cut = [f"{member.name} of {member.ledger.name} {drop}" for member, drop in self.drops(since)]
        assert not cut, f"{len(cut)} connections ended: {cut[:5]}"

    def assert_no_frame_was_lost(self) -> None:
        lost = [f"{member}: {member.frames_lost} frames" for member in self.members if member.frames_lost]
        assert not lost, f"{len(lost)} missed frames: {lost[:5]}"

    def slowest_frame(self, since: float) -> float:
        """How long the slowest frame took of those that were sent from then on and have arrived. One that is lost is found otherwise."""
        return max((took for member in self.members for sent, took in member.arrivals if sent >= since), default=0.0)

    def assert_back_in_time(self, since: float, within: float) -> None:
        """Whoever came later than this met no refusal any more: what a client took longer is its own waiting."""
        late = [
            f"{member.name} of {member.ledger.name}: {attempt.began - since:.2f} s after it, {attempt.outcome}"
            for member, attempt in self.attempts(since + within)
            if not attempt.is_open and attempt.outcome
        ]
        assert not late, f"{len(late)} attempts failed that began more than {within:.1f} s after it: {late[:5]}"

    async def finish(self, limit: float = 30.0) -> Counter[str]:
        """Nobody says anything new: all that was sent must be accepted, and arrive. Then what it came to, of which nothing may be wrong."""
        self._is_talking = False
        deadline = self._loop.time() + limit
        while open_rooms := [room for room in self.rooms if not room.ledger.is_complete]:
            if self._loop.time() > deadline or any(member.failure for room in open_rooms for member in room.sides):
                break
            await asyncio.sleep(0.05)
        counts = self.counts()
        problems = [str(member.failure) for member in self.members if member.failure]
        problems += [complaint for member in self.members for complaint in member.complaints]
        problems += [f"{room.ledger.name}: {self._unfinished(room)}" for room in open_rooms]
        problems += self.requests.seen.complaints
        assert not problems, f"{counts}; {len(problems)} problems, the first:\n" + "\n\n".join(problems[:3])
        assert counts["sent"] and counts["accepted"] == counts["received once"], f"{counts}"
        return counts

    @staticmethod
    def _unfinished(room: Room) -> str:
        sides = room.ledger.sides.values()
        open_refs = {side.name: [item.ref for item in side.unanswered][:5] for side in sides}
        missing = {name: [item.ref for item in items][:5] for name, items in room.ledger.missing().items()}
        return f"not accepted {open_refs}, accepted and not arrived at {missing}; " + "; ".join(map(str, room.sides))

    def counts(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for room in self.rooms:
            counts.update(room.ledger.count())
        counts["frames"] = sum(len(member.arrivals) for member in self.members)
        counts["frames lost"] = sum(member.frames_lost for member in self.members)
        counts["drops"] = sum(len(member.drops) for member in self.members)
        counts["refused attempts"] = sum(not attempt.is_open for member in self.members for attempt in member.attempts)
        return counts

    def outcomes(self, since: float = 0) -> Counter[str]:
        return Counter(attempt.outcome for _, attempt in self.attempts(since) if attempt.outcome)

    async def _stop(self) -> None:
        # A wait that is over in the same moment can lose a cancellation.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.2)


def told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if count)
