"""Swift's `Pairing` over real WebRTC connections: with itself, and with the JavaScript client in Chromium."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from altering_relay import AlteringRelay
from client_pages import ClientPage, client_pages
from pairing_program import PairingProgram
from waiting import eventually

TEST_LIMIT = 110.0
SIZE = 300_000
ENGINES = ["aiortc", "chromium"]
SEND_BYTES = "(async (size) => { for (let sent = 0; sent < size; sent += 10_000) await current.link.send(new Uint8Array(10_000)); })"
RECEIVED = "told.received.map((data) => (typeof data === 'string' ? data : new TextDecoder().decode(data)))"
RECEIVED_BYTES = "told.received.reduce((sum, { byteLength }) => sum + (byteLength ?? 0), 0)"

Start = Callable[..., Awaitable[PairingProgram]]


def play(scenario: Callable[[Start], Awaitable[None]], server: str) -> None:
    """`start` is PairingProgram's; whatever becomes of the test, none of them outlives it."""

    async def run() -> None:
        programs: list[PairingProgram] = []

        async def start(*flags: str, **options: Any) -> PairingProgram:
            programs.append(await PairingProgram.start(options.pop("server", server), *flags, **options))
            return programs[-1]

        try:
            await scenario(start)
        finally:
            for program in programs:
                await program.kill()

    asyncio.run(asyncio.wait_for(run(), TEST_LIMIT))


# Two programs


async def assert_programs_talk(a: PairingProgram, b: PairingProgram) -> None:
    for one, other in ((a, b), (b, a)):
        await one.do(say="grüezi")
        await other.hears("grüezi")
        await one.do(fill=SIZE)
        await other.hears_bytes(SIZE)


async def assert_one_leaves(a: PairingProgram, b: PairingProgram) -> None:
    await a.leave()
    assert await b.fails() == "peer_left"


@pytest.mark.parametrize("engines", [("aiortc", "aiortc"), ("chromium", "aiortc"), ("aiortc", "chromium")], ids="-".join)
def test_two_programs_talk(server: Any, engines: tuple[str, str]) -> None:
    async def scenario(start: Start) -> None:
        a = await start(engine=engines[0])
        b = await start(code=await a.code(), engine=engines[1])
        for program in (a, b):
            assert "verified" not in await program.linked()
        await assert_programs_talk(a, b)
        await assert_one_leaves(a, b)

    play(scenario, server.url)


def test_two_programs_know_each_other_by_words(server: Any) -> None:
    async def scenario(start: Start) -> None:
        a = await start("--words")
        b = await start(code=await a.code())
        for program in (a, b):
            assert (await program.linked())["verified"] == "words"
        await assert_programs_talk(a, b)
        await assert_one_leaves(b, a)

    play(scenario, server.url)


def test_two_programs_show_the_same_six_digits(server: Any) -> None:
    async def scenario(start: Start) -> None:
        a = await start("--six-digits")
        b = await start("--six-digits", code=await a.code())
        digits = [(await program.linked())["text"] for program in (a, b)]
        assert digits[0] == digits[1] and len(digits[0]) == 6

    play(scenario, server.url)


def test_wrong_words_connect_no_programs(server: Any) -> None:
    async def scenario(start: Start) -> None:
        a = await start("--words")
        code, *words = (await a.code()).split("-")
        b = await start(code="-".join([code, *reversed(words)]))
        assert (await a.fails(), await b.fails()) == ("code_mismatch", "code_mismatch")
        assert all(told["event"] not in ("connected", "linked") for program in (a, b) for told in program.told)

    play(scenario, server.url)


@pytest.mark.parametrize("kind", ["offer", "answer"])
@pytest.mark.parametrize("flags", [[], ["--words"]], ids=["digits", "words"])
def test_the_signaling_connection_breaks_in_the_midst(server: Any, flags: list[str], kind: str) -> None:
    """Once with the first offer, or the answer to it, which is lost, and once when the link stands, which lives on."""

    async def scenario(start: Start) -> None:
        async with AlteringRelay(server.url) as relay:
            lost: list[str] = []

            def lose_the_first(frame: dict[str, Any], side: str) -> list[dict[str, Any]]:
                if frame["type"] != kind or lost:
                    return [frame]
                lost.append(side)
                relay.break_connection("B")
                return []

            relay.alter = lose_the_first
            a = await start(*flags, server=relay.url)
            b = await start(code=await a.code(), server=relay.url)
            for program in (a, b):
                await program.linked()
            assert lost == ["A" if kind == "offer" else "B"] and relay.connections["B"] == 2
            relay.break_connection("A")
            await eventually(lambda: relay.connections["A"] == 2, "A comes back")
            await assert_programs_talk(a, b)
            await assert_one_leaves(a, b)

    play(scenario, server.url)


# With the client in a browser


