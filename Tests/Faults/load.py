"""Thousands of clients from one process: rooms whose two sides play ping-pong by callbacks, without a task for each."""

import asyncio
import json
import resource
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from pairing import new_room
from ws_client import Message, WebSocket

AT_ONCE = 100


async def rolling(jobs: Iterable[Callable[[], Awaitable[Any]]], at_once: int = AT_ONCE) -> None:
    """Does the jobs in their order, so many at a time; the first failure ends it."""
    queue = iter(jobs)

    async def work() -> None:
        for job in queue:
            await job()

    await asyncio.gather(*(work() for _ in range(at_once)))


def raise_descriptor_limit(wanted: int, hint: str = "") -> None:
    """For this process; without them the test is skipped."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"{wanted} descriptors are needed, {hard} allowed; {hint}".rstrip("; "))
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Room:
    """A pair that has one frame under way, back and forth, `pause` apart; counts what each side sent and got."""

    def __init__(self, name: str | None = None, pause: float = 0.0) -> None:
        self.name = name or new_room()
        self.a: WebSocket | None = None
        self.b: WebSocket | None = None
        self.failure: str | None = None
        self.refusals = 0
        self.sent = 0
        self.arrived = 0
        self.items: list[dict[str, Any]] = []
        self.going_away: dict[str, tuple[float, int]] = {}
        # When the frame that is under way was sent, by which side; None while none is.
        self.under_way: tuple[float, WebSocket] | None = None
        self._pause = pause
        self._loop = asyncio.get_running_loop()
        self._full = 0
        self.is_full: asyncio.Future[None] = self._loop.create_future()
        self._goal = 0
        self._reached: asyncio.Future[None] | None = None

    async def connect(self, port: int, limit: float = 30) -> None:
        self.a = await WebSocket.connect(port, self.name, "A", on_message=self._receive, limit=limit)
        self.b = await WebSocket.connect(port, self.name, "B", on_message=self._receive, limit=limit)

    async def play(self, rounds: int, limit: float = 30) -> None:
        """Returns once that many frames have arrived."""
        await asyncio.wait_for(asyncio.shield(self.is_full), limit)
        self._goal, self._reached = self.arrived + rounds, self._loop.create_future()
        if self.under_way is None:
            self._send(self.a)
        await asyncio.wait_for(self._reached, limit)

    @property
    def sockets(self) -> tuple[WebSocket, WebSocket]:
        return self.a, self.b

    def send_now(self) -> None:
        """Does not wait for the pause between two frames to be over."""
        self._send(self.a)

    def _send(self, sender: WebSocket) -> None:
        if self.going_away or not sender.is_open or self.under_way is not None:
            return
        self.sent += 1
        self.under_way = (self._loop.time(), sender)
        sender.send(b'{"type":"ice","n":%d}' % self.sent)

    def _receive(self, receiver: WebSocket, message: Message) -> None:
        frame = json.loads(message.payload)
        match frame["type"]:
            case "room_full":
                self._full += 1
                if self._full == 2 and not self.is_full.done():
                    self.is_full.set_result(None)
                elif self._full > 2:
                    self.failure = "room_full a second time"
            case "ice":
                sender = self.under_way[1] if self.under_way else None
                if sender is None or sender is receiver or frame["n"] != self.sent:
                    self.failure = f"{frame} came, {self.sent} was sent"
                self.arrived += 1
                self.under_way = None
                if self._reached and not self._reached.done() and self.arrived >= self._goal:
                    self._reached.set_result(None)
                if self._pause > 0:
                    self._loop.call_later(self._pause, self._send, receiver)
                elif self._pause == 0 and self.arrived < self._goal:
                    self._send(receiver)
            case "going_away":
                self.going_away["A" if receiver is self.a else "B"] = (self._loop.time(), frame["reconnectAfterMs"])
            case "send":
                self.items.append(frame)
            case other:
                # A peer that has closed is gone; before that nobody has reason to leave.
                if not (other == "peer_left" and self.going_away):
                    self.failure = f"{frame} came"
