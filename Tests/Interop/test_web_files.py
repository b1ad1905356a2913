"""The files that the server carries are those of Web, as a browser gets them."""

import hashlib
import urllib.error
import urllib.request
from typing import Any

import pytest

from server_process import REPOSITORY

FILES = sorted((REPOSITORY / "Web" / "client").iterdir()) + sorted((REPOSITORY / "Web" / "demo").iterdir())
TYPES = {".js": "text/javascript", ".ts": "text/plain", ".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml"}


def test_there_are_files_of_both_kinds() -> None:
    names = {f"{file.parent.name}/{file.name}" for file in FILES}
    assert {"client/signaling.js", "client/signaling.d.ts", "demo/index.html"} <= names


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_file_is_served_as_it_is(server: Any, file: Any) -> None:
    url = f"{server.url}/{file.parent.name}/{file.name}"
    text = file.read_bytes()
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.read() == text
        assert answer.headers["ETag"] == f'"{hashlib.sha1(text).hexdigest()}"'
        assert answer.headers["Content-Type"] == f"{TYPES[file.suffix]}; charset=utf-8"
        tag = answer.headers["ETag"]
    with pytest.raises(urllib.error.HTTPError) as known:
        urllib.request.urlopen(urllib.request.Request(url, headers={"If-None-Match": tag}), timeout=10)
    assert known.value.code == 304
