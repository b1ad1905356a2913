"""Runs a command under what a unit file has the kernel refuse: its filters of system calls, of address families and of memory.

    python unit_sandbox.py UNIT [--without CALL ...] -- COMMAND ...

Made from the unit's lines and from the sets that `systemd-analyze syscall-filter` prints, with libseccomp, as systemd itself does it.
`--without` takes calls out of what the unit allows. Whoever is root becomes nobody first: the unit's user has no privileges.
"""

import argparse
import ctypes
import errno
import functools
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

NOBODY = 65534
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000
EQUAL, GREATER, MASKED_EQUAL = 4, 6, 7
PR_SET_NO_NEW_PRIVS = 38
PROT_WRITE, PROT_EXEC, SHM_EXEC = 2, 4, 0o100000


def refuse_with(error: int) -> int:
    return 0x00050000 | error


class Comparison(ctypes.Structure):
    """struct scmp_arg_cmp: how an argument of a call is compared."""

    _fields_ = [("argument", ctypes.c_uint), ("how", ctypes.c_int), ("first", ctypes.c_uint64), ("second", ctypes.c_uint64)]


@functools.cache
def library() -> ctypes.CDLL:
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
    seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
    seccomp.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(Comparison)
    ]  # fmt: skip
    return seccomp


class Filter:
    def __init__(self, otherwise: int) -> None:
        self._context = library().seccomp_init(otherwise)
        assert self._context, "libseccomp makes no filter"

    def add(self, action: int, call: str, *comparisons: Comparison) -> None:
        """Calls that this machine does not have are left out, as systemd leaves them out."""
        number = library().seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            return
        failure = library().seccomp_rule_add_array(
            self._context, action, number, len(comparisons), (Comparison * len(comparisons))(*comparisons)
        )
        assert failure == 0, f"{call}: {os.strerror(-failure)}"

    def load(self) -> None:
        failure = library().seccomp_load(self._context)
        assert failure == 0, f"the kernel takes no filter: {os.strerror(-failure)}"


def service_lines(unit: Path) -> list[tuple[str, str]]:
    """The settings of [Service], in order."""
    section, found = "", []
    for line in unit.read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.append((name, value))
    return found


@functools.cache
def call_sets() -> dict[str, list[str]]:
    printed = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], check=True, capture_output=True, text=True).stdout
    sets: dict[str, list[str]] = {}
    members: list[str] = []
    for line in printed.splitlines():
        if line.startswith("@"):
            members = sets.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.lstrip().startswith("#"):
            members.append(line.strip())
        elif line.startswith("#"):
            # What the kernel has beyond the sets.
            break
    return sets


def expanded(name: str) -> Iterator[str]:
    if not name.startswith("@"):
        yield name
        return
    for member in call_sets()[name]:
        yield from expanded(member)


def allowed_calls(lines: list[str]) -> set[str]:
    """The first line makes it a list of what is allowed; those after it add, and with a ~ take away."""
    assert lines and not lines[0].startswith("~"), "SystemCallFilter= has to begin with what is allowed"
    allowed = set(expanded("@default"))
    for line in lines:
        calls = {call for name in line.removeprefix("~").split() for call in expanded(name)}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


def refuse_families(families: set[int]) -> None:
    sockets = Filter(ALLOW)
    for family in set(range(max(families) + 1)) - families:
        sockets.add(refuse_with(errno.EAFNOSUPPORT), "socket", Comparison(0, EQUAL, family))
    sockets.add(refuse_with(errno.EAFNOSUPPORT), "socket", Comparison(0, GREATER, max(families)))
    sockets.load()


def refuse_executable_memory() -> None:
    both = PROT_WRITE | PROT_EXEC
    memory = Filter(ALLOW)
    memory.add(refuse_with(errno.EPERM), "mmap", Comparison(2, MASKED_EQUAL, both, both))
    for call in ("mprotect", "pkey_mprotect"):
        memory.add(refuse_with(errno.EPERM), call, Comparison(2, MASKED_EQUAL, PROT_EXEC, PROT_EXEC))
    memory.add(refuse_with(errno.EPERM), "shmat", Comparison(2, MASKED_EQUAL, SHM_EXEC, SHM_EXEC))
    memory.load()


def refuse_calls(allowed: set[str]) -> None:
    calls = Filter(KILL_PROCESS)
    for call in sorted(allowed):
        calls.add(ALLOW, call)
    calls.load()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("unit", type=Path)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    lines = service_lines(arguments.unit)
    settings = dict(lines)
    allowed = allowed_calls([value for name, value in lines if name == "SystemCallFilter"]) - set(arguments.without)
    assert settings["MemoryDenyWriteExecute"] == "yes" and settings["NoNewPrivileges"] == "yes"
    families = {getattr(socket, family) for family in settings["RestrictAddressFamilies"].split()}
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    failure = ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    assert failure == 0, "prctl"
    refuse_families(families)
    refuse_executable_memory()
    # Last, since it refuses to load another one.
    refuse_calls(allowed)
    os.execvp(arguments.command[0], arguments.command)


if __name__ == "__main__":
    main()
