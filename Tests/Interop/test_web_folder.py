"""`--web-dir`: the client and the page from a folder on disk, for whoever is changing them."""

import http.client
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server_process import REPOSITORY, ServerProcess, binary, clean_environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REPOSITORY / "Web", tmp_path / "Web"))


@pytest.fixture
def developer(tmp_path: Path, folder: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "server.log", arguments=["--web-dir", str(folder)])
    yield server
    assert server.stop() == 0


def get(server: ServerProcess, path: str, **headers: str) -> tuple[int, bytes, str | None]:
    """The path goes out as it stands: urllib would take the dots out of it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.read(), response.headers["ETag"]
    finally:
        connection.close()


def test_the_client_is_served_as_its_modules(developer: ServerProcess, folder: Path) -> None:
    for path in ["client/signaling.js", "client/signaling.d.ts", "client/modules/wire.js", "demo/app.js"]:
        assert get(developer, f"/{path}")[:2] == (200, (folder / path).read_bytes())
    for name in ["openapi.yaml", "asyncapi.yaml"]:
        assert get(developer, f"/{name}")[:2] == (200, (folder / "interface" / name).read_bytes())
    assert get(developer, "/")[:2] == (200, (folder / "demo" / "index.html").read_bytes())


def test_an_edit_is_served_at_once(developer: ServerProcess, folder: Path) -> None:
    _, before, tag = get(developer, "/demo/style.css")
    assert get(developer, "/demo/style.css", If_None_Match=tag or "")[0] == 304
    (folder / "demo" / "style.css").write_bytes(before + b"/* new */")
    assert get(developer, "/demo/style.css", If_None_Match=tag or "")[:2] == (200, before + b"/* new */")
    (folder / "demo" / "new.js").write_text("export {};")
    assert get(developer, "/demo/new.js")[:2] == (200, b"export {};")


@pytest.mark.parametrize(
    "path",
    ["/client/../demo/app.js", "/demo/../../secret", "/demo/.hidden", "/demo/%2e%2e/%2e%2e/secret", "/demo/", "/demo/none.js", "/demo"],
)
def test_nothing_else_is_served(developer: ServerProcess, folder: Path, path: str) -> None:
    (folder.parent / "secret").write_text("secret")
    (folder / "demo" / ".hidden").write_text("hidden")
    status, body, _ = get(developer, path)
    assert status == 404
    assert b"secret" not in body.replace(path.encode(), b"")


def test_another_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    command = [str(binary()), "--web-dir", str(tmp_path)]
    run = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=20)
    assert run.returncode != 0
    assert run.stderr.strip().splitlines() == [
        f"Error: --web-dir {tmp_path}: must be the folder Web of the sources, with client/signaling.js and demo/index.html"
    ]
