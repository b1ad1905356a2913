"""A WebRTC connection that another process drives, over lines of JSON: Tools/pair-over-rtc asks on standard input, and reads standard output.

A request has a number (`id`) and what is to be done (`do`); its answer has the same number, and `error` if it came to nothing:

    configure (servers: as RTCPeerConnection takes them), before all else
    offer, answer, local     the answer has `sdp`; local's none before the first description
    apply (kind, sdp)        sets the other side's description
    add (candidate)          none is the end of candidates
    restart                  the next offer begins ICE anew
    servers (servers)        from the next gathering on
    statistics               the answer has `statistics`
    send (data, in base64)   is answered when the channel has room for more
    receive                  the answer has the next message as `data`; none when the channel is closed
    close

What happens by itself has `event` instead: candidate (candidate; none is the end), candidateError (code), negotiationNeeded, state (state),
channelOpened, channelClosed.
"""

import asyncio
import base64
import json
import os
import sys
from collections import deque
from typing import Any, Protocol

LONGEST_LINE = 1 << 20
# The other process asks for one thing at a time, and beside that for statistics, a message, and to send one.
MOST_REQUESTS = 64
MOST_MESSAGES = 1_024
MOST_BYTES = 4 << 20


class Connection(Protocol):
    """What a request does; each may raise."""

    async def configure(self, servers: list[dict[str, Any]]) -> None: ...
    async def offer(self) -> str: ...
    async def answer(self) -> str: ...
    async def local(self) -> str | None: ...
    async def apply(self, kind: str, sdp: str) -> None: ...
    async def add(self, candidate: dict[str, Any] | None) -> None: ...
    async def restart(self) -> None: ...
    async def servers(self, servers: list[dict[str, Any]]) -> None: ...
    async def statistics(self) -> dict[str, Any]: ...
    async def send(self, data: bytes) -> None: ...
    async def close(self) -> None: ...


class Inbox:
    """Messages that nobody has asked for yet."""

    def __init__(self) -> None:
        self._messages: deque[bytes] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()
        self._is_closed = False

    def put(self, data: bytes) -> bool:
        """Whether there was room."""
        if len(self._messages) >= MOST_MESSAGES or self._bytes + len(data) > MOST_BYTES:
            return False
        self._messages.append(data)
        self._bytes += len(data)
        self._changed.set()
        return True

    def close(self) -> None:
        self._is_closed = True
        self._changed.set()

    async def take(self) -> bytes | None:
        """One waits at a time. What came before the end is handed over; then there is none."""
        while not self._messages and not self._is_closed:
            self._changed.clear()
            await self._changed.wait()
        if not self._messages:
            return None
        data = self._messages.popleft()
        self._bytes -= len(data)
        return data


def tell(event: str, **members: Any) -> None:
    say({"event": event, **members})


def say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


class Requests:
    """Carries out what the other process asks for."""

    def __init__(self, connection: Connection, inbox: Inbox) -> None:
        self._connection = connection
        self._inbox = inbox
        # Messages keep their order.
        self._sending = asyncio.Lock()
        self._running: set[asyncio.Task[None]] = set()

    async def follow(self) -> None:
        """Until the other process closes the connection, or has gone."""
        reader = asyncio.StreamReader(LONGEST_LINE)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            request = json.loads(line)
            if request["do"] == "close":
                await self._connection.close()
                return say({"id": request["id"]})
            if len(self._running) >= MOST_REQUESTS:
                say({"id": request["id"], "error": "too many requests at once"})
                continue
            task = asyncio.create_task(self._respond(request))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        # Nobody reads any more.
        sys.stdout = open(os.devnull, "w")
        await self._connection.close()

    async def _respond(self, request: dict[str, Any]) -> None:
        try:
            members = await self._perform(**{name: value for name, value in request.items() if name != "id"})
        except Exception as error:
            members = {"error": f"{type(error).__name__}: {error}"}
        say({"id": request["id"], **members})

    async def _perform(self, do: str, data: str | None = None, **members: Any) -> dict[str, Any]:
        match do:
            case "receive":
                message = await self._inbox.take()
                return {} if message is None else {"data": base64.b64encode(message).decode()}
            case "send":
                async with self._sending:
                    await self._connection.send(base64.b64decode(data or ""))
                return {}
            case "offer" | "answer" | "local":
                return {"sdp": await getattr(self._connection, do)()}
            case "statistics":
                return {"statistics": await self._connection.statistics()}
            case "add":
                await self._connection.add(members.get("candidate"))
                return {}
            case "configure" | "apply" | "restart" | "servers":
                await getattr(self._connection, do)(**members)
                return {}
        raise ValueError(f"unknown request: {do}")


async def serve(connection: Connection, inbox: Inbox) -> None:
    await Requests(connection, inbox).follow()
