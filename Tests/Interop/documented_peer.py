"""A side of a pairing on aiortc that does what the README's example without the client does, and, with a secret, verified pairing too."""

import asyncio
import base64
import hmac
import json
import os
from typing import Any

import aiohttp
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from cpace import Run, mac

LIMIT = 30.0


class Refused(Exception):
    """The other side's proof failed, or it takes no part."""


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Seal:
    """Verified pairing as one side of it sees it: what it says, and whether what it hears is the other side's."""

    def __init__(self, side: str, app_id: str, by: str, secret: str) -> None:
        self._run = Run(side, app_id, by, secret, os.urandom(32))
        self._other = "A" if side == "B" else "B"
        self._side = side
        self._keys: dict[str, bytes] | None = None
        self._sealed = 0
        self._opened = 0

    def share(self) -> dict[str, Any]:
        return {"type": "sender_ready", "pake": {"v": 1, "by": self._run.by, "share": text_of(self._run.share)}}

    def hear(self, pake: dict[str, Any]) -> None:
        """The other side's share: the first one stands."""
        if self._keys is None:
            self._keys = self._run.keys(bytes_of(pake["share"]))

    def seal(self, frame: dict[str, Any]) -> dict[str, Any]:
        assert self._keys is not None
        self._sealed += 1
        proof = mac(self._keys[self._side], frame["type"], self._sealed, frame["id"], frame["sdp"]["sdp"])
        share = {"share": text_of(self._run.share)} if self._side == "A" and self._opened == 0 else {}
        return {**frame, "pake": {"v": 1, "n": self._sealed, "mac": text_of(proof), **share}}

    def open(self, frame: dict[str, Any]) -> None:
        pake = frame.get("pake")
        if pake is None:
            raise Refused("the other side takes no part in verified pairing")
        if "share" in pake:
            self.hear(pake)
        if self._keys is None:
            raise Refused("an offer without a share")
        proof = mac(self._keys[self._other], frame["type"], pake["n"], frame["id"], frame["sdp"]["sdp"])
        if not hmac.compare_digest(text_of(proof), pake["mac"]) or pake["n"] <= self._opened:
            raise Refused("the other side's proof is not right")
        self._opened = pake["n"]


