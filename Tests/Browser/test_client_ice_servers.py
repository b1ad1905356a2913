"""STUN and TURN servers that come from the signaling server: pages use them without being told, and fetch fresh ones."""

import json
from collections.abc import Callable
from typing import Any

from playwright.async_api import Route

from client_pages import ClientPage, assert_they_talk, client_pages, pair_up
from server_process import ServerProcess

# Nothing answers there, and nothing has to: the two are on one machine.
NAMED = [{"urls": ["stun:127.0.0.1:3479"]}, {"urls": ["turn:127.0.0.1:3479?transport=tcp"], "username": "somebody", "credential": "secret"}]
CONFIGURED = "connections.at(-1).getConfiguration().iceServers.map(({ urls, username }) => [[urls].flat(), username])"
NAMED_URLS = [server["urls"] for server in NAMED]
# As if the network had changed.
RESTART = "dispatchEvent(new Event('online'))"


async def configured(page: ClientPage) -> list[list[str]]:
    return [urls for urls, _ in await page.evaluate(CONFIGURED)]


async def answer_with(page: ClientPage, path: str, **members: Any) -> None:
    """Adds members to what the server answers to this page."""

    async def alter(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, json={**await response.json(), **members})

    await page.page.route(f"**{path}", alter)


async def test_both_sides_use_what_the_server_names(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(ICE_SERVERS=json.dumps(NAMED))
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        assert await configured(a) == await configured(b) == NAMED_URLS
        await assert_they_talk(a, b, "hello")


async def test_what_a_page_passes_is_used_instead(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(ICE_SERVERS=json.dumps(NAMED))
    async with client_pages(server.url) as (a, b):
        await a.begin(iceServers=[])
        await b.begin(code=await a.code(), rtcConfiguration={"iceServers": [{"urls": "stun:127.0.0.1:3480"}]})
        for page in (a, b):
            await page.connected()
        assert (await configured(a), await configured(b)) == ([], [["stun:127.0.0.1:3480"]])


async def test_what_the_browser_refuses_of_the_servers_list_is_left_out(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await answer_with(b, "/rendezvous/redeem", iceServers=[{"urls": "stun:[::"}, NAMED[0], {"urls": "turn:127.0.0.1"}, {"urls": []}])
        await pair_up(a, b)
        assert ["stun:127.0.0.1:3479"] in await configured(b)
        await assert_they_talk(a, b, "hello")


async def test_an_ice_restart_after_expiry_uses_fresh_ones(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(ICE_SERVERS=json.dumps(NAMED))
    async with client_pages(server.url) as (a, b):
        old = [{"urls": ["stun:127.0.0.1:3481"]}]
        for page, path in ((a, "/rendezvous/code"), (b, "/rendezvous/redeem")):
            await answer_with(page, path, iceServers=old, iceServersExpireInMs=1)
        await pair_up(a, b)
        assert await configured(a) == await configured(b) == [["stun:127.0.0.1:3481"]]
        before = await a.evaluate("usernames()")
        # A restarts, and B finds candidates anew for its answer.
        await a.evaluate(RESTART)
        for page in (a, b):
            await page.becomes(f"JSON.stringify({CONFIGURED}.map(([urls]) => urls)) === '{json.dumps(NAMED_URLS, separators=(',', ':'))}'")
        await a.becomes(f"usernames().every((name) => !{json.dumps(before)}.includes(name))")
        await assert_they_talk(a, b, "still here")


async def test_a_program_asks_for_fresh_ones_itself(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(ICE_SERVERS=json.dumps(NAMED))
    async with client_pages(server.url, count=1) as (a,):
        script = """async (token) => {
            const base = location.origin;
            const room = await client.createCode(base);
            const place = { base, appID: room.appID, side: "A", token: token ?? room.token };
            return await client.iceServers(place).catch(({ code }) => code);
        }"""
        assert (await a.evaluate(script))["iceServers"] == NAMED
        assert await a.evaluate(script, "0123456789012345678901") == "token_refused"
