"""Terminals that a test types into and looks at: panes of a tmux server of its own."""

import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path

from server_process import clean_environment

WAIT = 15.0


class Tmux:
    def __init__(self, folder: Path) -> None:
        # A socket by its path: a server that somebody runs already is another one. The path of a socket has to be short.
        self._socket = folder / "t"
        self._panes = 0

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [shutil.which("tmux"), "-S", str(self._socket), "-f", "/dev/null", *command],
            capture_output=True,
            text=True,
            timeout=WAIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def open(self, command: list[str], columns: int = 80, rows: int = 24, **environment: str) -> "Pane":
        """A terminal that runs the command, then says with what it ended."""
        self._panes += 1
        name = f"pane{self._panes}"
        given = clean_environment(**{"LC_ALL": "C.UTF-8", "TERM": "screen-256color", **environment})
        settings = " ".join(f"{key}={shlex.quote(value)}" for key, value in given.items())
        # The shell, too, gets what Ctrl-C sends, and has to outlive it.
        line = f"trap : INT; env -i {settings} {shlex.join(command)}; echo \"exit code $?\"; exec sleep 300"
        self.run("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), f"/bin/sh -c {shlex.quote(line)}")
        return Pane(self, name)

    def close(self) -> None:
        subprocess.run(
            [shutil.which("tmux"), "-S", str(self._socket), "kill-server"], capture_output=True, timeout=WAIT, check=False
        )


class Pane:
    def __init__(self, tmux: Tmux, name: str) -> None:
        self._tmux = tmux
        self._name = name

    def screen(self) -> str:
        """What stands there now, with lines that went out at the top, and wrapped ones joined."""
        return self._tmux.run("capture-pane", "-p", "-J", "-S", "-", "-t", self._name)

    def window(self) -> str:
        """What stands in the window alone."""
        return self._tmux.run("capture-pane", "-p", "-t", self._name)

    def painted(self) -> str:
        """The window, with its colours."""
        return self._tmux.run("capture-pane", "-p", "-e", "-N", "-t", self._name)

    def type(self, text: str) -> None:
        self._tmux.run("send-keys", "-t", self._name, "-l", text)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        self._tmux.run("send-keys", "-t", self._name, *keys)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux.run("resize-window", "-t", self._name, "-x", str(columns), "-y", str(rows))

    def shows(self, pattern: str, limit: float = WAIT) -> re.Match[str]:
        """Waits until the screen has it."""
        deadline = time.monotonic() + limit
        while not (found := re.search(pattern, screen := self.screen(), re.MULTILINE)):
            assert time.monotonic() < deadline, f"not within {limit:.0f} s: {pattern}\n{screen}"
            time.sleep(0.05)
        return found
