"""`nt-backend-wrtc top` as an operator sees it in a terminal, and as a pipe gets it."""

import subprocess
import urllib.request

from server_process import ServerProcess, binary, clean_environment
from tmux import Tmux


def top(*arguments: str) -> list[str]:
    return [str(binary()), "top", "--interval", "1", *arguments]


def metrics(server: ServerProcess) -> str:
    return f"{server.url}/metrics"


def mint(server: ServerProcess) -> None:
    with urllib.request.urlopen(f"{server.url}/rendezvous/code", data=b"", timeout=10) as answer:
        assert answer.status == 200


def test_it_shows_what_happens_fits_the_window_and_leaves(tmux: Tmux, server: ServerProcess) -> None:
    pane = tmux.open(top(metrics(server)), columns=100, rows=30)
    pane.shows(r"^nt-backend-wrtc \S+ +127\.0\.0\.1:\d+ +up .* q leaves")
    pane.shows("^Now +WebSockets 0 .*codes 0")
    mint(server)
    pane.shows("^Now +WebSockets 0 .*codes 1")
    pane.shows(r"^Per second +minted 0\.\d")
    pane.resize(30, 12)
    pane.shows(r"^Now +WebSockets 0 *\n +rooms 0")
    assert all(len(line.rstrip()) <= 30 for line in pane.window().splitlines())
    pane.press("q")
    pane.shows("^exit code 0$")
    assert "Now " not in pane.window(), "what stood there before comes back"


def test_a_server_that_goes_away_is_told_of(tmux: Tmux, server: ServerProcess) -> None:
    pane = tmux.open(top(metrics(server)), columns=100)
    pane.shows("^Now ")
    server.stop()
    pane.shows(r"does not answer: [^;]*; below\s+is\s+what\s+was\s+last\s+seen")
    pane.press("C-c")
    pane.shows("^exit code 0$")


def test_a_pipe_gets_one_look(server: ServerProcess) -> None:
    look = subprocess.run(top(metrics(server)), env=clean_environment(), capture_output=True, text=True, timeout=30, check=False)
    assert (look.returncode, look.stderr) == (0, "")
    assert "\x1b" not in look.stdout
    assert "Now         WebSockets 0" in look.stdout
    assert "Per second  minted 0" in look.stdout


def test_where_no_metrics_are_it_says_so(server: ServerProcess) -> None:
    look = subprocess.run(
        top(f"{server.url}/elsewhere"), env=clean_environment(), capture_output=True, text=True, timeout=30, check=False
    )
    assert look.returncode == 1
    assert "responds with 404, and not with metrics; the server's METRICS_ROUTE and METRICS_ADDRESS say where they are" in look.stderr
