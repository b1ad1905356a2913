"""The routers do to packets what their names say (RFC 4787), or what the other tests of this folder show would mean nothing."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from namespaces import Namespace, udp
from nat_rules import RULES
from topology import Internet

# Nothing here is far away: what has not come by then does not come.
LIMIT = 0.3


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("kind", RULES)
def test_a_router(kind: str, internet: Internet, sockets: ExitStack) -> None:
    inside = sockets.enter_context(internet.network(kind).host().udp(LIMIT))
    one, other, stranger = (sockets.enter_context(udp(internet.address(), LIMIT)) for _ in range(3))
    mapped = [seen_from(inside, server) for server in (one, other)]
    expected = {
        # Does the port outside depend on who is talked to; may who was talked to answer; may a stranger?
        "full cone": (False, True, True),
        "port-restricted": (False, True, False),
        "symmetric": (True, True, False),
    }
    if kind not in expected:
        assert mapped == [None, None]
        return
    answers = [arrives(inside, server, mapped[0]) for server in (one, stranger)]
    assert (mapped[0] != mapped[1], *answers) == expected[kind]


def test_who_came_unasked_may_answer_later(internet: Internet, sockets: ExitStack) -> None:
    """A packet from outside that was dropped does not take the port that an answer to it will want."""
    inside = sockets.enter_context(internet.network("port-restricted").host().udp(LIMIT))
    one, other = (sockets.enter_context(udp(internet.address(), LIMIT)) for _ in range(2))
    mapped = seen_from(inside, one)
    assert not arrives(inside, other, mapped)
    assert seen_from(inside, other) == mapped
    assert arrives(inside, other, mapped)


@pytest.mark.parametrize("isolates", [False, True], ids=["LAN", "guest Wi-Fi"])
def test_two_devices_of_one_network(isolates: bool, internet: Internet, sockets: ExitStack) -> None:
    network = internet.network("port-restricted", isolates)
    devices = [network.host(), network.host()]
    one, other = (sockets.enter_context(device.udp(LIMIT)) for device in devices)
    server = sockets.enter_context(udp(internet.address(), LIMIT))
    assert seen_from(one, server)[0] == seen_from(other, server)[0] == network.address
    assert arrives(other, one, (inner_address(devices[1]), other.getsockname()[1])) is not isolates
    assert not arrives(other, one, seen_from(other, server)), "the router leads what is sent to its own address back inside"


@pytest.mark.parametrize("kind, port, is_open", [
    ("UDP blocked", 0, True), ("the web alone", 0, False), ("the web alone", 80, True), ("the web alone", 443, True),
])
def test_where_udp_is_blocked_tcp_is_not(kind: str, port: int, is_open: bool, internet: Internet) -> None:
    device = internet.network(kind).host()
    with socket.create_server((internet.address(), port)) as server:
        host, port = server.getsockname()
        connects = f"timeout {LIMIT} bash -c 'exec 3<>/dev/tcp/{host}/{port}' && echo yes || echo no"
        assert device.run("bash", "-c", connects).strip() == ("yes" if is_open else "no")


def seen_from(inside: socket.socket, server: socket.socket) -> tuple[str, int] | None:
    """Where packets of this socket seem to the server to come from; None if they do not arrive."""
    inside.sendto(b"?", server.getsockname())
    try:
        return server.recvfrom(16)[1]
    except TimeoutError:
        return None


def arrives(inside: socket.socket, sender: socket.socket, address: tuple[str, int]) -> bool:
    try:
        sender.sendto(b"!", address)
        return inside.recv(16) == b"!"
    except OSError:
        return False


def inner_address(device: Namespace) -> str:
    return device.run("ip", "-brief", "-4", "address", "show", "eth0").split()[2].partition("/")[0]
