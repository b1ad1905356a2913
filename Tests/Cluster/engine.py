"""A Valkey or Redis of a test's own, with everything that can befall it."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any

from forms import IS_LONG
from other_process import FOLDERS, OtherProcess, program
from ports import free_port
from resp import EngineRefused, command

START_LIMIT = 10.0
# What a call fails with while the engine is away.
AWAY = (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, TimeoutError)


class Engine(OtherProcess):
    """Use it with `async with`. It keeps its port. With `fsync` (`always`, `everysec`) it has what it had when it is started anew. Only
    `always` loses nothing when it is killed: with `everysec` it puts off writing for up to two seconds while the disk is slow."""

    def __init__(
        self, folder: Path, kind: str = "valkey", *arguments: str, fsync: str | None = None, port: int | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.kind = kind
        self.port = port or free_port()
        self.name = f"{kind}-{self.port}"
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--maxmemory-policy", "noeviction"]
        options += ["--appendonly", "yes", "--appendfsync", fsync] if fsync else []
        super().__init__([program(f"{kind}-server"), *options, *arguments], folder / "engine.log")

    async def __aenter__(self) -> "Engine":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    @property
    def store(self) -> str:
        """What a node's STORE says of it."""
        return f"{self.kind}://127.0.0.1:{self.port}/0?prefix=nt"

    async def start(self) -> None:
        self.launch()
        await self.wait_until_there()

    async def wait_until_there(self, limit: float = START_LIMIT) -> None:
        deadline = asyncio.get_running_loop().time() + limit
        while True:
            assert self.is_running, f"{self.name} does not run; its log:\n{self.log()[-2000:]}"
            try:
                if await self.call("PING", limit=1) == "PONG":
                    return
            except EngineRefused as refused:
                # While it reads its file it refuses everybody.
                if "NOAUTH" in str(refused):
                    return
            except AWAY:
                pass
            assert asyncio.get_running_loop().time() < deadline, f"{self.name} does not serve; its log:\n{self.log()[-2000:]}"
            await asyncio.sleep(0.02)

    async def call(self, *words: str | int, limit: float = 5.0) -> Any:
        return await command(self.port, *words, limit=limit)

    async def figures(self, section: str) -> dict[str, str]:
        """A section of INFO."""
        text = await self.call("INFO", section)
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    async def script_calls(self) -> int:
        """Scripts that it has run since it was started."""
        stats = await self.figures("commandstats")
        counts = [re.search(r"calls=(\d+)", stats.get(f"cmdstat_{name}", "")) for name in ("evalsha", "eval", "fcall")]
        return sum(int(count[1]) for count in counts if count)

    # What befalls it

    async def wipe(self) -> None:
        await self.call("FLUSHALL")

    async def be_full(self) -> None:
        """It refuses all that takes memory; nothing is evicted."""
        await self.call("CONFIG", "SET", "maxmemory", "1")

    async def have_space(self) -> None:
        await self.call("CONFIG", "SET", "maxmemory", "0")

    async def pause_clients(self, seconds: float) -> None:
        """It answers nobody for so long, and then everybody."""
        await self.call("CLIENT", "PAUSE", int(seconds * 1000), "ALL")

    async def kill_connections(self) -> int:
        return await self.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    async def forget_scripts(self) -> None:
        await self.call("SCRIPT", "FLUSH", "SYNC")

    async def be_read_only(self) -> None:
        """It follows a primary that is not there: so it keeps what it has, and takes no writes."""
        await self.call("REPLICAOF", "127.0.0.1", free_port())

    async def follow(self, primary: "Engine", limit: float = START_LIMIT) -> None:
        """It becomes a replica: it has what the primary has, and takes no writes."""
        await self.call("REPLICAOF", "127.0.0.1", primary.port)
        deadline = asyncio.get_running_loop().time() + limit
        while (await self.figures("replication")).get("master_link_status") != "up":
            assert asyncio.get_running_loop().time() < deadline, f"{self.name} does not follow {primary.name}"
            await asyncio.sleep(0.05)

    async def lead(self) -> None:
        await self.call("REPLICAOF", "NO", "ONE")


def kinds() -> list[str]:
    """The engines that are on this machine; at least one name, of which the test is skipped if there is none."""
    folders = [*map(Path, os.environ["PATH"].split(os.pathsep)), *FOLDERS]
    found = [kind for kind in ("valkey", "redis") if any((folder / f"{kind}-server").exists() for folder in folders)]
    return found or ["valkey"]


# For what takes long, and is the nodes' matter more than the engine's.
ONE_KIND = kinds() if IS_LONG else kinds()[:1]
ANOTHER_KIND = kinds() if IS_LONG else kinds()[-1:]
