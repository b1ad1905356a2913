"""File descriptors run out: by the server's own count, and behind its back."""

import asyncio
import resource
from collections.abc import Callable

import pytest

from bystanders import Bystanders
from pairing import connect_pair, new_room
from process_figures import LINUX_ONLY, cpu_seconds, descriptors
from raw_http import HTTPConnection, request
from server_process import ServerProcess
from waiting import eventually, metrics_become
from ws_client import Refused, WebSocket

pytestmark = LINUX_ONLY

# With this limit the server keeps 64 descriptors for itself, takes 64 connections, and leaves 8 of them to HTTP.
LIMIT = 128
SOCKETS, WEBSOCKETS = 64, 56
# The server asks itself whether it is full before each batch that it accepts, not before each connection.
BATCH = 16
# Long enough for a server that can to answer many times over.
NO_ANSWER = 0.5


def low_limit(count: int) -> list[str]:
    return ["prlimit", f"--nofile={count}:{count}"]


async def test_at_the_limit_of_websockets_a_newcomer_is_told_to_wait(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(wrapper=low_limit(LIMIT))
    async with Bystanders(server.port, 4) as bystanders:
        clients = [await WebSocket.connect(server.port, new_room(), "A") for _ in range(WEBSOCKETS - 8)]
        for _ in range(20):
            with pytest.raises(Refused) as refusal:
                await WebSocket.connect(server.port, new_room(), "A")
            assert refusal.value.status == 503
            assert refusal.value.headers["retry-after"] == "10"
            assert refusal.value.headers["content-type"] == "application/problem+json"
        assert (await request(server.port, "GET", "/readyz")).status == 200
        # One goes, one comes.
        assert await clients.pop().close() == 1000
        clients.append(await eventually_connected(server.port))
        await bystanders.talk(100)
        assert all(client.is_open for client in clients)


async def eventually_connected(port: int) -> WebSocket:
    """The client's view of a close is a moment ahead of the server's count."""
    for _ in range(100):
        try:
            return await WebSocket.connect(port, new_room(), "A")
        except Refused as refusal:
            assert refusal.status == 503
            await asyncio.sleep(0.02)
    raise AssertionError("no place became free")


async def test_accepting_stops_at_the_limit_and_goes_on(start_server: Callable[..., ServerProcess], figures: Callable) -> None:
    """Full to the last socket, for two seconds: those who are in go on talking, and those who wait get in as others leave."""
    server = start_server(wrapper=low_limit(LIMIT), READ_HEADER_TIMEOUT="5m")
    async with Bystanders(server.port, 20) as bystanders:
        silent = [await HTTPConnection.open(server.port) for _ in range(SOCKETS - 40)]
        await eventually(lambda: descriptors(server.pid) >= SOCKETS, "all places taken")
        waiting = [await HTTPConnection.open(server.port) for _ in range(30)]
        for connection in waiting:
            connection.send("GET", "/healthz")
        answers = [asyncio.create_task(connection.answer()) for connection in waiting]
        early, _ = await asyncio.wait(answers, timeout=NO_ANSWER)
        assert len(early) <= BATCH, f"{len(early)} got in although the server was full"
        spent, rounds = cpu_seconds(server.pid), len(bystanders.round_trips)
        await bystanders.talk(1000)
        spent = (cpu_seconds(server.pid) - spent) / (len(bystanders.round_trips) - rounds)
        held = descriptors(server.pid)
        assert held < LIMIT, f"{held} descriptors"

        # A place goes from one to the next as each closes.
        for connection in silent:
            connection.close()
        for connection, answer in zip(waiting, answers):
            assert (await answer).status == 200
            connection.close()
        await bystanders.talk(100)
    await metrics_become(server.url, nt_peers_active=0)
    figures(f"{held} of {LIMIT} descriptors at most, {spent * 1e6:.0f} µs of CPU a round trip meanwhile; {bystanders.summary}")


@pytest.mark.parametrize("relief", ["connections close", "the limit is raised"])
async def test_the_listener_survives_when_accept_fails(start_server: Callable[..., ServerProcess], figures: Callable, relief: str) -> None:
    """The limit is lowered under a running server, so accept fails with EMFILE, which its own count cannot foresee."""
    server = start_server()
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    async with Bystanders(server.port, 10) as bystanders:
        pair = await connect_pair(server.port)
        spare = [await HTTPConnection.open(server.port) for _ in range(10)]
        for connection in spare:
            assert (await connection.request("GET", "/healthz")).status == 200
        open_before = descriptors(server.pid)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (open_before, hard))

        waiting = [await HTTPConnection.open(server.port) for _ in range(10)]
        for connection in waiting:
            connection.send("GET", "/healthz")
        with pytest.raises((asyncio.TimeoutError, TimeoutError)):
            await waiting[0].answer(NO_ANSWER)
        # Those who are in notice nothing, and everything that needs no descriptor works.
        await bystanders.talk(200)
        assert (await spare[0].request("POST", "/rendezvous/code")).status == 200
        assert (await spare[0].request("GET", "/metrics")).status == 200
        idle = await self_inflicted_cpu(server, bystanders)
        assert idle < 0.1, f"{idle:.2f} s of CPU in a second in which there was nothing to do but wait"
        assert descriptors(server.pid) == open_before

        answered = [asyncio.create_task(connection.answer()) for connection in waiting]
        start = asyncio.get_running_loop().time()
        if relief == "connections close":
            for connection in spare:
                connection.close()
        else:
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (hard, hard))
        for answer in answered:
            assert (await answer).status == 200
        took = asyncio.get_running_loop().time() - start
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (hard, hard))
        pair.a.send({"type": "offer"})
        assert (await pair.b.next()).json == {"type": "offer"}
        await (await connect_pair(server.port)).close()
        for connection in (*waiting, *spare):
            connection.close()
        warnings = server.log().count("cannot accept connections")
        assert 1 <= warnings <= 20, f"{warnings} warnings"
    figures(f"{idle * 1e3:.0f} ms of CPU a second while out of descriptors; accepting again {took:.2f} s later; {bystanders.summary}")


async def self_inflicted_cpu(server: ServerProcess, bystanders: Bystanders) -> float:
    """CPU seconds in one second with nobody talking."""
    async with bystanders.silence():
        before = cpu_seconds(server.pid)
        await asyncio.sleep(1)
        return cpu_seconds(server.pid) - before
