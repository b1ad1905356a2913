"""The demo page in Firefox: it pairs with Chromium by a code, chats, passes a file each way, and says what is in the way."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from cutting import COUNT_SENT, PAUSE_IN_THE_MIDDLE
from firefox import Firefox
from visitor import FIREWALL, TRANSFER_LIMIT_MS, Visitor, sha256

SIZE = 1_500_000

# Pairs, and is told that its servers expire at once.
RENEW = """
(async () => {
    const real = fetch;
    globalThis.fetch = async (url, options) => {
        const response = await real(url, options);
        if (!String(url).endsWith("/rendezvous/code")) return response;
        const room = await response.json();
        return Response.json({ ...room, iceServers: [{ urls: ["stun:127.0.0.1:3480"] }], iceServersExpireInMs: 1 });
    };
    const { pair } = await import("/client/signaling.js");
    const onCode = ({ code }) => { globalThis.code = code; };
    pair({ base: location.origin, onCode }).then((link) => { globalThis.link = link; });
})()
"""
SERVERS = "link.peerConnection.getConfiguration().iceServers.map(({ urls }) => [urls].flat())"

# The credentials of ICE that the other side has described itself with.
COUNT_RESTARTS = """
() => {
    window.credentials = new Set();
    const { setRemoteDescription } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        credentials.add(/^a=ice-ufrag:(.*)$/m.exec(description.sdp)[1]);
        return setRemoteDescription.call(this, description);
    };
}
"""


@pytest.mark.parametrize("creator", ["chromium", "firefox"])
def test_firefox_and_chromium(fox: Firefox, arrive: Callable[..., Visitor], server: Any, make_file: Callable, creator: str) -> None:
    visitor = arrive(server.url)
    fox.open(server.url)
    if creator == "firefox":
        fox.press("#join")
        visitor.enter(fox.becomes("document.getElementById('code-value').textContent"))
    else:
        fox.fill("#code-input", visitor.create_code())
        fox.press("#join")
    visitor.sees_status("Connected directly, encrypted from end to end")
    fox.becomes("document.getElementById('link-status').textContent.includes('Connected directly, encrypted from end to end')")
    fox.press("#connection-toggle")
    fox.becomes("document.querySelector('#picture svg')?.dataset.route === 'direct'")

    fox.fill("#chat-input", "from the fox")
    fox.press("#chat-send")
    visitor.hears("from the fox")
    visitor.say("from the other")
    fox.becomes("document.querySelector('#chat-messages .theirs .words')?.textContent === 'from the other'")

    ours, theirs = [make_file(f"from-{name}-{creator}.bin", SIZE) for name in ("chromium", "firefox")]
    fox.choose_files("#file-input", theirs)
    assert visitor.receive(theirs.name) == sha256(theirs)
    visitor.offer(ours)
    fox.press(f"[aria-label=\"Accept {ours.name}\"]")
    visitor.sees_transfer(ours.name, "done")
    assert sha256(fox.saved(ours.name, SIZE)) == sha256(ours)

    fox.press("#disconnect")
    visitor.sees_ending("The other side has left")
    expect(visitor.at("chat-messages")).to_contain_text("from the fox")
    assert fox.complaints() == []


def send_half(visitor: Visitor, fox: Firefox, file: Path) -> None:
    """From Chromium, where it is paused then."""
    visitor.offer(file)
    visitor.page.evaluate(PAUSE_IN_THE_MIDDLE, file.name)
    fox.press(f'[aria-label="Accept {file.name}"]')
    visitor.sees_transfer(file.name, "moving", "Paused by you")


def pair_again_and_send_the_rest(visitor: Visitor, fox: Firefox, file: Path) -> None:
    """Both are at the start of the page, and leave when the file is there."""
    visitor.page.evaluate(COUNT_SENT)
    fox.fill("#code-input", visitor.create_code())
    fox.press("#join")
    visitor.sees_transfer(file.name, "done", "SHA-256 equal")
    assert visitor.page.evaluate("sentBytes") < 0.97 * file.stat().st_size
    assert sha256(fox.saved(file.name, file.stat().st_size)) == sha256(file)
    fox.press("#disconnect")
    visitor.sees_ending("The other side has left")


def test_firefox_goes_on_with_a_file_after_a_reload(
    fox: Firefox, arrive: Callable[..., Visitor], server: Any, make_file: Callable
) -> None:
    """What a worker has written to its private storage is there still."""
    visitor = arrive(server.url)
    file = make_file("cut.bin", 48 << 20)
    fox.open(server.url)
    fox.fill("#code-input", visitor.create_code())
    fox.press("#join")
    visitor.sees_screen("connected")
    send_half(visitor, fox, file)
    fox.open(server.url)
    visitor.sees_ending("The other side has left")
    visitor.at("ended-start" if visitor.at("ended-start").is_visible() else "ended-next").click()
    visitor.sees_screen("start")
    pair_again_and_send_the_rest(visitor, fox, file)
    fox.complaints()


def test_firefox_moves_several_files_and_goes_on_in_the_same_page(
    fox: Firefox, arrive: Callable[..., Visitor], server: Any, make_file: Callable
) -> None:
    """What the page's tests of transfers and of what was cut have in Chromium alone, with Firefox at one end."""
    visitor = arrive(server.url)
    visitor.page.evaluate(COUNT_RESTARTS)
    fox.open(server.url)
    fox.fill("#code-input", visitor.create_code())
    fox.press("#join")
    visitor.sees_screen("connected")

    # From Firefox: a small file overtakes one that is paused, which then outlives a change of the network.
    large, small = make_file("large.bin", 24 << 20), make_file("small.bin", 1000)
    fox.choose_files("#file-input", large, small)
    visitor.press_once_it_is_there("Pause", large.name)
    visitor.press("Accept", large.name)
    visitor.sees_transfer(large.name, "moving", "Paused by you")
    assert visitor.receive(small.name) == sha256(small)
    visitor.sees_transfer(large.name, "moving", "Paused by you")
    fox.evaluate("dispatchEvent(new Event('online'))")
    visitor.page.wait_for_function("() => credentials.size > 1")
    with visitor.page.expect_download(timeout=TRANSFER_LIMIT_MS) as download:
        visitor.press("Resume", large.name)
    assert sha256(download.value.path()) == sha256(large)

    # To Firefox: several accepted at once.
    files = [make_file(f"all-{number}.bin", 100_000 + number) for number in range(3)]
    visitor.offer(*files)
    fox.becomes("document.querySelectorAll('#transfers [data-state=offered]').length === 3")
    fox.press("#transfers-actions .primary")
    for number, file in enumerate(files):
        assert sha256(fox.saved(file.name, 100_000 + number)) == sha256(file)

    cut = make_file("cut-here.bin", 24 << 20)
    send_half(visitor, fox, cut)
    visitor.at("disconnect").click()
    visitor.sees_ending("Disconnected")
    fox.becomes("document.getElementById('ended-title').textContent === 'The other side has left'")
    visitor.at("ended-start" if visitor.at("ended-start").is_visible() else "ended-next").click()
    fox.evaluate("['ended-start', 'ended-next'].map((id) => document.getElementById(id)).find((one) => one.checkVisibility()).click()")
    pair_again_and_send_the_rest(visitor, fox, cut)
    assert fox.complaints() == []


