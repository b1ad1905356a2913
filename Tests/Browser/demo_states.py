"""Every state that the demo page can be seen in, and how people get it there. A state brings its visitor to be looked at."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageOps
from playwright.sync_api import expect

from access_keys import KeyedServer
from chromium import NAMED_HOST, NAMED_PORT
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
PHONE = {"width": 390, "height": 844}


class World:
    """What a state is made of: visitors, a server, and a folder for files."""

    def __init__(self, arrive: Arrive, start_server: StartServer, folder: Path) -> None:
        self._arrive = arrive
        self._start_server = start_server
        self._server: Any = None
        self.folder = folder

    @property
    def server(self) -> Any:
        return self._server or self.serve()

    def serve(self, **settings: str) -> Any:
        """For a state whose server has settings of its own, before anybody comes."""
        self._server = self._start_server(port=NAMED_PORT, **settings)
        return self._server

    def visitor(self, fragment: str = "") -> Visitor:
        assert self.server
        return self._arrive(f"http://{NAMED_HOST}", fragment)

    def local_visitor(self) -> Visitor:
        return self._arrive(self.server.url)

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

    def photo(self, name: str) -> Path:
        """The sun over the sea."""
        path = self.folder / name
        picture = Image.linear_gradient("L").resize((1600, 1200))
        picture = ImageOps.colorize(picture, "#f7b267", "#1b4965", mid="#f25c54")
        ImageDraw.Draw(picture).ellipse((650, 350, 950, 650), fill="#ffe8a3")
        picture.save(path, quality=95)
        return path


def start(world: World) -> Visitor:
    return world.visitor()


def local_address(world: World) -> Visitor:
    """Opened at an address that other devices cannot use."""
    visitor = world.local_visitor()
    expect(visitor.at("local-note")).to_be_visible()
    return visitor


def files_chosen(world: World) -> Visitor:
    visitor = world.visitor()
    visitor.offer(world.photo("beach.jpg"), world.file("holiday.mp4", 180_000_000), world.file("notes.pdf", 180_000))
    expect(visitor.page.locator("#screen-start .outbox canvas")).to_be_visible()
    return visitor


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
    visitor.connect_without_code()
    expect(visitor.at("ice-error")).not_to_be_empty()
    return visitor


def access_key(world: World) -> Visitor:
    KeyedServer(world.serve, world.folder)
    visitor = world.visitor()
    visitor.watch.expect(UNAUTHORIZED)
    visitor.connect_without_code()
    expect(visitor.at("key-error")).not_to_be_empty()
    return visitor


def warned(world: World) -> Visitor:
    """Both are there, and neither has an address that the other could reach."""
    world.serve(STUN_PORT="0")
    ours, theirs = world.visitor(), world.visitor()
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
    photo, film, notes = world.photo("beach.jpg"), world.file("holiday.mp4", 180_000_000), world.file("notes.pdf", 180_000)
    ours.offer(photo)
    theirs.receive(photo.name)
    ours.page.evaluate(PAUSE_ON_THE_WAY, film.name)
    theirs.offer(film)
    ours.press("Accept", film.name)
    ours.sees_transfer(film.name, "moving", "Paused by you")
    theirs.offer(notes)
    ours.sees_transfer(notes.name, "offered")
    expect(ours.at("connection-line")).to_contain_text("ms")
    return ours


def just_connected(world: World) -> Visitor:
    ours, _ = world.connected()
    expect(ours.at("connection-line")).to_contain_text("ms")
    return ours


def unfolded(world: World) -> Visitor:
    """What there is to know of the connection."""
    ours, _ = world.connected()
    ours.unfolds_the_connection()
    expect(ours.at("route-facts")).to_contain_text("ms")
    return ours


def chat(world: World) -> Visitor:
    """On a phone, in front of the files."""
    ours, theirs = world.connected()
    talk(ours, theirs)
    theirs.say("The recipe is at https://recipes.example/bread.\nAnd the oven goes to 230 °C.")
    ours.hears("Did the photos come through?", re.compile("The recipe"))
    ours.page.set_viewport_size(PHONE)
    ours.page.locator(".tabs [data-pane=chat]").click()
    return ours


def all_arrived(world: World) -> Visitor:
    ours, theirs = world.connected()
    photos = [world.photo(name) for name in ("beach.jpg", "harbour.jpg")]
    ours.offer(*photos)
    for photo in photos:
        theirs.receive(photo.name)
    expect(theirs.at("transfers-done")).to_be_visible()
    expect(theirs.page.locator("#transfers canvas")).to_have_count(2)
    return theirs


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
    visitor.connect_without_code()
    visitor.sees_ending("The server cannot be reached")
    return visitor


STATES = {
    state.__name__.replace("_", "-"): state
    for state in (
        start, local_address, files_chosen, invitation, wrong_digits, settings, access_key, code, connecting, warned, just_connected, connected,
        unfolded, chat, all_arrived, digits_to_compare, ended_transfers, server_lost, left, code_gone, mismatch, no_route, unreachable,
    )
}
