"""SIGKILL while a store is written: what was confirmed is there, and what was refused is not, life after life."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from pairing import new_room
from raw_http import HTTPConnection, redeem
from server_process import ServerProcess
from ws_client import WebSocket

LIVES = 6
CLIENTS = 6


class CodeUser:
    """Mints and redeems over one connection until the server is killed. What it was told is what must hold."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.live: set[str] = set()
        self.used: set[str] = set()
        # Sent off, and not answered: either may hold.
        self.open: set[str] = set()

    async def work(self, port: int) -> None:
        connection = await HTTPConnection.open(port)
        try:
            while True:
                if self.live and self._rng.random() < 0.4:
                    code = self._rng.choice(sorted(self.live))
                    self.live.remove(code)
                    self.open.add(code)
                    answer = await connection.request("POST", "/rendezvous/redeem", {"code": code})
                    assert answer.status == 200, answer
                    self.open.remove(code)
                    self.used.add(code)
                else:
                    answer = await connection.request("POST", "/rendezvous/code")
                    assert answer.status == 200, answer
                    self.used.discard(answer.json["code"])
                    self.live.add(answer.json["code"])
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            connection.close()


class ItemSender:
    """Sends numbered items to side B until the server is killed, and goes on behind the last one that was accepted."""

    def __init__(self) -> None:
        self.room = new_room()
        self.sent = 0
        self.accepted = 0

    async def work(self, port: int) -> None:
        socket = await WebSocket.connect(port, self.room, "A", "sender", on_message=self._take)
        # What was not confirmed is sent again, under its number.
        self.sent = self.accepted
        while not socket.ended.done():
            # A client keeps fewer than 1,024 items without a response.
            if self.sent - self.accepted < 50:
                self.sent += 1
                socket.send({"type": "send", "to": "B", "ref": self.sent, "payload": self.sent})
            await asyncio.sleep(0)

    def _take(self, _: WebSocket, message) -> None:
        if message.type == "accepted":
            self.accepted = message.json["ref"]


@pytest.mark.limit(120)
@pytest.mark.parametrize("sync", ["normal", "full"])
async def test_what_was_confirmed_survives_sigkill(
    start_server: Callable[..., ServerProcess], figures: Callable, tmp_path: Path, sync: str
) -> None:
    settings = {
        "STORE": f"sqlite://{tmp_path}/state.db",
        "STORE_SYNC": sync,
        "CODE_DIGITS": "8",
        # Codes that are used up look like guesses.
        "REDEEM_FAILURES_PER_MIN": "0",
        "MAILBOX_MAX_MESSAGES": "100000",
        "MAILBOX_MAX_BYTES": "16777216",
    }
    rng = random.Random(f"kills {sync}")
    users = [CodeUser(random.Random(rng.random())) for _ in range(CLIENTS)]
    sender = ItemSender()
    for _ in range(LIVES):
        server = start_server(**settings)
        working = [asyncio.create_task(worker.work(server.port)) for worker in (*users, sender)]
        await asyncio.sleep(rng.uniform(0.1, 0.8))
        server.kill()
        await asyncio.wait_for(asyncio.gather(*working), 15)
        accepted = sender.accepted
        # Nobody else is there to be told of what nobody was told.
        for user in users:
            user.open.clear()

    server = start_server(**settings)
    live = {code for user in users for code in user.live}
    used = {code for user in users for code in user.used} - live
    assert len(live) > 20 and len(used) > 10 and accepted > 20
    for code in sorted(live):
        assert (await redeem(server.port, code)).status == 200, code
        assert (await redeem(server.port, code)).status == 410, code
    for code in sorted(used):
        assert (await redeem(server.port, code)).status == 410, code

    receiver = await WebSocket.connect(server.port, sender.room, "B", "receiver")
    receiver.send({"type": "hello"})
    received: list[int] = []
    while len(received) < accepted:
        received.append((await receiver.expect("deliver")).json["payload"])
    assert received == list(range(1, accepted + 1)), "an item is lost, doubled, or out of order"
    await receiver.close()
    figures(f"{LIVES} lives with STORE_SYNC={sync}: {len(live)} codes live, {len(used)} used, {accepted} items, all as they were confirmed")
