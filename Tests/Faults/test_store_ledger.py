"""The ledger itself: whatever a server could say after a kill that is wrong is noticed, and whatever is right passes."""

import random
from dataclasses import dataclass
from itertools import groupby

import pytest

from store_ledger import Attempt, Code, Item, LedgerMismatch, RoomLedger, Visit
from store_load import StoreLoad

ROOM = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34"
MINTED = {"code": "28020000", "appID": ROOM, "token": "a"}
REDEEMED = {"appID": ROOM, "expiresAt": "then", "token": "b"}
MAILBOX, OTHER = "6f1f0a527a3c4a51", "9d0c2f0e8f1b9c34"


@dataclass(frozen=True)
class Ask:
    """When a client sends a redeem, to which process, under which name, what comes of it, and when."""

    sent: float
    life: int
    id: str | None
    result: str
    answered: float


def follow(steps: list[Ask]) -> None:
    """The code lives from second 0 to 100. What is sent at the same time is under way together."""
    code = Code(MINTED, 100, 0, 0)
    for _, together in groupby(steps, key=lambda ask: ask.sent):
        for ask, attempt in [(ask, begin(code, ask)) for ask in together]:
            match ask.result:
                case "200":
                    code.redeemed(attempt, REDEEMED, ask.answered)
                case "410":
                    code.refused(attempt, ask.answered)
                case "lost":
                    code.lost(attempt)
                case room:
                    code.redeemed(attempt, {**REDEEMED, "appID": room}, ask.answered)


def begin(code: Code, ask: Ask) -> Attempt:
    attempt = code.attempt(ask.id, ask.life)
    attempt.sent = ask.sent
    return attempt


RIGHT_CODES: dict[str, list[Ask]] = {
    "once": [Ask(1, 1, "x", "200", 2), Ask(3, 2, None, "410", 4), Ask(3.5, 2, "y", "410", 4)],
    "repeated": [Ask(1, 1, "x", "200", 2), Ask(20, 2, "x", "200", 21), Ask(40, 2, "x", "410", 41)],
    "repeated after it was lost": [Ask(1, 1, "x", "lost", 2), Ask(3, 2, "x", "200", 4), Ask(5, 2, "x", "200", 6)],
    "redeemed by what was lost": [Ask(1, 1, None, "lost", 2), Ask(3, 2, None, "410", 4)],
    "not redeemed by what was lost": [Ask(1, 1, None, "lost", 2), Ask(3, 2, "x", "200", 4)],
    "redeemed, lost, and then repeated": [Ask(1, 1, "x", "lost", 2), Ask(3, 2, "y", "410", 4), Ask(5, 2, "x", "200", 6)],
    "a race": [Ask(1, 1, "x", "410", 2), Ask(1, 1, "y", "200", 2)],
    "a race that was undone": [Ask(1, 1, "x", "410", 2), Ask(1, 1, "y", "lost", 2), Ask(3, 2, "x", "200", 4)],
    "ended": [Ask(101, 2, "x", "410", 102)],
    "ended while it was asked for": [Ask(99.99, 2, "x", "410", 100)],
}
WRONG_CODES: dict[str, list[Ask]] = {
    "gone": [Ask(1, 1, "x", "410", 2)],
    "gone, asked for by nobody else": [Ask(1, 1, "x", "lost", 2), Ask(3, 2, "x", "410", 4)],
    "another room": [Ask(1, 1, "x", OTHER, 2)],
    "twice": [Ask(1, 1, "x", "200", 2), Ask(3, 2, "y", "200", 4)],
    "twice without a name": [Ask(1, 1, None, "200", 2), Ask(3, 2, None, "200", 4)],
    "not repeated": [Ask(1, 1, "x", "200", 2), Ask(20, 2, "x", "410", 21)],
    "repeated too late": [Ask(1, 1, "x", "200", 2), Ask(40, 2, "x", "200", 41)],
    "repeated as another": [Ask(1, 1, "x", "200", 2), Ask(3, 2, "x", OTHER, 4)],
    "won by two": [Ask(1, 1, "x", "200", 2), Ask(1, 1, "y", "200", 2)],
    "won by nobody": [Ask(1, 1, "x", "410", 2), Ask(1, 1, "y", "410", 2)],
    "back again": [Ask(1, 1, None, "lost", 2), Ask(3, 2, "x", "410", 4), Ask(5, 3, "y", "200", 6)],
    "not repeated though lost": [Ask(1, 1, "x", "lost", 2), Ask(3, 2, "y", "410", 4), Ask(5, 2, "x", "410", 6)],
    "redeemed after its end": [Ask(101, 2, "x", "200", 102)],
}


@pytest.mark.parametrize("steps", RIGHT_CODES.values(), ids=RIGHT_CODES)
def test_codes_that_are_right_pass(steps: list[Ask]) -> None:
    follow(steps)


@pytest.mark.parametrize("steps", WRONG_CODES.values(), ids=WRONG_CODES)
def test_codes_that_are_wrong_are_noticed(steps: list[Ask]) -> None:
    with pytest.raises(LedgerMismatch):
        follow(steps)


