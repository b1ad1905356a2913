"""A shell in a pseudo-terminal, driven by a transcript of what a person types and sees."""

import os
import re
import shutil
from dataclasses import dataclass

import pexpect

LIMIT = 10.0
CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

# What a transcript prints as an example of a value that every run gets anew.
SAMPLES = {
    "2802": r"\d{4}",
    "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "2026-01-31T12:00:00Z": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "9WRKOUTkN-Oxnzs74zHOOA": r"[A-Za-z0-9_-]{22}",
    "Zp7R68rF0TqFb_uy0IkPDQ": r"[A-Za-z0-9_-]{22}",
    "600000": r"\d{6}",
    "569744": r"\d{6}",
}
SAMPLE = re.compile("|".join(map(re.escape, SAMPLES)))


@dataclass
class Block:
    terminal: str
    lines: list[str]


def transcript_blocks(markdown: str) -> list[Block]:
    """The fenced `console` blocks that start with the name of a terminal, in the order in which they are to be carried out."""
    found = re.findall(r"^```console\n# (terminal \d+)\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    return [Block(terminal, body.splitlines()) for terminal, body in found]


class Values:
    """Real values for the samples: learnt where one is first printed, held to wherever it comes again."""

    def __init__(self, address: str) -> None:
        self._known: dict[str, str] = {}
        self._address = address

    def in_command(self, text: str) -> str:
        return SAMPLE.sub(lambda sample: self._known[sample[0]], text).replace("127.0.0.1:1234", self._address)

    def pattern(self, text: str) -> re.Pattern[str]:
        pattern, end = "", 0
        for sample in SAMPLE.finditer(text):
            known = self._known.get(sample[0])
            pattern += re.escape(text[end : sample.start()]) + (re.escape(known) if known else f"({SAMPLES[sample[0]]})")
            end = sample.end()
        return re.compile(pattern + re.escape(text[end:]))

    def learn(self, text: str, match: re.Match[str]) -> None:
        new = [sample[0] for sample in SAMPLE.finditer(text) if sample[0] not in self._known]
        self._known.update(zip(new, match.groups(), strict=True))


class Terminal:
    def __init__(self, values: Values) -> None:
        self._values = values
        self.screen = ""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "TERM": "xterm",
            "PS1": "$ ",
            # Debian's node looks for Debian's modules by itself; a node from elsewhere has to be told.
            "NODE_PATH": "/usr/share/nodejs",
        }
        # Wide enough that no line is wrapped, and without an echo, so that what is read is output alone.
        self._shell = pexpect.spawn(
            shutil.which("bash"),
            ["--noprofile", "--norc", "--noediting"],
            env=environment,
            echo=False,
            dimensions=(50, 300),
            encoding="utf-8",
            timeout=LIMIT,
        )
        self._see(re.compile(r"\$ "))

    def follow(self, line: str) -> None:
        """Types what the line says is typed, and waits for what it says is printed."""
        if line.startswith("$ "):
            self._shell.sendline(self._values.in_command(line[2:]))
        elif line == "> ^C":
            self._shell.sendcontrol("c")
        elif line.startswith("> "):
            self._shell.sendline(line[2:])
            # wscat shows its prompt again once the line is sent. Typing on before that would be faster than any person is.
            self._see(re.compile(re.escape(line[2:]) + rf"\r*\n(?:{CONTROL_SEQUENCE.pattern})*> "))
        else:
            self._values.learn(line, self._see(self._values.pattern(line)))

    def close(self) -> None:
        self._shell.close(force=True)

    def _see(self, pattern: re.Pattern[str]) -> re.Match[str]:
        try:
            self._shell.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF):
            screen = CONTROL_SEQUENCE.sub("", self.screen + self._shell.before)
            raise AssertionError(f"did not see {pattern.pattern!r}; the terminal shows:\n{screen}") from None
        self.screen += self._shell.before + self._shell.after
        return self._shell.match
