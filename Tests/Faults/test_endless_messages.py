"""Messages that never end: they take nothing from those that do, and their time runs out."""

import asyncio
from collections.abc import Callable

import pytest

from fair_shares import NO_PROXIES
from pairing import connect_pair, new_room
from process_figures import LINUX_ONLY
from server_process import ServerProcess
from waiting import closed_with
from ws_client import WebSocket
from ws_frames import CONTINUATION, TEXT, client_frame

pytestmark = LINUX_ONLY

BOUND = 1 << 20
HOLDERS = 257
BEGUN = b'{"type":"offer","pad":"' + b"x" * 4_000


@pytest.mark.parametrize("holders", ["one address", "an address each"])
async def test_newcomers_go_on_beside_messages_that_never_end(
    start_server: Callable[..., ServerProcess], figures: Callable, holders: str
) -> None:
    """The bound is reached by 257 connections. The largest are closed for it, and nobody whose message ends."""
    server = start_server(STORED_BYTES_MAX=str(BOUND), **NO_PROXIES)
    attackers: list[WebSocket] = []
    largest = await hold(server.port, "127.0.3.1", BEGUN * 25)
    for number in range(HOLDERS):
        address = "127.0.3.1" if holders == "one address" else f"127.0.3.{1 + number % 250}"
        attackers.append(await hold(server.port, address, BEGUN))
        # What would be too much is taken from whoever holds most.
        assert largest.is_open or largest.close_code == 1013
    await largest.end()
    assert (largest.close_code, largest.close_reason) == (1013, "server full")
    open_before = sum(attacker.is_open for attacker in attackers)

    for number in range(50):
        newcomer = {"local_address": f"127.0.1.{number + 1}"}
        pair = await connect_pair(server.port, **newcomer)
        for sender, receiver in [(pair.a, pair.b), (pair.b, pair.a)]:
            sender.send_raw(client_frame(TEXT, BEGUN[:2_000], final=False))
            await sender.ping()
            sender.send_raw(client_frame(CONTINUATION, b'"}'))
            assert (await receiver.next()).payload == BEGUN[:2_000] + b'"}'
        await pair.close()
    await asyncio.gather(*(attacker.ping() for attacker in attackers if attacker.is_open))
    closed = [attacker for attacker in attackers if not attacker.is_open]
    assert {(attacker.close_code, attacker.close_reason) for attacker in closed} <= {(1013, "server full")}
    kept = len(attackers) - len(closed)
    assert kept * len(BEGUN) <= BOUND and kept >= 100
    # Nothing is wrong with those that were kept.
    first = next(attacker for attacker in attackers if attacker.is_open)
    first.send_raw(client_frame(CONTINUATION, b'"}'))
    await first.settle()
    for attacker in attackers:
        attacker.transport.abort()
    figures(f"of {HOLDERS} holders from {holders} {open_before} were open, and {kept} after 100 frames in two parts from 50 newcomers")


async def hold(port: int, address: str, begun: bytes) -> WebSocket:
    socket = await WebSocket.connect(port, new_room(), "A", local_address=address)
    socket.send_raw(client_frame(TEXT, begun, final=False))
    await socket.ping()
    return socket


async def test_a_message_that_trickles_is_closed(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """What arrives of it does not extend its time. Others that end in time may follow each other for as long as they like."""
    server = start_server(MESSAGE_TIMEOUT="1s")
    loop = asyncio.get_running_loop()
    pair, other = await connect_pair(server.port), await connect_pair(server.port)
    start = loop.time()
    pair.a.send_raw(client_frame(TEXT, b'{"type":"offer","pad":"', final=False))
    messages = 0
    while pair.a.is_open:
        assert loop.time() - start < 5, "it was not closed"
        pair.a.send_raw(client_frame(CONTINUATION, b"x", final=False))
        other.a.send_raw(client_frame(TEXT, b'{"type":"ice",', final=False))
        # Half of the time that it may take; both connections send, and are heard of.
        await asyncio.wait({pair.a.ended}, timeout=0.25)
        if pair.a.is_open:
            pair.a.send_raw(client_frame(CONTINUATION, b"x", final=False))
        await asyncio.wait({pair.a.ended}, timeout=0.25)
        other.a.send_raw(client_frame(CONTINUATION, b'"n":1}'))
        assert (await other.b.next()).json["n"] == 1
        messages += 1
    took = loop.time() - start
    await pair.a.end()
    assert (pair.a.close_code, pair.a.close_reason) == (1008, "message took too long")
    assert took >= 1
    await pair.b.expect("peer_left")
    assert await closed_with(server.url, 1008) == 1
    for _ in range(2):
        other.a.send_raw(client_frame(TEXT, b'{"type":"ice",', final=False))
        await asyncio.wait({other.a.ended}, timeout=0.7)
        other.a.send_raw(client_frame(CONTINUATION, b'"n":2}'))
        assert (await other.b.next()).json["n"] == 2
    await other.close()
    await pair.b.close()
    figures(f"closed 1008 after {took:.2f} s of trickling; {messages + 2} messages of half a second each were not")
