"""What takes half a minute in which nothing is done but waiting: all of it is begun at once, and each test waits for its own."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from loop_thread import LoopThread

Name = TypeVar("Name")
Result = TypeVar("Result")


def begin_all(loop: LoopThread, all_of_it: dict[Name, Coroutine[Any, Any, Result]]) -> dict[Name, Awaitable[Result]]:
    async def begin() -> dict[Name, Awaitable[Result]]:
        return {name: asyncio.create_task(one) for name, one in all_of_it.items()}

    return loop.run(begin())
