"""asyncapi.yaml describes the frames that are on the wire: the golden ones, and those of a pairing on a real server."""

import asyncio
import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from interface_documents import ASYNCAPI, AsyncAPI, load, strict_json, without
from rtc_peer import create_code, redeem_code
from server_process import REPOSITORY, ServerProcess

GOLDEN = REPOSITORY / "Fixtures" / "wire"
WIRE = REPOSITORY / "Sources" / "SignalingWire"
PROTOCOL = (REPOSITORY / "docs" / "protocol.md").read_text()
DEPTH = 128


@pytest.fixture(scope="module")
def document() -> AsyncAPI:
    return AsyncAPI(load(ASYNCAPI))


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text())


# The document itself


def test_all_of_it_hangs_together(document: AsyncAPI) -> None:
    for reference in document.references():
        document.at(reference)
    content = document.content
    offered = {message["$ref"] for message in content["channels"]["room"]["messages"].values()}
    assert offered == {f"#/components/messages/{name}" for name in content["components"]["messages"]}
    used = {name for operation in content["operations"] for name in document.messages(operation)}
    assert used == set(content["components"]["messages"]) == set(content["components"]["schemas"])
    for schema in content["components"]["schemas"].values():
        # AsyncAPI's own is Draft 07.
        Draft202012Validator.check_schema(schema)
        Draft7Validator.check_schema(schema)


def test_examples_are_frames_of_the_protocol(document: AsyncAPI) -> None:
    texts = [row["text"] for name in ("client-frames.json", "server-frames.json") for row in golden(name)]
    written = [strict_json(text) for text in [*texts, *re.findall(r'\{"type":.*\}', PROTOCOL.replace("`", "\n"))] if is_json(text)]
    for name, message in document.content["components"]["messages"].items():
        assert message["examples"]
        for example in message["examples"]:
            assert document.faults_of(example["payload"], message["payload"], is_closed=False) == [], name
            assert example["payload"] in written, name


def is_json(text: str) -> bool:
    try:
        strict_json(text)
    except ValueError:
        return False
    return True


def test_words_are_those_of_the_sources(document: AsyncAPI) -> None:
    schemas = document.content["components"]["schemas"]
    source = (WIRE / "Telemetry" / "Diagnosis.swift").read_text()
    for kind, member in [("Cause", "cause"), ("Place", "side"), ("Hint", "hint")]:
        part = "".join(re.findall(rf"extension Diagnosis\.{kind} \{{.*?\n\}}", source, re.DOTALL))
        assert set(re.findall(r'case \.\w+: "(\w+)"', part)) == set(schemas["diagnosis"]["properties"][member]["enum"])
    written = set(re.findall(r'\{"type":"(\w+)"', (WIRE / "ServerFrame.swift").read_text()))
    own = map(document.resolved, document.messages("sendToClient").values())
    assert written == {schema["properties"]["type"]["const"] for schema in own}
    taken = set(re.findall(r'case \.\w+: \("(\w+)", isRelayed: true\)', (WIRE / "FrameKind.swift").read_text()))
    assert {name_of(word) for word in taken} == set(document.messages("relayToClient"))
    assert schemas["error"]["properties"]["code"]["enum"] == golden("codes.json")["errorCodes"]


def test_close_codes_are_those_of_the_protocol(document: AsyncAPI) -> None:
    section = PROTOCOL.partition("\n### Close codes\n")[2].partition("\n### ")[0]
    rows: dict[int, list[str]] = {}
    for code, reasons in re.findall(r"^\| (\d{4}) \| ([^|]*) \|", section, re.MULTILINE):
        rows.setdefault(int(code), []).extend(re.findall(r"`([^`]+)`", reasons) or [""])
    assert document.closes() == rows
    assert set(rows) == {row["code"] for row in golden("codes.json")["closeCodes"]}


# Golden frames


