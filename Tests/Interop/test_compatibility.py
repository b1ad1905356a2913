"""Clients that were there before this server: NoisyTransfer's CLI, and its mailbox transport for JavaScript, frame for frame."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import aiohttp

TEST_LIMIT = 30.0
FRAME_LIMIT = 5.0

# Both ask one address after the other until one of them answers with 2xx.
CREATE = ("/rendezvous/code", "/rendezvous/create", "/code")
REDEEM = ("/rendezvous/redeem", "/redeem", "/code/redeem")


class Old:
    """A client of either kind: HTTP, and WebSockets whose every frame is looked at."""

    def __init__(self, http: aiohttp.ClientSession, server: str) -> None:
        self._http = http
        self._server = server

    async def post(self, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        async with self._http.post(self._server + path, json=body) as answer:
            return answer.status, json.loads(await answer.text())

    async def try_in_turn(self, paths: tuple[str, ...], body: Any) -> tuple[list[int], dict[str, Any]]:
        statuses: list[int] = []
        for path in paths:
            status, answer = await self.post(path, body)
            statuses.append(status)
            if 200 <= status < 300:
                return statuses, answer
        return statuses, {}

    async def open(self, query: str) -> aiohttp.ClientWebSocketResponse:
        return await self._http.ws_connect(f"{self._server}/ws?{query}")


def play(scenario: Callable[[Old], Awaitable[None]], server: str) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            await scenario(Old(http, server))

    asyncio.run(asyncio.wait_for(run(), TEST_LIMIT))


async def next_text(socket: aiohttp.ClientWebSocketResponse) -> str:
    return await socket.receive_str(timeout=FRAME_LIMIT)


async def nothing_more(socket: aiohttp.ClientWebSocketResponse) -> None:
    """What has come before the answer to a frame that is always refused was all that there was."""
    await socket.send_str('{"type":"is that all?"}')
    assert json.loads(await next_text(socket))["code"] == "unknown_type"


def test_a_code_is_made_and_redeemed_at_the_first_address_tried(server: Any) -> None:
    async def scenario(old: Old) -> None:
        statuses, made = await old.try_in_turn(CREATE, {"ttl": 600})
        assert statuses == [200] and set(made) == {"code", "appID", "expiresAt", "token", "expiresInMs"}
        lasts = datetime.fromisoformat(made["expiresAt"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
        assert timedelta(seconds=590) < lasts <= timedelta(seconds=601)
        statuses, redeemed = await old.try_in_turn(REDEEM, {"code": made["code"]})
        assert statuses == [200] and redeemed["appID"] == made["appID"]

    play(scenario, server.url)


def test_a_code_is_made_without_a_body(server: Any) -> None:
    async def scenario(old: Old) -> None:
        status, made = await old.post("/rendezvous/code")
        assert status == 200 and made["code"].isdigit()

    play(scenario, server.url)


def test_a_wrong_code_is_refused_at_all_three_addresses(server: Any) -> None:
    """It counts as one wrong guess: the other two addresses are none of the server's."""

    async def scenario(old: Old) -> None:
        for _ in range(30):
            statuses, _ = await old.try_in_turn(REDEEM, {"code": "00000000"})
            assert statuses == [410, 404, 404]
        # From here on a guess waits for the next token; on a slow machine some have come back meanwhile.
        loop = asyncio.get_running_loop()
        for _ in range(60):
            began = loop.time()
            statuses, _ = await old.try_in_turn(REDEEM, {"code": "00000000"})
            assert statuses == [410, 404, 404]
            if loop.time() - began > 0.5:
                return
        raise AssertionError("no guess was made to wait")

    play(scenario, server.url)


