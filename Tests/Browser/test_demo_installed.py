"""The page as a program of its own: it opens while its server is away, and other programs share files and text with it."""

import io
import shutil
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from firefox import Firefox
from visitor import LIMIT_MS, Visitor, sha256
from watch import UNREACHABLE

WEB = Path(__file__).parents[2] / "Web"

# The newest copy that is whole, if it is not the one that was there before.
COPY = """
async (before) => {
    for (const name of (await caches.keys()).filter((name) => name.startsWith("nt-page ")).reverse()) {
        if (await (await caches.open(name)).match("/demo/whole")) return name === before ? null : name;
    }
    return null;
}
"""
KEPT_PATHS = """
async () => {
    const caught = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return caught.flat().map(({ url }) => new URL(url).pathname);
}
"""
CONTROLLED = """
(limit) => new Promise((resolve, reject) => {
    const { serviceWorker } = navigator;
    if (serviceWorker.controller !== null) return resolve(true);
    serviceWorker.addEventListener("controllerchange", () => resolve(true));
    setTimeout(() => reject(new Error("no service worker controls the page")), limit);
})
"""
FETCHED = "async (path) => fetch(path).then((answer) => answer.status, () => 'none')"

HASHES = """
() => new Promise((resolve) => {
    const worker = new Worker("/client/hash-worker.js", { type: "module" });
    worker.addEventListener("error", () => resolve("error"));
    worker.addEventListener("message", () => resolve("answer"));
    setTimeout(() => resolve("none"), 5000);
    worker.postMessage({ number: 1 });
})
"""

# What another program shares comes as a form does that was sent from elsewhere.
ANOTHER_PROGRAM = """
<form method="post" action="{origin}/demo/share" enctype="multipart/form-data">
<input name="title" value="{title}"><textarea name="text">{text}</textarea><input name="url" value="">
<input name="files" type="file" multiple><button>Share</button>
</form>
"""


def test_the_page_opens_while_its_server_is_away_and_works_once_it_is_back(
    arrive: Callable[..., Visitor], start_server: Callable[..., Any]
) -> None:
    server = start_server()
    ours = arrive(server.url)
    copy_of(ours.page)
    server.kill()
    ours.watch.expect(UNREACHABLE)
    ours.page.reload()
    ours.sees_screen("start")
    expect(ours.at("server-note")).to_contain_text("The server cannot be reached", timeout=LIMIT_MS)
    assert ours.page.evaluate(HASHES) == "answer", "a worker has its parts from the copy too"
    ours.at("join").click()
    ours.sees_ending("The server cannot be reached")
    ours.at("ended-start").click()
    again = start_server(port=server.port)
    expect(ours.at("server-note")).to_be_hidden(timeout=2 * LIMIT_MS)
    theirs = arrive(again.url)
    ours.at("join").click()
    ours.sees_screen("code")
    theirs.enter(ours.at("code-value").inner_text())
    for visitor in (ours, theirs):
        visitor.sees_screen("connected")


def test_an_update_of_the_server_is_there_at_the_next_load_and_is_what_is_kept(
    arrive: Callable[..., Visitor], start_server: Callable[..., Any], tmp_path: Path
) -> None:
    web = tmp_path / "Web"
    shutil.copytree(WEB, web)
    server = start_server(arguments=["--web-dir", str(web)])
    visitor = arrive(server.url)
    before = copy_of(visitor.page)
    # As a clock would have named one that was set back since.
    visitor.page.evaluate("caches.open('nt-page 9999999999999')")
    words = web / "demo/words-en.js"
    words.write_text(words.read_text().replace('"start.join": "Connect"', '"start.join": "Connect anew"'))
    visitor.page.reload()
    expect(visitor.at("join")).to_have_text("Connect anew")
    copy_of(visitor.page, before)
    # The other copies are removed.
    visitor.page.wait_for_function("async () => (await caches.keys()).length === 1")
    server.kill()
    visitor.watch.expect(UNREACHABLE)
    visitor.page.reload()
    expect(visitor.at("join")).to_have_text("Connect anew")


def test_a_copy_that_is_not_whole_is_not_used(arrive: Callable[..., Visitor], start_server: Callable[..., Any], tmp_path: Path) -> None:
    web = tmp_path / "Web"
    shutil.copytree(WEB, web)
    server = start_server(arguments=["--web-dir", str(web)])
    visitor = arrive(server.url)
    copy = copy_of(visitor.page)
    # As if the browser had been closed while it made the next one.
    visitor.page.evaluate(
        "async () => (await caches.open('nt-page 9999999999999')).put('/', new Response('half', { headers: { 'Content-Type': 'text/html' } }))"
    )
    server.kill()
    visitor.watch.expect(UNREACHABLE)
    visitor.page.reload()
    visitor.sees_screen("start")
    assert copy_of(visitor.page) == copy


@pytest.mark.parametrize("missing", ["words-de.js", "chat.css"])
def test_a_copy_without_a_part_is_not_kept(
    arrive: Callable[..., Visitor], start_server: Callable[..., Any], tmp_path: Path, missing: str
) -> None:
    web = tmp_path / "Web"
    shutil.copytree(WEB, web)
    server = start_server(arguments=["--web-dir", str(web)])
    visitor = arrive(server.url)
    before = copy_of(visitor.page)
    (web / "demo" / missing).unlink()
    visitor.page.evaluate("""() => {
        window.began = (async () => { while ((await caches.keys()).length < 2) await new Promise(setTimeout); })();
        navigator.serviceWorker.controller.postMessage("keep");
        return began;
    }""")
    visitor.page.wait_for_function("async () => (await caches.keys()).length === 1")
    assert copy_of(visitor.page) == before
    assert f"/demo/{missing}" in visitor.page.evaluate(KEPT_PATHS)


