"""Files between the page or the client in Chromium and a WebRTC stack that is no browser, over the messages that docs/files.md has."""

import asyncio
import hashlib
import io
import random
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from playwright.sync_api import sync_playwright

from chromium import CHROMIUM_FLAGS, chromium
from client_pages import ClientPage, client_pages
from documented_files import LIMIT, WINDOW, Failed, FileEnd, fingerprints
from documented_peer import DocumentedPeer
from loop_thread import LoopThread
from rtc_peer import use_loopback_where_there_is_nothing_else
from visitor import Visitor, sha256

TEST_LIMIT = 120.0
SIZE = 3_000_000

# What the page remembers outlives a link.
OPEN_FILES = """
(async () => {
    globalThis.files = undefined;
    const { openFiles, TransferMemory } = await import("/client/files.js");
    globalThis.memory ??= new TransferMemory();
    globalThis.files = await openFiles(current.link, { memory });
    const accept = (transfer) => { if (transfer.direction === "in" && transfer.state === "offered" && !transfer.isResuming) transfer.accept(); };
    files.addEventListener("added", ({ detail }) => { if ((detail.folder ?? null) === null) setTimeout(() => accept(detail)); });
})()
"""
SEND = """
(list) => {
    for (const [name, size] of list) {
        const bytes = Uint8Array.from({ length: size }, (_, index) => index * 31 + (index >> 9));
        files.send(new File([bytes], name, { lastModified: 1_700_000_000_000 }));
    }
}
"""
SEND_FOLDER = """
(list) => {
    const entries = list.map(([folder, path, data]) => {
        const names = [folder, ...path.split("/")];
        return { file: new File([Uint8Array.from(data)], names.pop()), path: names.join("/") };
    });
    files.sendFolder("photos", entries);
}
"""
# Into an archive, as where there is no dialog for folders.
TAKE_FOLDERS = """
(async () => {
    delete globalThis.showDirectoryPicker;
    const { openPlace } = await import("/client/files.js");
    files.addEventListener("folder", async ({ detail: folder }) => { if (folder.direction === "in") folder.accept(await openPlace(folder)); });
})()
"""
# Of all that has arrived, in the order of the names.
RECEIVED_HASHES = """
(async () => {
    const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const incoming = files.all.filter(({ direction, state }) => direction === "in" && state === "done");
    const hashed = incoming.map(async ({ name, saved }) => [name, hex(await crypto.subtle.digest("SHA-256", await saved.blob.arrayBuffer()))]);
    return (await Promise.all(hashed)).sort();
})()
"""

STATES = "[...files.folders, ...files.all].map(({ name, direction, state, failure, moved }) => [name, direction, state, failure, moved])"


def browser_bytes(size: int) -> bytes:
    """As SEND makes them."""
    return bytes((index * 31 + (index >> 9)) & 0xFF for index in range(size))


def random_bytes(name: str, size: int = SIZE) -> bytes:
    return random.Random(name).randbytes(size)


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file_end(peer: DocumentedPeer, keys: list[bytes]) -> FileEnd:
    """On the channel that is the page's, chat and all."""

    def prints() -> dict[str, str]:
        return {side: fingerprints(sdp) for side, sdp in peer.descriptions.items()}

    return FileEnd(peer.channel, peer.side, prints, keys)


# With the page


class Person:
    """The end on aiortc, for a test that is no coroutine."""

    def __init__(self, loop: LoopThread, url: str, keys: list[bytes] | None = None) -> None:
        self.loop = loop
        self._url = url
        self.keys = [] if keys is None else keys
        self.run(self._begin())

    def run(self, task: Any, limit: float = TEST_LIMIT) -> Any:
        return self.loop.run(task, limit)

    def do(self, act: Callable[[], Any]) -> Any:
        """In the thread of the connection."""

        async def acting() -> Any:
            return act()

        return self.run(acting())

    def pair(self, visitor: Visitor) -> FileEnd:
        visitor.enter(self.peer.code)
        self.run(self.peer.opened())
        visitor.sees_screen("connected")
        return self.files

    def close(self) -> None:
        self.run(self._end())

    async def _begin(self) -> None:
        use_loopback_where_there_is_nothing_else()
        self.http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))
        self.peer = await DocumentedPeer.enter(self.http, self._url, None)
        # Whatever the page says first must not be missed.
        self.files = file_end(self.peer, self.keys)

    async def _end(self) -> None:
        with suppress(AssertionError):
            await self.peer.close()
        await self.http.close()


