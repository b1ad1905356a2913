"""The image, without an engine to build it: the server runs, stores and pairs on the files alone that the Dockerfile's last stage has.

The step `release` has these tests with the release build, which is what the image has. A debug build has the Swift runtime beside it, and is
given that too.
"""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import aiohttp
import pytest

from image_root import PROGRAM, USER, copied_by_the_dockerfile, copying, entering, libraries_of_the_base, missing_here, needed_by
from server_process import ServerProcess, binary, clean_environment

LIMIT = 20.0
# What a debug build loads from the toolchain.
SWIFT = ("libswift", "libBlocksRuntime", "libdispatch", "libFoundation")
pytestmark = pytest.mark.skipif(missing_here() is not None, reason=str(missing_here()))


def of_swift(name: str) -> bool:
    return name.startswith(SWIFT)


def test_the_image_has_every_library_that_the_server_needs() -> None:
    needed = {name for name in needed_by(binary()) if not of_swift(name)}
    assert "libc.so.6" in needed
    # And SQLite, which is loaded where STORE asks for it.
    assert needed - libraries_of_the_base() | {"libsqlite3.so.0"} == copied_by_the_dockerfile()
    if binary().parent.name == "release":
        assert needed == needed_by(binary()).keys(), "the Swift runtime is not inside"


def test_what_the_dockerfile_copies_is_whole_and_needs_nothing_further(tmp_path: Path) -> None:
    subprocess.run(["sh", "-e", "-c", copying(tmp_path)], check=True, timeout=LIMIT)
    copies = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.name for file in copies} == copied_by_the_dockerfile()
    for file in copies:
        # Where the loader looks without being told.
        assert file.parent == tmp_path / "usr" / "lib" / needed_by(binary())["libc.so.6"].parent.name
        assert needed_by(file).keys() <= libraries_of_the_base()


def test_two_sides_pair_on_the_files_of_the_image(tmp_path: Path) -> None:
    root, state = tmp_path / "root", tmp_path / "root.state"
    root.mkdir()
    state.mkdir(mode=0o700)
    os.chown(state, USER, USER)
    wrapper = entering(root, binary())
    store = "sqlite:///var/lib/nt-backend-wrtc/state.db"
    server = ServerProcess(tmp_path / "server.log", binary_path=PROGRAM, wrapper=wrapper, STORE=store)
    try:
        asyncio.run(asyncio.wait_for(pair(server.url), LIMIT))
        environment = clean_environment(HOST="127.0.0.1", PORT=str(server.port))
        healthy = subprocess.run([*wrapper, PROGRAM, "healthcheck"], env=environment, capture_output=True, text=True, timeout=LIMIT)
        assert healthy.returncode == 0, healthy.stderr
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert f"Uid:\t{USER}\t{USER}\t{USER}\t{USER}" in status
        assert (state / "state.db").stat().st_uid == USER
    finally:
        assert server.stop() == 0, server.log()


async def pair(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{url}/rendezvous/code") as answer:
            minted = await answer.json()
        async with http.post(f"{url}/rendezvous/redeem", json={"code": minted["code"]}) as answer:
            redeemed = await answer.json()
        room = {"appID": minted["appID"]}
        async with (
            http.ws_connect(f"{url}/ws", params={**room, "side": "A", "token": minted["token"]}) as left,
            http.ws_connect(f"{url}/ws", params={**room, "side": "B", "token": redeemed["token"]}) as right,
        ):
            for side in (left, right):
                assert json.loads((await side.receive()).data)["type"] == "room_full"
            await left.send_json({"type": "offer", "sdp": "v=0"})
            assert json.loads((await right.receive()).data) == {"type": "offer", "sdp": "v=0"}