@asynccontextmanager
async def paired(start: Start, server: str, side: str, flags: list[str], engine: str) -> AsyncIterator[tuple[PairingProgram, ClientPage]]:
    """`side` is the program's."""
    async with client_pages(server, 1) as (page,):
        if side == "A":
            program = await start(*flags, engine=engine)
            await page.begin(code=await program.code())
        else:
            await page.begin(**({"words": 2} if flags else {}))
            code = await page.code()
            program = await start(code=await page.told("phrase") if flags else code, engine=engine)
        yield program, page


async def assert_they_talk(program: PairingProgram, page: ClientPage) -> None:
    await page.evaluate("current.link.channel.binaryType = 'arraybuffer'")
    await program.do(say="from Swift")
    await page.becomes(f"{RECEIVED}.includes('from Swift')")
    await page.says("from the browser")
    await program.hears("from the browser")
    await page.evaluate("told.received = []")
    await program.do(fill=SIZE)
    await page.becomes(f"{RECEIVED_BYTES} === {SIZE}")
    await page.evaluate(SEND_BYTES, SIZE)
    await program.hears_bytes(SIZE)
    assert await page.evaluate("told.problems") == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("flags", [[], ["--words"]], ids=["digits", "words"])
@pytest.mark.parametrize("side", ["A", "B"])
def test_a_program_talks_with_a_browser(server: Any, side: str, flags: list[str], engine: str) -> None:
    async def scenario(start: Start) -> None:
        async with paired(start, server.url, side, flags, engine) as (program, page):
            known = (await program.linked()).get("verified")
            await page.connected()
            assert await page.evaluate("current.link.verified") == known == ("words" if flags else None)
            await assert_they_talk(program, page)
            if side == "A":
                await program.leave()
                await page.becomes("told.ended")
                assert await page.evaluate("told.ended.code") == "peer_left"
            else:
                await page.evaluate("current.link.close()")
                assert await program.fails() == "peer_left"

    play(scenario, server.url)


@pytest.mark.parametrize("side", ["A", "B"])
def test_wrong_words_connect_no_browser(server: Any, side: str) -> None:
    async def scenario(start: Start) -> None:
        async with client_pages(server.url, 1) as (page,):
            if side == "A":
                program = await start("--words")
                code, *words = (await program.code()).split("-")
                await page.begin(code="-".join([code, *reversed(words)]))
            else:
                await page.begin(words=2)
                code, *words = (await page.told("phrase")).split("-")
                program = await start(code="-".join([code, *reversed(words)]))
            await page.becomes("told.error")
            assert await page.evaluate("told.error.code") == await program.fails() == "code_mismatch"
            assert await page.evaluate("connections.every((connection) => connection.remoteDescription === null)")

    play(scenario, server.url)


@pytest.mark.parametrize("side", ["A", "B"])
def test_a_program_and_a_browser_restart_ice(server: Any, side: str) -> None:
    """One after the other, and both at once: then B's engine rolls its offer back."""

    async def scenario(start: Start) -> None:
        async with paired(start, server.url, side, [], "chromium") as (program, page):
            await program.linked()
            await page.connected()
            for restarts in ["program", "page", "both"]:
                before = await page.evaluate("usernames().join()")
                if restarts != "page":
                    await program.do(restart=True)
                if restarts != "program":
                    await page.evaluate("dispatchEvent(new Event('online'))")
                await page.becomes(
                    f"usernames().join() !== {before!r} && current.link.peerConnection.signalingState === 'stable'"
                    " && current.link.peerConnection.connectionState === 'connected'"
                )
                await assert_they_talk(program, page)
            assert all(told["event"] not in ("problem", "failed") for told in program.told)
            await program.leave()

    play(scenario, server.url)


def test_an_ice_restart_asks_for_fresh_credentials(start_server: Callable[..., Any]) -> None:
    # Nothing answers there, and nothing has to: the two are on one machine.
    server = start_server(ICE_SERVERS=json.dumps([{"urls": ["stun:127.0.0.1:3479"]}]))

    async def scenario(start: Start) -> None:
        async with AlteringRelay(server.url) as relay:
            for path in ("/rendezvous/code", "/rendezvous/redeem"):
                relay.added[path] = {"iceServersExpireInMs": 1}

            def asked() -> set[str]:
                requests = [request for request in relay.requests if request.startswith("GET /rendezvous/ice?")]
                return {side for side in "AB" if any(f"side={side} " in request for request in requests)}

            a = await start(server=relay.url, engine="chromium")
            b = await start(server=relay.url, code=await a.code(), engine="chromium")
            for program in (a, b):
                await program.linked()
            assert asked() == set()
            await a.do(restart=True)
            # A before its offer, and B before its answer.
            await eventually(lambda: asked() == {"A", "B"}, "both ask for fresh servers")
            await assert_programs_talk(a, b)
            await assert_one_leaves(a, b)

    play(scenario, server.url)
