"""Rooms, pairs, and the rules that every connection's messages keep whatever else happens."""

import asyncio
import json
import random
import uuid
from dataclasses import dataclass
from typing import Any

from ws_client import BINARY, TEXT, Message, WebSocket

RELAYED = {"offer", "answer", "ice", "sender_ready"}


def new_room() -> str:
    return str(uuid.uuid4())


@dataclass
class Pair:
    room: str
    a: WebSocket
    b: WebSocket

    async def close(self) -> None:
        await asyncio.gather(self.a.close(), self.b.close())


async def connect_pair(port: int, room: str | None = None, **options: Any) -> Pair:
    """Both sides connected and told so; `options` are further arguments of `WebSocket.connect`."""
    room = room or new_room()
    pair = Pair(room, *[await WebSocket.connect(port, room, side, **options) for side in "AB"])
    await asyncio.gather(pair.a.expect("room_full"), pair.b.expect("room_full"))
    return pair


class FrameMaker:
    """Relay frames of one sender: numbered, no two alike, and spelled in ways that re-encoding would not keep."""

    def __init__(self, sender: str, rng: random.Random) -> None:
        self._sender = sender
        self._rng = rng
        self._number = 0

    def next(self, padding: int | None = None) -> Message:
        self._number += 1
        kind = self._rng.choice(["offer", "answer", "ice", "Ice", "OFFER", "sender_ready", "\\u0069ce"])
        space = " " * self._rng.randrange(3)
        size = self._rng.randrange(120) if padding is None else padding
        text = f'{{{space}"from":"{self._sender}","n":{self._number},{space}"float":1.50e+01,"type":"{kind}","pad":"ü\\/{"x" * size}"}}'
        return Message(self._rng.choice([TEXT, BINARY]), text.encode())


def number(message: Message) -> int:
    return message.json["n"]


def relayed(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.type in RELAYED]


def send(socket: WebSocket, message: Message) -> Message:
    socket.send(message.payload, message.opcode)
    return message


def assert_pairings_alternate(socket: WebSocket) -> None:
    """`room_full` once a pairing and before anything of the peer, `peer_left` once after it, and nothing of the peer in between."""
    is_paired = False
    for message in socket.received:
        if message.type == "room_full":
            assert not is_paired, "room_full twice in one pairing"
            is_paired = True
        elif message.type == "peer_left":
            assert is_paired, "peer_left without a peer"
            is_paired = False
        elif message.type in RELAYED:
            assert is_paired, f"a frame of nobody: {message.payload[:100]!r}"


def assert_run_of(received: list[Message], sent: list[Message], what: str) -> None:
    """`received` is a gapless stretch of `sent`: same opcodes, same bytes, same order, nothing twice."""
    if not received:
        return
    assert received[0] in sent, f"{what}: {received[0].payload[:200]!r} was never sent"
    start = sent.index(received[0])
    assert_same(received, sent[start : start + len(received)], what)


def assert_same(received: list[Message], sent: list[Message], what: str) -> None:
    for index, (ours, theirs) in enumerate(zip(received, sent)):
        assert ours == theirs, f"{what}: message {index} is {ours.payload[:200]!r}, not {theirs.payload[:200]!r}"
    assert len(received) == len(sent), f"{what}: {len(received)} messages came, {len(sent)} were sent"


def item(to: str, payload: Any) -> bytes:
    return json.dumps({"type": "send", "to": to, "payload": payload}).encode()
