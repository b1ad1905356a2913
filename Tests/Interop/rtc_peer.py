"""One side of a pairing, on aiortc. browser/peer.js is its twin on what a browser brings along."""

import asyncio
import hashlib
import json
import os
from dataclasses import dataclass
from typing import Any

import aiohttp
import aioice.ice
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

CHUNK = 16 * 1024
HIGH_WATER = 256 * 1024
LOW_WATER = 64 * 1024

addresses_beyond_loopback = aioice.ice.get_host_addresses


def use_loopback_where_there_is_nothing_else() -> None:
    """aioice leaves the loopback interface out, and on a machine without any other network that leaves nothing to connect over.

    Elsewhere it has to keep to what Chromium uses: an answer that comes from another of the machine's addresses fails aioice's check.
    """
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: addresses_beyond_loopback(use_ipv4, use_ipv6) or ["127.0.0.1"]


@dataclass
class Exchange:
    """What went each way. The browser's half has the same fields, so that a test can compare the two."""

    sent: str
    sentConfirmedAs: str
    received: str
    receivedAnnouncedAs: str
    receivedBytes: int
    frames: list[str]
    peakBuffered: int


async def create_code(http: aiohttp.ClientSession, server: str) -> dict[str, str]:
    async with http.post(f"{server}/rendezvous/code") as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def redeem_code(http: aiohttp.ClientSession, server: str, code: str) -> tuple[int, dict[str, str]]:
    async with http.post(f"{server}/rendezvous/redeem", json={"code": code}) as answer:
        # Refusals come as application/problem+json, which is JSON as well.
        return answer.status, json.loads(await answer.read())


