"""Three Sentinels that watch a primary with two replicas, as the engines' manuals have it, with times as short as they go."""

import asyncio
from pathlib import Path

from engine import AWAY, Engine, EngineRefused
from other_process import OtherProcess, program
from ports import free_port
from resp import command

NAME = "nt-primary"
DOWN_AFTER_MS = 1000
# Before the next attempt at a failover twice as much passes.
FAILOVER_TIMEOUT_MS = 3000
# From a primary's death to the news of its successor: it is missed, the Sentinels agree, one of them is elected, a replica is promoted.
ELECTION_LIMIT = 20.0


class Sentinels:
    """Use it with `async with`: then all of them know of each other and of both replicas."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind = kind
        # A replica that comes is not made to wait for others.
        self.engines = [Engine(folder / f"engine-{index}", kind, "--repl-diskless-sync-delay", "0") for index in range(3)]
        self.ports = [free_port() for _ in range(3)]
        self._folders = [folder / f"sentinel-{index}" for index in range(3)]
        self._watchers = [self._watcher(*each) for each in zip(self._folders, self.ports)]

    def _watcher(self, folder: Path, port: int) -> OtherProcess:
        folder.mkdir(parents=True)
        # A Sentinel keeps what it knows in its configuration. That it knows all at once saves the seconds in which it would find them.
        path = folder / "sentinel.conf"
        known = [f"known-replica {NAME} 127.0.0.1 {engine.port}" for engine in self.engines[1:]]
        known += [f"known-sentinel {NAME} 127.0.0.1 {other} {_id(other)}" for other in self.ports if other != port]
        lines = [
            f"port {port}",
            "bind 127.0.0.1",
            f"dir {folder}",
            f"sentinel myid {_id(port)}",
            f"sentinel monitor {NAME} 127.0.0.1 {self.engines[0].port} 2",
            f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {NAME} {FAILOVER_TIMEOUT_MS}",
            *(f"sentinel {each}" for each in known),
        ]
        path.write_text("\n".join(lines) + "\n")
        return OtherProcess([program(f"{self.kind}-server"), str(path), "--sentinel"], folder / "sentinel.log")

    async def __aenter__(self) -> "Sentinels":
        try:
            await asyncio.gather(*(engine.start() for engine in self.engines))
            await asyncio.gather(*(engine.follow(self.engines[0]) for engine in self.engines[1:]))
            for watcher in self._watchers:
                watcher.launch()
            await self.wait_until_complete()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in (*self._watchers, *self.engines):
            await asyncio.to_thread(process.stop)

    def store(self, *, first_refuses: bool = False) -> str:
        """What a node's STORE says of them. With `first_refuses`, nobody listens where the first one is said to be."""
        ports = [free_port(), *self.ports[1:]] if first_refuses else self.ports
        return f"{self.kind}+sentinel://{','.join(f'127.0.0.1:{port}' for port in ports)}/{NAME}?prefix=nt"

    async def primary(self) -> Engine | None:
        """The engine that most of the Sentinels name."""
        named = [port for port in [await self._named_by(port) for port in self.ports] if port]
        for engine in self.engines:
            if named.count(engine.port) >= 2:
                return engine
        return None

    async def _named_by(self, sentinel: int) -> int | None:
        try:
            answer = await command(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME, limit=1)
            return int(answer[1]) if answer else None
        except (*AWAY, EngineRefused):
            return None

    async def successor(self, of: Engine, limit: float = ELECTION_LIMIT) -> Engine:
        """Waits for the Sentinels to name another primary."""
        deadline = asyncio.get_running_loop().time() + limit
        while (primary := await self.primary()) in (None, of):
            assert asyncio.get_running_loop().time() < deadline, f"no successor of {of.name} within {limit:.0f} s:\n{self.log()}"
            await asyncio.sleep(0.05)
        return primary

    async def wait_until_complete(self, replicas: int = 2, limit: float = 30.0) -> None:
        """All three are there, and the primary has so many replicas that are up to date: so it can be lost."""
        deadline = asyncio.get_running_loop().time() + limit
        while not await self._is_complete(replicas):
            assert asyncio.get_running_loop().time() < deadline, f"not complete within {limit:.0f} s:\n{self.log()}"
            await asyncio.sleep(0.1)

    async def _is_complete(self, wanted: int) -> bool:
        try:
            for port in self.ports:
                words = await command(port, "SENTINEL", "MASTER", NAME, limit=1)
                facts = dict(zip(words[::2], words[1::2]))
                if (facts["flags"], facts["num-other-sentinels"]) != ("master", "2") or int(facts["num-slaves"]) < wanted:
                    return False
            primary = await self.primary()
            if primary is None:
                return False
            figures = await primary.figures("replication")
            replicas = [value for name, value in figures.items() if name.startswith("slave") and "state=online" in value]
            return figures["role"] == "master" and len(replicas) >= wanted
        except (*AWAY, EngineRefused):
            return False

    async def are_replicas(self, limit: float, *engines: Engine) -> None:
        """Waits until the Sentinels have made replicas of these."""
        deadline = asyncio.get_running_loop().time() + limit
        for engine in engines:
            while (await engine.figures("replication"))["role"] != "slave":
                assert asyncio.get_running_loop().time() < deadline, f"{engine.name} is not demoted:\n{self.log()}"
                await asyncio.sleep(0.05)

    def log(self) -> str:
        return "\n".join(watcher.log()[-1500:] for watcher in self._watchers)


def _id(port: int) -> str:
    """Of the Sentinel that listens there."""
    return f"{port:040x}"
