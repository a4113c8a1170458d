"""Signing in by link: a link is shown by GET, used by POST, and gives a session's cookie.

Mail scanners open links, so only POST uses one up. A session is known by a random token of 256
bits whose digest alone is stored. Sessions in use are remembered for RECHECK_S, so that a page
full of media requests asks the database seldom, and an ended session is gone everywhere within
that time even when nobody told this process; `end` forgets at once. With the first that has to be
asked for again go all in use that would be soon (AHEAD): five hundred who watch are a question
each two seconds, not a hundred a second. `still_open` reads all that are here in one go and
remembers what it found: when all their lines break at once, nobody who comes back has to be asked
for. Where a crowd comes that nobody knows (the process has just started), those who come while the
database is asked are asked for together.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, update
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access.actor import Actor
from server.access.people import Person
from server.access.tables import LinkRow, PersonRow, SessionRow
from server.database import Database

RECHECK_S = 5
AHEAD = timedelta(seconds=RECHECK_S / 2)
REMEMBERED = 20_000
ASKED_AT_ONCE = 500
READ_AGAIN = 4
HELD = (
    SessionRow.token_digest,
    SessionRow.channel,
    SessionRow.expires_at,
    PersonRow.id,
    PersonRow.name,
    PersonRow.role,
    PersonRow.municipality,
    SessionRow.id,
    PersonRow.attended_at,
)
"""What is read of a session that is here; from the fourth on as `_held` takes them."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A fresh session: the cookie's value, and when it ends."""

    cookie: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A session as it was found, good until a moment; `channel` of a pass."""

    actor: Actor
    channel: str | None
    until: datetime


class SigningIn:
    """People, links and sessions of one edition, over the database.

    Args:
        database: migrated, so that the tables exist.
        edition_id: whose people these are.
        session_for: how long a session lasts.
        now: wall time.
    """

    def __init__(
        self,
        database: Database,
        edition_id: str,
        session_for: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._edition_id = edition_id
        self._session_for = session_for
        self._now = now
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._used: set[str] = set()
        self._ends = 0
        self._wanted: set[str] = set()
        self._turn = asyncio.Lock()
        self.asked = 0
        """How often the database was asked for sessions of those who come."""

    async def register(self, people: Iterable[Person]) -> None:
        """Adds people, or brings those with a known key up to date."""
        async with self._writing() as session:
            known = {row.key: row for row in await session.exec(self._people())}
            for person in people:
                row = known.get(person.key) or PersonRow(
                    id=secrets.token_hex(8),
                    edition_id=self._edition_id,
                    key=person.key,
                    name=person.name,
                    role=person.role,
                )
                row.name, row.role = person.name, person.role
                row.municipality, row.email = person.municipality, person.email
                session.add(row)

    async def keys(self) -> tuple[str, ...]:
        """The keys of all people of the edition."""
        async with self._reading() as session:
            return tuple(row.key for row in await session.exec(self._people()))

    async def make_link(
        self, key: str, valid_for: timedelta | None, *, reusable: bool = False
    ) -> str:
        """A token for the person's link, which ends the older ones.

        Args:
            key: the person's. Raises KeyError when there is nobody of that key.
            valid_for: None for as long as the edition lasts.
            reusable: opens again and again; else the first who signs in uses it up.
        """
        async with self._writing() as session:
            person = (await session.exec(self._people().where(PersonRow.key == key))).first()
            if person is None:
                raise KeyError(key)
            for older in await session.exec(select(LinkRow).where(LinkRow.person_id == person.id)):
                await session.delete(older)
            token = secrets.token_urlsafe(24)
            expires_at = self._now() + valid_for if valid_for else None
            session.add(
                LinkRow(
                    token_digest=_digest(token),
                    person_id=person.id,
                    expires_at=expires_at,
                    reusable=reusable,
                )
            )
        return token

    async def whose(self, token: str) -> Actor | None:
        """Whom a link would sign in, None when it is unknown, used or expired; uses nothing up."""
        async with self._reading() as session:
            found = await self._link(session, token)
            return found and _actor(found[1], "")

    async def enter(self, token: str) -> Entered | None:
        """Uses a link and starts a session; None as `whose`."""
        async with self._writing() as session:
            found = await self._link(session, token)
            if found is None:
                return None
            link, person = found
            if not link.reusable and not await self._use_up(session, link):
                return None
            cookie, expires_at = secrets.token_urlsafe(32), self._now() + self._session_for
            session.add(
                SessionRow(
                    id=secrets.token_hex(8),
                    token_digest=_digest(cookie),
                    person_id=person.id,
                    expires_at=expires_at,
                )
            )
        return Entered(cookie, expires_at)

    async def make_pass(self, key: str, channel: str) -> str:
        """A token that lets a player watch one channel on a person's behalf."""
        async with self._writing() as session:
            person = (await session.exec(self._people().where(PersonRow.key == key))).one()
            token = secrets.token_urlsafe(24)
            expires_at = self._now() + self._session_for
            session.add(
                SessionRow(
                    id=secrets.token_hex(8),
                    token_digest=_digest(token),
                    person_id=person.id,
                    channel=channel,
                    expires_at=expires_at,
                )
            )
        return token

    async def actor(self, cookie: str) -> Actor | None:
        """Who a cookie belongs to; None when there is no such session, or it is over."""
        return await self._bearer(cookie, None)

    async def holder(self, token: str, channel: str) -> Actor | None:
        """Whose pass this is; None unless it is a pass for this channel."""
        return await self._bearer(token, channel)

    async def _bearer(self, token: str, channel: str | None) -> Actor | None:
        digest, now = _digest(token), self._now()
        remembered = self._remembered.get(digest)
        if remembered is None or now >= remembered.until:
            remembered = await self._ask(digest, now)
        else:
            self._remembered.move_to_end(digest)
            self._used.add(digest)
        return remembered.actor if remembered and remembered.channel == channel else None

    async def end(self, cookie: str) -> str | None:
        """Ends a session; returns its id, None when there was none."""
        digest = _digest(cookie)
        self._forget(digest)
        async with self._writing() as session:
            row = (
                await session.exec(select(SessionRow).where(SessionRow.token_digest == digest))
            ).first()
            if row is None or row.ended_at is not None:
                return None
            row.ended_at = self._now()
            session.add(row)
        # Whoever read it meanwhile read what holds no more.
        self._forget(digest)
        return row.id

    def _forget(self, digest: str) -> None:
        self._ends += 1
        self._remembered.pop(digest, None)

    def forget(self, session: str) -> None:
        """A session has ended elsewhere: who comes with it is asked for anew."""
        self._ends += 1
        theirs = [key for key, known in self._remembered.items() if known.actor.session == session]
        for key in theirs:
            del self._remembered[key]

    async def still_open(self, sessions: Iterable[str]) -> Mapping[str, Actor]:
        """Which of these session ids still hold, and who each person is by now; open lines are
        checked against it now and then."""
        now, wanted, ends = self._now(), tuple(sessions), self._ends
        async with self._reading() as session:
            # Bare columns: thousands of rows as objects would hold the event loop up.
            rows = await session.exec(self._held_of(SessionRow.id, wanted))
        held = dict[str, Actor]()
        for digest, channel, expires_at, *person in rows:
            if now < expires_at:
                actor = _held(*person)
                if ends == self._ends:
                    self._remember(digest, actor, channel, expires_at, now)
                held[actor.session] = actor
        return held

    async def _ask(self, digest: str, now: datetime) -> _Remembered | None:
        """Read a session; who comes while one is read is read for with all who came meanwhile."""
        self._remembered.pop(digest, None)
        self._wanted.add(digest)
        async with self._turn:
            if digest in self._wanted:
                await self._ask_for_all(now)
        return self._remembered.get(digest)

    async def _ask_for_all(self, now: datetime) -> None:
        wanted, self._wanted = self._wanted, set()
        try:
            for some in _in_parts(wanted | self._due_soon(now), ASKED_AT_ONCE):
                rows = await self._rows_of(some)
                for digest in some:
                    self._remembered.pop(digest, None)
                for digest, channel, expires_at, *person in rows:
                    if self._now() < expires_at:
                        self._remember(digest, _held(*person), channel, expires_at, now)
        except BaseException:
            # The next in turn asks for them.
            self._wanted |= wanted
            raise

    async def _rows_of(self, digests: list[str]) -> list[Any]:
        """What is held of these; read again where a session has ended meanwhile."""
        for _ in range(READ_AGAIN):
            ends = self._ends
            self.asked += 1
            async with self._reading() as session:
                rows = await session.exec(self._held_of(SessionRow.token_digest, digests))
            if ends == self._ends:
                break
        return list(rows)

    def _held_of(self, column: Any, wanted: Sequence[str]) -> Any:
        """Asks for the sessions of this edition that nobody has ended, by one of their columns."""
        return (
            select(*HELD)  # type: ignore[call-overload]
            .where(SessionRow.person_id == PersonRow.id)
            .where(column.in_(wanted))
            .where(SessionRow.ended_at.is_(None))  # type: ignore[union-attr]
            .where(PersonRow.edition_id == self._edition_id)
        )

    def _due_soon(self, now: datetime) -> set[str]:
        """Those that were used since they were read, and will have to be read again soon."""
        self._used &= self._remembered.keys()
        due = {each for each in self._used if self._remembered[each].until - now < AHEAD}
        self._used -= due
        return due

    def _remember(
        self, digest: str, actor: Actor, channel: str | None, expires_at: datetime, now: datetime
    ) -> _Remembered:
        until = min(now + timedelta(seconds=RECHECK_S), expires_at)
        found = self._remembered[digest] = _Remembered(actor, channel, until)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    async def _link(self, session: AsyncSession, token: str) -> tuple[LinkRow, PersonRow] | None:
        found = (
            await session.exec(
                select(LinkRow, PersonRow)
                .where(LinkRow.person_id == PersonRow.id)
                .where(LinkRow.token_digest == _digest(token))
                .where(PersonRow.edition_id == self._edition_id)
            )
        ).first()
        if found is None:
            return None
        link, person = found
        expired = link.expires_at is not None and link.expires_at <= self._now()
        return None if expired or link.used_at is not None else (link, person)

    async def _use_up(self, session: AsyncSession, link: LinkRow) -> bool:
        """Marks the link as used, unless somebody was faster."""
        taken = await session.exec(
            update(LinkRow)
            .where(LinkRow.token_digest == link.token_digest)  # type: ignore[arg-type]
            .where(LinkRow.used_at.is_(None))  # type: ignore[union-attr]
            .values(used_at=self._now())
        )
        assert isinstance(taken, CursorResult)
        return bool(taken.rowcount == 1)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncSession]:
        async with self._database.read() as connection:
            yield AsyncSession(connection, expire_on_commit=False)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncSession]:
        async with self._database.write() as connection:
            session = AsyncSession(connection, expire_on_commit=False)
            yield session
            await session.flush()

    def _people(self) -> SelectOfScalar[PersonRow]:
        return select(PersonRow).where(PersonRow.edition_id == self._edition_id)


def _held(
    id: str, name: str, role: str, municipality: str | None, key: str, attended_at: datetime | None
) -> Actor:
    """Whose session it is, of the columns from the fourth on."""
    return Actor(id, name, role, municipality, key, attended=attended_at is not None)


def _actor(person: PersonRow, session_id: str) -> Actor:
    return Actor(
        person.id,
        person.name,
        person.role,
        person.municipality,
        session_id,
        attended=person.attended_at is not None,
    )


def _in_parts(digests: Iterable[str], most: int) -> Iterator[list[str]]:
    left = iter(digests)
    while part := list(itertools.islice(left, most)):
        yield part


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