class RTCPeer:
    @classmethod
    async def connect(cls, http: aiohttp.ClientSession, server: str, app_id: str, side: str, offers: bool) -> "RTCPeer":
        socket = await http.ws_connect(f"{server}/ws", params={"appID": app_id, "side": side})
        return cls(socket, offers)

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, offers: bool) -> None:
        self._socket = socket
        self._offers = offers
        # Without a configuration aiortc would ask a public STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("datachannel", self._adopt)
        self._connection.on("connectionstatechange", self._notice_failure)
        self._frames: list[str] = []
        self._peak_buffered = 0
        self._chunks: list[bytes] = []
        loop = asyncio.get_running_loop()
        self._data_channel: RTCDataChannel | None = None
        self._opened: asyncio.Future[RTCDataChannel] = loop.create_future()
        self._announced: asyncio.Future[str] = loop.create_future()
        self._confirmed: asyncio.Future[str] = loop.create_future()
        self._failed: asyncio.Future[None] = loop.create_future()
        self._signaling = asyncio.create_task(self._read_signaling())

    async def exchange(self, size: int) -> Exchange:
        """Sends `size` random bytes, receives the other side's, and tells what went each way."""
        transfer = asyncio.create_task(self._exchange(size))
        try:
            # The signaling task ends only with the connection or an error: either leaves nothing to wait for.
            await asyncio.wait({transfer, self._signaling, self._failed}, return_when=asyncio.FIRST_COMPLETED)
            if transfer.done():
                return transfer.result()
            if not self._signaling.done():
                raise AssertionError("the peer connection failed")
            self._signaling.result()
            raise AssertionError(f"the signaling socket was closed: {self._socket.close_code}")
        finally:
            transfer.cancel()

    def status(self) -> dict[str, Any]:
        """How far it has come, for the report of a test that came no further."""
        channel = self._data_channel
        return {
            "frames": self._frames,
            "socket": f"closed {self._socket.close_code}" if self._socket.closed else "open",
            "connection": self._connection.connectionState,
            "ice": self._connection.iceConnectionState,
            "channel": channel and channel.readyState,
            "buffered": channel and channel.bufferedAmount,
            "receivedBytes": sum(map(len, self._chunks)),
        }

    async def close(self) -> int | None:
        await self._connection.close()
        await self._socket.close(code=1000)
        self._signaling.cancel()
        return self._socket.close_code

    def _notice_failure(self) -> None:
        if self._connection.connectionState == "failed" and not self._failed.done():
            self._failed.set_result(None)

    async def _read_signaling(self) -> None:
        async for message in self._socket:
            assert message.type is aiohttp.WSMsgType.TEXT, f"not a text message: {message}"
            await self._receive(json.loads(message.data))

    async def _receive(self, frame: dict[str, Any]) -> None:
        self._frames.append(frame["type"])
        match frame["type"]:
            case "room_full" if self._offers:
                await self._send({"type": "sender_ready"})
                self._adopt(self._connection.createDataChannel("data"))
                await self._describe(await self._connection.createOffer())
            case "offer":
                await self._connection.setRemoteDescription(RTCSessionDescription(**frame["sdp"]))
                await self._describe(await self._connection.createAnswer())
            case "answer":
                await self._connection.setRemoteDescription(RTCSessionDescription(**frame["sdp"]))
            case "ice" if frame["candidate"] is None:
                await self._connection.addIceCandidate(None)
            case "ice":
                candidate = candidate_from_sdp(frame["candidate"]["candidate"].removeprefix("candidate:"))
                candidate.sdpMid = frame["candidate"]["sdpMid"]
                candidate.sdpMLineIndex = frame["candidate"]["sdpMLineIndex"]
                await self._connection.addIceCandidate(candidate)
            case "error":
                raise AssertionError(f"the server refused a frame: {frame}")

    async def _describe(self, description: RTCSessionDescription) -> None:
        """aiortc puts its candidates into the description; they are sent as frames of their own, as browsers do, so that ICE depends
        on what the server relays in both directions."""
        await self._connection.setLocalDescription(description)
        local = self._connection.localDescription
        lines = local.sdp.splitlines(keepends=True)
        candidates = [line.strip().removeprefix("a=") for line in lines if line.startswith("a=candidate:")]
        bare = "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates")))
        await self._send({"type": local.type, "sdp": {"type": local.type, "sdp": bare}})
        for candidate in candidates:
            await self._send({"type": "ice", "candidate": {"candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0}})
        await self._send({"type": "ice", "candidate": None})

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send_str(json.dumps(frame))

    def _adopt(self, channel: RTCDataChannel) -> None:
        self._data_channel = channel
        channel.bufferedAmountLowThreshold = LOW_WATER

        @channel.on("message")
        def receive(data: bytes | str) -> None:
            if isinstance(data, bytes):
                self._chunks.append(data)
                return
            notice = json.loads(data)
            if "sha256" in notice:
                self._announced.set_result(notice["sha256"])
            else:
                self._confirmed.set_result(notice["received"])

        if channel.readyState == "open":
            self._opened.set_result(channel)
        else:
            channel.on("open", lambda: self._opened.set_result(channel))

    async def _exchange(self, size: int) -> Exchange:
        channel = await self._opened
        await self._send({"type": "telemetry", "event": "ice-connected"})

        data = os.urandom(size)
        for start in range(0, size, CHUNK):
            await self._room_to_send(channel)
            channel.send(data[start : start + CHUNK])
            self._peak_buffered = max(self._peak_buffered, channel.bufferedAmount)
        sent = hashlib.sha256(data).hexdigest()
        channel.send(json.dumps({"sha256": sent}))

        announced = await self._announced
        whole = b"".join(self._chunks)
        received = hashlib.sha256(whole).hexdigest()
        channel.send(json.dumps({"received": received}))

        return Exchange(
            sent=sent,
            sentConfirmedAs=await self._confirmed,
            received=received,
            receivedAnnouncedAs=announced,
            receivedBytes=len(whole),
            frames=self._frames,
            peakBuffered=self._peak_buffered,
        )

    async def _room_to_send(self, channel: RTCDataChannel) -> None:
        if channel.bufferedAmount + CHUNK > HIGH_WATER:
            low: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            channel.once("bufferedamountlow", lambda: low.set_result(None))
            await low
