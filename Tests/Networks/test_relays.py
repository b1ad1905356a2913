"""coturn and Chromium, with nothing but the list that the server gives; and credentials that coturn does not take."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from coturn import PORT, Coturn
from devices import Device, pair_up
from loop_thread import LoopThread
from places import Places
from server_process import ServerProcess
from side_by_side import SideBySide
from turn_credentials import credentials

SECRET = "the server and coturn share this"
RELAYS_ALONE = {"iceTransportPolicy": "relay"}


@pytest.fixture(scope="module")
def coturn(start_coturn: Callable[[str], Coturn]) -> Coturn:
    return start_coturn(SECRET)


@pytest.fixture(scope="module")
def neighbours(places: Places) -> tuple[Device, Device]:
    """Who would not need a relay."""
    return places.between("LAN", None)


@pytest.fixture(scope="module")
def strangers(places: Places) -> tuple[Device, Device]:
    """Between these there is no way but a relay."""
    return places.between("port-restricted", "symmetric")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_pair_that_may_use_relays_alone(
    transport: str, coturn: Coturn, neighbours: tuple[Device, Device], start_server: Callable[..., ServerProcess]
) -> None:
    server = start_server(TURN_URLS=",".join(coturn.urls(transport)), TURN_SECRET=SECRET)
    outcomes = await pair_up(*neighbours, server.url, transport, rtcConfiguration=RELAYS_ALONE)
    for outcome in outcomes:
        route = outcome["route"]
        assert (route["kind"], route["local"]["type"], route["local"]["relayProtocol"]) == ("relayed", "relay", transport), outcome
    # Chromium has an entry for each URL.
    relays = [[entry for entry in outcome["iceServers"] if entry.get("username")] for outcome in outcomes]
    assert [[url for entry in side for url in entry["urls"]] for side in relays] == [coturn.urls(transport)] * 2
    names = [entry["username"] for side in relays for entry in side]
    assert len(set(names)) == 2
    for name in names:
        # The room is not to be read from it.
        assert re.fullmatch(r"\d{10}:[0-9a-f]{16}", name)
        assert f"user <{name}>" in coturn.log()


async def test_networks_that_let_out_the_web_alone(coturn: Coturn, places: Places, start_server: Callable[..., ServerProcess]) -> None:
    """By the three URLs that docs/turn.md names; of them one gets through, to a port where web servers are."""
    server = start_server(port=80, TURN_URLS=",".join(coturn.urls()), TURN_SECRET=SECRET)
    for outcome in await pair_up(*places.between("the web alone", "the web alone"), server.url, "the web alone"):
        route = outcome["route"]
        assert (route["kind"], route["local"]["type"], route["local"]["relayProtocol"]) == ("relayed", "relay", "tls"), outcome


def refused(coturn: Coturn, made: dict[str, str]) -> dict[str, Any]:
    return {"iceServers": [stun(coturn), {"urls": coturn.urls(), **made}]}


def stun(coturn: Coturn) -> dict[str, Any]:
    return {"urls": [f"stun:{coturn.address}:{PORT}"]}


# Options of A, those of B, and whose credentials are refused.
REFUSED: dict[str, Callable[[Coturn], tuple[dict[str, Any], dict[str, Any], str]]] = {
    "expired": lambda coturn: (*[refused(coturn, credentials(SECRET, lives_for=-60))] * 2, "both"),
    "made with another secret": lambda coturn: (*[refused(coturn, credentials("a guess"))] * 2, "both"),
    "made up": lambda coturn: (*[refused(coturn, {"username": "anybody", "credential": "anything"})] * 2, "both"),
    # A is told that it is not its own fault.
    "those of one side": lambda coturn: ({"iceServers": [stun(coturn)]}, refused(coturn, credentials("a guess")), "B"),
}


@pytest.fixture(scope="module")
def attempts(
    loop: LoopThread, coturn: Coturn, strangers: tuple[Device, Device], start_server: Callable[..., ServerProcess]
) -> SideBySide[str, list[dict[str, Any]]]:
    server = start_server()
    options = {kind: make(coturn) for kind, make in REFUSED.items()}
    return SideBySide(
        loop,
        {kind: partial(pair_up, *strangers, server.url, kind, of_a=a, of_b=b) for kind, (a, b, _) in options.items()},
    )


@pytest.mark.limit(120)
@pytest.mark.parametrize("kind", REFUSED)
async def test_credentials_that_the_relay_refuses(
    kind: str, coturn: Coturn, attempts: SideBySide[str, list[dict[str, Any]]], loop: LoopThread
) -> None:
    *_, whose = REFUSED[kind](coturn)
    for side, outcome in zip("AB", await attempts[kind]):
        error = outcome["error"]
        assert (error["code"], error["cause"], error["side"]) == ("no_route", "relay_refused", whose), outcome
        assert (outcome["diagnoses"][-1]["cause"], outcome["diagnoses"][-1]["side"]) == ("relay_refused", whose)
        who = {"both": "both devices", side: "this device"}.get(whose, "the other device")
        assert f"The TURN server refused {who}" in error["advice"] and "TURN_SECRET" in error["advice"]
