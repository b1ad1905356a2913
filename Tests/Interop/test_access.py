"""Access control: keys, tokens that other libraries have made, keys that are published and rotate, a webhook that hangs, lies and comes back."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jwk
from joserfc import jwt as joserfc_jwt

from access_client import mint, new_key, redeem, refused_start
from nginx import Nginx
from server_process import ServerProcess
from service import Service
from waiting import wait_until

Start = Callable[..., ServerProcess]
ISSUER, AUDIENCE = "https://id.example.org/", "signal"
SECRET = "a shared secret of more than thirty-two bytes"


def claims(**changes: Any) -> dict[str, Any]:
    """Good ones; a claim that is None is left out."""
    now = int(time.time())
    whole = {"sub": "alice", "iss": ISSUER, "aud": AUDIENCE, "exp": now + 300, "nbf": now - 5, "iat": now - 5, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def bearer(token: str) -> str:
    return f"Bearer {token}"


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


# Keys


def test_a_key_lets_its_holder_mint_and_nobody_else(start_server: Start, tmp_path: Path) -> None:
    key, line = new_key("alice")
    assert line == "alice " + hashlib.sha256(base64.urlsafe_b64decode(key + "=")).hexdigest()
    keys = tmp_path / "keys"
    keys.write_text(f"# who may\n{line}\n")
    server = start_server(AUTH="key", API_KEYS_FILE=str(keys), LOG_LEVEL="debug")
    other, _ = new_key("alice")
    for shown, challenge in [(None, "Bearer"), (bearer(other), 'Bearer error="invalid_token"'), ("Basic YTpi", "Bearer")]:
        refused = mint(server.url, shown)
        assert (refused.status, refused.fields["www-authenticate"]) == (401, challenge)
        assert refused.fields["content-type"] == "application/problem+json"
    minted = mint(server.url, bearer(key))
    assert minted.status == 200 and len(minted.body["token"]) == 32
    redeemed = redeem(server.url, minted.body["code"])
    assert redeemed.status == 200 and len(redeemed.body["token"]) == 22
    room = minted.body["appID"]
    assert asyncio.run(upgrade(server.url, room, "A", minted.body["token"])) == 101
    assert asyncio.run(upgrade(server.url, room, "B", redeemed.body["token"])) == 101
    # Nobody relays without a code.
    assert asyncio.run(upgrade(server.url, room, "A", None)) == 403
    assert asyncio.run(upgrade(server.url, "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", "A", None)) == 403
    assert server.stop() == 0
    log = server.log()
    assert "key:alice" in log and "subject:" in log
    assert key not in log and other not in log and minted.body["token"] not in log


def test_redeeming_is_asked_for_too_where_that_is_wanted(start_server: Start, tmp_path: Path) -> None:
    key, line = new_key("alice")
    (tmp_path / "keys").write_text(line)
    server = start_server(AUTH="key", AUTH_REDEEM="true", API_KEYS_FILE=str(tmp_path / "keys"))
    code = mint(server.url, bearer(key)).body["code"]
    assert redeem(server.url, code).status == 401
    redeemed = redeem(server.url, code, bearer(key))
    assert redeemed.status == 200 and len(redeemed.body["token"]) == 32


def test_a_page_may_send_its_key(start_server: Start, tmp_path: Path) -> None:
    _, line = new_key("alice")
    (tmp_path / "keys").write_text(line)
    server = start_server(AUTH="key", API_KEYS_FILE=str(tmp_path / "keys"), DEV="false", CORS_ORIGINS="https://app.example")
    fields = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    request = urllib.request.Request(server.url + "/rendezvous/code", headers=fields, method="OPTIONS")
    with urllib.request.urlopen(request, timeout=10) as preflight:
        assert preflight.status == 204
        assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    # A page must be able to read that it is refused.
    refused = mint(server.url, Origin="https://app.example")
    assert refused.status == 401 and refused.fields["access-control-allow-origin"] == "https://app.example"


# Tokens with a secret


@pytest.fixture
def secret_server(start_server: Start, tmp_path: Path) -> ServerProcess:
    (tmp_path / "secret").write_text(SECRET + "\n")
    return start_server(
        AUTH="jwt", AUTH_JWT_SECRET_FILE=str(tmp_path / "secret"), AUTH_JWT_ISSUER=ISSUER, AUTH_JWT_AUDIENCE=AUDIENCE
    )


def test_tokens_of_two_libraries_are_good(secret_server: ServerProcess) -> None:
    assert mint(secret_server.url, bearer(jwt.encode(claims(), SECRET, "HS256"))).status == 200
    key = jwk.OctKey.import_key(SECRET)
    assert mint(secret_server.url, bearer(joserfc_jwt.encode({"alg": "HS256"}, claims(aud=["x", AUDIENCE]), key))).status == 200


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exp": int(time.time()) - 120}, "expired"),
        ({"exp": None}, "exp"),
        ({"nbf": int(time.time()) + 3600}, "not valid yet"),
        ({"aud": "another"}, "aud"),
        ({"aud": None}, "aud"),
        ({"iss": "https://evil.example/"}, "iss"),
        ({"iss": None}, "iss"),
    ],
)
def test_a_claim_that_is_wrong_is_refused(secret_server: ServerProcess, changes: dict[str, Any], says: str) -> None:
    refused = mint(secret_server.url, bearer(jwt.encode(claims(**changes), SECRET, "HS256")))
    assert refused.status == 401 and says in refused.body["detail"]
    assert refused.fields["www-authenticate"] == 'Bearer error="invalid_token"'


def test_other_algorithms_and_signatures_are_refused(secret_server: ServerProcess) -> None:
    for token in [
        jwt.encode(claims(), None, "none"),
        jwt.encode(claims(), SECRET, "HS384"),
        jwt.encode(claims(), SECRET, "HS512"),
        jwt.encode(claims(), SECRET.upper(), "HS256"),
        jwt.encode(claims(), SECRET, "HS256")[:-4],
        jwt.encode(claims(), SECRET, "HS256") + "=",
    ]:
        assert mint(secret_server.url, bearer(token)).status == 401, token


def test_a_token_of_a_million_bytes_does_not_fit(secret_server: ServerProcess) -> None:
    head = f"POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {'a' * 1_000_000}\r\n\r\n".encode()
    assert asyncio.run(first_line(secret_server.port, head)).split()[1] == b"431"
    long = jwt.encode(claims(more="x" * 5000), SECRET, "HS256")
    assert mint(secret_server.url, bearer(long)).status == 200


# Published keys


KEYS = {
    "ES256": jwk.ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"}),
    "RS256": jwk.RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"}),
    "EdDSA": jwk.OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"}),
}


def published(*keys: Any) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


def signed(algorithm: str, key: Any, **changes: Any) -> str:
    header = {"alg": algorithm, "kid": key.kid}
    return joserfc_jwt.encode(header, claims(**changes), key, algorithms=[algorithm])


def test_each_kind_of_key_in_a_file(start_server: Start, tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text(json.dumps(published(*KEYS.values())))
    server = start_server(AUTH="jwt", AUTH_JWKS=str(tmp_path / "jwks.json"), AUTH_JWT_AUDIENCE=AUDIENCE)
    for algorithm, key in KEYS.items():
        assert mint(server.url, bearer(signed(algorithm, key))).status == 200, algorithm
        private = key.as_pem(private=True)
        assert mint(server.url, bearer(jwt.encode(claims(), private, algorithm, headers={"kid": key.kid}))).status == 200, algorithm
        stranger = type(key).generate_key(2048 if algorithm == "RS256" else key.curve_name, {"kid": key.kid})
        assert mint(server.url, bearer(signed(algorithm, stranger))).status == 401, algorithm


def test_a_public_key_is_no_secret(start_server: Start, tmp_path: Path) -> None:
    """Whoever has the public key, which is everybody, signs with it as if it were a secret."""
    (tmp_path / "jwks.json").write_text(json.dumps(published(*KEYS.values())))
    server = start_server(AUTH="jwt", AUTH_JWKS=str(tmp_path / "jwks.json"), AUTH_JWT_AUDIENCE=AUDIENCE)
    public = serialization.load_pem_public_key(KEYS["RS256"].as_pem(private=False))
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in [KEYS["RS256"].as_pem(private=False), der]:
        for header in [{"alg": "HS256"}, {"alg": "HS256", "kid": "rsa"}, {"alg": "RS256", "kid": "rsa"}]:
            parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims())]
            text = b".".join(parts)
            signature = base64.urlsafe_b64encode(hmac.new(secret, text, hashlib.sha256).digest()).rstrip(b"=")
            assert mint(server.url, bearer((text + b"." + signature).decode())).status == 401


def test_published_keys_come_late_lie_and_rotate(start_server: Start, service: Service) -> None:
    first = jwk.ECKey.generate_key("P-256", {"kid": "1"})
    second = jwk.ECKey.generate_key("P-256", {"kid": "2"})
    service.answer(500)
    server = start_server(AUTH="jwt", AUTH_JWKS=service.url + "/jwks", AUTH_JWT_AUDIENCE=AUDIENCE)
    assert mint(server.url, bearer(signed("ES256", first))).status == 503
    service.answer(200, b"<!doctype html>")
    # Without any key it is tried again after five seconds.
    wait_until(lambda: len(service.asked) >= 2 or mint(server.url, bearer(signed("ES256", first))).status != 503, 20)
    service.answer(200, published(first))
    wait_until(lambda: mint(server.url, bearer(signed("ES256", first))).status == 200, 20)
    fetched, counted = time.monotonic(), len(service.asked)

    service.answer(200, published(second))
    for _ in range(20):
        assert mint(server.url, bearer(signed("ES256", second))).status == 401
    assert len(service.asked) == counted
    # At most once a minute.
    wait_until(lambda: mint(server.url, bearer(signed("ES256", second))).status == 200, 75)
    assert time.monotonic() - fetched > 50
    assert len(service.asked) == counted + 1
    assert mint(server.url, bearer(signed("ES256", first))).status == 401
    assert all(asked[:2] == ("GET", "/jwks") for asked in service.asked)


# A webhook


def test_a_webhook_hangs_lies_and_comes_back(start_server: Start, service: Service) -> None:
    server = start_server(AUTH="webhook", AUTH_WEBHOOK_URL=service.url + "/may?secret=hidden", LOG_LEVEL="debug")
    service.answer(200, {"subject": "user-7", "ttl": 30})
    minted = mint(server.url, "Session abc", {"ttl": 600}, Origin="https://app.example")
    assert minted.status == 200 and len(minted.body["token"]) == 32
    method, path, fields, body = service.asked[0]
    assert (method, path) == ("POST", "/may?secret=hidden")
    assert fields["authorization"] == "Session abc" and fields["content-type"] == "application/json"
    assert json.loads(body) == {"action": "mint", "client": "127.0.0.1", "origin": "https://app.example"}
    life = time.mktime(time.strptime(minted.body["expiresAt"], "%Y-%m-%dT%H:%M:%SZ")) - time.mktime(time.gmtime())
    assert 25 <= life <= 31

    service.hang()
    before = time.monotonic()
    late = mint(server.url, "Session abc")
    assert late.status == 503 and late.fields["retry-after"] == "2"
    assert 1.5 < time.monotonic() - before < 4

    for status, answer, expected in [
        (401, b"", 401), (403, b"", 403), (500, b"", 503), (200, b"ok", 503), (200, b"x" * 10_000, 503), (204, b"", 200),
    ]:  # fmt: skip
        service.answer(status, answer)
        assert mint(server.url, "Session abc").status == expected, status
    # It is not led elsewhere.
    service.answer(302, b"", Location=service.url + "/yes")
    assert mint(server.url).status == 503 and service.asked[-1][1] == "/may?secret=hidden"
    service.answer(204)
    assert mint(server.url).status == 200
    assert server.stop() == 0
    assert "webhook:user-7" in server.log() and "AUTH_WEBHOOK_URL" in server.log()
    assert "hidden" not in server.log() and "Session abc" not in server.log()


def test_a_webhook_that_is_gone(start_server: Start) -> None:
    with Service() as service:
        url = service.url
    server = start_server(AUTH="webhook", AUTH_WEBHOOK_URL=url)
    assert mint(server.url).status == 503
    assert asyncio.run(upgrade(server.url, "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", "A", None)) == 403


# Behind a proxy


def test_behind_nginx(start_server: Start, service: Service, tmp_path: Path) -> None:
    key, line = new_key("alice")
    (tmp_path / "keys").write_text(line)
    service.answer(403)
    server = start_server(AUTH="key,webhook", API_KEYS_FILE=str(tmp_path / "keys"), AUTH_WEBHOOK_URL=service.url)

    async def through_nginx() -> None:
        async with Nginx(tmp_path / "nginx", [server.port]) as nginx:
            url = f"http://127.0.0.1:{nginx.port}"
            minted = await asyncio.to_thread(mint, url, bearer(key))
            assert minted.status == 200 and not service.asked
            assert await upgrade(url, minted.body["appID"], "A", minted.body["token"]) == 101
            refused = await asyncio.to_thread(mint, url, "Bearer other", X_Forwarded_For="192.0.2.7")
            assert refused.status == 403
            # nginx is trusted, and so is its client, which has the same address: who was before it is the first that is not.
            assert json.loads(service.asked[0][3])["client"] == "192.0.2.7"

    asyncio.run(through_nginx())


# Settings


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"AUTH": "keys"}, "AUTH=keys"),
        ({"AUTH": "key"}, "API_KEYS_FILE"),
        ({"AUTH": "jwt"}, "AUTH_JWKS"),
        ({"AUTH": "webhook"}, "AUTH_WEBHOOK_URL"),
        ({"API_KEYS_FILE": "keys"}, "API_KEYS_FILE"),
        ({"AUTH": "key", "API_KEYS_FILE": "nothing-there"}, "API_KEYS_FILE=nothing-there"),
        ({"AUTH": "key", "API_KEYS_FILE": "bad"}, "line 1"),
        ({"AUTH": "jwt", "AUTH_JWT_SECRET_FILE": "bad"}, "32 bytes"),
        ({"AUTH": "jwt", "AUTH_JWKS": "bad"}, "AUTH_JWKS=bad"),
        ({"AUTH": "jwt", "AUTH_JWKS": "ftp://example.org/"}, "AUTH_JWKS=ftp"),
        ({"AUTH": "webhook", "AUTH_WEBHOOK_URL": "https://user:pass@example.org/"}, "AUTH_WEBHOOK_URL"),
        ({"AUTH_REDEEM": "true"}, "AUTH_REDEEM=true"),
        ({"AUTH": "webhook", "AUTH_WEBHOOK_URL": "https://example.org/", "ROOMS": "any"}, "ROOMS=any"),
    ],
)
def test_settings_that_do_not_fit_end_the_start(tmp_path: Path, settings: dict[str, str], says: str) -> None:
    (tmp_path / "bad").write_text("too short")
    said = refused_start(tmp_path, **settings)
    assert says in said and "too short" not in said
    assert len([line for line in said.splitlines() if line.startswith("Error")]) == 1


# -


async def upgrade(url: str, room: str, side: str, token: str | None) -> int:
    """The status with which an upgrade is answered."""
    query = f"appID={room}&side={side}" + ("" if token is None else f"&token={token}")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        try:
            async with session.ws_connect(f"{url}/ws?{query}"):
                return 101
        except aiohttp.WSServerHandshakeError as refusal:
            return refusal.status


async def first_line(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()
