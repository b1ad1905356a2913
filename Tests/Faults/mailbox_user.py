"""A client that keeps its mailbox through one connection after another, and what its account must look like in the end."""

import asyncio
import random
from dataclasses import dataclass, field

from fault_proxy import FIN, RST, FaultProxy
from pairing import assert_pairings_alternate
from ws_client import WAIT, WebSocket
from ws_frames import PONG, TEXT, client_frame


@dataclass
class Visit:
    """One connection, from the client's point of view."""

    socket: WebSocket
    # What `hello` said was delivered; None where the first item may be any that was not acknowledged.
    said: int | None
    # The highest item known to have arrived, and the highest that the server knows to be acknowledged, when the connection began.
    had: int
    acknowledged: int
    sent: list[str] = field(default_factory=list)
    # How many of `sent` the server has certainly handled.
    confirmed: int = 0


class MailboxUser:
    def __init__(self, proxy: FaultProxy, room: str, side: str, rng: random.Random) -> None:
        self.side = side
        self.visits: list[Visit] = []
        # Items by number, across all connections.
        self.items: dict[int, str] = {}
        self.redelivered = 0
        self._proxy = proxy
        self._room = room
        self._rng = rng
        self._count = 0
        self._acknowledged = 0
        self._to = "B" if side == "A" else "A"

    @property
    def visit(self) -> Visit:
        return self.visits[-1]

    @property
    def socket(self) -> WebSocket:
        return self.visit.socket

    async def connect(self, limit: float) -> None:
        """A sid makes this a takeover where the server has not noticed yet that the last connection is gone."""
        socket = await WebSocket.connect(self._proxy.port, self._room, self.side, f"session-{self.side}", limit=limit)
        # Everything the last connection got is in by now: it has ended.
        if self.visits:
            self._take_in(self.visit)
        said = self._rng.choice([None, len(self.items)])
        self.visits.append(Visit(socket, said, had=len(self.items), acknowledged=self._acknowledged))
        socket.send({"type": "hello", "sessionId": "s"} if said is None else {"type": "hello", "deliveredUpTo": said})

    def send_items(self, count: int) -> None:
        for _ in range(count):
            self._count += 1
            payload = f"{self.side}{self._count} " + "ü" * self._rng.randrange(60)
            self.visit.sent.append(payload)
            self.socket.send({"type": "send", "to": self._rng.choice([self._to, self._to.lower()]), "payload": payload})

    def acknowledge_some(self) -> None:
        numbers = [message.json["seq"] for message in self.socket.received if message.type == "deliver"]
        if numbers and self._rng.random() < 0.7:
            self.socket.send({"type": "delivered", self._rng.choice(["seq", "upTo"]): self._rng.choice(numbers[-4:])})

    async def confirm(self, limit: float) -> None:
        """Waits until the server has handled all that was sent on this connection."""
        sent = len(self.visit.sent)
        await self.socket.settle(limit)
        self.visit.confirmed = sent
        # What was acknowledged before this point is so for good.
        acknowledged = [message.json.get("seq", message.json.get("upTo")) for message in self.socket.sent if message.type == "delivered"]
        self._acknowledged = max([self._acknowledged, self.visit.said or 0, *acknowledged])

    async def break_off(self, ending: str) -> None:
        link = await self._proxy.link(self.socket.local_port)
        match ending:
            case "fin" | "rst":
                link.end(FIN if ending == "fin" else RST)
            case "client FIN":
                self.socket.transport.close()
            case "client RST":
                self.socket.reset()
            case "within a frame":
                frame = client_frame(TEXT, b'{"type":"send","to":"A","payload":"%s"}' % (b"never whole " * 20))
                link.up.cut_after(self._rng.randint(1, len(frame) - 1), RST)
                self.socket.send_raw(frame)
            case "takeover":
                # The network is gone, neither end knows, and the next connection comes before anybody could notice.
                link.hold()
                return self.socket.transport.abort()
        await self._notice_the_end()

    async def _notice_the_end(self, limit: float = WAIT) -> None:
        """Nobody sends a lost RST again; an end that has something to send is told by the answer, which is what heartbeats are for."""
        deadline = asyncio.get_running_loop().time() + limit
        while self.socket.is_open and asyncio.get_running_loop().time() < deadline:
            self.socket.send_raw(client_frame(PONG, b""))
            await asyncio.wait({self.socket.ended}, timeout=0.2)
        await self.socket.end(limit=1)

    async def receive_the_rest(self, limit: float) -> None:
        """Twice: what the server had put on its way before the first answer is here before the second."""
        await self.socket.settle(limit)
        await self.socket.settle(limit)
        self._take_in(self.visit)

    async def close(self, limit: float) -> None:
        self.socket.send({"type": "delivered", "upTo": len(self.items)})
        assert await self.socket.close(limit=limit) == 1000

    def check_connections(self) -> None:
        for visit in self.visits:
            assert_pairings_alternate(visit.socket)
            assert not any(message.type in ("error", "send") for message in visit.socket.received)

    def _take_in(self, visit: Visit) -> None:
        """Items of one connection: numbered without a gap from where they had to begin, and never another text under a known number."""
        delivered = [message.json for message in visit.socket.received if message.type == "deliver"]
        for index, item in enumerate(delivered):
            seq, payload = item["seq"], item["payload"]
            if index == 0:
                first = visit.had + 1 if visit.said is not None else seq
                assert visit.acknowledged < seq <= visit.had + 1 and seq == first, f"items began with {seq}: {visit}"
            else:
                assert seq == delivered[index - 1]["seq"] + 1, f"{seq} came after {delivered[index - 1]['seq']}"
            if seq in self.items:
                self.redelivered += 1
            assert self.items.setdefault(seq, payload) == payload, f"item {seq} has changed: {payload!r}"


@dataclass
class Account:
    stored: int
    redelivered: int
    unconfirmed_lost: int


def account_for_mailbox(sender: MailboxUser, recipient: MailboxUser) -> Account:
    """Of each of the sender's connections a beginning has arrived, in order, with at least everything that the server had handled."""
    payloads = [recipient.items[number + 1] for number in range(len(recipient.items))]
    position = lost = 0
    for visit in sender.visits:
        taken = 0
        while taken < len(visit.sent) and position < len(payloads) and payloads[position] == visit.sent[taken]:
            taken, position = taken + 1, position + 1
        assert taken >= visit.confirmed, f"{visit.confirmed - taken} items that the server had taken are gone: {visit.sent[taken:][:3]}"
        lost += len(visit.sent) - taken
    assert position == len(payloads), f"items that were never sent, or not in this order: {payloads[position:][:3]}"
    return Account(len(payloads), recipient.redelivered, lost)
