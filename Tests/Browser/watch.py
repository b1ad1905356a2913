"""What a page must not do unnoticed: write to the console, throw, or ask for anything from elsewhere."""

import re
from collections.abc import Iterable

from playwright.sync_api import ConsoleMessage, Page, Request

# What Chromium itself writes when a request fails, however well the page takes it.
UNAUTHORIZED = r"Failed to load resource: the server responded with a status of 401"
GONE = r"Failed to load resource: the server responded with a status of 410"
TOO_MANY = r"Failed to load resource: the server responded with a status of 429"
UNREACHABLE = r"net::ERR_(CONNECTION_[A-Z]+|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)|WebSocket connection to .* failed"
# The client asks why its upgrade failed; by then nothing may be in the way any more.
NOTHING_IN_THE_WAY = r"Failed to load resource: the server responded with a status of 426"

# Of each page that comes over plain http from another machine.
UNTRUSTWORTHY = r"The Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy"


class Watch:
    """Collects what a page says. `expect` names lines that a test brings about for certain, `allow` those that it may."""

    def __init__(self, page: Page, origin: str) -> None:
        self._origin = origin
        self._said: list[str] = []
        self._expected: set[str] = set()
        self._allowed: set[str] = set()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._said.append(f"thrown: {error}"))
        page.on("request", self._request)

    def expect(self, *patterns: str) -> None:
        self._expected.update(patterns)

    def allow(self, *patterns: str) -> None:
        self._allowed.update(patterns)

    def unexpected(self) -> list[str]:
        return [line for line in self._said if not _matches(line, self._expected | self._allowed)]

    def missing(self) -> list[str]:
        """Expected and never said: such an exception would hide something else one day."""
        return [pattern for pattern in self._expected if not any(_matches(line, [pattern]) for line in self._said)]

    def _console(self, message: ConsoleMessage) -> None:
        # Violations of the Content-Security-Policy are errors of the console too.
        self._said.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self._origin}/", f"blob:{self._origin}/", "data:")):
            self._said.append(f"asked for {request.url}")


def _matches(line: str, patterns: Iterable[str]) -> bool:
    return any(re.search(pattern, line) for pattern in patterns)
