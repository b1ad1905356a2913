"""What becomes of a store's file, and of the server that writes it: full disks, limits, files taken away, other programs, SIGKILL."""

import asyncio
import json
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pairing import connect_pair, item, new_room
from raw_http import mint, redeem, request
from server_process import ServerProcess, binary, clean_environment
from small_disk import SmallDisk, missing, small_disk
from waiting import eventually
from ws_client import WebSocket

KIBIBYTE = 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if why := missing():
        pytest.skip(why)
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder) as disk:
        yield disk


async def test_a_full_disk_refuses_and_goes_on(start_server: Callable[..., ServerProcess], disk: SmallDisk) -> None:
    """Nothing is confirmed that is not stored; rooms relay; and once there is space, all is as before."""
    settings = {"wrapper": disk.wrapper, "STORE": f"sqlite://{disk.folder}/state.db"}
    server = start_server(**settings)
    kept = [(await mint(server.port))["code"] for _ in range(20)]
    pair = await connect_pair(server.port)
    disk.fill()
    refused = await mint_until_refused(server.port, kept)
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert (await request(server.port, "GET", "/readyz")).status == 503
    assert (await request(server.port, "GET", "/healthz")).status == 200
    # A code that cannot be marked as used is not given away, and stays.
    assert (await redeem(server.port, kept[0])).status == 503
    pair.a.send(b'{"type":"offer"}')
    await pair.b.expect("offer")
    await eventually(lambda: lines(server, "the store cannot be written"), "it is logged")
    (line,) = lines(server, "the store cannot be written")
    assert (line["level"], line["why"]) == ("error", "the disk is full")

    disk.free()
    await becomes_ready(server.port)
    assert len(lines(server, "the store can be written again")) == 1
    kept.append((await mint(server.port))["code"])
    assert (await redeem(server.port, kept.pop(0))).status == 200
    await pair.close()
    server.kill()
    again = start_server(**settings)
    for code in kept:
        assert (await redeem(again.port, code)).status == 200
        assert (await redeem(again.port, code)).status == 410


