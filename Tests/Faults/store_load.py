"""Clients of a server that is killed and started again and again: they mint, redeem, send and acknowledge, come back, and keep a ledger."""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from raw_http import Answer, request
from store_ledger import Attempt, Code, Item, LedgerMismatch, RoomLedger, Visit
from ws_client import Refused, ServerMisbehaved, WebSocket

# What a client sees of a process that is killed.
GONE = (ConnectionError, asyncio.IncompleteReadError)
ROOM_TTL = 3600.0
# Codes that are left alone until the end, and others that wait to be redeemed.
KEPT_CODES, LIVE_CODES = 100, 100
# Codes that are redeemed or have ended, and are asked for all the same.
SPENT_CODES = 300
# Items that may wait for their recipient, of the 1,000 that a mailbox holds.
BACKLOG = 200


@dataclass(frozen=True)
class Life:
    """A process of the server's, from when it listens until it is killed."""

    number: int
    port: int


class StoreLoad:
    def __init__(self, rng: random.Random, tokens_needed: bool) -> None:
        self.rng = rng
        self.tokens_needed = tokens_needed
        self.figures: Counter[str] = Counter()
        self.is_ending = False
        self._life: Life | None = None
        self._lives = 0
        self._is_up = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, *jobs: Coroutine[Any, Any, None]) -> None:
        self._tasks += map(asyncio.ensure_future, jobs)

    def begin(self, port: int) -> None:
        self._lives += 1
        self._life = Life(self._lives, port)
        self._is_up.set()

    def end(self) -> None:
        """Right before the process is killed: connections may break from now on."""
        self._life = None
        self._is_up.clear()

    async def go_on(self, seconds: float) -> None:
        """The load for so long; raises what any client has found."""
        done, _ = await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    async def finish(self, limit: float) -> None:
        """Everybody comes to an end: all codes that are left are redeemed, and all items arrive."""
        self.is_ending = True
        await self.go_on(limit)
        assert all(task.done() for task in self._tasks), "not everybody could come to an end"

    async def stop(self) -> None:
        # A wait that is over in the same moment can lose a cancellation.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.1)

    async def life(self) -> Life:
        """The process that runs; waits for it."""
        while self._life is None:
            await self._is_up.wait()
        return self._life

    def check_ended(self, life: Life, what: object) -> None:
        """A connection may break with its process, and not before."""
        if self._life is life:
            raise LedgerMismatch(f"a connection broke, and the server lived: {what!r}")

    async def ask(self, life: Life, path: str, body: dict[str, Any]) -> Answer | None:
        """The response, or None if it was lost with the process; then the next one runs."""
        try:
            answer = await request(life.port, "POST", path, body)
        except GONE as error:
            self.check_ended(life, error)
            self.figures["responses lost"] += 1
            await self.life()
            return None
        if answer.status == 503:
            # The file was not written in time; the code may have been redeemed all the same.
            self.figures["responses 503"] += 1
            return None
        return answer


