"""More channels over a link, sends that are waited for, and files, between browsers."""

import asyncio
from typing import Any

from client_pages import client_pages, pair_up
from firefox import Firefox

# Whatever the other side opens answers each message, told of by its label.
ANSWER_ALL = """
current.link.addEventListener("channel", ({ detail: channel }) => {
    told.received.push(`${channel.label} ${channel.ordered} ${channel.maxRetransmits}`);
    channel.onmessage = ({ data }) => channel.send(`${data} on ${channel.label}`);
})
"""
ASK = """
current.link.openChannel("cursor", { ordered: false, maxRetransmits: 0 }).then((channel) => {
    channel.onmessage = ({ data }) => told.received.push(data);
    return current.link.send("asked", { channel });
})
"""
SIZE = 24 << 20
# Much more than a channel takes at once, in pieces, each waited for; the most that ever was in the buffer.
SEND_MUCH = """
(async (size) => {
    const { link } = current;
    let most = 0;
    for (let sent = 0; sent < size; sent += 65536) {
        await link.send(new Uint8Array(65536).fill(sent / 65536));
        most = Math.max(most, link.channel.bufferedAmount);
    }
    await link.send("end");
    return most;
})
"""
COUNT_BYTES = """
(() => {
    globalThis.bytes = 0;
    globalThis.inOrder = true;
    current.link.channel.binaryType = "arraybuffer";
    current.link.channel.onmessage = ({ data }) => {
        if (typeof data === "string") return;
        inOrder &&= new Uint8Array(data)[0] === (bytes / 65536) % 256;
        bytes += data.byteLength;
    };
})()
"""
OPEN_FILES = """
(async () => {
    const { openFiles } = await import("/client/files.js");
    globalThis.files = await openFiles(LINK);
    files.addEventListener("added", ({ detail }) => { if (detail.direction === "in") detail.accept(); });
})()
"""
FILE = """
(async () => {
    const bytes = new Uint8Array(3_000_000);
    for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
    globalThis.transfer = files.send(new Blob([bytes]), { name: "random.bin" });
    await transfer.finished;
    return transfer.state;
})()
"""
RECEIVED = "files.all.map(({ direction, state, name, saved }) => [direction, state, name, saved?.blob.size])"
# For Firefox, which has no page of the tests of its own.
PAIR_BY_CODE = """
(async () => {
    const { pair } = await import("/client/signaling.js");
    globalThis.link = await pair({ base: location.origin, code: CODE });
})()
"""


async def test_a_channel_that_one_opens_the_other_gets(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        for opener, other in ((a, b), (b, a)):
            await other.evaluate(ANSWER_ALL)
            await opener.evaluate(ASK)
            await opener.hears("asked on cursor")
            await other.hears("cursor false 0")
            assert await opener.evaluate("current.link.channels.length") == await other.evaluate("current.link.channels.length")
        await a.evaluate("current.link.close()")
        await b.becomes("told.ended")
        assert await b.evaluate("current.link.openChannel('late').catch(({ code }) => code)") == "peer_left"
        assert await b.evaluate("current.link.send('late').catch(({ code }) => code)") == "peer_left"


async def test_much_is_sent_in_little_memory(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        await b.evaluate(COUNT_BYTES)
        most = await a.evaluate(SEND_MUCH, SIZE)
        assert most <= (1 << 20) + 65_536
        await b.becomes(f"bytes === {SIZE} && inOrder")


async def test_files_go_over_a_channel_of_their_own(server: Any) -> None:
    async with client_pages(server.url) as (a, b):
        await pair_up(a, b)
        # Each waits for the other one.
        await asyncio.gather(*(page.evaluate(OPEN_FILES.replace("LINK", "current.link")) for page in (a, b)))
        for sender, receiver in ((a, b), (b, a)):
            assert await sender.evaluate(FILE) == "done"
            assert ["in", "done", "random.bin", 3_000_000] in await receiver.evaluate(RECEIVED)
        await a.says("beside them")
        await b.hears("beside them")


async def test_files_go_between_chromium_and_firefox(server: Any, fox: Firefox) -> None:
    async with client_pages(server.url, 1) as (ours,):
        await ours.begin()
        fox.open(server.url)
        fox.evaluate(PAIR_BY_CODE.replace("CODE", f"'{await ours.code()}'"))
        await ours.connected()
        await ours.evaluate(f"void {OPEN_FILES.strip().replace('LINK', 'current.link')}")
        fox.evaluate(OPEN_FILES.replace("LINK", "link"))
        await ours.becomes("globalThis.files !== undefined")
        assert await ours.evaluate(FILE) == "done"
        assert fox.evaluate(FILE) == "done"
