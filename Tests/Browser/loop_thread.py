"""An event loop beside the test: the synchronous Playwright keeps the test's own thread for itself."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

Result = TypeVar("Result")
LIMIT = 30.0


class LoopThread:
    """Use it with `with`."""

    def __enter__(self) -> "LoopThread":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, task: Coroutine[Any, Any, Result], limit: float = LIMIT) -> Result:
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(task, limit), self._loop).result()
