"""The demo page of several nodes: people find each other from any of them, and go on talking while one dies."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import WebSocket

from balancers import RECIPES, running
from cluster import Cluster, Node
from engine import ONE_KIND, Engine
from firefox import Firefox
from loop_thread import LoopThread
from ports import free_port
from visitor import Visitor, connect, connect_by, sha256
from watch import NOTHING_IN_THE_WAY, UNREACHABLE

SIZE = 3 << 20
# It takes three attempts at the most, of which each takes up to 10 s where nobody answers; mostly it is the first.
RETURN_LIMIT_MS = 25_000
FIND_LIMIT = 10.0

CONNECTED = "✓ Connected directly, encrypted from end to end."
NO_SERVER = "✓ Connected directly. The server is not reached at the moment; your connection works without it."
OTHER_HAS_NO_SERVER = "✓ Connected directly. The other side does not reach the server at the moment; your connection works without it."
# What nginx and nodes may say to an upgrade while it is not known yet whose the room is.
NOT_YET = r"Failed to load resource: the server responded with a status of 50[234]"

# All that the page says of its connection from now on, however briefly.
COLLECT_STATUS = """
window.said = [];
new MutationObserver(() => said.push(document.getElementById("link-status").textContent))
    .observe(document.getElementById("link-status"), { childList: true, characterData: true, subtree: true });
