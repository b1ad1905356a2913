"""Responses of real servers: every status that one server by itself can be brought to, and the files that it serves."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from access_client import new_key
from interface_documents import Exchange
from server_process import ServerProcess
from service import Service

ROOM = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34"
PAGE = "https://app.example"
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip
Start = Callable[..., ServerProcess]


def ask(
    server: ServerProcess, method: str, path: str, query: str = "", body: bytes | None = None, known: str | None = "", **fields: str
) -> Exchange:
    """`known` is the document's path, where that is another."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    with closing(connection):
        connection.request(method, path + query, body, headers)
        response = connection.getresponse()
        # An upgrade has no body that ends.
        text = b"" if response.status == 101 else response.read()
        return Exchange(method, path if known == "" else known, response.status, tuple(response.getheaders()), text)


def raw(server: ServerProcess, request: bytes, path: str | None) -> Exchange:
    """Bytes that http.client would not send."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection, method="GET")
        response.begin()
        return Exchange("GET", path, response.status, tuple(response.getheaders()), response.read())


def post(server: ServerProcess, path: str, body: Any = None, **fields: str) -> Exchange:
    text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return ask(server, "POST", path, body=text, **{"Content_Type": "application/json", **fields})


def of_defaults(start: Start) -> Iterator[Exchange]:
    server = start(REDEEM_FAILURES_PER_MIN="1")
    code, redeem, ice, ws = "/rendezvous/code", "/rendezvous/redeem", "/rendezvous/ice", "/ws"
    minted = post(server, code, {"ttl": 300}, Origin=PAGE)
    yield minted
    body = json.loads(minted.body)
    yield post(server, code, b"[]")
    yield post(server, code, b" " * 5000)
    yield post(server, redeem, {"code": body["code"], "id": "0123456789abcdef"})
    yield post(server, redeem, {"code": body["code"], "id": "short"})
    yield post(server, redeem, {"code": "2802"}, Content_Type="text/plain")
    # The bucket has one guess, and whoever waits for the next waits for too long.
    yield post(server, redeem, {"code": "00000000"})
    yield post(server, redeem, {"code": "00000000"})
    yield ask(server, "GET", ice, f"?appID={body['appID']}&side=A", Authorization=f"Bearer {body['token']}")
    yield ask(server, "GET", ice, f"?appID={ROOM}&side=A", Authorization="Bearer none")
    yield ask(server, "GET", ice, "?appID=none&side=A")
    yield ask(server, "GET", "/rendezvous/server", Origin=PAGE)
    yield ask(server, "GET", ws, f"?appID={ROOM}&side=A", **UPGRADE)
    yield ask(server, "GET", ws, f"?appID={ROOM}&side=A")
    yield ask(server, "GET", ws, f"?appID={ROOM}&side=C")
    yield ask(server, "GET", ws, f"?appID={ROOM}&side=A", **{**UPGRADE, "Sec-WebSocket-Version": "8"})
    yield ask(server, "GET", "/readyz", Accept="x" * 10_000)
    yield raw(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "/healthz")
    yield raw(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", "/healthz")
    yield ask(server, "DELETE", "/healthz")
    yield ask(server, "GET", "/nothing", known=None)
    yield from of_pages(server)


def of_pages(server: ServerProcess) -> Iterator[Exchange]:
    manifest = json.loads(ask(server, "GET", "/client/manifest.json").body)
    lasting = manifest["files"]["signaling.js"]["url"]
    pages = [("/healthz", ""), ("/readyz", ""), ("/metrics", ""), ("/client/manifest.json", ""), (lasting, "/client/{hash}/{file}")]
    pages += [("/client/none.js", "/client/{file}"), ("/", ""), ("/demo/none.js", "/demo/{file}")]
    pages += [(f"/client/{name}", "/client/{file}") for name in [*manifest["files"], "package.json"]]
    pages += [(f"/demo/{name}", "/demo/{file}") for name in ("index.html", "style.css", "icon.svg", "icon-192.png")]
    pages += [(f"/demo/{name}", "/demo/{file}") for name in ("service-worker.js", "manifest.webmanifest")]
    pages += [("/openapi.yaml", ""), ("/asyncapi.yaml", "")]
    for path, known in pages:
        got = ask(server, "GET", path, known=known)
        yield got
        yield ask(server, "HEAD", path, known=known)
        if tag := dict(got.fields).get("ETag"):
            yield ask(server, "GET", path, known=known, If_None_Match=tag)
            yield ask(server, "HEAD", path, known=known, If_None_Match=tag)
        yield ask(server, "OPTIONS", path, known=known, Origin=PAGE)
    yield ask(server, "GET", "/demo/settings.json")
    for method in ("GET", "HEAD", "OPTIONS"):
        yield ask(server, method, "/client/0000000000000000/signaling.js", known="/client/{hash}/{file}")
    for path in ("/rendezvous/code", "/rendezvous/redeem", "/rendezvous/ice", "/rendezvous/server", "/ws", "/demo/settings.json"):
        yield ask(server, "OPTIONS", path, Origin=PAGE)


def of_strict_settings(start: Start, folder: Path) -> Iterator[Exchange]:
    key, line = new_key("alice")
    (folder / "keys").write_text(line)
    server = start(
        DEV="false", CORS_ORIGINS=PAGE, ALLOWED_HOSTS="127.0.0.1", AUTH="key", API_KEYS_FILE=str(folder / "keys"), DEMO="false",
        TURN_URLS="turn:turn.example:3478", TURN_SECRET="north", ICE_SERVERS="stun:stun.example:3478", CLIENT_ICE_PER_MIN="2",
        CLIENT_CODES_MAX="2",
    )  # fmt: skip
    authorization = f"Bearer {key}"
    minted = post(server, "/rendezvous/code", Authorization=authorization, Origin=PAGE)
    yield minted
    body = json.loads(minted.body)
    side = f"?appID={body['appID']}&side=A"
    yield ask(server, "GET", "/rendezvous/ice", side, Authorization=f"Bearer {body['token']}")
    # Without credentials, as both were given; the next one is too much.
    yield post(server, "/rendezvous/code", Authorization=authorization)
    yield post(server, "/rendezvous/code", Authorization=authorization)
    yield post(server, "/rendezvous/code")
    yield post(server, "/rendezvous/code", Authorization=authorization, Origin="https://other.example")
    yield post(server, "/rendezvous/redeem", {"code": body["code"]}, Origin=PAGE)
    yield ask(server, "GET", "/rendezvous/ice", side, Authorization=f"Bearer {body['token']}")
    yield ask(server, "GET", "/rendezvous/ice", side)
    yield ask(server, "GET", "/ws", side, **UPGRADE)
    yield ask(server, "GET", "/ws", side, Host="other.example")
    yield ask(server, "OPTIONS", "/rendezvous/code", Origin=PAGE)
    other = "https://other.example"
    yield ask(server, "OPTIONS", "/rendezvous/code", Origin=other)
    yield post(server, "/rendezvous/redeem", {"code": "2802"}, Origin=other)
    yield ask(server, "GET", "/rendezvous/ice", side, Origin=other)
    yield ask(server, "GET", "/rendezvous/server", Origin=other)
    for path in ("/", "/demo/settings.json"):
        for method in ("GET", "HEAD", "OPTIONS")[:: 1 if path == "/" else 2]:
            yield ask(server, method, path)


def of_servers_that_cannot(start: Start) -> Iterator[Exchange]:
    with Service() as service:
        service.answer(401)
        server = start(AUTH="webhook", AUTH_WEBHOOK_URL=service.url, AUTH_REDEEM="true", WS_RATE_PER_MIN="1", METRICS_ROUTE="")
        yield post(server, "/rendezvous/redeem", {"code": "2802"})
        # From here on it does not say who may.
        service.answer(500)
        for path in ("/rendezvous/code", "/rendezvous/redeem"):
            yield post(server, path, {"code": "2802"})
    for _ in range(2):
        yield ask(server, "GET", "/ws", f"?appID={ROOM}&side=A")
    for method in ("GET", "HEAD", "OPTIONS"):
        yield ask(server, method, "/metrics")


def of_a_small_server(start: Start) -> Iterator[Exchange]:
    # Long enough that the bytes are there before it is over, on a machine with much else to do.
    server = start(READ_HEADER_TIMEOUT="2s", MAX_CONNECTIONS="1")
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as held:
        held.request("GET", f"/ws?appID={ROOM}&side=B", headers=UPGRADE)
        assert held.getresponse().status == 101
        yield ask(server, "GET", "/ws", f"?appID={ROOM}&side=A", **UPGRADE)
    yield raw(server, b"GET /healthz HTTP/1.1\r\nHost:", None)


def all_exchanges(start: Start, folder: Path) -> list[Exchange]:
    strict = of_strict_settings(start, folder)
    return [*of_defaults(start), *strict, *of_servers_that_cannot(start), *of_a_small_server(start)]
