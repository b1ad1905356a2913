"""One pair over a bad network, with everything that it sends accounted for: over the proxy's, and over one of the kernel's own making
(namespace_run.py)."""

import asyncio
import random
from dataclasses import dataclass, field

from fault_proxy import FIN, RST, Conditions, FaultProxy
from mailbox_user import MailboxUser, account_for_mailbox
from pairing import FrameMaker, assert_pairings_alternate, assert_same, relayed, send
from raw_http import mint, redeem
from ws_client import Message, NotSettled, WebSocket

RELAY_FRAMES = 200
CUTS = 20
# A bad network is slow; what matters is that it gets there.
WAIT = 40.0


@dataclass
class Outcome:
    relayed: int = 0
    reconnects: int = 0
    stored: int = 0
    redelivered: int = 0
    unconfirmed_lost: int = 0
    seconds: float = 0
    endings: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.relayed} relay frames of {self.relayed}; {self.stored} mailbox items of {self.stored} that the server had taken, "
            f"over {self.reconnects} reconnects ({self.endings}), {self.redelivered} sent again after a hello that asked for it, "
            f"{self.unconfirmed_lost} cut off before they reached the server; {self.seconds:.1f} s"
        )


async def run(server_port: int, up: Conditions, down: Conditions, seed: int) -> Outcome:
    outcome = Outcome()
    start = asyncio.get_running_loop().time()
    async with FaultProxy(server_port, up, down, seed) as proxy:
        await relay(proxy, random.Random(seed), outcome)
        await mailboxes(proxy, random.Random(seed + 1), outcome)
    outcome.seconds = asyncio.get_running_loop().time() - start
    return outcome


async def relay(proxy: FaultProxy, rng: random.Random, outcome: Outcome) -> None:
    """A pairing from the code on, and frames both ways at once: all arrive, in order, byte for byte."""
    minted = await mint(proxy.port)
    a = await WebSocket.connect(proxy.port, minted["appID"], "A", limit=WAIT)
    answer = await redeem(proxy.port, minted["code"])
    assert (answer.status, answer.json["appID"]) == (200, minted["appID"])
    assert (await redeem(proxy.port, minted["code"])).status == 410
    b = await WebSocket.connect(proxy.port, minted["appID"], "B", limit=WAIT)
    await a.expect("room_full", limit=WAIT)
    await b.expect("room_full", limit=WAIT)
    makers = {socket: FrameMaker(name, rng) for socket, name in ((a, "A"), (b, "B"))}
    sent: dict[WebSocket, list[Message]] = {a: [], b: []}
    for _ in range(RELAY_FRAMES // 2):
        for socket in (a, b):
            sent[socket].append(send(socket, makers[socket].next()))
        await asyncio.sleep(rng.uniform(0, 0.01))
    await asyncio.gather(a.settle(WAIT), b.settle(WAIT))
    # What the server had handled by then may still be on its way down to the other.
    await asyncio.gather(a.settle(WAIT), b.settle(WAIT))
    assert_same(relayed(b.received), sent[a], "from A to B")
    assert_same(relayed(a.received), sent[b], "from B to A")
    for socket in (a, b):
        assert_pairings_alternate(socket)
        assert await socket.close(limit=WAIT) == 1000
    outcome.relayed = RELAY_FRAMES


async def mailboxes(proxy: FaultProxy, rng: random.Random, outcome: Outcome) -> None:
    """Mailbox traffic both ways while connections are cut in every way: every item that the server has taken arrives, in order."""
    room = (await mint(proxy.port))["appID"]
    users = [MailboxUser(proxy, room, side, rng) for side in "AB"]
    for user in users:
        await user.connect(WAIT)
    for _ in range(CUTS):
        for _ in range(rng.randint(2, 8)):
            user = rng.choice(users)
            user.send_items(rng.randint(1, 4))
            await asyncio.sleep(rng.uniform(0, 0.03))
            user.acknowledge_some()
        unlucky = rng.choice(users)
        if rng.random() < 0.5:
            try:
                await unlucky.confirm(WAIT)
            except NotSettled:
                pass
        ending = rng.choice([FIN, RST, "client FIN", "client RST", "within a frame", "takeover"])
        outcome.endings[ending] = outcome.endings.get(ending, 0) + 1
        unlucky.send_items(rng.randint(1, 4))
        await unlucky.break_off(ending)
        await unlucky.connect(WAIT)
        outcome.reconnects += 1
    for user in users:
        await user.confirm(WAIT)
    # Both have said all they had to say; what is waiting for them comes now at the latest.
    await asyncio.gather(*(user.receive_the_rest(WAIT) for user in users))
    for sender, recipient in (users, reversed(users)):
        account = account_for_mailbox(sender, recipient)
        outcome.stored += account.stored
        outcome.redelivered += account.redelivered
        outcome.unconfirmed_lost += account.unconfirmed_lost
    for user in users:
        user.check_connections()
        await user.close(WAIT)

