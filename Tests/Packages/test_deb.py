"""The Debian package on a machine of its own: installed, started as its unit says, upgraded, downgraded, removed and purged.

The machine is a folder with a minimal Debian in it, and root is needed to enter it. What stands for systemd is in `machine.py`.
"""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from access_client import mint, redeem
from machine import Machine, minimal_debian
from server_process import REPOSITORY

NAME = "nt-backend-wrtc"
SETTINGS = f"etc/default/{NAME}"
STATE = f"var/lib/{NAME}"


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    binary = REPOSITORY / ".build-release" / "release" / NAME
    command = [REPOSITORY / "scripts" / "package", "--binary", binary, "--output", folder]
    subprocess.run(command, check=True, timeout=600)
    (file,) = folder.glob("*.deb")
    return file


@pytest.fixture
def machine() -> Iterator[Machine]:
    with Machine(minimal_debian()) as machine:
        yield machine


def as_version(package: Path, version: str, folder: Path) -> Path:
    """The same package under another version number."""
    tree, file = folder / f"tree-{version}", folder / f"{version}.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text().splitlines(keepends=True)
    control.write_text("".join(f"Version: {version}\n" if line.startswith("Version: ") else line for line in lines))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, file], check=True, stdout=subprocess.DEVNULL)
    return file


def read(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as response:
        return json.load(response)


@pytest.mark.skipif(shutil.which("lintian") is None, reason="Debian's package lintian is not installed")
def test_lintian_finds_nothing_wrong(package: Path) -> None:
    told = subprocess.run(["lintian", "--fail-on", "error,warning", package], capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stdout


def test_it_installs_starts_and_goes_without_a_trace(machine: Machine, package: Path) -> None:
    before = machine.files()
    machine.install(package)
    owner = machine.user(NAME)
    settings = machine.path(SETTINGS).stat()
    assert (settings.st_mode & 0o777, settings.st_uid, settings.st_gid) == (0o640, 0, owner.pw_gid)
    assert owner.pw_shell == "/usr/sbin/nologin"
    assert machine.asked() == [f"start {NAME}.service"]
    assert machine.is_enabled(f"{NAME}.service") and not machine.is_enabled(f"{NAME}.socket")

    with machine.started(f"{NAME}.service") as service:
        assert read(f"{service.url}/readyz")["ready"]
        assert service.told("READY=1")
        assert (service.uid, service.no_new_privileges) == (owner.pw_uid, True)
        state = machine.path(f"{STATE}/state.db").stat()
        assert (state.st_mode & 0o777, state.st_uid) == (0o600, owner.pw_uid)
    machine.run(NAME, "store", "check", f"/{STATE}/state.db")

    # What the administrator has made of the settings stays until the package is purged, and so does the state.
    machine.path(SETTINGS).write_text(machine.path(SETTINGS).read_text() + "LOG_LEVEL=debug\n")
    machine.run("dpkg", "--remove", NAME)
    assert machine.asked() == [f"stop {NAME}.socket {NAME}.service {NAME}@*.service"]
    assert not machine.path(f"usr/bin/{NAME}").exists()
    assert machine.path(SETTINGS).exists() and machine.path(f"{STATE}/state.db").exists()
    machine.run("dpkg", "--purge", NAME)
    assert machine.files() - before == set()
    assert NAME not in machine.path("etc/passwd").read_text() + machine.path("etc/group").read_text()


def test_codes_survive_an_upgrade_and_a_downgrade(machine: Machine, package: Path, tmp_path: Path) -> None:
    older = as_version(package, "0.1.0-1", tmp_path)
    machine.install(older)
    assert machine.asked() == [f"start {NAME}.service"]
    text = machine.path(SETTINGS).read_text() + "CODE_DIGITS=7\n"
    machine.path(SETTINGS).write_text(text)
    codes = []
    for next_one in (package, older):
        with machine.started(f"{NAME}.service") as service:
            codes.append(mint(service.url).body["code"])
            # The files of a server that runs are replaced.
            machine.install(next_one)
            assert machine.asked() == [f"restart {NAME}.service"]
            assert read(f"{service.url}/readyz")["ready"]
    with machine.started(f"{NAME}.service") as service:
        assert [(len(code), redeem(service.url, code).status) for code in codes] == [(7, 200)] * 2
    assert machine.path(SETTINGS).read_text() == text
    assert machine.path(SETTINGS).stat().st_mode & 0o777 == 0o640
    assert machine.is_enabled(f"{NAME}.service")


def test_what_an_administrator_has_disabled_stays_so(machine: Machine, package: Path, tmp_path: Path) -> None:
    machine.install(as_version(package, "0.1.0-1", tmp_path))
    assert machine.asked() == [f"start {NAME}.service"]
    assert machine.is_enabled(f"{NAME}.service")
    # As systemctl disable does it.
    machine.path(f"etc/systemd/system/multi-user.target.wants/{NAME}.service").unlink()
    machine.install(package)
    assert machine.asked() == []
    assert not machine.is_enabled(f"{NAME}.service")
