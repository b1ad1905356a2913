"""The files that the server carries are those of Web, as a browser gets them."""

import hashlib
import urllib.error
import urllib.request
from typing import Any

import pytest

from server_process import REPOSITORY

WEB = REPOSITORY / "Web"
FILES = [WEB / "client" / "signaling.d.ts", *sorted((WEB / "demo").iterdir())]
MODULES = sorted((WEB / "client" / "modules").iterdir())
TYPES = {".js": "text/javascript", ".ts": "text/plain", ".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml"}


def test_there_are_files_of_all_kinds() -> None:
    names = {f"{file.parent.name}/{file.name}" for file in FILES + MODULES}
    assert {"client/signaling.d.ts", "demo/index.html", "modules/session.js"} <= names


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_file_is_served_as_it_is(server: Any, file: Any) -> None:
    assert fetched(server, f"{file.parent.name}/{file.name}") == file.read_bytes()


def test_the_client_is_served_as_one_file(server: Any) -> None:
    """That it does what the modules do is held by Tests/JavaScript/served-client.test.js."""
    text = fetched(server, "client/signaling.js").decode()
    for module in MODULES:
        assert f"\n// modules/{module.name}\n" in text
        with pytest.raises(urllib.error.HTTPError) as unknown:
            urllib.request.urlopen(f"{server.url}/client/modules/{module.name}", timeout=10)
        assert unknown.value.code == 404


def fetched(server: Any, path: str) -> bytes:
    """What is served, of the type that its name tells, and under a tag that a browser may ask again with."""
    url = f"{server.url}/{path}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = answer.read()
        tag = answer.headers["ETag"]
        assert tag == f'"{hashlib.sha1(text).hexdigest()}"'
        assert answer.headers["Content-Type"] == f"{TYPES['.' + path.rpartition('.')[2]]}; charset=utf-8"
    with pytest.raises(urllib.error.HTTPError) as known:
        urllib.request.urlopen(urllib.request.Request(url, headers={"If-None-Match": tag}), timeout=10)
    assert known.value.code == 304
    return text
