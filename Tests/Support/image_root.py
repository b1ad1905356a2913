"""The files of the image, as far as they are on this machine: what its base has of Debian's packages, and what the Dockerfile puts there.

An image cannot be built where none can be pulled. So the files are mounted into a folder in a mount namespace of its own, from the packages
that the base image is made of, and the server is started in there, as the image's user and on a read-only file system.
"""

import functools
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from server_process import REPOSITORY

# What gcr.io/distroless/cc-debian12 consists of, by its own build files.
PACKAGES = ("libc6", "libssl3", "libgcc-s1", "libgomp1", "libstdc++6", "ca-certificates", "tzdata", "netbase", "base-files")
PROGRAM = "/usr/local/bin/nt-backend-wrtc"
STATE = "/var/lib/nt-backend-wrtc"
USER = 10001


def needed_by(program: Path) -> dict[str, Path]:
    """The libraries that the loader finds for it, by their names, and their own."""
    output = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True, timeout=20).stdout
    found = {name: Path(path) for name, path in re.findall(r"(\S+) => (/\S+)", output)}
    loader = re.search(r"^\s*(/\S+/ld-\S+)", output, re.MULTILINE)
    assert loader, output
    return found | {Path(loader[1]).name: Path(loader[1])}


@functools.cache
def libraries_of_the_base() -> set[str]:
    command = ["dpkg", "-L", *PACKAGES]
    # It says which of them are not installed, and goes on.
    return {Path(line).name for line in subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.splitlines()}


def copying(folder: Path) -> str:
    """The Dockerfile's command that copies libraries, with this folder in place of its own."""
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", "")
    found = re.search(r"for library in .*?done", text)
    assert found, text
    return found[0].replace("/out", str(folder))


def copied_by_the_dockerfile() -> set[str]:
    """The libraries that it puts beside the base."""
    return set(re.findall(r"\S+\.so\S*[^\s;]", copying(Path("/"))))


def missing_here() -> str | None:
    """Why there can be no such root on this machine."""
    if os.geteuid() != 0:
        return "only root can make it"
    if not all(shutil.which(name) for name in ("unshare", "chroot", "dpkg", "ldd")):
        return "this needs unshare, chroot, dpkg and ldd"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, timeout=20).returncode != 0:
        return "this may make no mount namespace"
    return None


def entering(folder: Path, program: Path) -> list[str]:
    """The command, to be followed by PROGRAM, that starts it in there. `folder` is empty; only the command itself sees it full."""
    libraries = needed_by(program)
    multiarch = libraries["libc.so.6"].parent.name
    for name in copied_by_the_dockerfile():
        libraries[name] = Path("/usr/lib") / multiarch / name
    # The loader has no cache in there, as in the image, and looks in the folders that it was built to look in.
    placed = {f"/usr/lib/{multiarch}/{name}": path for name, path in libraries.items() if not name.startswith("ld-")}
    placed |= {str(path): path for name, path in libraries.items() if name.startswith("ld-")}
    placed |= {PROGRAM: program, "/etc/ssl/certs/ca-certificates.crt": Path("/etc/ssl/certs/ca-certificates.crt")}
    root = shlex.quote(str(folder))
    lines = ["set -e", f"mount -t tmpfs -o mode=0755 tmpfs {root}"]
    for place, source in placed.items():
        there = shlex.quote(f"{folder}{place}")
        lines += [f"mkdir -p {shlex.quote(str(Path(f'{folder}{place}').parent))}", f"touch {there}"]
        lines += [f"mount --bind {shlex.quote(str(source.resolve()))} {there}"]
    lines += [f"mkdir -p {root}/proc {root}/dev {root}{STATE}", f"mount --rbind /proc {root}/proc", f"mount --rbind /dev {root}/dev"]
    lines += [f"mount --bind {shlex.quote(str(folder) + '.state')} {root}{STATE}", f"mount -o remount,ro {root}"]
    lines += [f'exec chroot --userspec={USER}:{USER} {root} "$@"']
    return ["unshare", "--mount", "--", "sh", "-c", "\n".join(lines), "sh"]
