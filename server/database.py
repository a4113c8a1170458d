"""The journal's tables and the engine under them.

One writer at a time on SQLite: a writing transaction begins IMMEDIATE, so that what it reads stays
true until it commits, and WAL lets readers go on meanwhile. `synchronous = FULL`: what was
committed survives a power cut. On PostgreSQL the same statements lock the topics' rows instead, and
`synchronous_commit` is on whatever its own configuration says.

What comes often is a piece of work that runs where the connection is, on SQLite's own thread
(`one_hop.py`); the rest is awaited statement by statement.

PostgreSQL may be away for a moment: it is waited for PATIENCE_S before whoever asks is told. A
worker that stands still in the middle of a transaction would hold its locks for ever: its session
is ended by the server after LONGEST_PAUSE_MS, and the locks go to those who live.

    edition   one per deployment: its clock, its epoch, its media epoch
    topic     where each log stands: epoch and head
    event     the logs; (topic, seq) is unique, id orders the topics of one unit among each other
    content   the free text of an event, apart from it, so that it can be emptied and the log stays
    command   answers that were given: the same id gets the same answer again
    reaction_cursor   how far the reactions have read a topic
    lease   which of several workers keeps time, and until when
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from alembic import command as alembic_command
from alembic.config import Config
from asyncpg import exceptions as postgres
from sqlalchemy import BigInteger, DateTime, Index, Integer, Table, UniqueConstraint, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.types import TypeDecorator
from sqlalchemy.util import greenlet_spawn
from sqlmodel import Field, SQLModel

from server.one_hop import Found, OwnThread, Run, committing

log = logging.getLogger("topmoede.database")

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 5_000
READERS = 4
WRITERS = 4
PATIENCE_S = 10.0
LOOK_AGAIN_S = 0.1
CONNECT_WITHIN_S = 5
ANSWER_WITHIN_S = 20
LONGEST_PAUSE_MS = 4_000
LONGEST_LOCK_MS = 15_000
# Any number will do that nobody else on the server locks by.
MIGRATING = 2_021_01_28

AWAY = (
    OSError,  # refused, reset, not answered in time
    NoneFree,  # all connections wait for a server that does not answer
    postgres.CannotConnectNowError,
    postgres.ConnectionDoesNotExistError,
    postgres.ConnectionFailureError,
    postgres.InterfaceError,
    postgres.TooManyConnectionsError,
)
# SQLSTATEs after which the same transaction may succeed: it lost a race, or its server went.
PASSING = frozenset(
    {
        *("40001", "40P01", "55P03"),  # serialisation, deadlock, no lock in time
        *("25P03", "57P01", "57P02", "57P03", "57014"),  # our session was ended, or its server
        *("08000", "08003", "08006", "53300"),  # the line, no room for one more session
    }
)

Taken = TypeVar("Taken")
Id = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps no offset, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"expected an aware time for the database, got {value}")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class EditionRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "edition"

    id: str = Field(primary_key=True)
    title: str
    programme: str
    epoch: str
    clock_wall: datetime = Field(sa_type=Moment)
    clock_show: datetime = Field(sa_type=Moment)
    clock_speed: float
    media_epoch: datetime = Field(sa_type=Moment)
    share_key: str = ""


class TopicRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "topic"

    edition_id: str = Field(primary_key=True, foreign_key="edition.id")
    name: str = Field(primary_key=True)
    epoch: str
    head: int = Field(sa_type=BigInteger)


class EventRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "event"
    __table_args__: ClassVar[Any] = (UniqueConstraint("edition_id", "topic", "seq"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    edition_id: str = Field(foreign_key="edition.id")
    topic: str
    seq: int = Field(sa_type=BigInteger)
    name: str
    at: datetime = Field(sa_type=Moment)
    show_at: datetime | None = Field(default=None, sa_type=Moment)
    cause: str | None = None
    data: str


class ContentRow(SQLModel, table=True):
    """Free text of an event as a JSON object of its fields; None once it was erased."""

    __tablename__: ClassVar[str] = "content"
    __table_args__: ClassVar[Any] = (Index("content_subject", "edition_id", "topic", "subject"),)

    edition_id: str = Field(primary_key=True, foreign_key="edition.id")
    topic: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    subject: str
    text: str | None = None


class CommandRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "command"

    edition_id: str = Field(primary_key=True, foreign_key="edition.id")
    person: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    digest: str
    topic: str
    seq: int | None = Field(default=None, sa_type=BigInteger)
    held: bool = False


class ReactionCursorRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "reaction_cursor"

    edition_id: str = Field(primary_key=True, foreign_key="edition.id")
    topic: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)


class LeaseRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "lease"

    edition_id: str = Field(primary_key=True, foreign_key="edition.id")
    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_type=Moment)


def _table(row: type[SQLModel]) -> Table:
    table = SQLModel.metadata.tables[str(row.__tablename__)]
    assert isinstance(table, Table)
    return table


EDITIONS, TOPICS, EVENTS = _table(EditionRow), _table(TopicRow), _table(EventRow)
CONTENTS, COMMANDS, CURSORS = _table(ContentRow), _table(CommandRow), _table(ReactionCursorRow)
LEASES = _table(LeaseRow)


class Database:
    """An engine for the one who writes and one for those who read; the same in memory."""

    def __init__(self, url: str, patience_s: float = PATIENCE_S) -> None:
        """
        Args:
            url: `sqlite+aiosqlite:///FILE`, `sqlite+aiosqlite://` for memory,
                or `postgresql+asyncpg://…`; without the driver's name it is filled in.
            patience_s: how long a server that is away is waited for.
        """
        self._patience_s = patience_s
        self.reads = 0
        """How often anything was read outside a writing transaction."""
        self.writes = 0
        self.url = _with_driver(make_url(url))
        self.one_writer = self.url.get_backend_name() == "sqlite"
        in_memory = self.one_writer and self.url.database in (None, "", ":memory:")
        if self.one_writer:
            self._writer = _sqlite(self.url, 1, "BEGIN IMMEDIATE")
            self._reader = self._writer if in_memory else _sqlite(self.url, READERS, "BEGIN")
        else:
            # A writer reads what others have committed since it got its locks.
            self._writer = _postgres(self.url, WRITERS, "READ COMMITTED")
            self._reader = _postgres(self.url, READERS, "REPEATABLE READ")

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write; commits at the end, rolls back on an exception."""
        self.writes += 1
        async with _transaction(self._writer, self._patience_s) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database."""
        self.reads += 1
        async with _transaction(self._reader, self._patience_s) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Run]:
        """A transaction that may write, in whole pieces of work; the first begins it, and the last
        commits. What is not committed is rolled back."""
        self.writes += 1
        async with _running(self._writer, self._patience_s) as run:
            yield run

    async def write_at_once(self, work: Callable[[Connection], Found]) -> Found:
        """A whole transaction that may write, in one piece."""
        async with self.writing() as run:
            return await run(committing(work))

    async def read_at_once(self, work: Callable[[Connection], Found]) -> Found:
        """A whole transaction that sees one state of the database, in one piece."""
        self.reads += 1
        async with _running(self._reader, self._patience_s) as run:
            return await run(committing(work))

    async def migrate(self) -> None:
        """Bring the schema to this program's version; additive steps only, so old code can read."""
        async with asyncio.timeout(60), self.write() as connection:
            await connection.run_sync(_upgrade)

    async def close(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()


class DatabaseAway(ConnectionError):
    """The server could not be reached for as long as we wait."""


def gave_no_answer(error: BaseException) -> bool:
    """Whether an error says that the database is away, and not that something else is wrong."""
    return isinstance(error, DatabaseAway | DBAPIError | NoneFree) and may_pass(error)


def may_pass(error: BaseException) -> bool:
    """Whether the same transaction may succeed in a moment: it lost a race, or the server went.

    Whether it has been committed is then not known; who tries again must find out.
    """
    if not isinstance(error, DBAPIError):
        return isinstance(error, AWAY)
    code = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or code in PASSING or isinstance(error.orig, AWAY)


@asynccontextmanager
async def _running(engine: AsyncEngine, patience_s: float) -> AsyncIterator[Run]:
    async with AsyncExitStack() as stack:
        if engine.dialect.name == "sqlite":
            taken = await _connected(engine.raw_connection, patience_s)
            stack.push_async_callback(greenlet_spawn, taken.close)
            assert isinstance(taken.driver_connection, OwnThread)
            yield taken.driver_connection.run
        else:
            connection = await _connected(engine.connect, patience_s)
            stack.push_async_exit(connection)
            yield connection.run_sync


@asynccontextmanager
async def _transaction(engine: AsyncEngine, patience_s: float) -> AsyncIterator[AsyncConnection]:
    async with AsyncExitStack() as stack:
        connection = await _connected(engine.connect, patience_s)
        stack.push_async_exit(connection)
        async with connection.begin():
            yield connection


async def _connected(connect: Callable[[], Awaitable[Taken]], patience_s: float) -> Taken:
    """A connection that answers; the server may be away for a moment."""
    loop = asyncio.get_running_loop()
    give_up_at_s = loop.time() + patience_s
    while True:
        try:
            return await connect()
        except Exception as error:
            if not may_pass(error):
                raise
            if loop.time() >= give_up_at_s:
                said = f"expected the database to answer; {type(error).__name__}: {error}"
                raise DatabaseAway(said) from error
        await asyncio.sleep(LOOK_AGAIN_S)


def _sqlite(url: URL, size: int, begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"async_creator_fn": partial(OwnThread, begin)},
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _beginning_with(begin))
    return engine


def _postgres(url: URL, size: int, isolation: str) -> AsyncEngine:
    told = {
        "application_name": "topmoede",
        "synchronous_commit": "on",
        "idle_in_transaction_session_timeout": str(LONGEST_PAUSE_MS),
        "lock_timeout": str(LONGEST_LOCK_MS),
    }
    return create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        # What a restarted server has forgotten is found out before it is used.
        pool_pre_ping=True,
        isolation_level=isolation,
        connect_args={
            "timeout": CONNECT_WITHIN_S,
            "command_timeout": ANSWER_WITHIN_S,
            "server_settings": told,
        },
    )


def _with_driver(url: URL) -> URL:
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    return url.set(drivername=drivers.get(url.drivername, url.drivername))


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself and later than ours must.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "foreign_keys = ON",
        "secure_delete = ON",  # erased text must not stay behind in free pages
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _beginning_with(statement: str) -> Any:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Several workers may start at once; the others find everything done.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    alembic_command.upgrade(config, "head")