@pytest.fixture
def visitor(server: Any) -> Iterator[Visitor]:
    """Somebody at the page. Playwright ends with the test: coroutines of other tests need the thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS, timeout=20_000)
        visitor = Visitor(browser.new_context(), server.url).open()
        yield visitor
        assert visitor.watch.unexpected() == []
        browser.close()


@pytest.fixture
def person(server: Any) -> Iterator[Person]:
    with LoopThread() as loop:
        person = Person(loop, server.url)
        yield person
        person.close()
        assert person.files.violations == []


def test_the_page_receives_files(visitor: Visitor, person: Person) -> None:
    end = person.pair(visitor)
    for name, size in {"empty.bin": 0, "one.bin": 1, "large.bin": SIZE}.items():
        data = random_bytes(name, size)
        transfer = person.do(lambda: end.send(name, data))
        assert visitor.receive(name) == hash_of(data)
        person.run(end.arrived(transfer))
    assert end.most_unacknowledged <= WINDOW


def test_the_page_sends_files(visitor: Visitor, person: Person, tmp_path: Any) -> None:
    end = person.pair(visitor)
    for name, size in {"empty.bin": 0, "one.bin": 1, "large.bin": SIZE}.items():
        path = tmp_path / name
        path.write_bytes(random_bytes(name, size))
        visitor.offer(path)
        transfer = person.run(end.offered())
        assert (transfer.name, transfer.offer["size"]) == (name, size)
        person.do(transfer.accept)
        assert person.run(transfer.whole()) == path.read_bytes()
        visitor.sees_transfer(name, "done")


def test_both_at_once_while_people_chat(visitor: Visitor, person: Person, tmp_path: Any) -> None:
    end = person.pair(visitor)
    path = tmp_path / "theirs.bin"
    path.write_bytes(random_bytes("theirs"))
    visitor.offer(path)
    incoming = person.run(end.offered())
    ours = random_bytes("ours")
    person.do(lambda: end.send("ours.bin", ours))
    person.do(incoming.accept)
    assert visitor.receive("ours.bin") == hash_of(ours)
    person.do(lambda: end.say("chat", text="from Python"))
    visitor.hears("from Python")
    visitor.say("from the page")
    assert person.run(end.said("chat"))["text"] == "from the page"
    assert hash_of(person.run(incoming.whole())) == sha256(path)


def test_what_is_declined_and_what_is_cancelled(visitor: Visitor, person: Person, tmp_path: Any) -> None:
    end = person.pair(visitor)
    path = tmp_path / "unwanted.bin"
    path.write_bytes(b"x")
    visitor.offer(path)
    incoming = person.run(end.offered())
    person.do(incoming.decline)
    visitor.sees_transfer("unwanted.bin", "declined")
    unwanted = person.do(lambda: end.send("also unwanted.bin", b"x"))
    visitor.press("Decline", "also unwanted.bin")
    with pytest.raises(Failed, match="declined"):
        person.run(end.arrived(unwanted))


# With the client

Scenario = Callable[[ClientPage, FileEnd], Awaitable[None]]


def play(scenarios: list[Scenario], server: str, side: str) -> None:
    """Files on a channel of their own; one scenario for each link that the two have, one after the other. `side` is that of aiortc."""

    async def run() -> None:
        use_loopback_where_there_is_nothing_else()
        keys: list[bytes] = []
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http, client_pages(server, 1) as (page,):
            for scenario in scenarios:
                peer = await paired(http, server, page, side)
                end = await files_of(peer, page, keys)
                try:
                    await scenario(page, end)
                except BaseException:
                    # pytest shows it beside the failure.
                    print(await page.evaluate(STATES))
                    raise
                assert end.violations == []
                end.stop()
                await peer.close()
                await page.becomes("told.ended !== null")

    asyncio.run(asyncio.wait_for(run(), TEST_LIMIT))


async def paired(http: aiohttp.ClientSession, server: str, page: ClientPage, side: str) -> DocumentedPeer:
    await page.evaluate("Object.assign(told, { code: null, stages: [], ended: null, error: null })")
    if side == "A":
        peer = await DocumentedPeer.enter(http, server, None)
        await page.begin(code=peer.code)
    else:
        await page.begin()
        peer = await DocumentedPeer.enter(http, server, await page.code())
    await peer.opened()
    await page.connected()
    return peer


async def files_of(peer: DocumentedPeer, page: ClientPage, keys: list[bytes]) -> FileEnd:
    def prints() -> dict[str, str]:
        return {side: fingerprints(sdp) for side, sdp in peer.descriptions.items()}

    await page.evaluate(f"void {OPEN_FILES.strip()}")
    if peer.side == "A":
        # Side A opens the channel, and offers nothing before side B is ready.
        end = FileEnd(await peer.open_channel("files"), "A", prints, keys)
        await end.said("ready")
    else:
        end = FileEnd(await peer.channel_of("files"), "B", prints, keys)
        end.say("ready")
    end.acquaintance.greet()
    await page.becomes("globalThis.files?.port.isOpen")
    await asyncio.wait_for(end.acquaintance.is_known, LIMIT)
    return end


@pytest.mark.parametrize("side", ["A", "B"])
def test_files_on_a_channel_of_their_own(server: Any, side: str) -> None:
    async def scenario(page: ClientPage, end: FileEnd) -> None:
        assert not end.acquaintance.is_known.result()
        data = random_bytes("there")
        await end.arrived(end.send("there.bin", data))
        assert await page.evaluate("files.all.map(({ name, state, size }) => [name, state, size])") == [["there.bin", "done", SIZE]]
        await page.evaluate(SEND, [["from the browser.bin", SIZE]])
        incoming = await end.offered()
        incoming.accept()
        assert await incoming.whole() == browser_bytes(SIZE)
        await page.becomes("files.all.every(({ state }) => state === 'done')")

    play([scenario], server.url, side)


def test_several_at_once(server: Any) -> None:
    async def scenario(page: ClientPage, end: FileEnd) -> None:
        names = [f"{number}.bin" for number in range(6)]
        await page.evaluate(SEND, [[name, SIZE] for name in names])
        incoming = [await end.offered() for _ in names]
        for transfer in incoming:
            transfer.accept()
        ours = [end.send(name, random_bytes(name)) for name in names]
        for transfer in incoming:
            assert await transfer.whole() == browser_bytes(SIZE)
        for transfer in ours:
            await end.arrived(transfer)
        # The page gives turns: a file comes back after another one had its turn.
        assert len(end.turns) > 2 * len(names)
        hashes = await page.evaluate(RECEIVED_HASHES)
        assert hashes == [[name, hash_of(random_bytes(name))] for name in names]

    play([scenario], server.url, "A")


FOLDER = {"a.txt": b"a", "empty.txt": b"", "deep/er/b.bin": random_bytes("b", 400_000), "deep/a.txt": b"another a"}


def test_a_folder_to_the_page(server: Any) -> None:
    async def scenario(page: ClientPage, end: FileEnd) -> None:
        await page.evaluate(TAKE_FOLDERS)
        for transfer in end.send_folder("photos", FOLDER):
            await end.arrived(transfer)
        await page.becomes("files.folders[0].isOver")
        assert await page.evaluate("[files.folders[0].state, files.folders[0].name]") == ["done", "photos"]
        archive = bytes(await page.evaluate("files.folders[0].saved.blob.arrayBuffer().then((bytes) => [...new Uint8Array(bytes)])"))
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            assert {name: files.read(name) for name in files.namelist()} == {f"photos/{path}": data for path, data in FOLDER.items()}

    play([scenario], server.url, "A")


def test_a_folder_from_the_page(server: Any) -> None:
    async def scenario(page: ClientPage, end: FileEnd) -> None:
        await page.evaluate(SEND_FOLDER, [["photos", path, list(data)] for path, data in FOLDER.items()])
        folder = await end.said("folder")
        assert (folder["name"], folder["files"], folder["size"]) == ("photos", len(FOLDER), sum(map(len, FOLDER.values())))
        received = {}
        for _ in FOLDER:
            transfer = await end.offered()
            assert transfer.offer["folder"] == folder["id"]
            transfer.accept()
            received[f"{transfer.offer['path']}/{transfer.name}"] = await transfer.whole()
        assert received == {f"photos/{path}": data for path, data in FOLDER.items()}
        await page.becomes("files.folders[0].state === 'done'")

    play([scenario], server.url, "B")
