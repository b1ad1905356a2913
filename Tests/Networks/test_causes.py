"""Why a pairing failed, made to happen for real: the page on both sides, the metrics and the log say the same."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from coturn import Coturn
from loop_thread import LoopThread
from metrics_page import read_metrics
from places import Places
from server_process import ServerProcess
from side_by_side import SideBySide
from visits import Visit, meet
from waiting import eventually

SECRET = "the server and coturn share this"
LIMIT = 240
# Between these there is no way but a relay.
APART = ("port-restricted", "symmetric")
TURNED = r"""
const turned = (text) =>
    text.replace(/(a=fingerprint:sha-256 )([0-9A-F])/g, (_, before, digit) => before + (digit === "0" ? "1" : "0"));
"""
# What one side describes, and vouches for, has a fingerprint that is not its certificate's.
CLAIM_ANOTHER = TURNED + """
const { get } = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, "localDescription");
Object.defineProperty(RTCPeerConnection.prototype, "localDescription", {
    get() {
        const description = get.call(this);
        return description && { type: description.type, sdp: turned(description.sdp) };
    },
});
"""
# Somebody in between puts another fingerprint into what one side sends.
PUT_IN_ANOTHER = TURNED + """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) { return send.call(this, turned(data)); };
"""


@dataclass(frozen=True)
class Told:
    server: ServerProcess
    # What each side's page says, and the `diagnosis` frames that it was sent; None where it has gone by itself.
    words: tuple[dict[str, Any] | None, ...]
    diagnoses: tuple[list[dict[str, Any]], ...]


class Scene:
    """What makes the causes happen."""

    def __init__(self, places: Places, start_server: Callable[..., ServerProcess], start_coturn: Callable[[str], Coturn]) -> None:
        self._places = places
        self._start_server = start_server
        self._start_coturn = start_coturn

    async def server(self, **settings: str) -> ServerProcess:
        # What it waits for must not hold up the loop.
        return await asyncio.to_thread(lambda: self._start_server(**settings))

    async def coturn(self, secret: str = SECRET) -> Coturn:
        return await asyncio.to_thread(self._start_coturn, secret)

    async def server_with_turn(self, coturn: Coturn, *transports: str) -> ServerProcess:
        return await self.server(TURN_URLS=",".join(coturn.urls(*transports)), TURN_SECRET=SECRET)

    async def meet(self, server: ServerProcess, *kinds: str, script_of_b: str = "") -> list[Visit]:
        return await meet(*self._places.between(*kinds), server.url, script_of_b)

    async def end(self, server: ServerProcess, *kinds: str, **options: Any) -> Told:
        visits = await self.meet(server, *kinds, **options)
        words = await asyncio.gather(*(one.outcome() for one in visits))
        for one in visits:
            await one.leave()
        return Told(server, tuple(words), tuple(one.diagnoses for one in visits))


async def no_turn_and_no_route(scene: Scene) -> Told:
    return await scene.end(await scene.server(), *APART)


async def no_server_at_all(scene: Scene) -> Told:
    return await scene.end(await scene.server(STUN_PORT="0"), *APART)


async def wrong_turn_secret(scene: Scene) -> Told:
    return await scene.end(await scene.server_with_turn(await scene.coturn("another secret")), *APART)


async def coturn_stopped(scene: Scene) -> Told:
    coturn = await scene.coturn()
    server = await scene.server_with_turn(coturn)
    await asyncio.to_thread(coturn.stop)
    return await scene.end(server, *APART)


async def udp_blocked(scene: Scene) -> Told:
    return await scene.end(await scene.server_with_turn(await scene.coturn(), "udp"), "full cone", "UDP blocked")


async def another_certificate(scene: Scene) -> Told:
    return await scene.end(await scene.server(), "full cone", "full cone", script_of_b=CLAIM_ANOTHER)


async def somebody_in_between(scene: Scene) -> Told:
    return await scene.end(await scene.server(), "full cone", "full cone", script_of_b=PUT_IN_ANOTHER)


async def the_other_closes(scene: Scene, how: Callable[[Visit], Awaitable[None]]) -> Told:
    server = await scene.server()
    visits = await scene.meet(server, *APART)
    await asyncio.gather(*(one.looks_for_a_way() for one in visits))
    await how(visits[1])
    words = await visits[0].outcome()
    for one in visits:
        await one.leave()
    return Told(server, (words, None), tuple(one.diagnoses for one in visits))


async def the_other_cancels(scene: Scene) -> Told:
    return await the_other_closes(scene, lambda visit: visit.page.click("#cancel-connecting"))


async def the_other_leaves_its_page(scene: Scene) -> Told:
    return await the_other_closes(scene, lambda visit: visit.page.goto("about:blank"))


NOT_REACHED = "The two devices cannot reach each other"
NOT_MATCHING = "The words do not match"
Story = Callable[[Scene], Coroutine[Any, Any, Told]]
STORIES: list[tuple[Story, dict[str, str], tuple[str | None, str | None]]] = [
    (no_turn_and_no_route, {"cause": "no_relay_configured", "side": "both", "hint": "strict_nat"}, (NOT_REACHED, NOT_REACHED)),
    (no_server_at_all, {"cause": "no_relay_configured", "side": "both", "hint": "no_stun"}, (NOT_REACHED, NOT_REACHED)),
    (wrong_turn_secret, {"cause": "relay_refused", "side": "both"}, (NOT_REACHED, NOT_REACHED)),
    (coturn_stopped, {"cause": "relay_unreachable", "side": "both"}, (NOT_REACHED, NOT_REACHED)),
    (udp_blocked, {"cause": "udp_blocked", "side": "B"}, (NOT_REACHED, NOT_REACHED)),
    (another_certificate, {"cause": "dtls_failed", "side": "both"}, (NOT_REACHED, NOT_REACHED)),
    (somebody_in_between, {"cause": "verification_failed", "side": "both"}, (NOT_MATCHING, NOT_REACHED)),
    (the_other_cancels, {"cause": "peer_left", "side": "B"}, ("The other side has left", None)),
    (the_other_leaves_its_page, {"cause": "peer_left", "side": "B"}, ("The other side has left", None)),
]


@pytest.fixture(scope="module")
def told(
    loop: LoopThread, places: Places, start_server: Callable[..., ServerProcess], start_coturn: Callable[[str], Coturn]
) -> SideBySide[Story, Told]:
    scene = Scene(places, start_server, start_coturn)
    return SideBySide(loop, {story: partial(story, scene) for story, _, _ in STORIES})


@pytest.mark.limit(LIMIT)
@pytest.mark.parametrize("story, diagnosis, titles", STORIES, ids=[story.__name__ for story, _, _ in STORIES])
async def test_a_cause(
    story: Story, diagnosis: dict[str, str], titles: tuple[str | None, str | None], told: SideBySide[Story, Told], loop: LoopThread
) -> None:
    result = await told[story]
    for words, frames, title in zip(result.words, result.diagnoses, titles):
        if words is None:
            continue
        assert (words["screen"], words["ended-title"]) == ("ended", title), words
        if story is somebody_in_between and not frames:
            # Side A finds out for itself, and is gone before it can be told; side B has a proof, and hears of it from the server.
            continue
        assert {name: value for name, value in frames[-1].items() if name in ("cause", "side", "hint")} == diagnosis, frames
        assert frames[-1]["advice"]
    await eventually(lambda: pairings_counted(result.server.url), "a pairing that has ended")
    cause = diagnosis["cause"]
    assert pairings_counted(result.server.url) == {("failed", cause): 1}
    (line,) = lines_about(result.server, "pairing ended")
    assert (line["outcome"], line["cause"]) == ("failed", cause), line
    assert line["time_ms"] > 0


def pairings_counted(url: str) -> dict[tuple[str, str], float]:
    """By outcome and cause."""
    found = {}
    for name, labels, value in read_metrics(url).samples:
        if name == "nt_pairings_total" and value:
            named = dict(pair.split("=") for pair in labels.replace('"', "").split(","))
            found[named["outcome"], named.get("cause", "none")] = value
    return found


def lines_about(server: ServerProcess, message: str) -> list[dict[str, Any]]:
    return [record for line in server.log().splitlines() if (record := json.loads(line))["message"] == message]
