"""The files that the server carries are those of Web, as a browser gets them."""

import base64
import hashlib
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

import client_hashes
from server_process import REPOSITORY

WEB = REPOSITORY / "Web"
CLIENT = WEB / "client"
FILES = [*sorted(CLIENT.glob("*.d.ts")), *sorted(CLIENT.glob("*-worker.js")), *sorted((WEB / "demo").iterdir())]
# By the script that is made of them.
MODULES = {script: sorted((CLIENT / folder).iterdir()) for script, folder in [("signaling.js", "modules"), ("files.js", "files")]}
TEXTS = {".js": "text/javascript", ".ts": "text/plain", ".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml"}
TYPES = {ending: f"{kind}; charset=utf-8" for ending, kind in TEXTS.items()} | {
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".yaml": "application/yaml",
}


def test_there_are_files_of_all_kinds() -> None:
    names = {f"{file.parent.name}/{file.name}" for file in [*FILES, *MODULES["signaling.js"], *MODULES["files.js"]]}
    assert {"client/signaling.d.ts", "client/hash-worker.js", "demo/index.html", "modules/session.js", "files/port.js"} <= names


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_file_is_served_as_it_is(server: Any, file: Any) -> None:
    assert fetched(server, f"{file.parent.name}/{file.name}") == file.read_bytes()


@pytest.mark.parametrize("name", ["openapi.yaml", "asyncapi.yaml"])
def test_the_interface_is_served_as_it_is(server: Any, name: str) -> None:
    assert fetched(server, name) == (WEB / "interface" / name).read_bytes()


@pytest.mark.parametrize("script", MODULES)
def test_a_script_of_the_client_is_served_as_one_file(server: Any, script: str) -> None:
    """That it does what the modules do is held by Tests/JavaScript/served-client.test.js."""
    text = fetched(server, f"client/{script}").decode()
    for module in MODULES[script]:
        path = f"{module.parent.name}/{module.name}"
        assert f"\n// {path}\n" in text
        with pytest.raises(urllib.error.HTTPError) as unknown:
            urllib.request.urlopen(f"{server.url}/client/{path}", timeout=10)
        assert unknown.value.code == 404


def test_the_manifest_says_what_is_served(server: Any) -> None:
    """By hashes that are made here anew."""
    with urllib.request.urlopen(f"{server.url}/client/manifest.json", timeout=10) as answer:
        manifest = json.load(answer)
    assert {"signaling.js", "signaling.d.ts"} <= set(manifest["files"])
    hash = hashlib.sha256()
    for name, file in sorted(manifest["files"].items()):
        with urllib.request.urlopen(f"{server.url}{file['url']}", timeout=10) as answer:
            content = answer.read()
        assert file["bytes"] == len(content)
        assert file["integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
        if name.endswith(".js"):
            assert file["url"] == f"/client/{manifest['hash']}/{name}"
            hash.update(f"{name}\n{len(content)}\n".encode() + content)
    assert manifest["hash"] == hash.hexdigest()[:16]


def test_types_and_page_name_the_scripts_that_are_served(server: Any) -> None:
    """`scripts/generate` brings them up to date."""
    with urllib.request.urlopen(f"{server.url}/client/manifest.json", timeout=10) as answer:
        manifest = json.load(answer)
    files = client_hashes.written(REPOSITORY)
    assert {path.name for path in files} >= {"javascript.md", "signaling.d.ts", "files.d.ts", "verified.d.ts"}
    for path, text in client_hashes.brought_up_to_date(files, manifest).items():
        assert files[path] == text, f"{path.name} names other scripts: run scripts/generate"


def fetched(server: Any, path: str) -> bytes:
    """What is served, of the type that its name tells, and under a tag that a browser may ask again with."""
    url = f"{server.url}/{path}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = answer.read()
        tag = answer.headers["ETag"]
        assert tag == f'"{hashlib.sha1(text).hexdigest()}"'
        assert answer.headers["Content-Type"] == TYPES["." + path.rpartition(".")[2]]
    with pytest.raises(urllib.error.HTTPError) as known:
        urllib.request.urlopen(urllib.request.Request(url, headers={"If-None-Match": tag}), timeout=10)
    assert known.value.code == 304
    return text
