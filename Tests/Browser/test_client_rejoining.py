"""Sides that come late, or once more: a page that was asleep, and a room that both come back to."""

from collections.abc import Callable
from typing import Any

from client_pages import asleep, assert_they_talk, client_pages, pair_up
from server_process import ServerProcess

COME_BACK = "begin({ ...told.room })"


async def test_side_b_waits_for_a_page_that_is_asleep(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(HEARTBEAT="1s")
    async with client_pages(server.url) as (a, b):
        await a.begin()
        code = await a.code()
        await a.becomes("current.session?.state === 'open'")
        await b.page.clock.install()
        async with asleep(a):
            await b.begin(code=code)
            await b.becomes("current.session?.state === 'open'")
            await b.page.clock.run_for(120_000)
            assert await b.evaluate("told.error") is None
        for page in (a, b):
            await page.connected()
        await assert_they_talk(a, b, "good morning")


async def test_both_come_back_to_a_room_whose_code_is_spent(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        await a.evaluate("current.link.close()")
        await b.told("ended")
        for page in (a, b):
            await page.evaluate("told.stages.length = 0")
            await page.evaluate(COME_BACK)
        for page in (a, b):
            await page.connected()
        await assert_they_talk(a, b, "once more")
        assert await a.evaluate("told.room") | {"side": "B"} != await b.evaluate("told.room"), "each has a token of its own"


async def test_a_room_that_the_server_has_forgotten_is_gone(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server()
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        for page in (a, b):
            await page.evaluate("current.link.close()")
        server.kill()
        start_server(port=server.port)
        for page in (a, b):
            await page.evaluate(COME_BACK)
            assert (await page.told("error"))["code"] == "token_refused"
