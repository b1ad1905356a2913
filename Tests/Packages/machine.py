"""A minimal Debian in a folder, and in place of its systemd what starts a service as its unit says."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pytest

from ports import free_port
from server_process import REPOSITORY
from unit_sandbox import service_lines

SUITE = "bookworm"
CACHE = REPOSITORY / ".build-debian"
# What the package depends on.
PACKAGES = "adduser,libsqlite3-0,libstdc++6,zlib1g"
START_LIMIT = 30.0

# A unit is enabled where a link says so; for the rest, what was asked for is written down.
SYSTEMCTL = """#!/bin/sh
for word; do
    shift
    case $word in -*) ;; *) set -- "$@" "$word" ;; esac
done
case $1 in
is-enabled)
    if [ -h "/etc/systemd/system/multi-user.target.wants/$2" ]; then echo enabled; else echo disabled; exit 1; fi ;;
preset) ln -s "/usr/lib/systemd/system/$2" "/etc/systemd/system/multi-user.target.wants/$2" ;;
is-active) exit 3 ;;
start | stop | restart) echo "$*" >>/var/log/systemctl ;;
esac
"""
# What no program reads.
UNREAD = ("usr/share/doc", "usr/share/locale", "usr/share/man", "usr/share/zoneinfo", "var/cache/apt/archives")


def minimal_debian() -> Path:
    """An archive of it, which is made once, from the mirror that this machine has its packages from."""
    archive = CACHE / f"{SUITE}.tar"
    if archive.exists():
        return archive
    if os.getuid() != 0 or not shutil.which("debootstrap", path=os.environ["PATH"] + ":/usr/sbin"):
        pytest.skip("root, and Debian's package debootstrap, are needed")
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {SUITE}", "Label: Debian"]
    mirrors = subprocess.run(targets, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    folder = CACHE / "new"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = ["/usr/sbin/debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(folder), *mirrors[:1]]
    subprocess.run(command, check=True, timeout=1800)
    for unread in UNREAD:
        shutil.rmtree(folder / unread, ignore_errors=True)
    partial = archive.with_suffix(".partial")
    subprocess.run(["tar", "--create", "--numeric-owner", "--directory", folder, "--file", partial, "."], check=True)
    partial.rename(archive)
    shutil.rmtree(folder)
    return archive


class Machine:
    def __init__(self, archive: Path) -> None:
        self._root = CACHE / f"machine-{os.getpid()}"
        shutil.rmtree(self._root, ignore_errors=True)
        self._root.mkdir()
        subprocess.run(["tar", "--extract", "--numeric-owner", "--directory", self._root, "--file", archive], check=True)
        # A Swift program has its arguments from there.
        subprocess.run(["mount", "-t", "proc", "proc", self.path("proc")], check=True)
        # Where that is, packages take the machine for one that systemd has started.
        self.path("run/systemd/system").mkdir(parents=True)
        systemctl = self.path("usr/bin/systemctl")
        systemctl.write_text(SYSTEMCTL)
        systemctl.chmod(0o755)

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", self.path("proc")], check=True)
        shutil.rmtree(self._root, ignore_errors=True)

    def path(self, name: str) -> Path:
        return self._root / name

    def command(self, *words: str, user: str = "root") -> list[str]:
        return ["chroot", f"--userspec={user}:{user}", str(self._root), *words]

    def run(self, *words: str) -> str:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        result = subprocess.run(self.command(*words), env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, f"{words}: {result.stdout}{result.stderr}"
        return result.stdout

    def install(self, package: Path) -> None:
        shutil.copy(package, self.path("tmp/package.deb"))
        self.run("dpkg", "--install", "/tmp/package.deb")
        self.path("tmp/package.deb").unlink()

    def asked(self) -> list[str]:
        """What systemctl was asked to do since this was called last."""
        log = self.path("var/log/systemctl")
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def is_enabled(self, unit: str) -> bool:
        return any((folder / unit).is_symlink() for folder in self.path("etc/systemd/system").glob("*.wants"))

    def files(self) -> set[str]:
        """All but what dpkg and adduser keep for themselves of any package, and what ends with the machine."""
        kept = ("run/", "var/lib/dpkg/", "var/log/", "etc/passwd", "etc/shadow", "etc/group", "etc/gshadow", "var/lib/systemd/deb-systemd")
        command = ["find", self._root, "-xdev", "-printf", "%P\\n"]
        names = set(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines())
        return {name for name in names if not name.startswith(kept) and not name.endswith(".wants")}

    def user(self, name: str) -> pwd.struct_passwd:
        (line,) = [line for line in self.path("etc/passwd").read_text().splitlines() if line.startswith(f"{name}:")]
        _, _, uid, gid, about, home, shell = line.split(":")
        return pwd.struct_passwd((name, "x", int(uid), int(gid), about, home, shell))

    @contextlib.contextmanager
    def started(self, unit: str) -> Iterator["Service"]:
        with Service(self, unit) as service:
            yield service


class Service:
    """A process as [Service] of a unit has it: user, folder, settings and readiness. Its port is one that is free here."""

    def __init__(self, machine: Machine, unit: str) -> None:
        lines = service_lines(machine.path(f"usr/lib/systemd/system/{unit}"))
        settings = dict(lines)
        user = machine.user(settings["User"])
        folder = machine.path("var/lib") / settings["StateDirectory"]
        folder.mkdir(exist_ok=True)
        os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(int(settings["StateDirectoryMode"], 8))
        self._address = machine.path("run/notify")
        self._address.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._address))
        self._address.chmod(0o666)
        self._socket.setblocking(False)
        self._heard: list[str] = []
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = dict(value.split("=", 1) for name, value in lines if name == "Environment")
        environment |= {"PATH": "/usr/sbin:/usr/bin", "NOTIFY_SOCKET": "/run/notify", "PORT": str(port), "STUN_PORT": "0"}
        self._log = machine.path("var/log/service")
        command = ["setpriv", "--no-new-privs", *machine.command(*settings["ExecStart"].split(), user=settings["User"])]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.stop_limit = float(settings["TimeoutStopSec"])

    def __enter__(self) -> "Service":
        deadline = time.monotonic() + START_LIMIT
        while not self._is_ready():
            ended = self._process.poll()
            if ended is not None or time.monotonic() > deadline:
                self._process.kill()
                raise AssertionError(f"not ready (exit code {ended}): {self._log.read_text()}")
            time.sleep(0.05)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(self.stop_limit)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._socket.close()
        assert kind or code == 0, f"it ended with {code}: {self._log.read_text()}"

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def told(self, word: str) -> bool:
        """Whether the service says that to its manager, or has said it."""
        deadline = time.monotonic() + START_LIMIT
        while word not in self._heard and time.monotonic() < deadline:
            try:
                self._heard += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                time.sleep(0.05)
        return word in self._heard

    @property
    def uid(self) -> int:
        return Path(f"/proc/{self._process.pid}").stat().st_uid

    @property
    def no_new_privileges(self) -> bool:
        return "NoNewPrivs:\t1" in Path(f"/proc/{self._process.pid}/status").read_text()
