"""Importing what takes a second or two (scipy.signal) when a node starts, beside the loop and not on it.

The library itself must import fast: the editor looks through all of it to fill its palette.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from contextlib import suppress


async def preload(module: str) -> None:
    """Import a module in a thread, so that the loop goes on meanwhile; raises what the import raises."""
    if module in sys.modules:
        return
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def load() -> None:
        error: BaseException | None = None
        try:
            importlib.import_module(module)
        except BaseException as failure:
            error = failure
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(settle, error)

    thread = threading.Thread(target=load, name=f"import {module}", daemon=True)
    thread.start()
    await done
    thread.join()
