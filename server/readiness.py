"""What an edition needs for its day: its programme, its films, its people, its sources' keys."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from schedule.errors import ProgrammeFaults
from schedule.programme import Item, Programme
from server.access.tables import PersonRow
from server.backup import INDEX
from server.database import Database
from server.errors import Unusable
from server.findings import Finding, fault, note, ok
from server.programme_files import read_programme
from server.redis_bus import fault_of
from server.settings import MIN_KEY_LENGTH, Settings, unsafe
from streams.films.film import Film

NEARLY_S = 60.0


def settings_safe(settings: Settings) -> list[Finding]:
    """What `serve` would refuse."""
    reasons = [
        fault("settings", reason, "serve refuses to start with it") for reason in unsafe(settings)
    ]
    return reasons or [ok("settings", "serve takes them")]


def help_named(settings: Settings) -> list[Finding]:
    """Whether people are told whom to ask and where to go."""
    found = []
    if not (settings.support_mail or settings.support_phone):
        found.append(note("support", "nobody is named", "set support_mail or support_phone"))
    if not settings.backup_address:
        advice = "set backup_address, so that pages know it before it is needed"
        found.append(note("plan B", "no backup address is set", advice))
    return found or [ok("support", "people are told whom to ask and where to go")]


def programme_of(settings: Settings) -> tuple[Programme | None, Finding]:
    """The programme, where it is sound and this edition's."""
    name = "programme"
    if settings.programme is None:
        return None, fault(name, "no file is set", "set programme to the path of a file")
    try:
        programme = read_programme(settings.programme)
    except (ProgrammeFaults, Unusable) as error:
        advice = f"topmoede programme check {settings.programme}"
        return None, fault(name, str(error).splitlines()[0], advice)
    if programme.edition != settings.edition:
        said = f"is of edition {programme.edition}, the settings of {settings.edition}"
        return programme, fault(name, said, "make them the same: people belong to an edition")
    days = f"{programme.date:%d.%m.%Y}, {len(programme.items)} items"
    return programme, ok(name, f"version {programme.version}, {days}")


def day_s(programme: Programme | None) -> float:
    """From the first start to the last end; a working day where that is unknown."""
    if programme is None or not programme.items:
        return 8 * 3600.0
    first = min(item.start for item in programme.items)
    return (max(item.end for item in programme.items) - first).total_seconds()


def sources_keyed(settings: Settings, programme: Programme | None) -> list[Finding]:
    """Whether every source that the programme names has a key."""
    named = {item.source for item in programme.items if item.source} if programme else set()
    found = [
        fault("sources", f"{source} has no key", f"set sources.{source}.main")
        for source in sorted(named - settings.sources.keys())
    ]
    for source, inputs in settings.sources.items():
        short = [
            name for name, key in inputs.items() if len(key.get_secret_value()) < MIN_KEY_LENGTH
        ]
        if short:
            advice = f"use {MIN_KEY_LENGTH} random signs or more"
            found.append(fault("sources", f"{source}: short keys for {', '.join(short)}", advice))
    return found or [ok("sources", f"{len(settings.sources)} sources with keys of their own")]


def films_ready(settings: Settings, programme: Programme | None) -> list[Finding]:
    """Whether each film is there and as long as its slot."""
    items = [item for item in programme.items if item.film] if programme else []
    found = [finding for item in items if (finding := _film(settings, item)) is not None]
    return found or [ok("films", f"{len(items)} films are ready")]


def _film(settings: Settings, item: Item) -> Finding | None:
    name, path = f"film {item.film}", settings.data / "films" / f"{item.film}.mp4"
    if not path.is_file():
        advice = f"put {item.film}.mp4 into {settings.data / 'films' / 'incoming'}"
        return fault(name, f"is not there, for {item.title}", advice)
    try:
        length_s = Film.open(path).duration_s
    except (OSError, ValueError, IndexError) as error:
        return fault(name, f"cannot be opened: {error}", "hand it in again")
    slot_s = (item.end - item.start).total_seconds()
    said = f"lasts {length_s / 60:.1f} min., its slot {slot_s / 60:.1f}"
    if length_s > slot_s + NEARLY_S:
        return note(name, said, "it runs over; extend the item or cut the film")
    if length_s < slot_s - NEARLY_S and item.on == "channel":
        return note(name, said, "a slate fills the rest")
    return None


async def people_registered(settings: Settings) -> list[Finding]:
    """Whether the database answers, and who is registered in it."""
    database = Database(settings.database, patience_s=0)
    if _is_absent(database):
        advice = "topmoede people import"
        return [note("database", "SQLite; it is made at the first start"), _nobody(advice)]
    people = PersonRow.metadata.tables["person"]
    asked = sa.select(people.c.role, sa.func.count()).where(people.c.edition_id == settings.edition)
    try:
        async with database.read() as connection:
            rows = (await connection.execute(asked.group_by(people.c.role))).all()
    except (sa.exc.SQLAlchemyError, OSError) as error:
        said = f"does not answer: {type(error).__name__}: {str(error).splitlines()[0]:.120}"
        return [fault("database", said, "start it, correct database_url, or start serve once")]
    finally:
        await database.close()
    return [
        ok("database", f"answers ({database.url.get_backend_name()})"),
        _people(dict(map(tuple, rows))),
    ]


async def redis_answers(settings: Settings) -> list[Finding]:
    """Whether the bus beyond this machine carries, where one is set."""
    if not settings.redis_url:
        return []
    if fault_said := await fault_of(settings.redis_url):
        said = f"does not answer: {fault_said:.120}"
        return [fault("redis", said, "start it or correct redis_url; workers hear each other late")]
    return [ok("redis", "answers; it keeps nothing, and may be restarted at any time")]


def _is_absent(database: Database) -> bool:
    """SQLite would make an empty file by being asked, and a check changes nothing."""
    return database.one_writer and not Path(database.url.database or "").is_file()


def _people(roles: dict[str, int]) -> Finding:
    if not roles:
        return _nobody("topmoede people import FILE.csv --links OUT")
    said = ", ".join(f"{count} {role}" for role, count in sorted(roles.items()))
    if not roles.get("moderator"):
        return note("people", said, "nobody can drive the day: register a moderator")
    return ok("people", said)


def _nobody(advice: str) -> Finding:
    return fault("people", "nobody is registered for this edition", advice)


def index_readable(settings: Settings) -> Finding:
    """Whether the media index can be read to its end."""
    index = settings.data / INDEX
    if not index.is_file():
        return ok("media index", "empty: nothing has been recorded yet")
    kinds: Counter[str] = Counter()
    with index.open("rb") as lines:
        for line in lines:
            kinds[_kind(line)] += 1
    said = f"{kinds.total()} rows, {kinds['generation']} generations"
    if kinds["?"] > 1:
        advice = "restore the index from a backup; what they named is lost to replays"
        return fault("media index", f"{said}, {kinds['?']} unreadable", advice)
    return ok("media index", said)


def _kind(line: bytes) -> str:
    """A row's kind; a killed process leaves one torn row at the end, which counts as one."""
    try:
        return str(json.loads(line)["k"])
    except (ValueError, KeyError, TypeError):
        return "?"