class DocumentedPeer:
    @classmethod
    async def enter(
        cls, http: aiohttp.ClientSession, server: str, code: str | None, secret: tuple[str, str] | None = None
    ) -> "DocumentedPeer":
        """Mints a code, or redeems one; `secret` is how it was passed on, and what."""
        path, body = ("code", None) if code is None else ("redeem", {"code": code})
        async with http.post(f"{server}/rendezvous/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            room = await answer.json()
        side = "A" if code is None else "B"
        socket = await http.ws_connect(f"{server}/ws", params={"appID": room["appID"], "side": side, "token": room["token"]})
        return cls(socket, side, room, secret)

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, side: str, room: dict[str, Any], secret: tuple[str, str] | None) -> None:
        self.code = room.get("code")
        self.received: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._socket = socket
        self._side = side
        self._seal = Seal(side, room["appID"], *secret) if secret else None
        # Without a configuration aiortc would ask a public STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel = self._connection.createDataChannel("data", negotiated=True, id=0)
        self._channel.on("message", self.received.put_nowait)
        self._arrivals: dict[str, asyncio.Future[RTCDataChannel]] = {}
        self._connection.on("datachannel", lambda channel: self._arrival(channel.label).set_result(channel))
        self._opened = asyncio.get_running_loop().create_future()
        self._channel.on("open", lambda: self._opened.set_result(None))
        self._has_offered = False
        self._signaling = asyncio.create_task(self._read())

    async def opened(self) -> None:
        """Ends with what has gone wrong, if the channel does not open."""
        await asyncio.wait({self._signaling, self._opened}, timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if not self._opened.done():
            if self._signaling.done():
                self._signaling.result()
            raise AssertionError(f"not connected: {self._connection.iceConnectionState}, {self._connection.connectionState}")

    @property
    def side(self) -> str:
        return self._side

    @property
    def channel(self) -> RTCDataChannel:
        return self._channel

    @property
    def descriptions(self) -> dict[str, str]:
        """By side."""
        local, remote = self._own_description, self._connection.remoteDescription.sdp
        return {"A": local, "B": remote} if self._side == "A" else {"A": remote, "B": local}

    @property
    def _own_description(self) -> str:
        """With the SHA-256 of the certificate alone: of several, a browser shows only the last in the description that it was given."""
        lines = self._connection.localDescription.sdp.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(("a=fingerprint:sha-384", "a=fingerprint:sha-512")))

    async def open_channel(self, label: str) -> RTCDataChannel:
        """Another channel, which the other side is told of."""
        channel = self._connection.createDataChannel(label)
        opened = asyncio.get_running_loop().create_future()
        channel.on("open", lambda: opened.set_result(None))
        await asyncio.wait_for(opened, LIMIT)
        return channel

    async def channel_of(self, label: str) -> RTCDataChannel:
        """One that the other side opens, or has opened."""
        return await asyncio.wait_for(self._arrival(label), LIMIT)

    def _arrival(self, label: str) -> "asyncio.Future[RTCDataChannel]":
        return self._arrivals.setdefault(label, asyncio.get_running_loop().create_future())

    def send(self, data: str | bytes) -> None:
        self._channel.send(data)

    async def hears(self) -> str | bytes:
        return await asyncio.wait_for(self.received.get(), LIMIT)

    async def close(self) -> None:
        self._signaling.cancel()
        await self._connection.close()
        await self._socket.close()

    async def _read(self) -> None:
        async for message in self._socket:
            await self._take(json.loads(message.data))
        raise AssertionError(f"the signaling socket was closed: {self._socket.close_code}")

    async def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "room_full" if self._side == "B" and self._seal is not None:
                await self._say(self._seal.share())
            case "room_full" if self._side == "A" and self._seal is None:
                await self._offer()
            case "sender_ready" if self._seal is not None and frame.get("pake"):
                await self._take_pake(frame["pake"])
            case "offer":
                await self._check(frame)
                await self._connection.setRemoteDescription(RTCSessionDescription(frame["sdp"]["sdp"], "offer"))
                await self._connection.setLocalDescription(await self._connection.createAnswer())
                await self._describe(frame["id"])
            case "answer":
                await self._check(frame)
                await self._connection.setRemoteDescription(RTCSessionDescription(frame["sdp"]["sdp"], "answer"))
            case "ice" if frame["candidate"] and frame["candidate"]["candidate"]:
                await self._add(frame["candidate"])
            case "error":
                raise AssertionError(f"the server refused a frame: {frame}")

    async def _check(self, frame: dict[str, Any]) -> None:
        """Before anything is applied. The other side is told of a refusal, or it would wait."""
        if self._seal is None:
            return
        try:
            self._seal.open(frame)
        except Refused:
            await self._say({"type": "sender_ready", "pake": {"v": 1, "end": "mismatch"}})
            raise

    async def _take_pake(self, pake: dict[str, Any]) -> None:
        assert self._seal is not None
        if "end" in pake:
            raise Refused(f"the other side has ended it: {pake['end']}")
        if self._side == "B":
            await self._say(self._seal.share())
        elif "share" in pake:
            self._seal.hear(pake)
            await self._offer()

    async def _offer(self) -> None:
        if not self._has_offered:
            await self._connection.setLocalDescription(await self._connection.createOffer())
        self._has_offered = True
        await self._describe(1)

    async def _describe(self, offer: int) -> None:
        """Candidates are in the description: aiortc gathers them before it has one."""
        local = self._connection.localDescription
        frame = {"type": local.type, "sdp": {"type": local.type, "sdp": self._own_description}, "id": offer}
        await self._say(frame if self._seal is None else self._seal.seal(frame))

    async def _add(self, written: dict[str, Any]) -> None:
        candidate = candidate_from_sdp(written["candidate"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = written["sdpMid"], written["sdpMLineIndex"]
        await self._connection.addIceCandidate(candidate)

    async def _say(self, frame: dict[str, Any]) -> None:
        await self._socket.send_str(json.dumps(frame))
