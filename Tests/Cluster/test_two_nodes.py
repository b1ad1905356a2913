"""A pair whose sides are on two nodes has what it would have on one."""

import asyncio
import contextlib
import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cluster import Cluster, Node
from engine import ANOTHER_KIND, ONE_KIND, Engine
from fault_proxy import Conditions
from forms import SLACK
from loop_thread import LoopThread
from node_way import NodeWay
from other_process import program
from pairing import FrameMaker, Pair, assert_pairings_alternate, assert_same, new_room, relayed, send
from ports import free_port
from raw_http import mint, redeem, request
from waiting import eventually
from ws_client import Message, Refused, WebSocket
from ws_frames import TEXT

MEGABYTE = 1 << 20
RACERS, RACES = 30, 20
# What queues and sockets take on the way to a client that reads nothing, through two nodes.
MOST_TAKEN = 4 * MEGABYTE


@pytest.fixture(scope="module", params=ONE_KIND)
def nodes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Three nodes that no test of this file harms."""
    folder, stack = tmp_path_factory.mktemp("nodes"), contextlib.AsyncExitStack()

    async def start() -> Cluster:
        engine = await stack.enter_async_context(Engine(folder / "engine", request.param))
        return await stack.enter_async_context(Cluster(folder, engine.store, with_front=False))

    # Not in this thread, which may have a loop already: that of the synchronous Playwright, which other tests of the folder use.
    with LoopThread() as loop:
        try:
            yield loop.run(start()).nodes
        finally:
            loop.run(stack.aclose())


@dataclass
class TokenPair(Pair):
    """With what its sides need to come back."""

    tokens: dict[str, str] = field(default_factory=dict)


async def pair_on(a: Node, b: Node, sids: bool = False) -> TokenPair:
    """From the code on: A mints at one node and B redeems at the other."""
    minted = await mint(a.port)
    answer = await redeem(b.port, minted["code"])
    assert answer.status == 200 and answer.json["appID"] == minted["appID"], answer
    room = minted["appID"]
    sid = {"A": "session-A", "B": "session-B"} if sids else {"A": None, "B": None}
    left = await WebSocket.connect(a.port, room, "A", sid["A"], token=minted["token"])
    right = await WebSocket.connect(b.port, room, "B", sid["B"], token=answer.json["token"])
    await asyncio.gather(left.expect("room_full"), right.expect("room_full"))
    return TokenPair(room, left, right, {"A": minted["token"], "B": answer.json["token"]})


async def test_frames_go_both_ways_byte_for_byte(nodes: list[Node]) -> None:
    pair, rng = await pair_on(nodes[0], nodes[1]), random.Random(1)
    sent: dict[str, list[Message]] = {"A": [], "B": []}
    makers = {side: FrameMaker(side, rng) for side in "AB"}
    for _ in range(200):
        sent["A"].append(send(pair.a, makers["A"].next()))
        sent["B"].append(send(pair.b, makers["B"].next()))
    # What the home had handled by the first answer may still be on its way to the other.
    for _ in range(2):
        await asyncio.gather(pair.a.settle(), pair.b.settle())
    assert_same(relayed(pair.b.received), sent["A"], "from A to B")
    assert_same(relayed(pair.a.received), sent["B"], "from B to A")
    for socket in (pair.a, pair.b):
        assert_pairings_alternate(socket)
    await pair.close()


async def test_frames_are_held_for_a_side_that_comes_to_another_node(nodes: list[Node]) -> None:
    room, maker = new_room(), FrameMaker("A", random.Random(2))
    a = await WebSocket.connect(nodes[2].port, room, "A")
    sent = [send(a, maker.next()) for _ in range(50)]
    await a.settle()
    b = await WebSocket.connect(nodes[0].port, room, "B")
    await b.expect("room_full")
    await b.settle()
    assert_same(relayed(b.received), sent, "held for B")
    await Pair(room, a, b).close()


async def test_whoever_leaves_is_missed_and_may_come_back_anywhere(nodes: list[Node]) -> None:
    pair = await pair_on(nodes[0], nodes[1])
    assert await pair.b.close() == 1000
    await pair.a.expect("peer_left")
    # The home's own side leaves, and the other stays.
    b = await WebSocket.connect(nodes[2].port, pair.room, "B", token=pair.tokens["B"])
    await asyncio.gather(pair.a.expect("room_full"), b.expect("room_full"))
    pair.a.reset()
    await b.expect("peer_left")
    a = await WebSocket.connect(nodes[1].port, pair.room, "A", token=pair.tokens["A"])
    await asyncio.gather(a.expect("room_full"), b.expect("room_full"))
    b.reset()
    await a.expect("peer_left")
    assert await a.close() == 1000


async def test_items_go_both_ways(nodes: list[Node]) -> None:
    """With refs, from each side, also to itself: accepted in the order in which they were sent, delivered in order, acknowledged."""
    pair = await pair_on(nodes[0], nodes[1], sids=True)
    for socket in (pair.a, pair.b):
        socket.send({"type": "hello", "mailbox": ""})
    mailboxes = [(await socket.expect("mailbox")).json for socket in (pair.a, pair.b)]
    assert mailboxes[0] == mailboxes[1] and mailboxes[0]["deliveredUpTo"] == 0
    for ref in range(1, 51):
        pair.a.send({"type": "send", "to": "B", "ref": ref, "payload": {"from": "A", "n": ref}})
        pair.b.send({"type": "send", "to": "A" if ref % 2 else "B", "ref": ref, "payload": f"B{ref}"})

    def got(socket: WebSocket, type: str, field: str) -> list:
        return [message.json[field] for message in socket.received if message.type == type]

    await eventually(lambda: all(len(got(socket, "accepted", "ref")) == 50 for socket in (pair.a, pair.b)), "all are accepted")
    for socket in (pair.a, pair.b):
        assert got(socket, "accepted", "ref") == list(range(1, 51))
    await eventually(lambda: len(got(pair.b, "deliver", "seq")) == 75 and len(got(pair.a, "deliver", "seq")) == 25, "all are delivered")
    assert got(pair.b, "deliver", "seq") == list(range(1, 76)) and got(pair.a, "deliver", "seq") == list(range(1, 26))
    assert [each["n"] for each in got(pair.b, "deliver", "payload") if isinstance(each, dict)] == list(range(1, 51))
    assert got(pair.a, "deliver", "payload") == [f"B{ref}" for ref in range(1, 51, 2)]
    pair.b.send({"type": "delivered", "upTo": 70})
    await pair.b.settle()
    # The same client at another node: what was not acknowledged comes again, and a repeated ref is no second item.
    b = await WebSocket.connect(nodes[2].port, pair.room, "B", "session-B", token=pair.tokens["B"])
    b.send({"type": "hello", "mailbox": mailboxes[0]["id"], "deliveredUpTo": 70})
    b.send({"type": "send", "to": "A", "ref": 50, "payload": "again"})
    await b.until("mailbox")
    await eventually(lambda: len(got(b, "deliver", "seq")) == 5 and got(b, "accepted", "ref") == [50], "the rest")
    assert got(b, "deliver", "seq") == list(range(71, 76))
    await pair.a.settle()
    assert len(got(pair.a, "deliver", "seq")) == 25
    assert (await pair.b.end(), pair.b.close_code, pair.b.close_reason) == (None, 4001, "replaced")
    await asyncio.gather(pair.a.close(), b.close())


async def test_a_mailbox_outlives_its_home(nodes: list[Node]) -> None:
    """Nobody is in the room any more, and no node its home. Whoever comes first makes another node that, and finds all as it was."""
    pair = await pair_on(nodes[0], nodes[1], sids=True)
    pair.a.send({"type": "hello", "mailbox": ""})
    id = (await pair.a.expect("mailbox")).json["id"]
    pair.b.send({"type": "hello", "mailbox": ""})
    await pair.b.expect("mailbox")
    await pair.b.close()
    for ref in range(1, 6):
        pair.a.send({"type": "send", "to": "B", "ref": ref, "payload": ref})
    for ref in range(1, 6):
        assert (await pair.a.until("accepted")).json["ref"] == ref
    await pair.a.close()
    b = await WebSocket.connect(nodes[2].port, pair.room, "B", "session-B", token=pair.tokens["B"])
    b.send({"type": "hello", "mailbox": id, "deliveredUpTo": 0})
    assert (await b.expect("mailbox")).json == {"type": "mailbox", "id": id, "deliveredUpTo": 0}
    for seq in range(1, 6):
        assert (await b.expect("deliver")).json == {"type": "deliver", "seq": seq, "payload": seq}
    # Refs are known there too, and the side is still locked.
    a = await WebSocket.connect(nodes[1].port, pair.room, "A", "session-A", token=pair.tokens["A"])
    a.send({"type": "send", "to": "B", "ref": 5, "payload": "again"})
    a.send({"type": "send", "to": "B", "ref": 6, "payload": 6})
    assert [(await a.until("accepted")).json["ref"] for _ in range(2)] == [5, 6]
    assert (await b.until("deliver")).json == {"type": "deliver", "seq": 6, "payload": 6}
    stranger = await WebSocket.connect(nodes[0].port, pair.room, "B")
    await stranger.end()
    assert (stranger.close_code, stranger.close_reason) == (1008, "side B needs its token")
    await asyncio.gather(a.close(), b.close())


@pytest.mark.parametrize("sender", ["A", "B"], ids=["from the home", "to the home"])
async def test_a_megabyte_is_passed_on(nodes: list[Node], sender: str) -> None:
    pair = await pair_on(nodes[0], nodes[1])
    source, target = (pair.a, pair.b) if sender == "A" else (pair.b, pair.a)
    head, tail = b'{"type":"offer","pad":"', b'"}'
    message = Message(TEXT, head + b"x" * (MEGABYTE - len(head) - len(tail)) + tail)
    for _ in range(3):
        send(source, message)
    for _ in range(3):
        assert (await target.next()) == message
    # One byte more is too much, wherever the client is.
    source.send(head + b"x" * (MEGABYTE - len(head) - len(tail) + 1) + tail)
    await source.end()
    assert (source.close_code, source.close_reason) == (1009, "message too big")
    await target.expect("peer_left")
    await target.close()


async def test_a_reader_that_stops_holds_up_its_sender_across_nodes(nodes: list[Node]) -> None:
    """Nothing is dropped, and no node takes it all."""
    minted = await mint(nodes[0].port)
    a = await WebSocket.connect(nodes[0].port, minted["appID"], "A", send_buffer=64 << 10)
    b = await WebSocket.connect(nodes[1].port, minted["appID"], "B", receive_buffer=64 << 10)
    await asyncio.gather(a.expect("room_full"), b.expect("room_full"))
    b.transport.pause_reading()
    frame, count = b'{"type":"ice","n":1%07d,"pad":"' + b"x" * 60_000 + b'"}', 200
    for number in range(count):
        a.send(frame % number)
    taken = count * len(frame) - await stops_changing(lambda: a.unsent)
    assert taken < MOST_TAKEN, f"{taken} bytes were taken from a sender that nobody listens to"
    b.transport.resume_reading()
    numbers = [(await b.next()).json["n"] for _ in range(count)]
    assert numbers == list(range(10_000_000, 10_000_000 + count))
    await asyncio.gather(a.close(), b.close())


async def stops_changing(read: Callable[[], float], times: int = 10) -> float:
    values = [read()]
    while len(values) < times or len(set(values[-times:])) > 1:
        assert len(values) < 200, f"it goes on changing: {values[-times:]}"
        await asyncio.sleep(0.05)
        values.append(read())
    return values[-1]


async def test_close_codes_are_those_of_one_server(nodes: list[Node]) -> None:
    pair = await pair_on(nodes[0], nodes[1], sids=True)
    tokens = pair.tokens
    # The side is taken, and its holder lives; with its name it is taken over; without the token it is closed.
    busy = await WebSocket.connect(nodes[2].port, pair.room, "A", "another", token=tokens["A"])
    await busy.end()
    assert (busy.close_code, busy.close_reason) == (1008, "side A busy")
    stranger = await WebSocket.connect(nodes[2].port, pair.room, "B", "session-B")
    await stranger.end()
    assert (stranger.close_code, stranger.close_reason) == (1008, "side B needs its token")
    successor = await WebSocket.connect(nodes[2].port, pair.room, "B", "session-B", token=tokens["B"])
    await successor.expect("room_full")
    await pair.b.end()
    assert (pair.b.close_code, pair.b.close_reason) == (4001, "replaced")
    # Between nodes as at one: rules of RFC 6455, and what a client's own close frame says.
    successor.send_raw(b"\x81\x05hello")
    await successor.end()
    assert (successor.close_code, successor.close_reason) == (1002, "protocol error")
    await pair.a.expect("peer_left")
    last = await WebSocket.connect(nodes[1].port, pair.room, "B", "session-B", token=tokens["B"])
    await last.expect("room_full")
    assert await last.close(4321) == 4321
    await pair.a.expect("room_full", "peer_left")
    assert await pair.a.close() == 1000


@pytest.mark.limit(90)
async def test_one_of_many_who_redeem_a_code_gets_it(nodes: list[Node]) -> None:
    async def race(number: int) -> None:
        minted = await mint(nodes[number % 3].port)
        # From networks of their own, as a wrong code is a guess.
        asked = [
            request(nodes[racer % 3].port, "POST", "/rendezvous/redeem", {"code": minted["code"]}, client=f"10.{number}.{racer}.1")
            for racer in range(RACERS)
        ]
        answers = await asyncio.gather(*asked)
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200] + [410] * (RACERS - 1), f"race {number}: {statuses}"
        [winner] = [answer for answer in answers if answer.status == 200]
        assert winner.json["appID"] == minted["appID"]

    for number in range(RACES):
        await race(number)


async def test_a_redemption_is_repeated_by_any_node(nodes: list[Node]) -> None:
    minted, id = await mint(nodes[0].port), "0123456789abcdef0123456789abcdef"
    answers = [await request(node.port, "POST", "/rendezvous/redeem", {"code": minted["code"], "id": id}) for node in nodes]
    assert [answer.status for answer in answers] == [200] * 3
    assert len({answer.json["token"] for answer in answers}) == 1
    assert {answer.json["appID"] for answer in answers} == {minted["appID"]}
    assert (await redeem(nodes[1].port, minted["code"])).status == 410


async def test_no_code_is_minted_twice(nodes: list[Node]) -> None:
    minted = await asyncio.gather(*(mint(nodes[number % 3].port) for number in range(300)))
    assert len({each["code"] for each in minted}) == len({each["appID"] for each in minted}) == 300
    answers = [await redeem(nodes[(number + 1) % 3].port, each["code"]) for number, each in enumerate(minted)]
    assert [answer.json["appID"] for answer in answers] == [each["appID"] for each in minted]


@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_wrong_codes_count_across_nodes(kind: str, tmp_path: Path) -> None:
    """And whoever guesses at one is known at each."""
    settings = {"REDEEM_FAILURES_PER_MIN": "2", "CODE_DIGITS": "8", "CODE_DIGITS_MAX": "8"}
    async with Engine(tmp_path / "engine", kind) as engine:
        async with Cluster(tmp_path, engine.store, with_front=False, **settings) as cluster:

            async def guess(node: Node, client: str) -> int:
                answer = await request(node.port, "POST", "/rendezvous/redeem", {"code": "00000000"}, client=client)
                if answer.status == 429:
                    assert 20 < int(answer.headers["retry-after"]) <= 60, answer
                return answer.status

            first, second, third = cluster.nodes
            assert [await guess(first, "203.0.113.7"), await guess(second, "203.0.113.7")] == [410, 410]
            # It would have to wait for half a minute, which is longer than it may.
            assert [await guess(node, "203.0.113.7") for node in cluster.nodes] == [429] * 3
            assert await guess(third, "198.51.100.7") == 410


async def test_clients_keep_their_addresses(nodes: list[Node]) -> None:
    """What the home logs of a connection names the client, not the node that it came through: as a proxy says, or by its socket."""
    await come_as("203.0.113.77", nodes[0], nodes[1], client="203.0.113.77")
    await come_as("127.0.0.77", nodes[0], nodes[1], local_address="127.0.0.77")


async def come_as(address: str, home: Node, other: Node, **options: str) -> None:
    """Somebody comes to another node, and leaves; returns once the home has logged who it was."""
    room = new_room()
    a = await WebSocket.connect(home.port, room, "A")
    b = await WebSocket.connect(other.port, room, "B", **options)
    await asyncio.gather(a.expect("room_full"), b.expect("room_full"))
    await Pair(room, a, b).close()
    await eventually(lambda: address in home.log(), f"the home logs {address}", limit=5)


async def test_no_client_claims_to_be_a_node(nodes: list[Node]) -> None:
    """What nodes say of clients is believed of nodes alone: a client that says it is refused, or what it says ignored."""
    head = "Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nNT-Node-Client: 203.0.113.99\r\nNT-Node-Auth: " + "A" * 43 + "\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", nodes[0].port)
    writer.write(f"GET /ws?appID={new_room()}&side=A HTTP/1.1\r\n{head}".encode())
    status = int((await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)).split()[1])
    assert status in (101, 400, 403), status
    writer.close()
    # What was logged before is there too.
    await come_as("203.0.113.78", nodes[0], nodes[1], client="203.0.113.78")
    assert "203.0.113.99" not in nodes[0].log()


@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_a_share_holds_for_connections_that_are_passed_on(kind: str, tmp_path: Path) -> None:
    async with Engine(tmp_path / "engine", kind) as engine:
        async with Cluster(tmp_path, engine.store, with_front=False, CLIENT_CONNECTIONS_MAX="2") as cluster:
            rooms, client = [new_room() for _ in range(3)], "203.0.113.5"
            home, *others = cluster.nodes
            sockets = [await WebSocket.connect(home.port, room, "A") for room in rooms]
            sockets += [await WebSocket.connect(node.port, room, "B", client=client) for node, room in zip(others, rooms)]
            with pytest.raises(Refused) as refused:
                await WebSocket.connect(home.port, rooms[2], "B", client=client)
            assert refused.value.status == 429 and refused.value.headers["retry-after"] == "10"
            await sockets.pop().close()
            await eventually_connects(home, rooms[2], client, sockets)
            await asyncio.gather(*(socket.close() for socket in sockets))


async def eventually_connects(node: Node, room: str, client: str, sockets: list[WebSocket], limit: float = 5.0) -> None:
    deadline = asyncio.get_running_loop().time() + limit
    while True:
        try:
            return sockets.append(await WebSocket.connect(node.port, room, "B", client=client))
        except Refused as refused:
            assert asyncio.get_running_loop().time() < deadline, refused
            await asyncio.sleep(0.05)


async def test_metrics_tell_of_homes_and_passed_connections(nodes: list[Node]) -> None:
    async def figures() -> list[tuple[float, float, float]]:
        return [
            (
                await node.metric("nt_rooms_home"),
                await node.metric("nt_connections_passed", direction="in"),
                await node.metric("nt_connections_passed", direction="out"),
            )
            for node in nodes
        ]

    async def become(expected: list[tuple[float, float, float]]) -> None:
        deadline = asyncio.get_running_loop().time() + 5
        while (found := await figures()) != expected:
            assert asyncio.get_running_loop().time() < deadline, f"{found} instead of {expected}"
            await asyncio.sleep(0.05)

    await become([(0, 0, 0)] * 3)
    pair = await pair_on(nodes[0], nodes[1])
    await become([(1, 1, 0), (0, 0, 1), (0, 0, 0)])
    assert [await node.metric("nt_engine_up") for node in nodes] == [1, 1, 1]
    await pair.close()
    await become([(0, 0, 0)] * 3)
    checked = subprocess.run(
        [program("promtool"), "check", "metrics"], input=(await nodes[0].metrics()).text, capture_output=True, text=True, timeout=30
    )
    assert checked.returncode == 0, checked.stderr


async def test_readiness_names_the_state_of_the_engine(nodes: list[Node]) -> None:
    for node in nodes:
        answer = await node.becomes(200)
        assert answer.json["ready"] is True and "engine" in answer.json, answer


@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_a_node_that_nobody_reaches_says_so(kind: str, tmp_path: Path) -> None:
    """Its own address leads nowhere: that is what most deployments get wrong first."""
    async with Engine(tmp_path / "engine", kind) as engine:
        nobody = {2: "http://127.0.0.1:1"}
        cluster = Cluster(tmp_path, engine.store, addresses=nobody, with_front=False)
        node = cluster.nodes[2]
        try:
            await asyncio.gather(*(each.start() for each in cluster.nodes))
            await eventually(lambda: "NODE_ADDRESS" in node.log(), "the log names NODE_ADDRESS", limit=10)
            deadline = asyncio.get_running_loop().time() + 10
            while not (answer := await node.becomes(200)).json.get("unreachedBy"):
                assert asyncio.get_running_loop().time() < deadline, f"/readyz says {answer}"
                await asyncio.sleep(0.05)
            assert {each["node"] for each in answer.json["unreachedBy"]} <= {other.url for other in cluster.nodes[:2]}, answer
            for other in cluster.nodes[:2]:
                assert not (await other.becomes(200)).json.get("unreachedBy")
        finally:
            for each in cluster.nodes:
                if each.is_running:
                    await each.stop()


@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_only_rooms_of_codes_on_all_nodes(kind: str, tmp_path: Path) -> None:
    """ROOMS=minted needs tokens, which all nodes know without being told a key."""
    async with Engine(tmp_path / "engine", kind) as engine:
        async with Cluster(tmp_path, engine.store, with_front=False, ROOMS="minted") as cluster:
            pair = await pair_on(cluster.nodes[0], cluster.nodes[1])
            third = cluster.nodes[2]
            for room, token in ((new_room(), None), (pair.room, None), (pair.room, pair.tokens["B"][::-1])):
                with pytest.raises(Refused) as refused:
                    await WebSocket.connect(third.port, room, "B", token=token)
                assert refused.value.status == 403
            await pair.close()


async def test_a_pair_is_quick(nodes: list[Node]) -> None:
    """From the code to a frame that has gone both ways, between two nodes, on a machine that does other things too."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    pair = await pair_on(nodes[0], nodes[1])
    pair.a.send(b'{"type":"offer"}')
    await pair.b.expect("offer")
    pair.b.send(b'{"type":"answer"}')
    await pair.a.expect("answer")
    assert loop.time() - start < 1 + SLACK
    await pair.close()


async def test_both_sides_come_at_once(nodes: list[Node]) -> None:
    """To two nodes, for rooms that no node has yet: one of them becomes home, and nobody is refused, alone, or in another room."""
    rooms = [new_room() for _ in range(60)]

    async def come(number: int, side: str) -> WebSocket:
        node = nodes[(number + (side == "B") * (1 + number // 3 % 2)) % 3]
        return await WebSocket.connect(node.port, rooms[number], side)

    sockets = await asyncio.gather(*(come(number, side) for number in range(len(rooms)) for side in "AB"))
    pairs = [Pair(room, a, b) for room, a, b in zip(rooms, sockets[::2], sockets[1::2])]
    for number, pair in enumerate(pairs):
        await asyncio.gather(pair.a.expect("room_full"), pair.b.expect("room_full"))
        pair.a.send(b'{"type":"offer","n":%d}' % number)
        assert (await pair.b.expect("offer")).json["n"] == number
    assert sum([await node.metric("nt_rooms_home") for node in nodes]) == len(rooms)
    await asyncio.gather(*(pair.close() for pair in pairs))


@pytest.mark.parametrize("kind", ANOTHER_KIND)
async def test_pieces_between_nodes_are_put_together(kind: str, tmp_path: Path) -> None:
    """What nodes send each other comes late and in small segments: for clients it is all the same."""
    ports = [free_port() for _ in range(2)]
    bad = Conditions(jitter=0.004, segment=90)
    async with Engine(tmp_path / "engine", kind) as engine, NodeWay(ports[0]) as way:
        way.be(bad, bad)
        async with Cluster(tmp_path, engine.store, 2, ports=ports, addresses={0: way.url}, with_front=False) as cluster:
            pair, rng = await pair_on(*cluster.nodes), random.Random(3)
            makers = {socket: FrameMaker(side, rng) for side, socket in (("A", pair.a), ("B", pair.b))}
            sent = {socket: [send(socket, maker.next(rng.randrange(1500))) for _ in range(60)] for socket, maker in makers.items()}
            for _ in range(2):
                await asyncio.gather(pair.a.settle(), pair.b.settle())
            assert_same(relayed(pair.b.received), sent[pair.a], "from A to B")
            assert_same(relayed(pair.a.received), sent[pair.b], "from B to A")
            assert way.links, "the nodes did not go that way"
            await pair.close()
