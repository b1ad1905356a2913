"""What a load balancer does to a connection: what it passes on, what it sets, what it tries again, and what it writes down."""

import asyncio
import os
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from balancers import RECIPES, Balancer, running
from fake_nodes import FakeNode, fake_nodes
from rooms import node_of, random_rooms
from waiting import eventually
from ws_client import Refused, WebSocket
from ws_frames import BINARY, CLOSE, client_frame

MEBIBYTE = 1 << 20
# nginx leaves no node out; the others have to notice, within their own times and a slow machine's.
FOUND_AGAIN = {"nginx": 0, "haproxy": 5, "caddy": 8}
each_recipe = pytest.mark.parametrize("name", RECIPES)


@asynccontextmanager
async def in_front_of_nodes(name: str, folder: Path) -> AsyncIterator[tuple[Balancer, list[FakeNode]]]:
    async with fake_nodes() as nodes:
        with running(RECIPES[name], folder, [node.port for node in nodes]) as balancer:
            yield balancer, nodes


@each_recipe
async def test_messages_and_the_end_go_both_ways(name: str, tmp_path: Path) -> None:
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):
        (room,) = random_rooms(1)
        left = await WebSocket.connect(balancer.port, room, "A")
        told = await WebSocket.connect(balancer.port, room, "B")
        await node_of(left)
        for size in (1, 125, 64 << 10, MEBIBYTE):
            payload = os.urandom(size)
            left.send(payload, BINARY)
            assert (await left.next()).payload == payload
        await left.close(4321)
        await eventually(lambda: [4321] in [node.close_codes for node in nodes], "the node has the close code")

        told.send(b"close 4008")
        await node_of(told)
        await told.end()
        assert (told.close_code, told.close_reason) == (4008, "as told")


# Caddy 2.6 loses it. Browsers cannot send anything before the upgrade is granted.
@pytest.mark.parametrize("name", [name for name in RECIPES if name != "caddy"])
async def test_what_a_client_sends_behind_its_upgrade_arrives(name: str, tmp_path: Path) -> None:
    async with in_front_of_nodes(name, tmp_path) as (balancer, _):
        behind = client_frame(BINARY, b"early") + client_frame(CLOSE, struct.pack("!H", 1000))
        socket = await WebSocket.connect(balancer.port, *random_rooms(1), "A", behind=behind)
        await node_of(socket)
        assert (await socket.next()).payload == b"early"
        await socket.end()
        assert socket.close_code == 1000


@each_recipe
async def test_requests_without_a_room_go_to_all_nodes(name: str, tmp_path: Path) -> None:
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):
        async with ClientSession() as session:
            for path in ("/rendezvous/code", "/rendezvous/redeem"):
                answered = Counter([await post(session, balancer.url + path) for _ in range(30)])
                assert answered.keys() == {node.name for node in nodes}
                assert min(answered.values()) >= 5


@each_recipe
async def test_what_a_client_claims_of_itself_is_replaced(name: str, tmp_path: Path) -> None:
    claims = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https"}
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):
        async with ClientSession() as session:
            await post(session, f"{balancer.url}/rendezvous/code", headers=claims)
            async with session.ws_connect(f"{balancer.url}/ws?appID={random_rooms(1)[0]}&side=A", headers=claims):
                pass
        seen = [request.headers for node in nodes for request in node.seen]
        assert len(seen) == 2
        for headers in seen:
            assert headers["X-Forwarded-For"] == ["127.0.0.1"]
            assert headers["X-Forwarded-Proto"] == ["http"]
            # With its port: a node compares it with the Origin.
            assert headers["Host"] == [f"127.0.0.1:{balancer.port}"]


@each_recipe
async def test_the_query_arrives_as_it_was_sent(name: str, tmp_path: Path) -> None:
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):
        (room,) = random_rooms(1)
        socket = await WebSocket.connect(balancer.port, room, "A", "a%20sid", token="9WRKOUTkN-Oxnzs74zHOOA")
        await socket.close()
        (seen,) = [request.target for node in nodes for request in node.seen]
        assert seen == f"/ws?appID={room}&side=A&sid=a%20sid&token=9WRKOUTkN-Oxnzs74zHOOA"


@each_recipe
async def test_a_post_that_a_node_refuses_goes_to_another(name: str, tmp_path: Path) -> None:
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):
        await nodes[0].refuse()
        async with ClientSession() as session:
            answered = [await post(session, f"{balancer.url}/rendezvous/code") for _ in range(12)]
        assert set(answered) == {"node2", "node3"}