"""


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    with LoopThread() as thread:
        yield thread


@pytest.fixture(params=ONE_KIND)
def cluster(loop: LoopThread, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    stack = AsyncExitStack()

    async def start() -> Cluster:
        engine = await stack.enter_async_context(Engine(tmp_path / "engine", request.param))
        return await stack.enter_async_context(Cluster(tmp_path, engine.store, with_front=False))

    try:
        cluster = loop.run(start())
        yield cluster
        # Shown with a test that has failed.
        for node in cluster.nodes:
            print(f"--- {node.name}, {node.url}\n{node.tail()}")
    finally:
        loop.run(stack.aclose())


@pytest.fixture
def balance(tmp_path: Path) -> Iterator[Callable[[Sequence[int]], str]]:
    """Puts an nginx, as its recipe says, in front of nodes; its URL."""
    with ExitStack() as stack:
        numbers = itertools.count(1)
        yield lambda ports: stack.enter_context(running(RECIPES["nginx"], tmp_path / f"nginx-{next(numbers)}", ports)).url


class Talk:
    """Two people who are connected, and what they have said to each other."""

    def __init__(self, *two: Visitor) -> None:
        self._two = two
        self._lines: dict[Visitor, list[str]] = {visitor: [] for visitor in two}

    def go_on(self, lines: int = 3) -> None:
        for _ in range(lines):
            for visitor in self._two:
                line = f"line {len(self._lines[visitor]) + 1}"
                visitor.say(line)
                self._lines[visitor].append(line)

    def assert_all_is_heard(self) -> None:
        """Each line once, in order."""
        ours, theirs = self._two
        theirs.hears(*self._lines[ours])
        ours.hears(*self._lines[theirs])


def assert_they_talk(ours: Visitor, theirs: Visitor) -> None:
    talk = Talk(ours, theirs)
    talk.go_on()
    talk.assert_all_is_heard()


def assert_a_file_goes(sender: Visitor, receiver: Visitor, file: Path) -> None:
    sender.offer(file)
    assert receiver.receive(file.name) == sha256(file)
    sender.sees_transfer(file.name, "done")


async def node_with_one(cluster: Cluster, metric: str, **labels: str) -> Node:
    """The only node on whose page this is not 0, once there is one."""
    deadline = asyncio.get_running_loop().time() + FIND_LIMIT
    while sorted(values := [await node.metric(metric, **labels) for node in cluster.nodes]) != [0, 0, 1]:
        assert asyncio.get_running_loop().time() < deadline, f"{metric} {labels} is {values}"
        await asyncio.sleep(0.05)
    return cluster.nodes[values.index(1)]


def test_pages_of_two_nodes(cluster: Cluster, loop: LoopThread, arrive: Callable[..., Visitor], make_file: Callable) -> None:
    ours, theirs = arrive(cluster.nodes[0].url), arrive(cluster.nodes[1].url)
    connect(ours, theirs)
    assert loop.run(node_with_one(cluster, "nt_rooms_home")) is cluster.nodes[0]
    assert loop.run(node_with_one(cluster, "nt_connections_passed", direction="out")) is cluster.nodes[1]
    assert_they_talk(ours, theirs)
    assert_a_file_goes(ours, theirs, make_file("from-a.bin", SIZE))
    assert_a_file_goes(theirs, ours, make_file("from-b.bin", SIZE))


def test_pages_behind_nginx(cluster: Cluster, balance: Callable, arrive: Callable[..., Visitor], make_file: Callable) -> None:
    url = balance(cluster.ports)
    ours, theirs = arrive(url), arrive(url)
    connect(ours, theirs)
    assert_they_talk(ours, theirs)
    assert_a_file_goes(theirs, ours, make_file("from-b.bin", SIZE))


def test_chromium_and_firefox(cluster: Cluster, arrive: Callable[..., Visitor], fox: Firefox, make_file: Callable) -> None:
    visitor = arrive(cluster.nodes[0].url)
    fox.open(cluster.nodes[1].url)
    fox.fill("#code-input", visitor.create_code())
    fox.press("#join")
    visitor.sees_status(CONNECTED)
    fox.becomes(f"document.getElementById('link-status').textContent === {CONNECTED!r}")
    fox.fill("#chat-input", "from the fox")
    fox.press("#chat-send")
    visitor.hears("from the fox")
    file = make_file("from-the-fox.bin", SIZE)
    fox.choose_files("#file-input", file)
    assert visitor.receive(file.name) == sha256(file)
    assert fox.complaints() == []


@pytest.mark.parametrize("killed", ["a node that nobody needs", "the node in between", "the home"])
def test_a_node_is_killed_while_people_chat(
    killed: str, cluster: Cluster, loop: LoopThread, balance: Callable, arrive: Callable[..., Visitor], make_file: Callable
) -> None:
    ours = arrive(balance(cluster.ports))
    our_sockets = sockets_of(ours)
    code = ours.create_code()
    home = loop.run(node_with_one(cluster, "nt_rooms_home"))
    # A load balancer that does not know the home, so that what comes by it is passed on.
    others = [node.port for node in cluster.nodes if node is not home]
    theirs = arrive(balance([*others, free_port()]))
    their_sockets = sockets_of(theirs)
    connect_by(code, ours, theirs)
    between = loop.run(node_with_one(cluster, "nt_connections_passed", direction="out"))
    third = next(node for node in cluster.nodes if node not in (home, between))
    gone, ours_say, theirs_say = {
        "a node that nobody needs": (third, [], []),
        "the node in between": (between, [OTHER_HAS_NO_SERVER, CONNECTED], [NO_SERVER, CONNECTED]),
        "the home": (home, [NO_SERVER, CONNECTED], [NO_SERVER, CONNECTED]),
    }[killed]
    expected = {ours: ours_say, theirs: theirs_say}

    talk = Talk(ours, theirs)
    talk.go_on()
    for visitor in expected:
        visitor.watch.allow(UNREACHABLE, NOTHING_IN_THE_WAY, NOT_YET)
        visitor.page.evaluate(COLLECT_STATUS)
    gone.kill()
    for words in itertools.zip_longest(ours_say, theirs_say):
        talk.go_on()
        for visitor, text in zip(expected, words):
            if text:
                visitor.page.wait_for_function("(text) => said.includes(text)", arg=text, timeout=RETURN_LIMIT_MS)
    talk.go_on()
    talk.assert_all_is_heard()
    assert [visitor.page.evaluate("said") for visitor in expected] == [ours_say, theirs_say]
    # Chat and files go from browser to browser. What the two need to find another way there goes through the nodes that are left.
    assert_another_way_is_found(ours, our_sockets[-1])
    assert_a_file_goes(ours, theirs, make_file("after.bin", SIZE))
    if killed == "a node that nobody needs":
        assert (len(our_sockets), len(their_sockets)) == (1, 1)


def sockets_of(visitor: Visitor) -> list[WebSocket]:
    """The page's WebSockets from now on."""
    sockets: list[WebSocket] = []
    visitor.page.on("websocket", lambda socket: sockets.append(socket))
    return sockets


def assert_another_way_is_found(visitor: Visitor, socket: WebSocket) -> None:
    """The page asks the other side for one when the browser says that its network is back."""
    with socket.expect_event("framereceived", lambda payload: '"answer"' in str(payload)):
        visitor.page.evaluate("dispatchEvent(new Event('online'))")


def test_a_code_on_show_outlives_its_node(
    cluster: Cluster, loop: LoopThread, balance: Callable, arrive: Callable[..., Visitor], make_file: Callable
) -> None:
    url = balance(cluster.ports)
    ours = arrive(url)
    code = ours.create_code()
    home = loop.run(node_with_one(cluster, "nt_rooms_home"))
    ours.watch.allow(UNREACHABLE, NOTHING_IN_THE_WAY, NOT_YET)
    home.kill()
    theirs = arrive(url)
    connect_by(code, ours, theirs)
    assert_they_talk(ours, theirs)
    assert_a_file_goes(theirs, ours, make_file("from-b.bin", SIZE))