class CodeBook:
    """All codes that the clients know of."""

    def __init__(self, load: StoreLoad) -> None:
        self._load = load
        self._codes: dict[str, Code] = {}
        self._kept: set[Code] = set()

    async def mint(self, ttl: float = ROOM_TTL) -> Code:
        """Asks until there is a response: codes whose response is lost are nobody's."""
        while True:
            sent = time.time()
            if answer := await self._load.ask(await self._load.life(), "/rendezvous/code", {"ttl": ttl}):
                break
        assert answer.status == 200, answer
        self._load.figures["codes"] += 1
        return Code(answer.json, ttl, sent, time.time())

    def _share(self, code: Code) -> None:
        """From now on anybody may ask for it."""
        if (known := self._codes.get(code.text)) and known.lives(time.time()):
            raise LedgerMismatch(f"code {code.text} was given twice, for {known.room} and {code.room}")
        self._codes[code.text] = code

    async def redeem(self, code: Code, id: str | None) -> bool:
        """One attempt. False if its response was lost, and the code perhaps redeemed."""
        life = await self._load.life()
        attempt = code.attempt(id, life.number)
        answer = await self._load.ask(life, "/rendezvous/redeem", {"code": code.text} | ({} if id is None else {"id": id}))
        return self._enter(code, attempt, answer)

    async def redeem_for_sure(self, code: Code) -> None:
        """As a client does that wants its room: under one name, until there is a response."""
        id = new_id()
        attempts = 1
        while not await self.redeem(code, id):
            attempts += 1
        if attempts > 1:
            self._load.figures["redeems repeated after a kill"] += 1

    def _enter(self, code: Code, attempt: Attempt, answer: Answer | None) -> bool:
        if answer is None:
            code.lost(attempt)
        elif answer.status == 200:
            code.redeemed(attempt, answer.json)
        elif answer.status == 410:
            code.refused(attempt)
        else:
            raise LedgerMismatch(f"{code.text}: {answer}")
        return answer is not None

    # What clients do with codes

    async def use(self) -> None:
        """A client that does one thing after the other, for as long as the load goes on."""
        rng = self._load.rng
        while not self._load.is_ending:
            await self._one_thing(rng)
            await asyncio.sleep(rng.uniform(0, 0.01))

    async def _one_thing(self, rng: random.Random) -> None:
        now = time.time()
        others = [code for code in self._codes.values() if code not in self._kept]
        live = [code for code in others if code.lives(now)]
        if len(others) - len(live) > SPENT_CODES:
            # Whoever it is, and in whatever state: what is asked again is a sample.
            del self._codes[rng.choice(others).text]
            return
        if rng.random() < 0.5 and len(live) < LIVE_CODES or not others:
            # Some end by themselves, mostly in another life.
            code = await self.mint(rng.choice([ROOM_TTL] * 6 + [rng.uniform(0.3, 5)]))
            self._share(code)
            if len(self._kept) < KEPT_CODES and code.lives(time.time() + 600):
                self._kept.add(code)
            return
        code = rng.choice(live if live and rng.random() < 0.6 else others)
        match rng.randrange(5):
            case 0:
                await self.redeem(code, None)
            case 1 | 2:
                await self.redeem_for_sure(code)
            case 3:
                # Again, under the name it was redeemed under, or by somebody else.
                await self.redeem(code, code.id if code.id and rng.random() < 0.7 else new_id())
            case 4:
                await asyncio.gather(self.redeem(code, new_id()), self.redeem(code, new_id()), self.redeem(code, None))

    async def check_all(self) -> None:
        """What is left can be redeemed, once; the rest is gone."""
        for code in list(self._codes.values()):
            if code.lives(time.time()):
                self._load.figures["codes left at the end"] += 1
            for id in (new_id(), None):
                while not await self.redeem(code, id):
                    pass