@each_recipe
async def test_a_node_is_found_again_after_all_were_gone(name: str, tmp_path: Path) -> None:
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):
        for node in nodes:
            await node.refuse()
        async with ClientSession() as session:
            assert {await status_of_a_post(session, balancer.url) for _ in range(12)} <= {502, 503}
            await nodes[1].start()
            began = time.monotonic()
            while (status := await status_of_a_post(session, balancer.url)) != 200:
                assert status in (502, 503) and time.monotonic() - began < FOUND_AGAIN[name], f"{status} after so long"
                await asyncio.sleep(0.05)


@each_recipe
async def test_a_post_that_a_node_has_got_is_sent_to_no_other(name: str, tmp_path: Path) -> None:
    """It may have minted a code, or redeemed one."""
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):
        for node in nodes:
            node.breaks_off = True
        async with ClientSession() as session, session.post(f"{balancer.url}/rendezvous/code") as response:
            assert response.status == 502
        assert len([request for node in nodes for request in node.seen]) == 1


@each_recipe
async def test_metrics_are_nobodys(name: str, tmp_path: Path) -> None:
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):
        async with ClientSession() as session, session.get(f"{balancer.url}/metrics") as response:
            assert response.status == 404
        assert not [request for node in nodes for request in node.seen]


@each_recipe
async def test_no_log_holds_a_token(name: str, tmp_path: Path) -> None:
    """Neither of upgrades that went well nor of those that failed in any way."""
    secret = "9WRKOUTkN-Oxnzs74zHOOA"
    (room,) = random_rooms(1)
    target = f"/ws?appID={room}&side=A&token={secret}"
    # Somebody who has misspelled the path.
    elsewhere = f"GET {target.replace('?', '/?')} HTTP/1.1\r\nHost: a\r\n\r\n"
    async with in_front_of_nodes(name, tmp_path) as (balancer, nodes):

        def with_token() -> Coroutine[None, None, WebSocket]:
            return WebSocket.connect(balancer.port, room, "A", token=secret)

        await (await with_token()).close()
        (await with_token()).reset()
        for malformed in (
            f"GET {target} HTTP/1.1\r\nHost: a b\r\n\r\n",
            f"GET {target} HTTP/1.1\r\nno field\r\n\r\n",
            f"GET {target} HTTP/9.9\r\n\r\n",
            f"GET {target}&{'x' * 100_000} HTTP/1.1\r\nHost: a\r\n\r\n",
            f"GET {target}\r\n\r\n",
            f"GET {target} HTTP/1.1\r\nHost: a\r\nReferer: http://a{target}\r\n\r\n",
        ):
            await raw_response(balancer.port, malformed)
        for node in nodes:
            node.breaks_off = True
        assert (await refusal(with_token())) >= 500
        await raw_response(balancer.port, elsewhere)
        for node in nodes:
            await node.refuse()
        assert (await refusal(with_token())) >= 500
        await raw_response(balancer.port, elsewhere)
        # Whoever leaves before there is a response.
        _, writer = await asyncio.open_connection("127.0.0.1", balancer.port)
        writer.write(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        writer.transport.abort()
    logs = balancer.logs()
    assert "/ws" in "".join(logs.values()), "no log tells of any upgrade"
    for file, text in logs.items():
        assert secret not in text, f"{file}: {[line for line in text.splitlines() if secret in line][:3]}"
        assert room not in text, f"{file} has the room"


async def status_of_a_post(session: ClientSession, url: str) -> int:
    async with session.post(f"{url}/rendezvous/code") as response:
        return response.status


async def post(session: ClientSession, url: str, headers: dict[str, str] | None = None) -> str:
    """The node that answered."""
    async with session.post(url, json={"code": "2802"}, headers=headers) as response:
        assert response.status == 200
        answer = await response.json()
        assert answer["body"] == '{"code": "2802"}'
        return answer["node"]


async def refusal(connecting: Coroutine[None, None, WebSocket]) -> int:
    with pytest.raises(Refused) as refused:
        await connecting
    return refused.value.status


async def raw_response(port: int, request: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.encode())
        # Some end the connection in the midst of a request that is too long.
        return await asyncio.wait_for(reader.read(1), 5)
    except ConnectionResetError:
        return b""
    finally:
        writer.transport.abort()
