"""Deploys without a gap: one process after the other at HANDOVER, and a socket that a service manager holds (LISTEN_FDS)."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from load import raise_descriptor_limit, rolling
from minting import Minting
from pairing import item, new_room
from raw_http import HTTPConnection, mint, redeem, request
from server_process import ServerProcess
from waiting import eventually
from ws_client import Refused, WebSocket

CLIENTS = int(os.environ.get("NT_FAULT_HANDOVER_CLIENTS", "1000"))
HANDOVERS = 10


class ReturningClient:
    """Is connected whenever it may be: it comes back when it was told to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._room = new_room()
        self.socket: WebSocket | None = None
        self.failure: str | None = None
        self.comebacks = 0
        self.refusals = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        return self.socket is not None and self.socket.is_open

    def is_back(self, times: int) -> bool:
        return self.comebacks == times and self.is_connected

    async def begin(self) -> None:
        self._task = asyncio.create_task(self._run())
        await eventually(lambda: self.is_connected or self.failure, "a client's connection", limit=30)

    def end(self) -> None:
        self._task.cancel()
        if self.is_connected:
            self.socket.reset()

    async def _run(self) -> None:
        try:
            while True:
                await asyncio.sleep(await self._visit())
        except Exception as error:
            self.failure = repr(error)

    async def _visit(self) -> float:
        """The seconds after which to come back."""
        try:
            self.socket = await WebSocket.connect(self._port, self._room, "A", limit=30)
        except Refused as refusal:
            # A connection that the server before had accepted already.
            assert refusal.status == 503, refusal
            self.refusals += 1
            return float(refusal.headers["retry-after"])
        await self.socket.end(limit=60)
        assert (self.socket.close_code, self.socket.close_reason) == (1001, "going away"), self.socket.failure
        (frame,) = [message.json for message in self.socket.received]
        assert frame["type"] == "going_away"
        self.comebacks += 1
        return frame["reconnectAfterMs"] / 1000


async def next_server(start_server: Callable[..., ServerProcess], before: ServerProcess, **settings: str) -> ServerProcess:
    """Another process, to which the one before has handed over when this returns; that one ends by itself."""
    server = await asyncio.to_thread(start_server, port=before.port, **settings)
    assert server.port == before.port
    code = await eventually(lambda: None if before.exit_code() is None else (before.exit_code(),), "the end of the server before")
    assert code == (0,), before.log()
    return server


class Belongings:
    """What is a server's to keep: codes that nobody has redeemed, and a mailbox whose owner is away."""

    CODES_EACH = 20

    def __init__(self) -> None:
        self._codes: list[dict[str, str]] = []
        self._used: list[dict[str, str]] = []
        self._room = new_room()

    async def begin(self, port: int) -> None:
        self._codes = [await mint(port) for _ in range(self.CODES_EACH * HANDOVERS)]
        sender = await WebSocket.connect(port, self._room, "A")
        for number in range(HANDOVERS):
            sender.send(item("B", number))
        await sender.settle()
        await sender.close()

    async def check(self, port: int) -> None:
        """After a hand-over."""
        for code in self._used:
            again = await redeem(port, code["code"])
            # Of so many codes that are minted meanwhile, one may be like it.
            assert again.status == 410 or again.json["appID"] != code["appID"]
        for code in [self._codes.pop() for _ in range(self.CODES_EACH)]:
            answer = await redeem(port, code["code"])
            assert answer.status == 200 and answer.json["appID"] == code["appID"]
            self._used.append(code)

    async def end(self, port: int) -> None:
        assert not self._codes
        receiver = await WebSocket.connect(port, self._room, "B")
        receiver.send({"type": "hello"})
        items = [(await receiver.expect("send")).json for _ in range(HANDOVERS)]
        assert [item["payload"] for item in items] == list(range(HANDOVERS))
        await receiver.close()


@pytest.mark.limit(180)
async def test_ten_handovers_cut_nobody_off(start_server: Callable[..., ServerProcess], tmp_path: Path, figures: Callable) -> None:
    raise_descriptor_limit(CLIENTS + 500, "NT_FAULT_HANDOVER_CLIENTS sets the number of clients")
    settings = {
        "HANDOVER": str(tmp_path / "handover"),
        "STORE": f"sqlite://{tmp_path}/state.db",
        "CODE_DIGITS": "7",
        # Codes that are gone are asked for again and again.
        "REDEEM_FAILURES_PER_MIN": "0",
    }
    loop = asyncio.get_running_loop()
    server = start_server(**settings)
    belongings = Belongings()
    await belongings.begin(server.port)
    clients = [ReturningClient(server.port) for _ in range(CLIENTS)]
    await rolling(client.begin for client in clients)
    took = []
    async with Minting(server.port) as minting:
        for number in range(1, HANDOVERS + 1):
            start = loop.time()
            server = await next_server(start_server, server, **settings)
            took.append(loop.time() - start)
            await belongings.check(server.port)
            await eventually(lambda: all(client.is_back(number) or client.failure for client in clients), "everybody is back", limit=30)
            assert not [client.failure for client in clients if client.failure]
    report = minting.report
    assert not report["failures"], report["failures"][:10]
    assert report["statuses"].keys() == {"200"} and not report["unanswered"], report
    assert {client.comebacks for client in clients} == {HANDOVERS}
    await belongings.end(server.port)
    for client in clients:
        client.end()
    figures(
        f"{HANDOVERS} hand-overs of {min(took):.2f} to {max(took):.2f} s from the start of one process to the end of the other, with a "
        f"file; {report['statuses']['200']:,} codes minted meanwhile, each over a new connection, none refused, the slowest in "
        f"{report['longest']:.2f} s; {CLIENTS:,} clients came back {HANDOVERS} times, {sum(client.refusals for client in clients)} "
        "of them at the second attempt"
    )


async def test_a_server_that_was_killed_is_no_hindrance(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    settings = {"HANDOVER": str(tmp_path / "handover")}
    killed = start_server(**settings)
    killed.kill()
    assert (tmp_path / "handover").is_socket()
    server = start_server(port=killed.port, **settings)
    assert '"listener_from"' not in server.log()
    server = await next_server(start_server, server, **settings)
    assert '"listener_from":"the server before"' in server.log()
    assert (await request(server.port, "GET", "/readyz")).status == 200


# A socket of the service manager's


async def test_a_socket_of_the_service_managers_outlives_servers(start_server: Callable[..., ServerProcess]) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        port = listener.getsockname()[1]
        for _ in range(2):
            # It waits until there is a server.
            early = await HTTPConnection.open(port)
            server = await asyncio.to_thread(start_server, listener=listener)
            assert server.port == port and '"listener_from":"the service manager"' in server.log()
            assert (await early.request("GET", "/readyz")).status == 200
            early.close()
            assert await asyncio.to_thread(server.stop) == 0


async def test_a_socket_for_another_process_is_ignored(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(LISTEN_PID="1", LISTEN_FDS="1")
    assert '"listener_from"' not in server.log()
    assert (await request(server.port, "GET", "/readyz")).status == 200
