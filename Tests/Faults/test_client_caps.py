"""CLIENT_CONNECTIONS_MAX and CLIENT_CODES_MAX: what one client may have of what nobody else wants."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from fair_shares import GREEDY, HONEST, NO_PROXIES, assert_too_many, is_served
from honest_work import Source
from pairing import new_room
from process_figures import LINUX_ONLY
from raw_http import HTTPConnection
from server_process import ServerProcess
from ws_client import Refused, WebSocket

pytestmark = LINUX_ONLY


async def test_a_cap_on_connections(start_server: Callable[..., ServerProcess]) -> None:
    """CLIENT_CONNECTIONS_MAX holds though everything is free: for each IPv4 address, and for the networks of IPv6."""
    server = start_server(CLIENT_CONNECTIONS_MAX="10", **NO_PROXIES)
    for source in (GREEDY, HONEST[0]):
        connections = [await source.http(server.port) for _ in range(10)]
        assert all([await is_served(connection) for connection in connections])
        assert not await is_served(await source.http(server.port))
        connections.pop().close()
        await eventually_granted(lambda: is_served_anew(source, server.port))
    proxied = start_server(CLIENT_CONNECTIONS_MAX="2")
    sockets: list[WebSocket] = []
    # Each /64 may have two, each /56 four times as many, and each /48 eight times.
    others = [(f"0:{number}00", 2) for number in range(1, 5)]
    for network, granted in [("0:0", 2), ("0:1", 2), ("0:2", 2), ("0:3", 2), ("0:4", 0), *others, ("0:500", 0), ("1:0", 2)]:
        for number in range(3):
            connecting = Source(client=f"2001:db8:{network}::{number + 1}").web_socket(proxied.port, new_room(), "A")
            if number < granted:
                sockets.append(await connecting)
            else:
                with pytest.raises(Refused) as refusal:
                    await connecting
                assert_too_many(refusal.value, "connections")
    for socket in sockets:
        assert await socket.close() == 1000


async def is_served_anew(source: Source, port: int) -> bool:
    connection = await source.http(port)
    try:
        return await is_served(connection)
    finally:
        connection.close()


async def eventually_granted(attempt: Callable[[], Awaitable[bool]]) -> None:
    """The server notices a moment later that something was given back."""
    deadline = asyncio.get_running_loop().time() + 5
    while not await attempt():
        assert asyncio.get_running_loop().time() < deadline, "nothing was granted although something is free"
        await asyncio.sleep(0.02)


async def test_a_cap_on_codes(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(CLIENT_CODES_MAX="2")
    connection = await HTTPConnection.open(server.port)
    codes: list[str] = []
    clients = ["192.0.2.1", "192.0.2.2", *(f"2001:db8:{network}::1" for network in ("0:0", "0:1", "0:2", "0:3"))]
    for client in clients:
        for _ in range(2):
            answer = await connection.request("POST", "/rendezvous/code", client=client)
            assert answer.status == 200
            codes.append(answer.json["code"])
        assert_too_many(await connection.request("POST", "/rendezvous/code", client=client), "codes")
    # The /56 has four times as many by now. The /48 may have eight times as many.
    assert_too_many(await connection.request("POST", "/rendezvous/code", client="2001:db8:0:4::1"), "codes")
    for number in range(1, 9):
        assert (await connection.request("POST", "/rendezvous/code", client=f"2001:db8:0:{number}00::1")).status == 200
    assert_too_many(await connection.request("POST", "/rendezvous/code", client="2001:db8:0:900::1"), "codes")
    assert (await connection.request("POST", "/rendezvous/code", client="2001:db8:1::1")).status == 200
    # Whoever redeems it, a code counts no more for the one who had it minted.
    assert (await connection.request("POST", "/rendezvous/redeem", {"code": codes[0]}, client="192.0.2.9")).status == 200
    assert (await connection.request("POST", "/rendezvous/code", client=clients[0])).status == 200
    assert_too_many(await connection.request("POST", "/rendezvous/code", client=clients[0]), "codes")
    connection.close()
