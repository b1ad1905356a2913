"""Pairings that come to nothing, and what people are told."""

from collections.abc import Callable
from typing import Any

from client_pages import client_pages
from server_process import ServerProcess

CONNECT = "(base) => follow(client.connect({ base, appID: '6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34', side: 'A' }))"


# As if a firewall lay between the two: no check is ever sent.
FIREWALL = "RTCPeerConnection.prototype.addIceCandidate = async () => {}; stripCandidates()"
RELAY_ONLY = {"iceTransportPolicy": "relay"}


async def test_a_side_that_may_only_use_relays_and_has_none_gives_out_no_code(server: Any) -> None:
    async with client_pages(server.url, count=1) as (a,):
        await a.begin(rtcConfiguration=RELAY_ONLY)
        error = await a.told("error")
        assert error["code"] == "no_relay" and "TURN_URLS" in error["advice"] and "iceServers" in error["advice"]
        assert await a.evaluate("told.code") is None


async def test_a_side_that_enters_a_code_and_may_only_use_relays_and_has_none(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await a.begin()
        await b.begin(code=await a.code(), rtcConfiguration=RELAY_ONLY)
        error_of_a, error_of_b = await a.told("error"), await b.told("error")
        for error in (error_of_a, error_of_b):
            assert (error["name"], error["code"]) == ("NoRouteError", "no_route")
            assert (error["cause"], error["side"]) == ("no_candidates", "B")
        assert "by the other device" in error_of_a["advice"] and "by this device" in error_of_b["advice"]
        assert (error_of_a["remote"], error_of_b["local"]) == ([], [])
        assert {"type": "host", "protocol": "udp"} in error_of_a["local"]


async def test_candidates_that_do_not_reach_each_other(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(STUN_PORT="0")
    async with client_pages(server.url) as (a, b):
        for page in (a, b):
            await page.evaluate(FIREWALL)
        await a.begin(connectWithinMs=60_000)
        await b.begin(code=await a.code(), connectWithinMs=5_000)
        for page in (a, b):
            await page.becomes("told.warnings.length > 0", limit=3)
            (warning,) = await page.evaluate("told.warnings")
            assert (warning["cause"], warning["side"], warning["hint"]) == ("no_relay_configured", "both", "no_stun")
            assert await page.evaluate("told.error") is None, "both still try"
        # B gives up, and A does not have to find out by itself.
        for page in (a, b):
            error = await page.told("error")
            assert (error["code"], error["cause"], error["hint"]) == ("no_route", "no_relay_configured", "no_stun"), error
            assert {"type": "host", "protocol": "udp"} in error["local"]
            assert {"type": "host", "protocol": "udp", "tried": False} in error["remote"]
            assert "STUN_PORT" in error["advice"] and "host/udp" in error["message"]
            assert "no_relay_configured" in [found["cause"] for found in await page.evaluate("told.diagnoses")]


async def test_a_certificate_of_somebody_else(server: Any) -> None:
    """As if somebody in between had put an own one in the place of B's."""
    async with client_pages(server.url) as (a, b):
        await a.evaluate("forgeFingerprints()")
        await a.begin()
        await b.begin(code=await a.code())
        for page in (a, b):
            error = await page.told("error")
            assert (error["code"], error["cause"]) == ("no_route", "dtls_failed"), error
            assert "fingerprint" in error["advice"]


async def test_the_other_side_closes_its_page_while_the_two_try(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        for page in (a, b):
            await page.evaluate(FIREWALL)
        await a.begin()
        await b.begin(code=await a.code())
        await a.becomes("current.session.peerPresent")
        await b.becomes("told.stages.includes('negotiating')")
        # An answer is on its way after an offer: not before that can there be a route.
        await b.becomes("connections.at(-1).localDescription !== null")
        await b.page.close()
        await a.becomes("told.error", limit=4)
        assert (await a.told("error"))["code"] == "peer_left"


async def test_codes_that_lead_nowhere(server: Any) -> None:
    async with client_pages(server.url, count=1) as (a,):
        for code, expected in (("12", "code_malformed"), ("00000000", "code_gone")):
            await a.begin(code=code)
            assert (await a.told("error"))["code"] == expected
            await a.evaluate("told.error = null")


async def test_nobody_redeems_the_code(server: Any) -> None:
    async with client_pages(server.url, count=1) as (a,):
        await a.page.clock.install()
        await a.begin(ttl=60)
        await a.becomes("current.session?.state === 'open'")
        # Ten seconds after the code's end; the page's clock goes on by itself meanwhile, and `expiresAt` is in whole seconds.
        await a.page.clock.run_for(60_000)
        assert await a.evaluate("told.error") is None
        await a.page.clock.run_for(11_000)
        assert (await a.told("error"))["code"] == "peer_never_came"
        assert await a.evaluate("current.session.state") == "closed"


async def test_the_side_that_made_the_code_is_gone(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await a.begin()
        code = await a.code()
        await a.evaluate("abort()")
        assert (await a.told("error"))["name"] == "AbortError"
        await b.begin(code=code, peerWithinMs=5000)
        assert (await b.told("error"))["code"] == "peer_never_came"


async def test_the_other_side_leaves_before_the_connection_stands(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await a.begin()
        code = await a.code()
        await b.evaluate(
            """async (code) => {
                const { appID } = await client.redeemCode(location.origin, code);
                const session = client.connect({ base: location.origin, appID, side: "B" });
                session.addEventListener("signal", () => session.close());
            }""",
            code,
        )
        assert (await a.told("error"))["code"] == "peer_left"


async def test_a_page_of_another_origin_learns_how_long_to_wait(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(REDEEM_FAILURES_PER_MIN="1", WS_RATE_PER_MIN="1")
    async with client_pages(other_origin(server), count=1) as (a,):
        await a.begin(base=server.url, code="0000")
        assert (await a.told("error"))["code"] == "code_gone"
        await a.evaluate("told.error = null")
        await a.begin(base=server.url, code="0000")
        error = await a.told("error")
        assert error["code"] == "too_many_guesses" and 0 < error["retryAfterMs"] <= 60_000
        # One connection is all that the limit allows.
        for event in ("open,false", "reconnecting,rate_limited"):
            await a.evaluate(CONNECT, server.url)
            await a.becomes(f"told.sessionEvents.join(' ').includes('{event}')")


async def test_a_page_of_an_origin_that_is_not_allowed_is_told_so(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(DEV="false", CORS_ORIGINS="https://app.example.org")
    async with client_pages(other_origin(server), count=1) as (a,):
        await a.begin(base=server.url)
        error = await a.told("error")
        assert error["code"] == "origin_refused" and "CORS_ORIGINS" in error["advice"]
        await a.evaluate(CONNECT, server.url)
        await a.becomes("told.sessionEvents.some(([type, code]) => type === 'closed' && code === 'origin_refused')")


def other_origin(server: ServerProcess) -> str:
    """The same server by another name, which to a browser is another origin."""
    return server.url.replace("127.0.0.1", "localhost")
