"""SQLite's thread, entered once for a whole piece of work.

A file's connection lives on a thread of its own, and each cursor, statement, fetch and commit is
handed to it and awaited: some thirty switches of threads for a message in the journal, which cost
more than the work. Here the work is done over there in one go, statements, commit and all, and the
loop waits once.

The same connection takes both: calls that the loop awaits one by one, and whole pieces of work.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

FETCHED_AT_ONCE = 64

Found = TypeVar("Found")


class OwnThread(aiosqlite.Connection):
    """A connection whose calls, once on its thread, are made there and then."""

    async def on_its_thread(self, work: Coroutine[Any, Any, Found]) -> Found:
        """What a coroutine comes to that waits for nothing but this connection."""
        return await _whoever_is_cancelled(super()._execute(_to_its_end, work))

    async def rollback(self) -> None:
        # Asked for whenever a connection is given back; mostly there is nothing left to undo.
        if self.in_transaction:
            await super().rollback()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is self._thread:
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)


def own_thread(*args: Any, **kwargs: Any) -> OwnThread:
    """A connection to be opened by awaiting it; what `sqlite3.connect` takes."""
    connection = OwnThread(lambda: sqlite3.connect(*args, **kwargs), FETCHED_AT_ONCE)
    connection._thread.daemon = True  # a program that ends does not wait for it
    return connection


async def in_one_hop(connection: AsyncConnection, work: Callable[[Connection], Found]) -> Found:
    """`run_sync`, with as little waiting as the database allows.

    On SQLite the work runs on another thread while the loop goes on: it may use what nobody else
    does, and it is waited for, cancelled or not, so that what it has committed is known. Who was
    cancelled meanwhile hears of it where they wait next.
    """
    working = connection.run_sync(work)
    driver = _driver_of(connection)
    return await (driver.on_its_thread(working) if isinstance(driver, OwnThread) else working)


def _driver_of(connection: AsyncConnection) -> object:
    sync = connection.sync_connection
    return None if sync is None else sync.connection.driver_connection


def _to_its_end(work: Coroutine[Any, Any, Found]) -> Found:
    try:
        work.send(None)
    except StopIteration as ended:
        found: Found = ended.value
        return found
    work.close()
    raise RuntimeError("expected work on SQLite's thread to wait for nothing, but it waits")


async def _whoever_is_cancelled(work: Coroutine[Any, Any, Found]) -> Found:
    me, working = asyncio.current_task(), asyncio.ensure_future(work)
    assert me is not None
    cancelled = 0
    while not working.done():
        try:
            await asyncio.wait({working})
        except asyncio.CancelledError:
            cancelled += 1
            me.uncancel()
    for _ in range(cancelled):
        me.cancel()
    return working.result()
