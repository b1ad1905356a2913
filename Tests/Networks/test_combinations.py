"""Which devices come together by nothing but the server: by its address alone, by its own STUN, and with TURN. Nothing is given by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from combinations import ALONE, COMBINATIONS, DIRECT, RELAYED, WITH_STUN, WITH_TURN, diagnosis, played
from coturn import Coturn
from devices import Device, pair_up, way
from loop_thread import LoopThread
from places import Places
from server_process import ServerProcess
from side_by_side import SideBySide
from visits import Visit, meet

SECRET = "the server and coturn share this"
# What fails is given up by the client itself within 45 s.
LIMIT = 240
SETTLING = 30.0


async def by_the_client(a: Device, b: Device, server: str, name: str, expected: str) -> list[str | None]:
    outcomes = await pair_up(a, b, server, name)
    if all("route" in outcome for outcome in outcomes):
        assert [outcome["heard"] for outcome in outcomes] == ["hello from B", "hello from A"]
        return await settled(lambda: asyncio.gather(*(way(device, server, name) for device in (a, b))), expected)
    return [told_by_the_client(outcome) for outcome in outcomes]


def told_by_the_client(outcome: dict[str, Any]) -> str:
    error = outcome["error"]
    assert error["code"] == "no_route", outcome
    return diagnosis(**{name: error.get(name) for name in ("cause", "side", "hint")})


async def by_the_page(a: Device, b: Device, server: str, name: str, expected: str) -> list[str | None]:
    visits = await meet(a, b, server)
    screens = await asyncio.gather(*(one.outcome() for one in visits))
    if all(screen["screen"] == "connected" for screen in screens):
        for one, other in (visits, visits[::-1]):
            await one.say("hello")
            await other.hears("hello")
        told = await settled(lambda: asyncio.gather(*(one.way() for one in visits)), expected)
    else:
        told = [told_by_the_page(*each) for each in zip("AB", visits, screens)]
    for one in visits:
        await one.leave()
    return told


async def settled(look: Callable[[], Awaitable[list[str | None]]], expected: str) -> list[str | None]:
    """What both sides say of the way. ICE may begin with a relay, and a side learns only a moment later that an address is one."""
    deadline = asyncio.get_running_loop().time() + SETTLING
    while set(ways := list(await look())) != {expected} and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.1)
    return ways


def told_by_the_page(side: str, visit: Visit, screen: dict[str, Any]) -> str:
    assert screen["ended-title"] == "The two devices cannot reach each other", screen
    assert visit.diagnoses, f"the server has said nothing to {side}"
    frame = visit.diagnoses[-1]
    if frame["side"] != "both":
        # What a person reads names the device that is in the way.
        assert ("this device" if frame["side"] == side else "the other device") in screen["ended-advice"], screen
    return diagnosis(**frame)


@pytest.fixture(scope="module")
def servers(start_server: Callable[..., ServerProcess], start_coturn: Callable[[str], Coturn]) -> dict[str, ServerProcess]:
    coturn = start_coturn(SECRET)
    return {
        ALONE: start_server(STUN_PORT="0"),
        WITH_STUN: start_server(),
        WITH_TURN: start_server(TURN_URLS=",".join(coturn.urls()), TURN_SECRET=SECRET),
    }


# And how many of the twelve come together.
ATTEMPTS = {
    "client alone": (by_the_client, ALONE, 1),
    "client with STUN": (by_the_client, WITH_STUN, 5),
    "client with TURN": (by_the_client, WITH_TURN, 12),
    "page with STUN": (by_the_page, WITH_STUN, 5),
    "page with TURN": (by_the_page, WITH_TURN, 12),
}
Told = dict[str, list[str | None]]


@pytest.fixture(scope="module")
def attempts(loop: LoopThread, places: Places, servers: dict[str, ServerProcess]) -> SideBySide[str, Told]:
    async def all_of(how: Callable[..., Awaitable[list[str | None]]], column: str) -> Told:
        pairings = (how(*places.between(c.a, c.b), servers[column].url, f"{c} {column}", c.outcome(column)) for c in played())
        # What goes wrong at one pairing is shown beside what came of the others.
        told = await asyncio.gather(*pairings, return_exceptions=True)
        return {str(combination): sides if isinstance(sides, list) else [repr(sides)] for combination, sides in zip(played(), told)}

    return SideBySide(loop, {name: partial(all_of, how, column) for name, (how, column, _) in ATTEMPTS.items()})


@pytest.mark.limit(LIMIT)
@pytest.mark.parametrize("name", ATTEMPTS)
async def test_of_twelve_combinations(name: str, attempts: SideBySide[str, Told], loop: LoopThread) -> None:
    _, column, connected = ATTEMPTS[name]
    told = await attempts[name]
    assert told == {str(combination): [combination.outcome(column)] * 2 for combination in played()}
    assert sum(told[str(combination)][0] in (DIRECT, RELAYED) for combination in COMBINATIONS) == connected
