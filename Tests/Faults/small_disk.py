"""Disks of a test's own: a file system in memory, in a mount namespace that servers are started in."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

AS_ROOT = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]


class SmallDisk:
    """`folder` is where servers find it, if they are started with `wrapper`; `inside` is where the test does."""

    def __init__(self, folder: Path, options: str) -> None:
        self.folder = folder
        # It holds the namespace until its input ends.
        script = 'mount -t tmpfs -o "$1" tmpfs "$0" && echo mounted && read -r line'
        self._keeper = subprocess.Popen(
            ["unshare", *AS_ROOT, "--mount", "sh", "-c", script, str(folder), options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self._keeper.stdout.readline() != "mounted\n":
            raise OSError(self._keeper.communicate(timeout=10)[1].strip())

    @property
    def wrapper(self) -> list[str]:
        user = ["--user", "--preserve-credentials"] if AS_ROOT else []
        return ["nsenter", *user, "--mount", "--target", str(self._keeper.pid)]

    @property
    def inside(self) -> Path:
        return Path(f"/proc/{self._keeper.pid}/root{self.folder}")

    def run(self, *command: str) -> None:
        subprocess.run([*self.wrapper, *command], check=True, capture_output=True, timeout=10)

    def fill(self) -> None:
        with (self.inside / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass

    def free(self) -> None:
        (self.inside / "filler").unlink()

    def end(self) -> None:
        self._keeper.communicate(timeout=10)


@contextmanager
def small_disk(folder: Path, options: str = "size=4m") -> Iterator[SmallDisk]:
    disk = SmallDisk(folder, options)
    try:
        yield disk
    finally:
        disk.end()


@cache
def missing() -> str | None:
    """Why there are no such disks here; None if there are."""
    for tool in ("unshare", "nsenter", "mount"):
        if not shutil.which(tool):
            return f"no {tool} on PATH"
    try:
        with small_disk(Path("/tmp")):
            return None
    except OSError as error:
        return f"no disk of one's own is to be had here: {error}"
