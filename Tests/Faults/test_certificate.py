"""A TLS server that is started again while its certificate is gone, or not what it was."""

import asyncio
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from raw_http import request
from server_process import ServerProcess, binary, clean_environment

# Root reads files whatever their mode says, until it has given that up.
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def missing(path: Path) -> None:
    path.unlink()


def unreadable(path: Path) -> None:
    path.chmod(0)


def truncated(path: Path) -> None:
    text = path.read_text()
    path.write_text(text[: len(text) // 2])


def empty(path: Path) -> None:
    path.write_text("")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [missing, unreadable, truncated, empty, a_folder])
async def test_a_restart_without_its_certificate_is_refused(
    start_server: Callable[..., ServerProcess], tls_files: tuple[Path, Path], tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    certificate, key = (tmp_path / file.name for file in tls_files)
    for original, copy in zip(tls_files, (certificate, key)):
        copy.write_bytes(original.read_bytes())
    settings = {"TLS_CERT_FILE": str(certificate), "TLS_KEY_FILE": str(key)}

    server = start_server(wrapper=AS_ANYBODY, **settings)
    await mints_over_tls(server, certificate)
    kept = certificate.read_bytes()
    spoil(certificate)
    # What is running has read its files, and needs them no more.
    await mints_over_tls(server, tls_files[0])
    assert server.stop() == 0

    code, output = await asyncio.to_thread(start_and_fail, settings)
    assert code != 0
    (line,) = output.splitlines()
    assert line.startswith(f"Error: TLS_CERT_FILE={certificate}: "), line

    if certificate.is_dir():
        certificate.rmdir()
    certificate.unlink(missing_ok=True)
    certificate.write_bytes(kept)
    await mints_over_tls(start_server(wrapper=AS_ANYBODY, **settings), certificate)


async def test_clients_that_do_not_answer_the_end_of_tls_hold_nothing_up(
    start_server: Callable[..., ServerProcess], tls_files: tuple[Path, Path]
) -> None:
    """Python's sockets do not, unless they are told to. Five seconds for each would be TLS's own way."""
    certificate, key = tls_files
    server = start_server(TLS_CERT_FILE=str(certificate), TLS_KEY_FILE=str(key), SHUTDOWN_GRACE="500ms")
    context = ssl.create_default_context(cafile=str(certificate))
    with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="127.0.0.1") as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        start = time.monotonic()
        assert await asyncio.to_thread(server.stop) == 0
        assert time.monotonic() - start < 4


@pytest.mark.parametrize("spoil", [missing, unreadable, truncated])
async def test_a_start_without_its_key_is_refused(tls_files: tuple[Path, Path], tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(tls_files[1].read_bytes())
    spoil(key)
    code, output = await asyncio.to_thread(start_and_fail, {"TLS_CERT_FILE": str(tls_files[0]), "TLS_KEY_FILE": str(key)})
    assert code != 0
    (line,) = output.splitlines()
    assert line.startswith(f"Error: TLS_KEY_FILE={key}: "), line
    assert "BEGIN" not in line


async def mints_over_tls(server: ServerProcess, certificate: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    answer = await request(server.port, "POST", "/rendezvous/code", ssl=context)
    assert answer.status == 200 and len(answer.json["code"]) == 4


def start_and_fail(settings: dict[str, str]) -> tuple[int, str]:
    """What a start that must fail ended with, and all that it wrote."""
    environment = clean_environment(HOST="127.0.0.1", PORT="0", STUN_PORT="0", LOG_FORMAT="json", **settings)
    run = subprocess.run(
        [*AS_ANYBODY, str(binary())], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
    )
    return run.returncode, run.stdout + run.stderr
