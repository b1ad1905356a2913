"""The ways in which STORE names an engine; Sentinels are in test_sentinels.py."""

import asyncio
from pathlib import Path

import pytest

from cluster import Cluster
from engine import ONE_KIND, Engine, kinds
from forms import IS_LONG
from ports import free_port
from raw_http import mint, redeem
from resp import commands
from waiting import eventually

KINDS = kinds()


async def pair_up(folder: Path, store: str, **settings: str) -> None:
    """A code goes from one node to another."""
    async with Cluster(folder, store, 2, with_front=False, **settings) as cluster:
        minted = await mint(cluster.nodes[0].port)
        answer = await redeem(cluster.nodes[1].port, minted["code"])
        assert (answer.status, answer.json["appID"]) == (200, minted["appID"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["valkey", "redis"])
async def test_either_scheme_is_for_either_engine(kind: str, scheme: str, tmp_path: Path) -> None:
    async with Engine(tmp_path / "engine", kind) as engine:
        await pair_up(tmp_path, f"{scheme}://127.0.0.1:{engine.port}")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_socket_of_the_file_system(kind: str, tmp_path: Path) -> None:
    # Paths of sockets are short.
    path = Path(f"/tmp/nt-{tmp_path.parent.name}-{kind}.socket")
    try:
        async with Engine(tmp_path / "engine", kind, "--unixsocket", str(path)):
            await pair_up(tmp_path, f"valkey+unix://{path}?db=0")
    finally:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_user_and_a_password(kind: str, tmp_path: Path) -> None:
    """And what stands for them is in no log."""
    user, password = "nodes", "s3cret%40of-nodes"
    acl = ["--user", user, "on", ">s3cret@of-nodes", "~*", "+@all"]
    async with Engine(tmp_path / "engine", kind, *acl) as engine:
        store = f"valkey://{user}:{password}@127.0.0.1:{engine.port}"
        async with Cluster(tmp_path, store, 1, with_front=False) as cluster:
            await mint(cluster.nodes[0].port)
            clients = await engine.call("CLIENT", "LIST")
            assert f"user={user}" in clients, clients
            assert "s3cret" not in cluster.nodes[0].log()


@pytest.mark.parametrize("kind", ONE_KIND)
async def test_databases_and_prefixes_keep_services_apart(kind: str, tmp_path: Path) -> None:
    async with Engine(tmp_path / "engine", kind) as engine:
        stores = [f"valkey://127.0.0.1:{engine.port}/{where}" for where in ("0?prefix=one", "0?prefix=two", "1?prefix=one")]
        async with Cluster(tmp_path, stores, with_front=False, CODE_DIGITS="8", CODE_DIGITS_MAX="8") as cluster:
            minted = await mint(cluster.nodes[0].port)
            assert [(await redeem(node.port, minted["code"])).status for node in reversed(cluster.nodes)] == [410, 410, 200]
        for database, prefixes in ((0, {"one", "two"}), (1, {"one"})):
            [_, keys] = await commands(engine.port, ["SELECT", database], ["KEYS", "*"])
            assert keys and {key[1:].split(":")[0] for key in keys} <= prefixes, keys


@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_password_that_has_changed_is_no_end(kind: str, tmp_path: Path) -> None:
    """The node is not ready, and its log says why; once the password is right again, it goes on by itself."""
    async with Engine(tmp_path / "engine", kind, "--requirepass", "first") as engine:
        async with Cluster(tmp_path, f"valkey://:first@127.0.0.1:{engine.port}", 1, with_front=False) as cluster:
            node = cluster.nodes[0]
            change = [["CONFIG", "SET", "requirepass", "second"], ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]]
            await commands(engine.port, ["AUTH", "first"], *change)
            answer = await node.becomes(503)
            assert b"engine" in answer.body, answer
            assert (await node.ask("/healthz")).status == 200
            await eventually(lambda: "refuses the user name or the password" in node.log(), "the log says why")
            await commands(engine.port, ["AUTH", "second"], ["CONFIG", "SET", "requirepass", "first"])
            await node.ready()
            await mint(node.port)
            assert ":first@" not in node.log()


def tls(port: int, files: tuple[Path, Path]) -> list[str]:
    certificate, key = map(str, files)
    arguments = ["--tls-port", str(port), "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate]
    return [*arguments, "--tls-auth-clients", "no"]


@pytest.mark.parametrize("kind", KINDS)
async def test_tls_to_the_engine(kind: str, tmp_path: Path, tls_files: tuple[Path, Path]) -> None:
    port = free_port()
    async with Engine(tmp_path / "engine", kind, *tls(port, tls_files)):
        await pair_up(tmp_path, f"valkeys://127.0.0.1:{port}", TLS_CA_FILE=str(tls_files[0]))


@pytest.mark.skipif(not IS_LONG, reason="NT_LONG=1 runs it")
@pytest.mark.parametrize("kind", ONE_KIND)
async def test_a_start_without_its_engine_is_refused(kind: str, tmp_path: Path, tls_files: tuple[Path, Path]) -> None:
    """In one line that names the setting, says why, and holds no password."""
    port = free_port()

    async def refused(why: str, store: str) -> None:
        with pytest.raises(AssertionError, match="ended with code 1") as failure:
            await Cluster(tmp_path / why, store, 1, with_front=False).nodes[0].start()
        line = str(failure.value).splitlines()[-1]
        assert "STORE" in line and why in line.lower() and "s3cret" not in str(failure.value), line

    async with Engine(tmp_path / "engine", kind, "--requirepass", "right", *tls(port, tls_files)) as engine:
        await asyncio.gather(
            refused("connect", f"valkey://:s3cret@127.0.0.1:{free_port()}"),
            refused("password", f"valkey://:s3cret@127.0.0.1:{engine.port}"),
            refused("certificate", f"valkeys://:s3cret@127.0.0.1:{port}"),
        )