class RoomUser:
    """One side of a room."""

    def __init__(self, load: StoreLoad, room: RoomLedger, side: str, token: str | None, goal: int) -> None:
        self._load = load
        self._room = room
        self._side = room.sides[side]
        self._peer = room.sides["B" if side == "A" else "A"]
        self._token = token
        self._sid = uuid.uuid4().hex
        self._goal = goal
        self._ref = 0
        # An item tells the file which sides were opened with their tokens.
        self._is_locked = False

    async def run(self) -> None:
        rng = self._load.rng
        while not self._is_done:
            life = await self._load.life()
            try:
                if self._is_locked and rng.random() < 0.1:
                    await self._come_as_a_stranger(life)
                await self._visit(life)
            except GONE as error:
                self._load.check_ended(life, error)
            await asyncio.sleep(rng.choice([0, 0, rng.uniform(0, 0.1)]))

    @property
    def _is_done(self) -> bool:
        return self._may_send_no_more and self._room.is_complete

    @property
    def _may_send_no_more(self) -> bool:
        return all(self._load.is_ending or len(side.sent) >= self._goal for side in (self._side, self._peer))

    async def _visit(self, life: Life) -> None:
        rng = self._load.rng
        socket = await WebSocket.connect(life.port, self._room.name, self._side.name, self._sid, token=self._token)
        visit = self._say_hello(socket, life)
        for item in self._side.unanswered:
            self._send(socket, visit, item)
        while socket.is_open:
            await self._take_in(socket, visit)
            if self._is_done or rng.random() < 0.005:
                break
            self._send_some(socket, visit)
            self._acknowledge_some(socket, visit)
            await asyncio.sleep(rng.uniform(0, 0.02))
        if socket.is_open and rng.random() < 0.5:
            await socket.close()
        else:
            socket.transport.abort()
        await socket.end()
        # What has arrived before the end counts.
        await self._take_in(socket, visit)
        if socket.close_code not in (None, 1000):
            raise LedgerMismatch(f"{self._side.name} of {self._room.name} was closed {socket.close_code} {socket.close_reason}")

    def _say_hello(self, socket: WebSocket, life: Life) -> Visit:
        known, count = self._room.mailbox, len(self._side.received)
        # Mostly it remembers everything; or how far it came some time ago; or nothing, and then numbers mean nothing.
        mailbox, said = self._load.rng.choice([(known, count)] * 6 + [(known, None), (known, count // 2), ("", count)])
        visit = self._room.visit(self._side.name, life.number, mailbox, said)
        socket.send({"type": "hello", "mailbox": mailbox, "deliveredUpTo": said})
        return visit

    async def _take_in(self, socket: WebSocket, visit: Visit) -> None:
        for _ in socket.unread:
            frame = (await socket.next()).json
            self._room.receive(visit, frame)
            self._is_locked = self._is_locked or (frame["type"] == "accepted" and self._token is not None)

    def _send_some(self, socket: WebSocket, visit: Visit) -> None:
        rng, side = self._load.rng, self._side
        for _ in range(rng.choice([0, 0, 1, 3])):
            waiting = len(side.sent) - self._peer.received_of[side.name] - side.received_of[side.name]
            if self._load.is_ending or len(side.sent) >= self._goal or waiting >= BACKLOG:
                return
            self._ref += rng.choice([1, 1, 1, 2, 5])
            to = self._peer.name if rng.random() < 0.9 else side.name
            payload = f"{side.name}{self._ref} " + "ü" * rng.choice([rng.randrange(60), rng.randrange(60), rng.randrange(4000)])
            self._send(socket, visit, Item(self._ref, to, payload))

    def _send(self, socket: WebSocket, visit: Visit, item: Item) -> None:
        self._room.send(visit, item)
        socket.send({"type": "send", "to": item.to, "ref": item.ref, "payload": item.payload})

    def _acknowledge_some(self, socket: WebSocket, visit: Visit) -> None:
        rng, count = self._load.rng, len(self._side.received)
        if visit.next_seq is not None and count > self._side.acknowledged and rng.random() < 0.3:
            seq = rng.randint(self._side.acknowledged + 1, count)
            self._room.acknowledge(self._side.name, seq)
            socket.send({"type": "delivered", rng.choice(["seq", "upTo"]): seq})

    async def _come_as_a_stranger(self, life: Life) -> None:
        """Without the token, the side stays closed in each life, also before its holder is back."""
        try:
            socket = await WebSocket.connect(life.port, self._room.name, self._side.name, self._sid)
        except Refused as refused:
            assert self._load.tokens_needed and refused.status == 403, refused
            self._load.figures["strangers refused"] += 1
            return
        socket.send({"type": "hello", "mailbox": ""})
        await socket.end()
        if socket.close_code is None:
            self._load.check_ended(life, socket.failure)
        elif (socket.close_code, socket.close_reason) != (1008, f"side {self._side.name} needs its token") or socket.received:
            raise LedgerMismatch(f"a stranger got {socket.close_code} {socket.close_reason} {socket.received[:3]}")
        else:
            self._load.figures["strangers refused"] += 1


async def use_rooms(load: StoreLoad, codes: CodeBook) -> None:
    """A pair that goes through one room after the other; each is left when all that was sent has arrived."""
    rng = load.rng
    while not load.is_ending:
        tokens: dict[str, str | None] = {"A": None, "B": None}
        name = str(uuid.uuid4())
        if load.tokens_needed or rng.random() < 0.5:
            code = await codes.mint()
            await codes.redeem_for_sure(code)
            # Nobody else knows it.
            assert code.response is not None, code.text
            name, tokens = code.room, {"A": code.token, "B": code.response["token"]}
        room, goal = RoomLedger(name), rng.choice([5, 100, 300])
        await both(*(RoomUser(load, room, side, tokens[side], goal).run() for side in "AB"))
        load.figures["rooms"] += 1
        load.figures["items"] += sum(len(side.received) for side in room.sides.values())
        load.figures += room.figures


async def both(*jobs: Coroutine[Any, Any, None]) -> None:
    """The first that fails ends the other."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def new_id() -> str:
    return uuid.uuid4().hex
