"""The system's Firefox, headless.

Playwright drives only a Firefox of its own making. Any Firefox serves WebDriver BiDi by itself (https://www.w3.org/TR/webdriver-bidi/),
so that is what this one is spoken to in.
"""

import asyncio
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from chromium import PLAIN_HOST
from loop_thread import LoopThread

START_LIMIT = 60.0
LIMIT = 20.0

PREFERENCES = {
    # Local addresses as they are; only a browser on the same machine could look up their .local names, if it wanted to.
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.peerconnection.ice.loopback": True,
    # A name that is this machine, and not known to be: a page there on plain http is not secure.
    "network.dns.localDomains": PLAIN_HOST,
    # A download goes to the folder of `Downloads`, without a question.
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "browser.download.always_ask_before_handling_new_types": False,
    # Nothing is asked for from elsewhere.
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
}


def firefox() -> str | None:
    return os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One browser with one page. Use it with `with`."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self.profile = folder / "profile"
        self.downloads = folder / "downloads"
        self._log = folder / "firefox.log"

    def __enter__(self) -> "Firefox":
        with ExitStack() as stack:
            self._start(stack)
            self._thread = stack.enter_context(LoopThread())
            self._bidi = self._thread.run(BiDi.connect(self._address()))
            stack.callback(lambda: self._thread.run(self._bidi.close()))
            # The certificate of a server on https is made by the test.
            self._command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
            self._command("session.subscribe", events=["log.entryAdded"])
            self._page = self._command("browsingContext.getTree")["contexts"][0]["context"]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def pid(self) -> int:
        """Of its first process, which the others descend from."""
        return self._process.pid

    def _start(self, stack: ExitStack) -> None:
        for path in (self.profile, self.downloads):
            path.mkdir()
        preferences = PREFERENCES | {"browser.download.dir": str(self.downloads)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
        (self.profile / "user.js").write_text("".join(lines))
        command = [self._program, "--headless", "--no-remote", "--profile", str(self.profile), "--remote-debugging-port", "0"]
        environment = {**os.environ, "HOME": str(self.profile)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        stack.callback(self._end)

    def _end(self) -> None:
        # Its content processes too.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _command(self, method: str, **params: Any) -> dict[str, Any]:
        return self._thread.run(self._bidi.command(method, **params))

    def _address(self) -> str:
        """Written by Firefox once it listens."""
        file = self.profile / "WebDriverBiDiServer.json"
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"Firefox ended: {self._log.read_text(errors='replace')}"
            try:
                server = json.loads(file.read_text())
                return f"ws://{server['ws_host']}:{server['ws_port']}/session"
            except (FileNotFoundError, ValueError):
                time.sleep(0.05)
        raise AssertionError(f"Firefox did not listen within {START_LIMIT:.0f} s: {self._log.read_text(errors='replace')}")

    def open(self, url: str) -> None:
        self._command("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, which may be a promise, by way of JSON."""
        script = f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"
        target = {"context": self._page}
        answer = self._command("script.evaluate", expression=script, target=target, awaitPromise=True, userActivation=True)
        assert answer["type"] == "success", f"{expression}: {answer['exceptionDetails']['text']}"
        return json.loads(answer["result"]["value"])

    def becomes(self, expression: str, limit: float = LIMIT) -> Any:
        """The first value of the expression that is true."""
        deadline = time.monotonic() + limit
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < deadline, f"not within {limit:.0f} s: {expression}; page: {self.evaluate('document.body.innerText')}"
            time.sleep(0.05)
        return value

    def press(self, selector: str) -> None:
        self.becomes(f"document.querySelector({selector!r}) !== null")
        self.evaluate(f"document.querySelector({selector!r}).click()")

    def fill(self, selector: str, text: str) -> None:
        self.evaluate(f"document.querySelector({selector!r}).value = {text!r}")

    def choose_files(self, selector: str, *files: Path) -> None:
        locator = {"type": "css", "value": selector}
        found = self._command("browsingContext.locateNodes", context=self._page, locator=locator)["nodes"][0]
        self._command("input.setFiles", context=self._page, element={"sharedId": found["sharedId"]}, files=[str(file) for file in files])

    def saved(self, name: str, size: int) -> Path:
        """A download. Firefox gives a file its name when it has begun, and its size when it has ended."""
        path = self.downloads / name
        deadline = time.monotonic() + LIMIT
        while not path.exists() or path.stat().st_size != size:
            found = [entry.name for entry in self.downloads.iterdir()]
            assert time.monotonic() < deadline, f"{name} was not saved; the folder has {found}"
            time.sleep(0.05)
        return path

    def complaints(self) -> list[str]:
        """Warnings and errors of the console since the last call, and what was thrown."""
        entries = [event["params"] for event in self._bidi.take_events() if event["method"] == "log.entryAdded"]
        return [f"{entry['level']}: {entry['text']}" for entry in entries if entry["level"] in ("warn", "error")]


class BiDi:
    """Commands and their answers over one WebSocket."""

    @classmethod
    async def connect(cls, address: str) -> "BiDi":
        session = aiohttp.ClientSession()
        try:
            return cls(session, await session.ws_connect(address, max_msg_size=0))
        except BaseException:
            await session.close()
            raise

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._events: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        answer = await self._waiting[number]
        assert answer["type"] == "success", f"{method}: {answer}"
        return answer["result"]

    def take_events(self) -> list[dict[str, Any]]:
        events, self._events = self._events, []
        return events

    async def close(self) -> None:
        self._reading.cancel()
        await self._session.close()

    async def _read(self) -> None:
        async for message in self._socket:
            answer = json.loads(message.data)
            if answer["type"] == "event":
                self._events.append(answer)
            else:
                self._waiting.pop(answer["id"]).set_result(answer)
