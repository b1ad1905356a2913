"""What takes half a minute in which nothing is done but waiting: all of it is begun at once, and each test waits for its own."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from loop_thread import LoopThread

Name = TypeVar("Name")
Result = TypeVar("Result")


class SideBySide(Generic[Name, Result]):
    """What is asked for again, as by a test that has a further try, is done anew."""

    def __init__(self, loop: LoopThread, makes: dict[Name, Callable[[], Coroutine[Any, Any, Result]]]) -> None:
        self._makes = makes
        self._begun: dict[Name, Awaitable[Result]] = loop.run(self._begin())

    async def _begin(self) -> dict[Name, Awaitable[Result]]:
        return {name: asyncio.create_task(make()) for name, make in self._makes.items()}

    def __getitem__(self, name: Name) -> Awaitable[Result]:
        return self._begun.pop(name, None) or asyncio.create_task(self._makes[name]())
