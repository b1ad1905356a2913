"""SIGKILL at any moment, and the same file again: what the server has said is true in each of its lives."""

import asyncio
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from server_process import ServerProcess, binary, clean_environment
from store_ledger import LedgerMismatch
from store_load import CodeBook, StoreLoad, use_rooms

# Divided among the ways in which the server is run.
KILLS = int(os.environ.get("NT_STORE_KILLS", "40"))
SEED = int(os.environ.get("NT_STORE_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
# The longest that a process lives before it is killed, from when it listens.
LONGEST = 0.6
WAYS = [{"STORE_SYNC": "normal", "ROOMS": "any"}, {"STORE_SYNC": "full", "ROOMS": "minted"}]
# A code of eight digits is not drawn again by chance, and no client is kept from asking for those that are gone.
SETTINGS = {"ROOM_TTL": "1h", "CODE_DIGITS": "8", "CODE_DIGITS_MAX": "8", "REDEEM_FAILURES_PER_MIN": "0"}


class Lives:
    """One process of the server's after the other, each over the file that the one before has left."""

    def __init__(self, start_server: Callable[..., ServerProcess], folder: Path, rng: random.Random, **settings: str) -> None:
        self.folder = folder / "state"
        self.folder.mkdir()
        self._settings = {**SETTINGS, **settings, "STORE": f"sqlite://{self.folder}/state.db"}
        self._start_server = start_server
        self._rng = rng
        self.server: ServerProcess | None = None
        self.killed_while_starting = 0

    async def next(self) -> ServerProcess:
        # Some end before they listen.
        while self._rng.random() < 0.15:
            await asyncio.to_thread(self._start_and_kill, self._rng.uniform(0, 0.12))
        port = self.server.port if self.server is not None and self._rng.random() < 0.5 else 0
        self.server = await asyncio.to_thread(self._start_server, port=port, **self._settings)
        return self.server

    def _start_and_kill(self, after: float) -> None:
        environment = clean_environment(**self._settings, HOST="127.0.0.1", PORT="0", STUN_PORT="0")
        nowhere = subprocess.DEVNULL
        process = subprocess.Popen([binary()], env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere)
        time.sleep(after)
        assert process.poll() is None, f"it ended with {process.returncode}"
        process.kill()
        process.wait()
        self.killed_while_starting += 1


async def strain(lives: Lives, load: StoreLoad, kills: int, between: Callable[[int], None] = lambda _: None) -> None:
    """Kills so many processes under load; then everything must come to its end in one that lives. `between` is told the count before."""
    try:
        for number in range(kills):
            server = await lives.next()
            load.begin(server.port)
            await load.go_on(load.rng.uniform(0, LONGEST))
            load.end()
            server.kill()
            between(number)
            if number % 50 == 49:
                print(f"{number + 1} of {kills} kills", flush=True)
        server = await lives.next()
        load.begin(server.port)
        await load.finish(limit=60)
    except BaseException:
        # Clients that were in the midst of something would hold up its end.
        if lives.server is not None:
            lives.server.kill()
        raise
    finally:
        await load.stop()


@pytest.mark.limit(60 + 6 * KILLS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()))
async def test_what_was_said_is_true_after_sigkill(way: dict, start_server: Callable, tmp_path: Path, figures: Callable) -> None:
    """Codes lead to their rooms once, items arrive once and in order, and sides stay with those who have their tokens."""
    print(f"NT_STORE_SEED={SEED}", flush=True)
    rng = random.Random(f"{SEED} {way}")
    load, lives = StoreLoad(rng, way["ROOMS"] == "minted"), Lives(start_server, tmp_path, rng, **way)
    codes = CodeBook(load)
    load.start(*(codes.use() for _ in range(4)), *(use_rooms(load, codes) for _ in range(5)))
    began = time.monotonic()
    kills = KILLS // len(WAYS)
    await strain(lives, load, kills)
    load.start(codes.check_all())
    await load.finish(limit=60)

    assert load.figures["codes left at the end"] > 0
    if kills >= 20:
        came_between = load.figures["items sent again"] and load.figures["redeems repeated after a kill"]
        assert came_between, f"all kills came when nothing was under way: {load.figures}"
    counts = ", ".join(f"{count} {what}" for what, count in sorted(load.figures.items()))
    figures(
        f"NT_STORE_SEED={SEED}: {kills} kills and {lives.killed_while_starting} while it started, "
        f"in {time.monotonic() - began:.1f} s; {counts}"
    )


class Harm:
    """Does to the file between two lives what no kill may do; again and again, as there may be nothing in it that anybody misses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copy = folder.with_name("copy")

    def deleted(self, number: int) -> None:
        if number % 4 == 3:
            shutil.rmtree(self._folder)
            self._folder.mkdir()

    def older(self, number: int) -> None:
        if number % 4 == 1:
            shutil.copytree(self._folder, self._copy)
        elif number % 4 == 3:
            shutil.rmtree(self._folder)
            self._copy.rename(self._folder)


@pytest.mark.parametrize("clients", ["codes", "rooms"])
@pytest.mark.parametrize("harm", [Harm.deleted, Harm.older], ids=lambda harm: harm.__name__)
async def test_a_file_that_was_harmed_is_noticed(harm: Callable, clients: str, start_server: Callable, tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    rng = random.Random(f"{SEED} {clients}")
    load, lives = StoreLoad(rng, tokens_needed=False), Lives(start_server, tmp_path, rng)
    codes = CodeBook(load)
    load.start(*((codes.use() for _ in range(4)) if clients == "codes" else (use_rooms(load, codes) for _ in range(4))))
    doing = Harm(lives.folder)
    with pytest.raises(LedgerMismatch, match="^(code|room) "):
        await strain(lives, load, 24, lambda number: harm(doing, number))
