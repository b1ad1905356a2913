"""Somebody at the demo page: what a person does there, and sees. Ids are those of Web/demo/index.html."""

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from watch import Watch

LIMIT_MS = 20_000
TRANSFER_LIMIT_MS = 90_000

# Files then go to the browser's private storage and from there to a download, which needs no dialog.
NO_SAVE_DIALOG = "delete window.showSaveFilePicker; delete window.showDirectoryPicker"

PRESS_ONCE = """
(label) => {
    const observer = new MutationObserver(() => {
        const button = document.querySelector(`[aria-label="${label}"]`);
        if (button === null) return;
        observer.disconnect();
        button.click();
    });
    observer.observe(document.body, { childList: true, subtree: true });
}
"""

# No address of the other device becomes known, as if each were hidden from the other.
FIREWALL = """
() => {
    const { setRemoteDescription } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.addIceCandidate = async () => {};
    RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
        return setRemoteDescription.call(this, { type, sdp: sdp.replace(/^a=candidate:.*\\r\\n/gm, "") });
    };
}
"""


# A phrase with another word for its last one.
ANOTHER_WORD = """
async (phrase) => {
    const { words } = await import("/client/verified.js");
    const pieces = phrase.split("-");
    const last = pieces.pop();
    return [...pieces, words.find((word) => word !== last)].join("-");
}
"""
# Another program than the page, whose code has digits alone. Its room, and its link or error, are global.
PAIR_WITHOUT_WORDS = """
() => new Promise(async (resolve) => {
    const { pair } = await import("/client/signaling.js");
    globalThis.begin = (options) => {
        pair({ base: location.origin, ...options }).then((link) => { globalThis.link = link; }, (error) => { globalThis.error = error; });
    };
    begin({ onCode: ({ code }) => resolve(code), onRoom: (room) => { globalThis.room = room; } });
})
"""


class Visitor:
    def __init__(self, context: BrowserContext, origin: str) -> None:
        context.add_init_script(NO_SAVE_DIALOG)
        self.page = context.new_page()
        self.page.set_default_timeout(LIMIT_MS)
        self.origin = origin
        self.watch = Watch(self.page, origin)

    def open(self, fragment: str = "") -> "Visitor":
        self.page.goto(f"{self.origin}/{fragment}")
        self.sees_screen("invitation" if fragment else "start")
        return self

    # Pairing

    def create_code(self) -> str:
        """The digits with their words."""
        self.connect_without_code()
        self.sees_screen("code")
        return self.shown_code()

    def connect_without_code(self) -> None:
        self.at("code-input").fill("")
        self.at("join").click()

    def shown_code(self) -> str:
        return self.at("code-value").text_content()

    def enter(self, code: str) -> None:
        self.at("code-input").fill(code)
        self.at("join").click()

    def sees_screen(self, name: str) -> None:
        expect(self.at(f"screen-{name}")).to_be_visible(timeout=LIMIT_MS)

    def sees_ending(self, title: str, timeout: float = LIMIT_MS) -> None:
        expect(self.at("ended-title")).to_have_text(title, timeout=timeout)
        self.sees_screen("ended")

    def sees_status(self, words: str | re.Pattern[str], timeout: float = LIMIT_MS) -> None:
        expect(self.at("link-status")).to_contain_text(words, timeout=timeout)

    def unfolds_the_connection(self) -> None:
        self.at("connection-toggle").click()
        expect(self.at("connection")).to_be_visible()

    def sees_proof(self, words: str) -> None:
        """What the page says of the other end."""
        expect(self.at("proof-text")).to_contain_text(words, timeout=LIMIT_MS)

    # Chat

    def say(self, text: str) -> None:
        self.at("chat-input").fill(text)
        self.at("chat-send").click()

    def hears(self, *texts: str) -> None:
        """All that the other side has said, in this order."""
        expect(self.page.locator("#chat-messages li.theirs .words")).to_have_text(list(texts), timeout=LIMIT_MS)

    # Files

    def offer(self, *files: Path) -> None:
        self.at("file-input").set_input_files(list(files))

    def press(self, action: str, name: str) -> None:
        self.page.get_by_role("button", name=f"{action} {name}", exact=True).click()

    def press_once_it_is_there(self, action: str, name: str) -> None:
        """For a button that may be gone again before a test has seen it: the page itself presses it in the moment it appears."""
        self.page.evaluate(PRESS_ONCE, f"{action} {name}")

    def receive(self, name: str) -> str:
        """Accepts a file, waits until it is saved, and returns the SHA-256 of what lies on the disk."""
        with self.page.expect_download(timeout=TRANSFER_LIMIT_MS) as download:
            self.press("Accept", name)
        assert download.value.suggested_filename == name
        return sha256(download.value.path())

    def transfer(self, name: str) -> Locator:
        return self.page.locator("#transfers li", has=self.page.locator(".file-name", has_text=re.compile(f"^{re.escape(name)}$")))

    def sees_transfer(self, name: str, state: str, words: str | re.Pattern[str] = "") -> None:
        expect(self.transfer(name)).to_have_attribute("data-state", state, timeout=TRANSFER_LIMIT_MS)
        expect(self.transfer(name).locator(".state")).to_contain_text(words, timeout=LIMIT_MS)

    def at(self, id: str) -> Locator:
        return self.page.locator(f"#{id}")


def connect(first: Visitor, second: Visitor) -> None:
    """Both are at the start; afterwards both are connected."""
    connect_by(first.create_code(), first, second)


def connect_by(code: str, first: Visitor, second: Visitor) -> None:
    """The first shows this code, and the second is at the start."""
    second.enter(code)
    for visitor in (first, second):
        visitor.sees_screen("connected")
        visitor.sees_status("Connected directly, encrypted from end to end")


def pairs_without_words(program: Visitor) -> str:
    """The code of a program that is not the page, in the browser of somebody at its start."""
    return program.page.evaluate(PAIR_WITHOUT_WORDS)


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    """For what no element shows: a request that is held, or a download. Meanwhile the page's events are heard."""
    deadline = time.monotonic() + LIMIT_MS / 1000
    while not is_so():
        assert time.monotonic() < deadline, "it has not come about"
        page.wait_for_timeout(20)


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
