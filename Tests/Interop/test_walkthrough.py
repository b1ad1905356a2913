"""The tour with curl and wscat works as it is printed."""

from pathlib import Path
from typing import Any

from server_process import REPOSITORY
from terminal import Terminal, Values, transcript_blocks

WALKTHROUGH = Path(__file__).with_name("walkthrough.md")


def test_two_terminals_pair_with_curl_and_wscat(server: Any) -> None:
    blocks = transcript_blocks(WALKTHROUGH.read_text())
    assert {block.terminal for block in blocks} == {"terminal 1", "terminal 2"}
    values = Values(server.url.removeprefix("http://"))
    terminals: dict[str, Terminal] = {}
    try:
        for block in blocks:
            if block.terminal not in terminals:
                terminals[block.terminal] = Terminal(values)
            for line in block.lines:
                terminals[block.terminal].follow(line)
    finally:
        for terminal in terminals.values():
            terminal.close()


def test_the_page_prints_what_is_tested() -> None:
    assert WALKTHROUGH.read_text().strip() in (REPOSITORY / "docs" / "without-a-client.md").read_text()