async def test_a_limit_on_file_sizes_is_no_end(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    """The system would end a process that writes past it, by SIGXFSZ."""
    server = start_server(wrapper=["prlimit", f"--fsize={512 * KIBIBYTE}:unlimited"], STORE=f"sqlite://{tmp_path}/state.db")
    code = (await mint(server.port))["code"]
    sender = await WebSocket.connect(server.port, new_room(), "A")
    # More than fits into either of its files.
    for _ in range(30):
        sender.send(item("B", "x" * 40 * KIBIBYTE))
    await eventually(lambda: lines(server, "the store cannot be written"), "it is logged")
    assert (await redeem(server.port, code)).status in (200, 503)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await becomes_ready(server.port)
    await mint(server.port)
    await sender.close()


async def test_a_file_that_is_taken_away_is_noticed(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    path, away = tmp_path / "state.db", tmp_path / "away.db"
    server = start_server(STORE=f"sqlite://{path}")
    code = (await mint(server.port))["code"]
    path.rename(away)
    assert (await request(server.port, "POST", "/rendezvous/code")).status == 503
    assert (await redeem(server.port, code)).status == 503
    assert not path.exists(), "it would hold only what comes from here on"
    away.rename(path)
    await becomes_ready(server.port)
    assert (await redeem(server.port, code)).status == 200


async def test_another_program_that_writes_is_waited_for(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    server = start_server(STORE=f"sqlite://{path}")
    code = (await mint(server.port))["code"]
    other = sqlite3.connect(path, isolation_level=None)
    # Whoever only reads is in nobody's way.
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM codes").fetchone()
    codes = [code, (await mint(server.port))["code"]]
    other.execute("ROLLBACK")
    other.execute("BEGIN IMMEDIATE")
    assert (await request(server.port, "POST", "/rendezvous/code")).status == 503
    other.execute("ROLLBACK")
    await becomes_ready(server.port)
    for code in codes:
        assert (await redeem(server.port, code)).status == 200
    other.close()


async def test_two_servers_do_not_share_a_file(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    store = f"sqlite://{tmp_path}/state.db"
    server = start_server(STORE=store)
    code, line = await asyncio.to_thread(start_and_fail, STORE=store)
    assert code != 0
    assert line == f"Error: STORE={store}: another process (pid {server.pid}) has it open; stop that one first"
    await mint(server.port)
    # What the lock was on is there still, and nobody has it.
    server.kill()
    await mint(start_server(STORE=store).port)


async def test_a_server_waits_for_the_one_before_to_end(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    store = f"sqlite://{tmp_path}/state.db"
    server = start_server(STORE=store)
    code = (await mint(server.port))["code"]
    starting = asyncio.create_task(asyncio.to_thread(start_server, STORE=store))
    await asyncio.sleep(0.3)
    assert await asyncio.to_thread(server.stop) == 0
    assert (await redeem((await starting).port, code)).status == 200


def spoiled(tmp_path: Path) -> Path:
    (tmp_path / "state.db").write_bytes(b"x" * 5000)
    return tmp_path / "state.db"


def of_another_program(tmp_path: Path) -> Path:
    other = sqlite3.connect(tmp_path / "state.db")
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    return tmp_path / "state.db"


def a_folder(tmp_path: Path) -> Path:
    (tmp_path / "state.db").mkdir()
    return tmp_path / "state.db"


def in_no_folder(tmp_path: Path) -> Path:
    return tmp_path / "none" / "state.db"


@pytest.mark.parametrize("make", [spoiled, of_another_program, a_folder, in_no_folder])
async def test_what_is_no_store_is_refused_and_left_alone(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    before = path.read_bytes() if path.is_file() else None
    code, line = await asyncio.to_thread(start_and_fail, STORE=f"sqlite://{path}")
    assert code != 0
    assert line.startswith(f"Error: STORE=sqlite://{path}: "), line
    assert (path.read_bytes() if path.is_file() else None) == before


async def test_a_disk_that_is_read_only_is_named(disk: SmallDisk) -> None:
    disk.run("mount", "-o", "remount,bind,ro", str(disk.folder))
    code, line = await asyncio.to_thread(start_and_fail, disk.wrapper, STORE=f"sqlite://{disk.folder}/state.db")
    assert code != 0
    assert f"the directory {disk.folder} is on a file system that is mounted read-only" in line


async def test_a_full_disk_at_the_start_is_named(disk: SmallDisk) -> None:
    disk.fill()
    code, line = await asyncio.to_thread(start_and_fail, disk.wrapper, STORE=f"sqlite://{disk.folder}/state.db")
    assert code != 0
    assert line == f"Error: STORE=sqlite://{disk.folder}/state.db: the disk is full; free space on it"


async def test_without_the_library_a_store_is_refused(start_server: Callable[..., ServerProcess], disk: SmallDisk) -> None:
    """Only STORE=sqlite needs it."""
    listing = subprocess.run(["ldconfig", "-p"], check=True, capture_output=True, text=True, timeout=10).stdout
    libraries = [line.split()[-1] for line in listing.splitlines() if line.strip().startswith("libsqlite3.so.0 ")]
    assert libraries
    for library in libraries:
        disk.run("mount", "--bind", "/dev/null", str(Path(library).resolve()))
    code, line = await asyncio.to_thread(start_and_fail, disk.wrapper, STORE=f"sqlite://{disk.folder}/state.db")
    assert code != 0
    assert "needs SQLite: there is no libsqlite3.so.0; install it" in line
    await mint(start_server(wrapper=disk.wrapper).port)


async def test_a_running_store_is_looked_into(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    server = start_server(STORE=f"sqlite://{path}")
    code = (await mint(server.port))["code"]
    sender = await WebSocket.connect(server.port, new_room(), "A")
    sender.send(item("B", "secret"))
    await sender.settle()
    await asyncio.sleep(0.1)
    check = await command("store", "check", str(path))
    assert check.returncode == 0, check.stderr
    figures = dict(line.rsplit(maxsplit=1) for line in check.stdout.splitlines()[:-1])
    assert (figures["codes"], figures["rooms"], figures["items"]) == ("1", "1", "1")
    assert check.stdout.endswith("\nsound\n")
    export = await command("store", "export", str(path))
    assert export.returncode == 0 and "secret" not in export.stdout
    assert [json.loads(line)["kind"] for line in export.stdout.splitlines()] == ["code", "room", "item"]
    export = await command("store", "export", "--payloads", str(path))
    assert json.loads(export.stdout.splitlines()[-1])["payload"] == "secret"
    assert (await redeem(server.port, code)).status == 200
    await sender.close()


async def test_a_damaged_store_is_refused_and_told_of(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    server = start_server(STORE=f"sqlite://{path}")
    for _ in range(5):
        await mint(server.port)
    assert server.stop() == 0
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    code, line = await asyncio.to_thread(start_and_fail, STORE=f"sqlite://{path}")
    assert code != 0
    assert line.startswith(f"Error: STORE=sqlite://{path}: is damaged"), line
    assert path.read_bytes() == content
    check = await command("store", "check", str(path))
    assert check.returncode == 1 and check.stderr == f"Error: {path}: is not sound\n"


# What the tests do


async def becomes_ready(port: int) -> None:
    async with asyncio.timeout(15):
        while (await request(port, "GET", "/readyz")).status != 200:
            await asyncio.sleep(0.1)


async def mint_until_refused(port: int, kept: list[str]):
    """The log may have some space left in it: codes that are confirmed until then go to `kept`."""
    for _ in range(5000):
        answer = await request(port, "POST", "/rendezvous/code")
        if answer.status != 200:
            return answer
        kept.append(answer.json["code"])
    raise AssertionError("a full disk takes everything")


def lines(server: ServerProcess, message: str) -> list[dict[str, str]]:
    """Log lines whose message begins so."""
    records = [json.loads(line) for line in server.log().splitlines(keepends=True) if line.endswith("\n")]
    return [record for record in records if record["message"].startswith(message)]


def start_and_fail(wrapper: list[str] | None = None, **settings: str) -> tuple[int, str]:
    """What a start that must fail ended with, and the one line that it wrote."""
    environment = clean_environment(HOST="127.0.0.1", PORT="0", STUN_PORT="0", LOG_FORMAT="json", **settings)
    run = subprocess.run(
        [*(wrapper or []), str(binary())], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
    )
    (line,) = (run.stdout + run.stderr).splitlines()
    return run.returncode, line


async def command(*words: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, [str(binary()), *words], env=clean_environment(), capture_output=True, text=True, timeout=20
    )