def test_what_the_server_says_is_never_kept(arrive: Callable[..., Visitor], start_server: Callable[..., Any]) -> None:
    server = start_server()
    visitor = arrive(server.url)
    copy_of(visitor.page)
    visitor.page.reload()
    visitor.at("join").click()
    visitor.sees_screen("code")
    kept = visitor.page.evaluate(KEPT_PATHS)
    assert all(path == "/" or path.startswith(("/demo/", "/client/")) for path in kept)
    assert not {"/demo/settings.json", "/demo/service-worker.js"} & set(kept)
    server.kill()
    visitor.watch.expect(UNREACHABLE)
    # Not even by a script's request for a part of the page: it asks whether the server is there.
    for path in ("/", "/demo/settings.json", "/demo/app.js", "/health", "/rendezvous/code"):
        assert visitor.page.evaluate(FETCHED, path) == "none", path


def test_what_is_shared_is_ready_to_be_sent(
    arrive: Callable[..., Visitor], server: Any, make_file: Callable[[str, int], Path]
) -> None:
    ours, theirs = arrive(server.url), arrive(server.url)
    controlled(ours.page)
    files = [make_file("größer ü.bin", 300_000), make_file("small.txt", 10)]
    share(ours.page, server.url, files, title="A page", text="https://example.org/?a=b")
    ours.sees_screen("start")
    expect(ours.page.locator("#screen-start .outbox li .file-name")).to_have_text([file.name for file in files])
    expect(ours.at("start-note")).to_contain_text("What you shared")
    assert ours.page.url == f"{server.url}/"
    ours.at("join").click()
    ours.sees_screen("code")
    theirs.enter(ours.at("code-value").inner_text())
    for visitor in (ours, theirs):
        visitor.sees_screen("connected")
    for file in files:
        assert theirs.receive(file.name) == sha256(file)
    expect(ours.at("chat-input")).to_have_value("A page\nhttps://example.org/?a=b")


def test_what_was_shared_is_taken_once(arrive: Callable[..., Visitor], server: Any, make_file: Callable[[str, int], Path]) -> None:
    visitor = arrive(server.url)
    controlled(visitor.page)
    opened: list[str] = []
    visitor.page.on("framenavigated", lambda frame: opened.append(frame.url))
    share(visitor.page, server.url, [make_file("once.bin", 100)], title="", text="")
    (taken,) = {url for url in opened if re.search(r"/\?shared=[\w-]{36}$", url)}
    outbox = visitor.page.locator("#screen-start .outbox li")
    expect(outbox).to_have_count(1)
    expect(visitor.at("start-note")).to_be_hidden()
    visitor.page.reload()
    visitor.sees_screen("start")
    visitor.page.goto(taken)
    visitor.sees_screen("start")
    # The page takes the query away once it has looked.
    expect(visitor.page).to_have_url(f"{server.url}/")
    visitor.page.wait_for_function("async () => !(await caches.keys()).some((name) => name.startsWith('nt-shared'))")
    expect(outbox).to_have_count(0)


def test_a_browser_without_room_for_what_is_shared_says_so(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    visitor.page.goto(f"{server.url}/?shared=0")
    expect(visitor.at("start-note")).to_contain_text("could not take what you shared")


def test_browsers_understand_the_manifest(arrive: Callable[..., Visitor], server: Any) -> None:
    visitor = arrive(server.url)
    session = visitor.page.context.new_cdp_session(visitor.page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"] == f"{server.url}/demo/manifest.webmanifest"
    manifest = visitor.page.evaluate("async (url) => (await fetch(url)).json()", found["url"])
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("../", "../", "standalone")
    assert manifest["share_target"]["action"] == "share"
    for icon in manifest["icons"]:
        answer = visitor.page.request.get(f"{server.url}/demo/{icon['src']}")
        assert answer.ok and answer.headers["content-type"].split(";")[0] == icon["type"], icon
        if icon["type"] == "image/png":
            width, height = Image.open(io.BytesIO(answer.body())).size
            assert f"{width}x{height}" == icon["sizes"]


def test_firefox_opens_the_page_while_its_server_is_away(fox: Firefox, start_server: Callable[..., Any]) -> None:
    server = start_server()
    fox.open(server.url)
    fox.becomes(f"({COPY})()")
    server.kill()
    fox.open(server.url)
    fox.becomes("document.getElementById('server-note').textContent.includes('The server cannot be reached')")


def copy_of(page: Page, before: str = "") -> str:
    """Waits until the page has been copied, and returns the copy's name."""
    controlled(page)
    deadline = time.monotonic() + LIMIT_MS / 1000
    while (name := page.evaluate(COPY, before)) is None:
        assert time.monotonic() < deadline, "there is no copy of the page"
        page.wait_for_timeout(50)
    return name


def controlled(page: Page) -> None:
    assert page.evaluate(CONTROLLED, LIMIT_MS)


def share(page: Page, origin: str, files: list[Path], title: str, text: str) -> None:
    page.goto("about:blank")
    page.set_content(ANOTHER_PROGRAM.format(origin=origin, title=title, text=text))
    page.set_input_files("[name=files]", files)
    page.get_by_role("button", name="Share").click()
    page.wait_for_url(f"{origin}/")