def used_room() -> tuple[RoomLedger, Visit, Visit]:
    """A has sent refs 1, 2 and 4, of which the first two were accepted; B has the first, and has acknowledged it. Then came the kill."""
    room = RoomLedger(ROOM)
    a, b = room.visit("A", 1, "", 0), room.visit("B", 1, "", 0)
    for visit in (a, b):
        room.receive(visit, mailbox(MAILBOX, 0))
    for ref in (1, 2, 4):
        room.send(a, Item(ref, "B", f"A{ref} x"))
    for ref in (1, 2):
        room.receive(a, accepted(ref))
    room.receive(b, deliver(1, "A1 x"))
    room.acknowledge("B", 1)
    return room, room.visit("A", 2, MAILBOX, 0), room.visit("B", 2, MAILBOX, 1)


def mailbox(id: str, number: int) -> dict:
    return {"type": "mailbox", "id": id, "deliveredUpTo": number}


def deliver(seq: int, payload: str) -> dict:
    return {"type": "deliver", "seq": seq, "payload": payload}


def accepted(ref: int) -> dict:
    return {"type": "accepted", "ref": ref}


RIGHT_FRAMES = {
    "the third is stored": [mailbox(MAILBOX, 1), deliver(2, "A2 x"), deliver(3, "A4 x")],
    "the third is not stored": [mailbox(MAILBOX, 1), deliver(2, "A2 x")],
    "items before the mailbox": [deliver(2, "A2 x"), mailbox(MAILBOX, 1), deliver(3, "A4 x")],
}
WRONG_FRAMES = {
    "another mailbox": [mailbox(OTHER, 1)],
    "less acknowledged than said": [mailbox(MAILBOX, 0)],
    "more acknowledged than ever": [mailbox(MAILBOX, 2)],
    "an item lost": [mailbox(MAILBOX, 1), deliver(2, "A4 x")],
    "an item and its number lost": [mailbox(MAILBOX, 1), deliver(3, "A4 x")],
    "an item doubled": [mailbox(MAILBOX, 1), deliver(2, "A1 x")],
    "an item once more": [mailbox(MAILBOX, 1), deliver(1, "A1 x")],
    "one of two doubled": [mailbox(MAILBOX, 1), deliver(2, "A2 x"), deliver(3, "A2 x")],
    "a changed item": [mailbox(MAILBOX, 1), deliver(2, "A2 y")],
    "an item of nobody": [mailbox(MAILBOX, 1), deliver(2, "A2 x"), deliver(3, "A4 x"), deliver(4, "A5 x")],
    "a refusal": [mailbox(MAILBOX, 1), {"type": "error", "code": "mailbox_full"}],
}


@pytest.mark.parametrize("frames", RIGHT_FRAMES.values(), ids=RIGHT_FRAMES)
def test_items_that_are_right_pass(frames: list[dict]) -> None:
    room, a, b = used_room()
    room.receive(a, mailbox(MAILBOX, 0))
    room.send(a, Item(4, "B", "A4 x"))
    for frame in frames:
        room.receive(b, frame)
    assert not room.is_complete
    room.receive(a, accepted(4))
    assert room.is_complete == (frames[-1] == deliver(3, "A4 x"))


@pytest.mark.parametrize("frames", WRONG_FRAMES.values(), ids=WRONG_FRAMES)
def test_items_that_are_wrong_are_noticed(frames: list[dict]) -> None:
    room, _, b = used_room()
    for frame in frames[:-1]:
        room.receive(b, frame)
    with pytest.raises(LedgerMismatch):
        room.receive(b, frames[-1])


def test_items_that_come_again_are_the_same() -> None:
    """To a client that remembers nothing, or whose acknowledgement was lost."""
    for number in (0, 1):
        room, _, _ = used_room()
        again = room.visit("B", 3, "", 1)
        room.receive(again, mailbox(MAILBOX, number))
        if number == 0:
            room.receive(again, deliver(1, "A1 x"))
        room.receive(again, deliver(2, "A2 x"))
    room, _, _ = used_room()
    again = room.visit("B", 3, "", 1)
    room.receive(again, mailbox(MAILBOX, 0))
    with pytest.raises(LedgerMismatch):
        room.receive(again, deliver(1, "A2 x"))


def test_responses_that_nobody_waits_for_are_noticed() -> None:
    room, a, _ = used_room()
    with pytest.raises(LedgerMismatch):
        room.receive(a, accepted(4))
    room.send(a, Item(4, "B", "A4 x"))
    with pytest.raises(LedgerMismatch):
        # The response to its `hello` comes first.
        room.receive(a, accepted(4))
    # The connection breaks, and the process goes on: it responds for both.
    again = room.visit("A", 2, MAILBOX, 0)
    room.send(again, Item(4, "B", "A4 x"))
    room.receive(again, accepted(4))
    room.receive(again, accepted(4))
    with pytest.raises(LedgerMismatch):
        room.receive(again, accepted(4))


async def test_a_connection_that_breaks_without_a_kill_is_noticed() -> None:
    load = StoreLoad(random.Random(1), tokens_needed=False)
    load.begin(1)
    life = await load.life()
    with pytest.raises(LedgerMismatch):
        load.check_ended(life, "reset")
    load.end()
    load.check_ended(life, "reset")
