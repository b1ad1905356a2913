"""deploy/coturn/start.sh with a real coturn: it waits for a certificate, has the secret of its file, and shows a certificate that was renewed."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from other_process import FOLDERS, OtherProcess, program
from ports import free_port
from server_process import REPOSITORY

NAME = "signaling.example.org"
LIMIT = 15.0


class Started(OtherProcess):
    """The script, in which turnserver is found where scripts/setup has put it."""

    def __init__(self, folder: Path, plain: int, tls: int) -> None:
        turnserver = Path(program("turnserver")).parent
        settings = {
            "PATH": os.pathsep.join([os.environ["PATH"], str(turnserver), *map(str, FOLDERS)]),
            "TURNSERVER_CONF": str(REPOSITORY / "deploy" / "coturn" / "turnserver.conf"),
            "CHECK_EVERY": "0.2",
            "TMPDIR": str(folder),
        }
        options = {"listening-ip": "127.0.0.1", "listening-port": plain, "tls-listening-port": tls}
        options |= {"pidfile": folder / "turnserver.pid", "userdb": folder / "turndb"}
        command = ["env", *(f"{name}={value}" for name, value in settings.items()), "sh", str(REPOSITORY / "deploy" / "coturn" / "start.sh")]
        command += [NAME, str(folder / "secret"), str(folder / "certificates"), *(f"--{name}={value}" for name, value in options.items())]
        super().__init__(command, folder / "coturn.log")


def test_coturn_is_started_with_a_secret_and_a_certificate_and_follows_both_ends(tmp_path: Path) -> None:
    plain, tls = free_port(), free_port()
    (tmp_path / "secret").write_text("the secret of both\n")
    # As Caddy lays them down.
    certificates = tmp_path / "certificates" / "caddy" / "certificates" / "acme" / NAME
    certificates.mkdir(parents=True)
    started = Started(tmp_path, plain, tls)
    started.launch()
    try:
        until(lambda: "there is no certificate" in started.log(), started)
        first = certify(certificates, tmp_path)
        until(lambda: shown(tls) == first, started)
        (configuration,) = tmp_path.glob("tmp.*")
        assert "\nstatic-auth-secret=the secret of both\n" in configuration.read_text()
        assert configuration.stat().st_mode & 0o077 == 0
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children_of(started.pid)]
        assert any(b"turnserver" in command for command in commands) and not any(b"the secret of both" in command for command in commands)

        second = certify(certificates, tmp_path)
        assert second != first
        until(lambda: shown(tls) == second, started)
    finally:
        started.stop()
    assert not list(tmp_path.glob("tmp.*"))
    assert shown(tls) is None


def certify(folder: Path, work: Path) -> bytes:
    """A new certificate for the name in there, put in place as a whole; in the form in which a client sees it."""
    key, certificate = work / "new.key", work / "new.crt"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split()
    command += ["-subj", f"/CN={NAME}", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    shutil.move(key, folder / f"{NAME}.key")
    shutil.move(certificate, folder / f"{NAME}.crt")
    return der


def shown(port: int) -> bytes | None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as raw, context.wrap_socket(raw) as tls:
            return tls.getpeercert(binary_form=True)
    except OSError:
        return None


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def until(condition: Callable[[], bool], started: Started) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert started.is_running and time.monotonic() < deadline, started.log()
        time.sleep(0.05)
