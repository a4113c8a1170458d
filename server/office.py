"""The secretariat's commands without a web page: people in from a file, links out."""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from server.access.municipalities import register
from server.access.people import MUNICIPAL_ROLES, PeopleFaults, Person, read_people
from server.access.signing_in import SigningIn
from server.clock import Clock
from server.database import Database
from server.errors import Unusable
from server.settings import Settings, UnusableSettings, read_settings


def import_people(settings_file: Path | None, file: Path, out: Path) -> int:
    """Registers the people of a CSV file and writes everybody's invitation to another.

    A municipality's people may open their invitation on several machines; everybody else's is
    used up by the first who signs in.
    """
    settings = settings_of(settings_file)
    try:
        people = read_people(file.read_bytes(), register())
    except OSError as error:
        raise Unusable(f"expected a file of people at {file}; {error.strerror}") from error
    except PeopleFaults as faults:
        print(f"{file}:\n{faults}")
        return 1
    links = asyncio.run(_invite(settings, people))
    _write_privately(out, zip(people, links, strict=True))
    print(f"{len(people)} people; their links are in {out}")
    return 0


def print_link(settings_file: Path | None, key: str) -> int:
    """Prints a fresh link for one person, which ends the older one."""
    settings = settings_of(settings_file)

    async def make() -> str:
        async with _Desk(settings) as signing_in:
            valid_for = timedelta(minutes=settings.link_minutes)
            return await signing_in.make_link(key, valid_for)

    try:
        token = asyncio.run(make())
    except KeyError:
        raise Unusable(f"expected the key of a registered person; came {key!r}") from None
    print(f"{settings.public_url}/enter/{token}")
    return 0


def settings_of(file: Path | None) -> Settings:
    """The installation's settings. Raises Unusable, naming what is wrong."""
    try:
        return read_settings(file)
    except UnusableSettings as error:
        raise Unusable(str(error)) from error


class _Desk:
    """The installation's sign-in for as long as one command runs."""

    def __init__(self, settings: Settings) -> None:
        if settings.database.startswith("sqlite"):
            settings.data.mkdir(parents=True, exist_ok=True)
        self._database = Database(settings.database)
        self._settings = settings

    async def __aenter__(self) -> SigningIn:
        await self._database.migrate()
        term = timedelta(hours=self._settings.session_hours)
        return SigningIn(self._database, self._settings.edition, term, Clock().wall)

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()


async def _invite(settings: Settings, people: Iterable[Person]) -> list[str]:
    async with _Desk(settings) as signing_in:
        await signing_in.register(people)
        valid_for = timedelta(days=settings.invitation_days)
        return [
            settings.public_url
            + "/enter/"
            + await signing_in.make_link(
                person.key, valid_for, reusable=person.role in MUNICIPAL_ROLES
            )
            for person in people
        ]


def _write_privately(out: Path, rows: Iterable[tuple[Person, str]]) -> None:
    """Links are keys: the file is for its owner's eyes alone."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("key", "name", "role", "municipality", "email", "link"))
        for person, link in rows:
            writer.writerow(
                (
                    person.key,
                    _unformula(person.name),
                    person.role,
                    person.municipality or "",
                    _unformula(person.email or ""),
                    link,
                )
            )


def _unformula(text: str) -> str:
    """A name that a spreadsheet would take for a formula is written as text."""
    return f"'{text}" if text[:1] in "=+-@" and text else text
