"""Clients of other people at the other end of pair(), in browsers: what they write is understood, and data goes both ways."""

from pathlib import Path
from typing import Any

import pytest

from client_pages import ClientPage, client_pages
from firefox import Firefox

SCRIPT = (Path(__file__).parent / "foreign_client.js").read_text()
# Takes the channel that the other side has opened, if there is one, and sends and hears on it.
USE_CHANNEL = """
(async () => {
    const { link } = current;
    const channel = link.channels[0] ?? await new Promise((resolve) => link.addEventListener("channel", ({ detail }) => resolve(detail)));
    globalThis.theirs = channel;
    channel.addEventListener("message", ({ data }) => told.received.push(data));
})()
"""

OPEN_CHANNEL = """
(async () => {
    globalThis.theirs = await current.link.openChannel("data");
    return theirs.readyState;
})()
"""


async def begin_foreign(page: ClientPage, **options: Any) -> str | None:
    await page.page.add_script_tag(content=SCRIPT)
    return await page.evaluate("(options) => beginForeign(options)", options)


@pytest.mark.parametrize("side", ["A", "B"])
@pytest.mark.parametrize("dialect", ["noisyTransfer", "flat", "withMid", "wrapped"])
async def test_it_pairs_with_a_client_that_writes_otherwise(server: Any, dialect: str, side: str) -> None:
    async with client_pages(server.url) as (ours, theirs):
        if side == "A":
            await ours.begin()
            await begin_foreign(theirs, dialect=dialect, code=await ours.code(), isInBand=False)
        else:
            await ours.begin(code=await begin_foreign(theirs, dialect=dialect, isInBand=False))
        await ours.connected()
        await theirs.becomes("foreign.state === 'open'")
        await ours.says("from ours")
        await theirs.becomes("foreign.received.includes('from ours')")
        await theirs.evaluate("foreign.channel.send('from theirs')")
        await ours.hears("from theirs")
        assert await ours.evaluate("told.problems") == []


async def test_a_channel_that_is_opened_in_band_is_told_of(server: Any) -> None:
    async with client_pages(server.url) as (ours, theirs):
        await ours.begin(code=await begin_foreign(theirs, dialect="noisyTransfer", isInBand=True))
        await ours.connected()
        await ours.evaluate(USE_CHANNEL)
        await theirs.becomes("foreign.state === 'open'")
        await ours.evaluate("current.link.send('from ours', { channel: theirs })")
        await theirs.becomes("foreign.received.includes('from ours')")
        await theirs.evaluate("foreign.channel.send('from theirs')")
        await ours.hears("from theirs")


async def test_a_channel_is_opened_for_a_client_that_waits_for_one(server: Any) -> None:
    async with client_pages(server.url) as (ours, theirs):
        await ours.begin()
        await begin_foreign(theirs, dialect="noisyTransfer", code=await ours.code(), isInBand=True)
        await ours.connected()
        assert await ours.evaluate(OPEN_CHANNEL) == "open"
        await theirs.becomes("foreign.state === 'open'")
        await ours.evaluate("current.link.send('from ours', { channel: theirs })")
        await theirs.becomes("foreign.received.includes('from ours')")


async def test_firefox_is_such_a_client_too(server: Any, fox: Firefox) -> None:
    async with client_pages(server.url, 1) as (ours,):
        fox.open(server.url)
        fox.evaluate(f"(() => {{ {SCRIPT} }})()")
        await ours.begin()
        code = await ours.code()
        fox.evaluate(f"beginForeign({{ dialect: 'flat', code: '{code}', isInBand: false }})")
        await ours.connected()
        await ours.says("from ours")
        fox.becomes("foreign.received.includes('from ours')")
        fox.evaluate("foreign.channel.send('from theirs')")
        await ours.hears("from theirs")
