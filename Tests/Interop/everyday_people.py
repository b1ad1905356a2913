"""People who pair, and those who do not come to it: what moves the metrics of a server."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

LIMIT = 20.0
DIRECT: dict[str, Any] = {"event": "ice-connected", "mode": "direct"}
RELAYED: dict[str, Any] = {"event": "ice-connected", "selected": {"local": "relay", "remote": "srflx", "protocol": "udp"}}
# A TURN server that takes no credentials of this one.
REFUSED: dict[str, Any] = {
    "event": "ice-failed", "reason": "timeout", "servers": {"stun": 1, "turn": 1}, "candidates": {"host": 1, "srflx": 1}, "errors": [401],
}
NO_RELAY: dict[str, Any] = {
    "event": "ice-failed", "reason": "timeout", "servers": {"stun": 1}, "candidates": {"host": 1, "srflx": 1}, "remote": {"host": 1, "srflx": 1},
}


class People:
    """Everybody has an address of their own, as X-Forwarded-For tells it, which the server has to trust."""

    _numbers = itertools.count(1)

    def __init__(self, http: aiohttp.ClientSession, server: str) -> None:
        self._http = http
        self._server = server

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, server: str) -> AsyncIterator["People"]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LIMIT), connector=connector) as http:
            yield cls(http, server)

    async def pair(self, report: dict[str, Any] | None, after: float = 0.0, stays: float = 0.0) -> None:
        """Two people who meet; what A reports some time after that, and how long both stay."""
        minted = await self.mint()
        redeemed = await self.redeem(minted["code"])
        async with self._side(minted, "A") as a, self._side(redeemed, "B") as b:
            await heard(a, "room_full")
            for side, kind in ((a, "offer"), (b, "answer")):
                await said(side, type=kind, sdp={"type": kind, "sdp": "v=0" * 200})
                for _ in range(3):
                    await said(side, type="ice", candidate={"candidate": "candidate:1 1 udp 1 192.0.2.1 1 typ host"})
            await heard(a, "answer")
            await asyncio.sleep(after)
            if report:
                await said(a, type="telemetry", **report)
            await asyncio.gather(stay(a, stays), stay(b, stays))

    async def wait_alone(self, seconds: float) -> None:
        """Somebody whose code nobody redeems, and who leaves an item."""
        minted = await self.mint()
        async with self._side(minted, "A") as a:
            await said(a, type="send", to="B", ref=1, payload="x" * 2000)
            await heard(a, "accepted")
            await stay(a, seconds)

    async def guess(self, codes: int, address: str | None = None, patience: float = LIMIT) -> None:
        """So many wrong codes at once: each from a network of its own, or all from one address. Who has to wait for longer leaves."""
        used = await self.mint()
        await self.redeem(used["code"])
        wrong = {"code": used["code"]}
        guesses = [asyncio.create_task(self._post("redeem", address or self._address(), json=wrong)) for _ in range(codes)]
        await asyncio.wait(guesses, timeout=patience)
        for guess in guesses:
            guess.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)

    async def want_codes(self, codes: int) -> None:
        """One client that asks for many: past HTTP_RATE_PER_MIN it gets none."""
        address = self._address()
        await asyncio.gather(*(self._post("code", address) for _ in range(codes)))

    async def is_ready(self) -> bool:
        """What a load balancer asks."""
        async with self._http.get(f"{self._server}/readyz") as answer:
            return answer.status == 200

    async def mint(self) -> dict[str, Any]:
        status, minted = await self._post("code", self._address())
        assert status == 200, minted
        return minted

    async def redeem(self, code: str) -> dict[str, Any]:
        status, redeemed = await self._post("redeem", self._address(), json={"code": code})
        assert status == 200, redeemed
        return redeemed

    async def _post(self, path: str, address: str, **body: Any) -> tuple[int, dict[str, Any]]:
        async with self._http.post(f"{self._server}/rendezvous/{path}", headers={"X-Forwarded-For": address}, **body) as answer:
            return answer.status, json.loads(await answer.read())

    def _side(self, room: dict[str, Any], side: str) -> Any:
        place = {"appID": room["appID"], "side": side, "token": room["token"]}
        return self._http.ws_connect(f"{self._server}/ws", params=place, headers={"X-Forwarded-For": self._address()})

    def _address(self) -> str:
        number = next(self._numbers)
        return f"198.{18 + number // 250 % 2}.{number % 250}.{number // 500 + 1}"


async def said(socket: aiohttp.ClientWebSocketResponse, **frame: Any) -> None:
    await socket.send_str(json.dumps(frame))


async def heard(socket: aiohttp.ClientWebSocketResponse, kind: str) -> None:
    while json.loads(await socket.receive_str(timeout=LIMIT))["type"] != kind:
        pass


async def stay(socket: aiohttp.ClientWebSocketResponse, seconds: float) -> None:
    """Reads what comes, or pings would not be answered."""
    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
        await asyncio.wait_for(read_on(socket), seconds)


async def read_on(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass
