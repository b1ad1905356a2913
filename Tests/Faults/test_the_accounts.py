"""The accounts themselves: each kind of wrong that a test here looks for is noticed when it is there."""

import random
from types import SimpleNamespace

import pytest

from mailbox_user import MailboxUser, Visit, account_for_mailbox
from pairing import FrameMaker, assert_pairings_alternate, assert_run_of, assert_same
from ws_client import Message
from ws_frames import BINARY, TEXT, ServerFrames, ServerMisbehaved

FRAMES = [FrameMaker("A", random.Random(n)).next() for n in range(5)]


def messages(*types: str) -> SimpleNamespace:
    return SimpleNamespace(received=[Message(TEXT, f'{{"type":"{type}"}}'.encode()) for type in types])


def user(side: str, *sent: tuple[list[str], int], items: dict[int, str] | None = None) -> MailboxUser:
    self = MailboxUser(None, "room", side, random.Random(1))
    self.visits = [Visit(None, None, 0, 0, sent=payloads, confirmed=confirmed) for payloads, confirmed in sent]
    self.items = items or {}
    return self


def test_frames_that_are_right_pass() -> None:
    assert_same(FRAMES, FRAMES, "")
    assert_run_of(FRAMES[1:4], FRAMES, "")
    assert_pairings_alternate(messages("room_full", "offer", "peer_left", "room_full", "ice"))
    sender = user("A", (["a", "b", "c"], 2), (["d", "e"], 1))
    account = account_for_mailbox(sender, user("B", items={1: "a", 2: "b", 3: "d", 4: "e"}))
    assert (account.stored, account.unconfirmed_lost) == (4, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        FRAMES[:1] + FRAMES[2:],
        FRAMES[:2] + FRAMES[1:],
        [FRAMES[1], FRAMES[0], *FRAMES[2:]],
        [Message(TEXT + BINARY - FRAMES[0].opcode, FRAMES[0].payload)],
        [Message(FRAMES[0].opcode, FRAMES[0].payload.replace(b"1.50e+01", b"15.0"))],
    ],
    ids=["lost", "doubled", "out of order", "another opcode", "encoded anew"],
)
def test_frames_that_are_wrong_are_noticed(wrong: list[Message]) -> None:
    with pytest.raises(AssertionError):
        assert_same(wrong, FRAMES[: len(wrong)], "")
    with pytest.raises(AssertionError):
        assert_run_of(wrong, FRAMES, "")


@pytest.mark.parametrize("wrong", ["offer", "room_full room_full", "peer_left", "room_full peer_left ice", "room_full peer_left peer_left"])
def test_pairings_that_are_wrong_are_noticed(wrong: str) -> None:
    with pytest.raises(AssertionError):
        assert_pairings_alternate(messages(*wrong.split()))


@pytest.mark.parametrize("wrong", ["a", "a b d", "b a", "a b c c d e", "a b c e", "a b x"], ids=repr)
def test_mailboxes_that_are_wrong_are_noticed(wrong: str) -> None:
    sender = user("A", (["a", "b", "c"], 2), (["d", "e"], 2))
    with pytest.raises(AssertionError):
        account_for_mailbox(sender, user("B", items=dict(enumerate(wrong.split(), start=1))))


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x01\x00",
        b"\xc1\x00",
        b"\x81\x80\0\0\0\0",
        b"\x81\x7e\x00\x05",
        b"\x83\x00",
        b"\x89\x7e\x00\x7e",
        b"\x81\x01\xff",
        b"\x88\x01\x03",
    ],
    ids=["not final", "reserved bit", "masked", "long length", "opcode", "long ping", "not UTF-8", "half a code"],
)
def test_server_frames_that_are_wrong_are_noticed(wrong: bytes) -> None:
    with pytest.raises(ServerMisbehaved):
        list(ServerFrames().feed(wrong))


def test_nothing_may_follow_a_close_frame() -> None:
    frames = ServerFrames()
    assert list(frames.feed(b"\x88\x02\x03")) == []
    assert list(frames.feed(b"\xe8")) == [(8, b"\x03\xe8")]
    with pytest.raises(ServerMisbehaved):
        list(frames.feed(b"\x81\x00"))
