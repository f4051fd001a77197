"""A private event loop in a thread of its own, so that one asynchronous library can serve synchronous callers.
Must not be shared between channels.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopClosedError(Exception):
    """The loop ended while a call was waiting on it."""


class Loop:
    """An event loop that runs from construction until :meth:`close`."""

    def __init__(self, name: str) -> None:
        """Start the thread; it is a daemon, so that a hanging platform cannot keep the program alive."""
        self._ready: concurrent.futures.Future[asyncio.AbstractEventLoop] = concurrent.futures.Future()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._loop = self._ready.result()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``, or what it raised. Raises LoopClosedError when the loop ends first."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except (concurrent.futures.CancelledError, asyncio.CancelledError):
            raise LoopClosedError from None
        except RuntimeError:
            if not self._loop.is_closed():
                raise
            work.close()
            raise LoopClosedError from None

    def close(self) -> None:
        """Cancel what is under way, end the loop and its thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        # the runner cancels tasks, ends generators and the resolver's threads, and closes the loop
        with asyncio.Runner() as runner:
            runner.run(self._wait())

    async def _wait(self) -> None:
        self._ready.set_result(asyncio.get_running_loop())
        await self._stop.wait()