def name_of(word: str) -> str:
    """The document's name of what has this type: each but the words that stand for an item."""
    first, *others = word.split("_")
    return first + "".join(other.capitalize() for other in others)


def faults_of_golden_frames(document: AsyncAPI) -> Iterator[str]:
    for row in golden("client-frames.json"):
        if document.kinds(strict_json(row["text"]), "receiveFromClient") != [name_of(row["kind"])]:
            yield f"the server takes: {row['name']}"
    for row in golden("server-frames.json"):
        name = {"send": "itemSent", "deliver": "itemDelivered"}.get(row["name"], name_of(row["name"]))
        if document.kinds(strict_json(row["text"]), "sendToClient") != [name]:
            yield f"the server sends: {row['text']}"
    for row in golden("refused-frames.json"):
        if "text" not in row or not is_json(row["text"]):
            continue
        frame = strict_json(row["text"])
        if depth(frame) <= DEPTH and document.kinds(frame, "receiveFromClient"):
            yield f"the server refuses: {row['name']}"


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def test_golden_frames_are_as_described(document: AsyncAPI) -> None:
    assert list(faults_of_golden_frames(document)) == []
    kinds = {row["kind"] for row in golden("client-frames.json")}
    assert {name_of(kind) for kind in kinds} == set(document.messages("receiveFromClient"))
    # What JSON itself does not refuse is left to the schemas.
    assert sum(is_json(row["text"]) for row in golden("refused-frames.json") if "text" in row) > 50


def test_they_mean_the_same_in_draft_07(document: AsyncAPI) -> None:
    rows = [row for file in ("client-frames.json", "server-frames.json", "refused-frames.json") for row in golden(file)]
    frames = [strict_json(row["text"]) for row in rows if is_json(row.get("text", ""))]
    for name, schema in document.content["components"]["schemas"].items():
        old, new = Draft7Validator(schema), Draft202012Validator(schema)
        assert [old.is_valid(frame) for frame in frames] == [new.is_valid(frame) for frame in frames], name


@pytest.mark.parametrize(
    "path",
    [
        "hello/properties/deliveredUpTo", "hello/properties/mailbox/maxLength", "hello/properties/mailbox/pattern", "send/required/2",
        "send/properties/to", "send/properties/ref/minimum", "send/properties/ref/maximum", "delivered/anyOf", "telemetry/required/1",
        "telemetry/properties/event", "ice/properties/type", "offer/required", "error/properties/ref", "itemSent/properties/payload",
        "mailbox/properties/id", "goingAway/properties/reconnectAfterMs",
    ],
)  # fmt: skip
def test_what_is_not_described_is_found(document: AsyncAPI, path: str) -> None:
    assert list(faults_of_golden_frames(AsyncAPI(without(document.content, f"components/schemas/{path}"))))


@pytest.mark.parametrize("code", ["mailbox_full", "peer_absent"])
def test_a_word_that_is_missing_is_found(document: AsyncAPI, code: str) -> None:
    changed = copy.deepcopy(document.content)
    changed["components"]["schemas"]["error"]["properties"]["code"]["enum"].remove(code)
    assert list(faults_of_golden_frames(AsyncAPI(changed)))


# Frames of a real server


