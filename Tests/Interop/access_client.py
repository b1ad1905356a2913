"""Codes for those who show who they are."""

import json
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server_process import binary, clean_environment


@dataclass
class Reply:
    status: int
    fields: dict[str, str]
    body: dict[str, Any]


def post(url: str, path: str, authorization: str | None = None, body: Any = None, **fields: str) -> Reply:
    headers = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in fields.items()}}
    if authorization is not None:
        headers["Authorization"] = authorization
    data = b"" if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return _reply(response.status, response)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _reply(refusal.code, refusal)


def _reply(status: int, response: Any) -> Reply:
    text = response.read()
    body = json.loads(text) if "json" in (response.headers.get("Content-Type") or "") else {}
    return Reply(status, {name.lower(): value for name, value in response.headers.items()}, body)


def mint(url: str, authorization: str | None = None, body: Any = None, **fields: str) -> Reply:
    return post(url, "/rendezvous/code", authorization, body, **fields)


def redeem(url: str, code: str, authorization: str | None = None) -> Reply:
    return post(url, "/rendezvous/redeem", authorization, {"code": code})


def new_key(name: str) -> tuple[str, str]:
    """The key and the line for the file, as the command prints them."""
    command = [str(binary()), "key", "new", name]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, env=clean_environment(), check=True)
    key, line = result.stdout.splitlines()
    return key, line


def refused_start(folder: Path, **settings: str) -> str:
    """What the server says that does not start with these settings."""
    environment = clean_environment(HOST="127.0.0.1", PORT="0", **settings)
    result = subprocess.run([str(binary())], capture_output=True, text=True, timeout=20, env=environment, cwd=folder)
    assert result.returncode != 0
    return result.stdout + result.stderr
