"""Two browsers pair by a code, and talk."""

import re
from pathlib import Path
from typing import Any

import pytest

from client_pages import ClientPage, assert_they_talk, both_add_media, client_pages, pair_up
from waiting import metrics, metrics_become

BY_HAND = Path(__file__).parents[2] / "docs" / "without-a-client.md"


async def test_two_browsers_pair_by_a_code_and_talk(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        code = await pair_up(a, b)
        await assert_they_talk(a, b, "hello")
        assert await a.evaluate("told.stages") == ["code", "waiting", "negotiating", "connected"]
        assert await b.evaluate("told.stages") == ["code", "waiting", "negotiating", "connected"]
        assert await a.evaluate("current.link.side + current.link.state + current.link.channel.label") == "Aconnecteddata"
        assert await a.evaluate("current.link.appID") == await b.evaluate("current.link.appID")
        for page in (a, b):
            route = await page.evaluate("current.link.route()")
            assert route["kind"] == "direct"
            assert (route["local"]["protocol"], route["remote"]["protocol"]) == ("udp", "udp")
            # A candidate that the other side learnt from a packet rather than a frame is peer-reflexive.
            assert {route["local"]["type"], route["remote"]["type"]} <= {"host", "prflx"}
            # Statistics are a moment behind.
            await page.becomes("current.link.route().then(({ bytesSent, bytesReceived }) => bytesSent > 0 && bytesReceived > 0)")
        for page in (a, b):
            assert await page.evaluate("told.received.concat(told.states)") == ["hello"]
        await session_is_counted(server.url)

        assert await a.evaluate("(code) => client.redeemCode(location.origin, code).catch(({ code }) => code)", code) == "code_gone"


async def session_is_counted(server: str) -> None:
    """Once, although both sides tell of it, a moment after they are connected."""
    await metrics_become(server, nt_session_established_total=1)
    samples = (await metrics(server)).samples
    assert [sample for sample in samples if sample[0] == "nt_session_established_total" and sample[2] > 0] == [
        ("nt_session_established_total", 'mode="direct"', 1)
    ]


@pytest.mark.parametrize("offers", ["the client", "the example without it"])
async def test_it_pairs_with_the_example_without_a_client(server: Any, offers: str) -> None:
    _, section = BY_HAND.read_text().split("## In a browser\n")
    example = re.search(r"```js\n(.*?)```", section, re.DOTALL).group(1).replace("http://127.0.0.1:1234", server.url)
    async with client_pages(server.url) as (ours, theirs):
        await theirs.page.add_script_tag(content=f"{example}; globalThis.examplePair = pair;")
        if offers == "the client":
            await ours.begin()
            await begin_example(theirs, await ours.code())
        else:
            await begin_example(theirs, None)
            await ours.begin(code=await theirs.told("code"))
        await ours.connected()
        await ours.says("hello")
        await theirs.hears("hello")
        await theirs.evaluate("example.send('and to you')")
        await ours.hears("and to you")


async def begin_example(page: ClientPage, code: str | None) -> None:
    await page.evaluate(
        """async (code) => {
            const { code: minted, opened } = await examplePair(code ?? undefined);
            told.code = minted ?? null;
            opened.then((channel) => {
                globalThis.example = channel;
                channel.onmessage = ({ data }) => told.received.push(data);
            });
        }""",
        code,
    )


async def test_both_may_negotiate_more_at_once(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        await both_add_media(a, b)
        await assert_they_talk(a, b, "still here")


async def test_closing_tells_the_other_side_at_once(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        await a.evaluate("current.link.close()")
        await b.becomes("told.ended", limit=3)
        assert (await b.told("ended"))["code"] == "peer_left"
        states = "[current.link.state, current.session.state, current.link.peerConnection.connectionState]"
        assert await b.evaluate(states) == ["closed"] * 3
        assert await a.evaluate("told.states") == ["closed"]
        assert (await a.told("ended")).get("code") is None


async def test_leaving_the_page_tells_the_other_side_at_once(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        await a.page.goto("about:blank")
        await b.becomes("told.ended", limit=3)
        assert (await b.told("ended"))["code"] == "peer_left"


async def test_ice_servers_are_fetched_before_the_code_is_spent(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await a.begin()
        code = await a.code()
        await b.begin(code=code, iceServers="/no-such-list")
        assert (await b.told("error"))["code"] == "ice_servers_unavailable"
        list_of_one = {"iceServers": [{"urls": ["stun:127.0.0.1:9"]}]}
        await b.page.route("**/ice-servers", lambda route: route.fulfill(json=list_of_one))
        await b.evaluate("told.error = null")
        await b.begin(code=code, iceServers="/ice-servers")
        await b.connected()
        assert await b.evaluate("current.link.peerConnection.getConfiguration().iceServers[0].urls") == ["stun:127.0.0.1:9"]
