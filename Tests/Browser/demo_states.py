"""Every state that the demo page can be seen in, and how people get it there. A state brings its visitor to be looked at."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from access_keys import KeyedServer
from visitor import ANOTHER_WORD, FIREWALL, Visitor, connect, pairs_without_words
from watch import GONE, NOTHING_IN_THE_WAY, UNAUTHORIZED, UNREACHABLE

# Pictures show a bar that has come some way.
PAUSE_ON_THE_WAY = """
(name) => {
    const observer = new MutationObserver(() => {
        const bar = document.querySelector(`[aria-label="Progress of ${name}"]`);
        if (bar === null || bar.value < 0.2) return;
        observer.disconnect();
        document.querySelector(`[aria-label="Pause ${name}"]`).click();
    });
    observer.observe(document.body, { attributes: true, childList: true, subtree: true });
}
"""

Arrive = Callable[..., Visitor]
StartServer = Callable[..., Any]


class World:
    """What a state is made of: visitors, servers, and a folder for files."""

    def __init__(self, arrive: Arrive, start_server: StartServer, folder: Path) -> None:
        self._arrive = arrive
        self.start_server = start_server
        self.server = start_server()
        self.folder = folder

    def visitor(self, url: str | None = None, fragment: str = "") -> Visitor:
        return self._arrive(url or self.server.url, fragment)

    def connected(self) -> tuple[Visitor, Visitor]:
        ours, theirs = self.visitor(), self.visitor()
        connect(ours, theirs)
        return ours, theirs

    def file(self, name: str, size: int) -> Path:
        """Takes no room on the disk, however large."""
        path = self.folder / name
        path.touch()
        os.truncate(path, size)
        return path


def start(world: World) -> Visitor:
    return world.visitor()


def invitation(world: World) -> Visitor:
    return world.visitor(fragment="#2802-crossword-clockwork")


def wrong_digits(world: World) -> Visitor:
    visitor = world.visitor()
    visitor.enter("28o2")
    expect(visitor.at("code-error")).not_to_be_empty()
    return visitor


def settings(world: World) -> Visitor:
    visitor = world.visitor()
    visitor.page.locator("#ice-settings summary").click()
    visitor.at("ice-url").fill("turn.example.org")
    visitor.at("create-code").click()
    expect(visitor.at("ice-error")).not_to_be_empty()
    return visitor


def access_key(world: World) -> Visitor:
    visitor = world.visitor(KeyedServer(world.start_server, world.folder).url)
    visitor.watch.expect(UNAUTHORIZED)
    visitor.at("create-code").click()
    expect(visitor.at("key-error")).not_to_be_empty()
    return visitor


def warned(world: World) -> Visitor:
    """Both are there, and neither has an address that the other could reach."""
    server = world.start_server(STUN_PORT="0")
    ours, theirs = world.visitor(server.url), world.visitor(server.url)
    for visitor in (ours, theirs):
        visitor.page.evaluate(FIREWALL)
    theirs.enter(ours.create_code())
    expect(ours.at("connecting-warning")).to_be_visible()
    return ours


def code(world: World) -> Visitor:
    visitor = world.visitor()
    visitor.create_code()
    return visitor


def connecting(world: World) -> Visitor:
    """The code is right, and who made it is not there."""
    visitor = world.visitor()
    visitor.enter(visitor.page.request.post(f"{world.server.url}/rendezvous/code").json()["code"])
    expect(visitor.at("connecting-text")).to_have_text("Waiting for the other device…")
    return visitor


def connected(world: World) -> Visitor:
    ours, theirs = world.connected()
    talk(ours, theirs)
    photo, film, notes = world.file("beach.jpg", 3_400_000), world.file("holiday.mp4", 180_000_000), world.file("notes.pdf", 180_000)
    ours.offer(photo)
    theirs.receive(photo.name)
    ours.page.evaluate(PAUSE_ON_THE_WAY, film.name)
    theirs.offer(film)
    ours.press("Accept", film.name)
    ours.sees_transfer(film.name, "moving", "Paused by you")
    theirs.offer(notes)
    ours.sees_transfer(notes.name, "offered")
    return ours


def digits_to_compare(world: World) -> Visitor:
    """The other side is another program, whose code has digits alone."""
    program, ours = world.visitor(), world.visitor()
    ours.enter(pairs_without_words(program))
    expect(ours.at("comparison")).to_be_visible()
    return ours


def talk(ours: Visitor, theirs: Visitor) -> None:
    theirs.say("Did the photos come through?")
    ours.hears("Did the photos come through?")
    ours.say("One has. The film is next.")
    theirs.hears("One has. The film is next.")


def ended_transfers(world: World) -> Visitor:
    ours, theirs = world.connected()
    ours.offer(world.file("declined.bin", 10), world.file("cancelled.bin", 10), world.file("arrived.bin", 10))
    theirs.press("Decline", "declined.bin")
    ours.press("Cancel", "cancelled.bin")
    theirs.receive("arrived.bin")
    theirs.sees_transfer("cancelled.bin", "cancelled")
    return theirs


def server_lost(world: World) -> Visitor:
    ours, theirs = world.connected()
    for visitor in (ours, theirs):
        visitor.watch.allow(UNREACHABLE, NOTHING_IN_THE_WAY)
    talk(ours, theirs)
    world.server.kill()
    ours.sees_status("The server is not reached at the moment")
    return ours


def left(world: World) -> Visitor:
    ours, theirs = world.connected()
    talk(ours, theirs)
    theirs.page.close()
    ours.sees_ending("The other side has left")
    return ours


def code_gone(world: World) -> Visitor:
    visitor = world.visitor()
    visitor.watch.expect(GONE)
    visitor.enter("00000000")
    visitor.sees_ending("This code does not work")
    return visitor


def mismatch(world: World) -> Visitor:
    ours, theirs = world.visitor(), world.visitor()
    theirs.enter(theirs.page.evaluate(ANOTHER_WORD, ours.create_code()))
    ours.sees_ending("The words do not match")
    return ours


def no_route(world: World) -> Visitor:
    """This side may only use its TURN server, and that does not answer."""
    ours, theirs = world.visitor(), world.visitor()
    ours.page.locator("#ice-settings summary").click()
    ours.at("ice-url").fill("turn:127.0.0.1:9?transport=tcp")
    ours.at("ice-username").fill("somebody")
    ours.at("ice-credential").fill("secret")
    ours.at("ice-relay-only").check()
    theirs.enter(ours.create_code())
    for visitor in (ours, theirs):
        visitor.sees_ending("The two devices cannot reach each other", timeout=60_000)
    theirs.at("ended-technical").locator("summary").click()
    return theirs


def unreachable(world: World) -> Visitor:
    visitor = world.visitor()
    visitor.watch.expect(UNREACHABLE)
    world.server.kill()
    visitor.at("create-code").click()
    visitor.sees_ending("The server cannot be reached")
    return visitor


STATES = {
    state.__name__.replace("_", "-"): state
    for state in (
        start, invitation, wrong_digits, settings, access_key, code, connecting, warned, connected, digits_to_compare, ended_transfers, server_lost,
        left, code_gone, mismatch, no_route, unreachable,
    )
}
