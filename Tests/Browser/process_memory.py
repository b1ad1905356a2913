"""What a browser takes of the machine's memory, with all of its processes."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PROC = Path("/proc")


def is_measurable() -> bool:
    return (PROC / "self/smaps_rollup").exists()


def memory_of(root: int) -> int:
    """Bytes of a process and of all that descend from it. What several share counts once (PSS)."""
    return sum(_proportional(pid) for pid in _descendants(root))


def chromium_with(profile: Path) -> int:
    """The first process of the Chromium that uses this profile."""
    for folder in PROC.glob("[0-9]*"):
        arguments = _read(folder / "cmdline").split("\0")
        if f"--user-data-dir={profile}" in arguments and not any(argument.startswith("--type=") for argument in arguments):
            return int(folder.name)
    raise AssertionError(f"no Chromium uses {profile}")


class Watched:
    """The memory of several browsers before and during something."""

    def __init__(self, roots: Iterable[int]) -> None:
        self._roots = list(roots)
        self.before = self._now()
        self.highest = list(self.before)

    def until(self, is_over: Callable[[], Any], limit: float, every: float = 0.25) -> float:
        """Looks until something is over, and says how many seconds that took."""
        begin = time.monotonic()
        while not is_over():
            passed = time.monotonic() - begin
            assert passed < limit, f"not over within {limit:.0f} s"
            # Looking takes the kernel's time, of which the browsers should have most.
            looking = time.monotonic()
            self.highest = [max(pair) for pair in zip(self.highest, self._now(), strict=True)]
            time.sleep(max(every, 4 * (time.monotonic() - looking)))
        return time.monotonic() - begin

    def begin_anew(self) -> None:
        """Forgets the highest so far, and not what was there before."""
        self.highest = self._now()

    @property
    def growth(self) -> list[int]:
        return [high - low for high, low in zip(self.highest, self.before, strict=True)]

    def _now(self) -> list[int]:
        return [memory_of(root) for root in self._roots]


def _descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        # The name before it may hold anything, but its last parenthesis is the last one of the line.
        fields = _read(folder / "stat").rpartition(")")[2].split()
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _proportional(pid: int) -> int:
    lines = _read(PROC / str(pid) / "smaps_rollup").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _read(path: Path) -> str:
    """Nothing, if the process has ended meanwhile."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
