"""A WebRTC connection on aiortc, driven over lines as engine_lines.py has them.

aiortc can do less than a browser: it cannot restart ICE, keeps its first STUN and TURN servers, and cannot hold a sender back, so the channel
ends where nobody takes its messages."""

import asyncio
from typing import Any

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from engine_lines import Inbox, serve, tell
from rtc_peer import use_loopback_where_there_is_nothing_else

HIGH_WATER = 1 << 20
LOW_WATER = 256 * 1024


class AiortcConnection:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._urls: list[str] = []
        self._told: set[str] = set()

    async def configure(self, servers: list[dict[str, Any]]) -> None:
        self._urls = [url for server in servers for url in server["urls"]]
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[RTCIceServer(**server) for server in servers]))
        self._connection.on("connectionstatechange", lambda: tell("state", state=self._connection.connectionState))
        self._channel = self._connection.createDataChannel("data", negotiated=True, id=0)
        self._channel.bufferedAmountLowThreshold = LOW_WATER
        self._room = asyncio.Event()
        self._channel.on("open", lambda: tell("channelOpened"))
        self._channel.on("message", self._receive)
        self._channel.on("close", self._closed)
        self._channel.on("bufferedamountlow", self._room.set)

    async def offer(self) -> str:
        return await self._describe(await self._connection.createOffer())

    async def answer(self) -> str:
        return await self._describe(await self._connection.createAnswer())

    async def local(self) -> str | None:
        local = self._connection.localDescription
        return local and local.sdp

    async def _describe(self, description: RTCSessionDescription) -> str:
        """aiortc has all candidates before it has a description. They are told one by one, as browsers do."""
        await self._connection.setLocalDescription(description)
        lines = self._connection.localDescription.sdp.splitlines(keepends=True)
        found = [line.strip().removeprefix("a=") for line in lines if line.startswith("a=candidate:")]
        if new := [line for line in found if line not in self._told]:
            self._told.update(new)
            for line in new:
                tell("candidate", candidate={"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0})
            tell("candidate")
        return "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates")))

    async def apply(self, kind: str, sdp: str) -> None:
        if kind == "offer" and self._connection.signalingState == "have-local-offer":
            self._roll_back()
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, kind))

    def _roll_back(self) -> None:
        """aiortc has no rollback. An own offer has changed no more than these two, in the version that requirements.txt pins."""
        self._connection._RTCPeerConnection__pendingLocalDescription = None
        self._connection._RTCPeerConnection__setSignalingState("stable")

    async def add(self, candidate: dict[str, Any] | None) -> None:
        if candidate is None:
            return await self._connection.addIceCandidate(None)
        parsed = candidate_from_sdp(candidate["candidate"].removeprefix("candidate:"))
        parsed.sdpMid, parsed.sdpMLineIndex = candidate.get("sdpMid"), candidate.get("sdpMLineIndex")
        await self._connection.addIceCandidate(parsed)

    async def restart(self) -> None:
        raise NotImplementedError("aiortc cannot restart ICE")

    async def servers(self, servers: list[dict[str, Any]]) -> None:
        raise NotImplementedError("aiortc keeps its first servers")

    async def statistics(self) -> dict[str, Any]:
        # aiortc has no statistics of ICE. These members of its are as they are in the version that requirements.txt pins.
        dtls = self._connection.sctp.transport
        ice = dtls.transport._connection
        found: dict[str, Any] = {
            "pairs": len(ice._check_list),
            "dtls": dtls.state,
            "ice": self._connection.iceConnectionState,
            "stunServers": sum(url.startswith("stun") for url in self._urls),
            "turnServers": sum(url.startswith("turn") for url in self._urls),
        }
        if pair := ice._nominated.get(1):
            found["selected"] = {"local": pair.local_candidate.type, "remote": pair.remote_candidate.type, "transport": "udp"}
        return found

    async def send(self, data: bytes) -> None:
        self._channel.send(data)
        while self._channel.bufferedAmount > HIGH_WATER and self._channel.readyState == "open":
            self._room.clear()
            await self._room.wait()

    async def close(self) -> None:
        await self._connection.close()
        self._inbox.close()

    def _receive(self, data: bytes | str) -> None:
        if not self._inbox.put(data.encode() if isinstance(data, str) else data):
            self._channel.close()

    def _closed(self) -> None:
        self._room.set()
        self._inbox.close()
        tell("channelClosed")


async def main() -> None:
    use_loopback_where_there_is_nothing_else()
    inbox = Inbox()
    await serve(AiortcConnection(inbox), inbox)


if __name__ == "__main__":
    asyncio.run(main())
