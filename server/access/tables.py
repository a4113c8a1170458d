"""Rows of people, sign-in links and sessions. Tokens are kept as digests, never as themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Moment


class PersonRow(SQLModel, table=True):
    """A registered person of an edition."""

    __tablename__: ClassVar[str] = "person"
    __table_args__: ClassVar[Any] = (UniqueConstraint("edition_id", "key"),)

    id: str = Field(primary_key=True)
    edition_id: str = Field(index=True)
    key: str
    name: str
    role: str
    municipality: str | None = None
    email: str | None = None
    attended_at: datetime | None = Field(default=None, sa_type=Moment)


class LinkRow(SQLModel, table=True):
    """A sign-in link: used once before it expires, or again and again when `reusable`."""

    __tablename__: ClassVar[str] = "link"

    token_digest: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)
    reusable: bool = False


class SessionRow(SQLModel, table=True):
    """A signed-in browser; ended by signing out, by removal, or by its time.

    A *pass* is a session that opens one channel alone, for players without cookies.
    """

    __tablename__: ClassVar[str] = "session"

    id: str = Field(primary_key=True)
    token_digest: str = Field(unique=True, index=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    channel: str | None = None
    expires_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
