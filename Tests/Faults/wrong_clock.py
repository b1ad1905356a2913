"""A wall clock that goes wrong for one process alone, by the library of Debian's package faketime; other clocks go right."""

import re
from functools import cache
from pathlib import Path


@cache
def library() -> Path | None:
    """For programs with threads; None where it is not installed."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def clock_off_by(offset: str) -> dict[str, str]:
    """What the environment of the process must say; `offset` is one like `+1h`."""
    assert re.fullmatch(r"[+-]\d+[smhd]", offset), offset
    return {"LD_PRELOAD": str(library()), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