def test_the_cli_relays_without_a_word_of_its_own(server: Any) -> None:
    """It opens `/ws` without sid, says hello with its side, and passes whole descriptions and candidates in a member `cand`."""

    async def scenario(old: Old) -> None:
        room = (await old.post("/rendezvous/code"))[1]["appID"]
        a, b = [await old.open(f"appID={room}&side={side}") for side in "AB"]
        for side, socket in (("A", a), ("B", b)):
            assert await next_text(socket) == '{"type":"room_full"}'
            await socket.send_str(f'{{"type":"hello","side":"{side}"}}')
        frames = [
            '{"type":"sender_ready"}',
            '{"type":"offer","sdp":{"type":"offer","sdp":"v=0\\r\\n"}}',
            '{"type":"ice","cand":{"candidate":"candidate:1 1 udp 2122260223 192.0.2.4 61922 typ host","sdpMid":"0","sdpMLineIndex":0}}',
            '{"type":"ice","cand":null}',
        ]
        for frame in frames:
            await a.send_str(frame)
        assert [await next_text(b) for _ in frames] == frames
        await b.send_str('{"type":"answer","sdp":{"type":"answer","sdp":"v=0\\r\\n"}}')
        assert await next_text(a) == '{"type":"answer","sdp":{"type":"answer","sdp":"v=0\\r\\n"}}'
        for socket in (a, b):
            await nothing_more(socket)
        await b.close()
        assert await next_text(a) == '{"type":"peer_left"}'

    play(scenario, server.url)


def test_the_mailbox_transport_with_an_empty_sid(server: Any) -> None:
    """Without a session it sends `sid=`, and a hello that has no sessionId; its payloads are JSON in a string."""

    async def scenario(old: Old) -> None:
        room = (await old.post("/rendezvous/code", {"ttl": 600}))[1]["appID"]
        a = await old.open(f"appID={room}&side=A&sid=")
        await a.send_str('{"type":"hello","deliveredUpTo":0}')
        payloads = [json.dumps({"type": "ns_data", "seq": n, "chunk": {"__bin": "AAEC/w=="}}) for n in (1, 2)]
        for payload in payloads:
            await a.send_str(json.dumps({"type": "send", "to": "B", "payload": payload}))
        await nothing_more(a)

        b = await old.open(f"appID={room}&side=B&sid=")
        assert json.loads(await next_text(b)) == {"type": "room_full"}
        await b.send_str('{"type":"hello","deliveredUpTo":0}')
        for seq, payload in enumerate(payloads, 1):
            assert json.loads(await next_text(b)) == {"type": "deliver", "seq": seq, "payload": payload}
            await b.send_str(f'{{"type":"delivered","upTo":{seq}}}')
        await nothing_more(b)

    play(scenario, server.url)


def test_the_mailbox_transport_resumes_by_what_it_has_taken(server: Any) -> None:
    """After a drop it says the number up to which it has acknowledged; what it had not is sent again, and nothing else."""

    async def scenario(old: Old) -> None:
        room = (await old.post("/rendezvous/code"))[1]["appID"]
        query = f"appID={room}&side=B&sid=c0ffee00-0001-4abc-8def-000000000001"
        hello = '{"type":"hello","sessionId":"c0ffee00-0001-4abc-8def-000000000001","deliveredUpTo":%d}'
        a = await old.open(f"appID={room}&side=A&sid=c0ffee00-0001-4abc-8def-00000000000a")
        b = await old.open(query)
        await b.send_str(hello % 0)
        for n in (1, 2, 3):
            await a.send_str(json.dumps({"type": "send", "to": "B", "payload": json.dumps({"n": n})}))
        assert json.loads(await next_text(b)) == {"type": "room_full"}
        items = [json.loads(await next_text(b)) for _ in range(3)]
        assert [item["seq"] for item in items] == [1, 2, 3]
        await b.send_str('{"type":"delivered","upTo":1}')
        await b.close()

        again = await old.open(query)
        assert json.loads(await next_text(again)) == {"type": "room_full"}
        await again.send_str(hello % 2)
        assert json.loads(await next_text(again)) == items[2]
        await nothing_more(again)

    play(scenario, server.url)