class Side:
    """A connection whose frames are kept as they went."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.sent: list[str] = []
        self.received: list[str] = []

    async def send(self, *frames: str) -> None:
        for frame in frames:
            self.sent.append(frame)
            await self._socket.send_str(frame)

    async def receive(self, kind: str) -> None:
        """Up to the first frame of this type."""
        while True:
            message = await self._socket.receive(timeout=20)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            self.received.append(message.data)
            if json.loads(message.data)["type"] == kind:
                return

    async def close(self) -> None:
        await self._socket.close(code=1000)


async def end_of(socket: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    while (message := await socket.receive(timeout=20)).type is not aiohttp.WSMsgType.CLOSE:
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
    return message.data, message.extra or ""


BLOCKED = '{"type":"telemetry","event":"ice-failed","candidates":{"host":1},"servers":{"stun":1,"turn":1},"errors":[701]}'


def test_a_pairing_on_a_real_server(document: AsyncAPI, start_server: Callable[..., ServerProcess]) -> None:
    a, b, closed = asyncio.run(asyncio.wait_for(pairing(start_server()), 60))
    for frame in [*a.sent, *b.sent]:
        expected = 0 if "chat" in frame or '"C"' in frame else 1
        assert len(document.kinds(strict_json(frame), "receiveFromClient")) == expected, frame
    seen: set[str] = set()
    relayed: set[str] = set()
    for frame in [*a.received, *b.received]:
        own = document.kinds(strict_json(frame), "sendToClient")
        other = document.kinds(strict_json(frame), "relayToClient")
        assert len(own) + len(other) == 1, frame
        seen.update(own)
        relayed.update(other)
    assert (seen, relayed) == (set(document.messages("sendToClient")), set(document.messages("relayToClient")))
    assert closed[0] == 1001 and closed[1] in document.closes()[1001]


async def pairing(server: ServerProcess) -> tuple[Side, Side, tuple[int, str]]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        minted = await create_code(http, server.url)
        status, redeemed = await redeem_code(http, server.url, minted["code"])
        assert status == 200
        url = f"{server.url}/ws?appID={minted['appID']}"
        a_socket = await http.ws_connect(f"{url}&side=A&token={minted['token']}")
        a = Side(a_socket)
        await a.send('{"type":"offer","sdp":{"type":"offer","sdp":"v=0"},"id":1}', '{"type":"ice","candidate":null}')
        b = Side(await http.ws_connect(f"{url}&side=B&sid=b-1&token={redeemed['token']}"))
        await a.receive("room_full")
        await b.receive("ice")
        await b.send('{"type":"sender_ready"}', '{"type":"Answer","sdp":{"type":"answer","sdp":"v=0"},"id":1}')
        await a.receive("Answer")
        await a.send('{"type":"hello","mailbox":"","deliveredUpTo":0}', '{"type":"send","to":"B","payload":{"n":1},"ref":1}')
        await a.receive("accepted")
        await b.receive("deliver")
        await b.send('{"type":"delivered","upTo":1}', '{"type":"send","to":"a","payload":null}', '{"type":"chat"}')
        await b.send('{"type":"send","to":"C","payload":1,"ref":2}')
        await b.receive("error")
        await b.receive("error")
        await a.receive("send")
        await b.send(BLOCKED)
        await a.receive("diagnosis")
        await b.receive("diagnosis")
        await b.close()
        await a.receive("peer_left")
        server.terminate()
        await a.receive("going_away")
        return a, b, await end_of(a_socket)


def test_closes_of_a_real_server(document: AsyncAPI, server: Any) -> None:
    closes = asyncio.run(asyncio.wait_for(provoked_closes(server.url), 60))
    assert [code for code, _ in closes] == [4001, 1008, 1007, 1009, 1002]
    for code, reason in closes:
        assert reason in document.closes()[code], (code, reason)


async def provoked_closes(server: str) -> list[tuple[int, str]]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        minted = await create_code(http, server)
        url = f"{server}/ws?appID={minted['appID']}"
        first = await http.ws_connect(f"{url}&side=A&sid=1&token={minted['token']}")
        # Kept until the end: nobody's room is forgotten, and so is whose side it was.
        holder = await http.ws_connect(f"{url}&side=A&sid=1&token={minted['token']}")
        stranger = await http.ws_connect(f"{url}&side=A")
        closes = [await end_of(first), await end_of(stranger)]
        for opcode, message in [(aiohttp.WSMsgType.TEXT, b"\xff"), (aiohttp.WSMsgType.BINARY, b" " * 2_000_000), (3, b"")]:
            socket = await http.ws_connect(f"{url}&side=B")
            await socket.send_frame(message, opcode)
            closes.append(await end_of(socket))
        await holder.close()
        return closes
