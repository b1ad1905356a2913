"""Tools/pair-over-rtc as a process: Swift's `Pairing` over a real session, and over the WebRTC connection of an engine_*.py."""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from server_process import REPOSITORY, binary, clean_environment

FOLDER = Path(__file__).parent
LIMIT = 40.0
LONGEST_LINE = 1 << 16
PYTHONPATH = ":".join(str(REPOSITORY / "Tests" / name) for name in ("Interop", "Support", "Browser"))


class PairingProgram:
    @classmethod
    async def start(cls, server: str, *flags: str, code: str | None = None, engine: str = "aiortc") -> "PairingProgram":
        """Mints a code, or joins with one."""
        command = [str(binary().parent / "pair-over-rtc"), "--server", server, *flags, *(["--join"] if code else [])]
        command += [sys.executable, str(FOLDER / f"engine_{engine}.py")]
        pipe = asyncio.subprocess.PIPE
        environment = clean_environment(PYTHONPATH=PYTHONPATH)
        program = cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=environment, limit=LONGEST_LINE))
        if code:
            await program.do(code=code)
        return program

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[dict[str, Any]] = []

    async def do(self, **command: Any) -> None:
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()

    async def tells(self, *events: str) -> dict[str, Any]:
        """The next of these events; others before it are passed over, and are in `told`."""

        async def read() -> dict[str, Any]:
            while line := await self._process.stdout.readline():
                self.told.append(json.loads(line))
                if self.told[-1]["event"] in events:
                    return self.told[-1]
            raise AssertionError(f"it ended without {events}: {self.told}")

        try:
            return await asyncio.wait_for(read(), LIMIT)
        except TimeoutError:
            raise AssertionError(f"no {events} within {LIMIT:.0f} s: {self.told}") from None

    async def code(self) -> str:
        return (await self.tells("code"))["text"]

    async def linked(self) -> dict[str, Any]:
        told = await self.tells("linked", "failed")
        assert told["event"] == "linked", self.told
        return told

    async def hears(self, text: str) -> None:
        assert (await self.tells("message"))["text"] == text

    async def hears_bytes(self, count: int) -> None:
        while count > 0:
            count -= (await self.tells("message"))["bytes"]
        assert count == 0

    async def fails(self) -> str:
        """With which code."""
        told = await self.tells("failed", "ended")
        assert told["event"] == "failed", self.told
        assert await self.exit_code() == 1
        return told["code"]

    async def leave(self) -> None:
        self._process.stdin.close()
        assert (await self.tells("ended", "failed"))["event"] == "ended", self.told
        assert await self.exit_code() == 0

    async def exit_code(self) -> int:
        return await asyncio.wait_for(self._process.wait(), LIMIT)

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
