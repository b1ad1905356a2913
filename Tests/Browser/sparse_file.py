"""Files of many gigabytes that take little of the disk, and in which no two pieces are the same."""

import hashlib
import random
from pathlib import Path

# Random bytes come at the begin of each stretch, and a hole behind them. No message of a file is larger than a stretch.
STRETCH = 64 << 10
RANDOM = 2 << 10


def make_sparse_file(path: Path, size: int) -> str:
    """Its SHA-256."""
    source = random.Random(size)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for begin in range(0, size, STRETCH):
            stretch = source.randbytes(min(RANDOM, size - begin))
            file.seek(begin)
            file.write(stretch)
            digest.update(stretch + bytes(min(STRETCH, size - begin) - len(stretch)))
        file.truncate(size)
    return digest.hexdigest()


def files_of_size(folder: Path, size: int) -> list[Path]:
    """Those below the folder: what a page has in private storage lies in the browser's profile."""
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file() and path.stat().st_size == size:
                found.append(path)
        except OSError:
            # The browser removes files of its own.
            continue
    return found