def test_firefox_saves_a_folder_as_an_archive(fox: Firefox, arrive: Callable[..., Visitor], server: Any, tmp_path: Path) -> None:
    visitor = arrive(server.url)
    folder = tmp_path / "photos"
    (folder / "2024").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"one")
    (folder / "2024" / "b.bin").write_bytes(bytes(1_000_000))
    fox.open(server.url)
    fox.fill("#code-input", visitor.create_code())
    fox.press("#join")
    visitor.sees_screen("connected")
    visitor.at("folder-input").set_input_files(folder)
    fox.press('[aria-label="Accept photos"]')
    visitor.sees_transfer("photos", "done", "SHA-256 equal")
    # Beside the files themselves: 30 bytes and the name before each, 46 and the name for each at the end, and 22.
    names = len("photos/a.txt") + len("photos/2024/b.bin")
    with zipfile.ZipFile(fox.saved("photos.zip", 3 + 1_000_000 + 2 * (30 + 46) + 2 * names + 22)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["photos/2024/b.bin", "photos/a.txt"]
    fox.press("#disconnect")
    visitor.sees_ending("The other side has left")
    fox.complaints()


def test_firefox_tells_what_is_in_the_way_and_that_it_leaves(
    fox: Firefox, arrive: Callable[..., Visitor], start_server: Callable[..., Any]
) -> None:
    server = start_server(STUN_PORT="0")
    visitor = arrive(server.url)
    fox.open(server.url)
    visitor.page.evaluate(FIREWALL)
    fox.evaluate(f"({FIREWALL.strip()})()")
    fox.fill("#code-input", visitor.create_code())
    fox.press("#join")
    expect(visitor.at("connecting-warning")).to_contain_text("The two devices seem to be in different networks")
    fox.becomes("document.getElementById('connecting-warning').textContent.includes('The two devices seem to be in different networks')")
    fox.press("#cancel-connecting")
    visitor.sees_ending("The other side has left", timeout=4_000)
    fox.complaints()


def test_firefox_uses_what_the_server_names_and_sets_fresh_ones(
    fox: Firefox, arrive: Callable[..., Visitor], start_server: Callable[..., Any]
) -> None:
    server = start_server(ICE_SERVERS="stun:127.0.0.1:3479")
    fox.open(server.url)
    fox.evaluate(RENEW)
    visitor = arrive(server.url)
    visitor.enter(fox.becomes("globalThis.code"))
    fox.becomes("globalThis.link !== undefined")
    assert fox.evaluate(SERVERS) == [["stun:127.0.0.1:3480"]]
    fox.evaluate("dispatchEvent(new Event('online'))")
    fox.becomes(f"JSON.stringify({SERVERS}) === '[[\"stun:127.0.0.1:3479\"]]'")
    fox.evaluate("link.close()")
    visitor.sees_ending("The other side has left")
    assert fox.complaints() == []
