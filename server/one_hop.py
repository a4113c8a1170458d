"""SQLite's thread, entered once for a whole piece of work.

A file's connection lives on a thread of its own. Awaited call by call, each cursor, statement,
fetch and commit is handed over and waited for, through adapters that cost more than the work. Here
a piece of work is done over there in one go, and the loop waits once.

The same connection takes both, one after the other: whoever took it out of its pool has it alone.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Protocol, TypeVar

import aiosqlite
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

FETCHED_AT_ONCE = 64

Found = TypeVar("Found")


class Run(Protocol):
    """How a piece of work reaches its database."""

    async def __call__(self, work: Callable[[Connection], Found], /) -> Found: ...


def committing(work: Callable[[Connection], Found]) -> Callable[[Connection], Found]:
    """The same work with a commit after it."""

    def last(connection: Connection) -> Found:
        found = work(connection)
        connection.commit()
        return found

    return last


class OwnThread(aiosqlite.Connection):
    """A connection that also takes work as a whole.

    Args:
        begin: what begins a transaction.
    """

    def __init__(self, begin: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(lambda: sqlite3.connect(*args, **kwargs), FETCHED_AT_ONCE)
        self._thread.daemon = True  # a program that ends does not wait for it
        self._begin = begin

    async def run(self, work: Callable[[Connection], Found]) -> Found:
        """What the work comes to; it begins a transaction where there is none.

        It runs beside the loop, and may use what nobody else does. It is waited for, cancelled or
        not, so that what it has committed is known: who was cancelled meanwhile hears of it where
        they wait next.
        """
        return await self._hop(partial(self._do, work))

    async def rollback(self) -> None:
        # Asked for whenever a connection is given back; mostly there is nothing left to undo.
        if self.in_transaction:
            await self._hop(self._undo)

    async def _hop(self, work: Callable[[], Found]) -> Found:
        if not self._running or self._connection is None:
            raise ValueError("expected an open connection, got a closed one")
        ended: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((ended, work))
        return await _whoever_is_cancelled(ended)

    def _do(self, work: Callable[[Connection], Found]) -> Found:
        if not self._conn.in_transaction:
            # On some errors SQLite has rolled back by itself: nobody goes on in what is gone.
            self._here.rollback()
            self._here.exec_driver_sql(self._begin)
        return work(self._here)

    def _undo(self) -> None:
        self._here.rollback()
        self._conn.rollback()

    @cached_property
    def _here(self) -> Connection:
        """The connection as it is seen on its thread: nothing has to be awaited."""
        return create_engine(
            "sqlite://", creator=lambda: self._conn, poolclass=StaticPool, pool_reset_on_return=None
        ).connect()


async def _whoever_is_cancelled(ended: asyncio.Future[Found]) -> Found:
    me, cancelled = asyncio.current_task(), 0
    assert me is not None
    while not ended.done():
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            cancelled += 1
            me.uncancel()
        except Exception:
            break  # the work's own: told below
    for _ in range(cancelled):
        me.cancel()
    return ended.result()
