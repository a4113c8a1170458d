"""People and their roles, and the CSV file that brings them in.

A person has one role in an edition. Members, hosts and staff belong to a municipality; the
others must not name one. The file has a header row with `name` and `role`, and where they apply
`municipality` (name or slug), `key` (what links and commands call the person) and `email`.
Every fault of a file is told at once, each with its line.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from server.access.municipalities import Municipality, slug_of

ROLES = ("member", "host", "committee", "moderator", "staff", "secretariat", "individual")
MUNICIPAL_ROLES = frozenset({"member", "host", "staff"})
COLUMNS = ("key", "name", "role", "municipality", "email")
MAX_FILE_BYTES = 4_000_000
MAX_PEOPLE = 50_000
MAX_NAME = 120

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Person:
    """One registered person; `key` is unique in the edition and safe in a host name."""

    key: str
    name: str
    role: str
    municipality: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file of people: the line, what was expected and what came."""

    line: int
    expected: str
    came: str

    def __str__(self) -> str:
        return f"line {self.line}: expected {self.expected}; came {self.came}"


class PeopleFaults(Exception):
    """A file of people that cannot be taken; `faults` holds every reason."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def read_people(data: bytes, register: Mapping[str, Municipality]) -> tuple[Person, ...]:
    """The people of a CSV file (UTF-8, comma or semicolon, header row).

    Raises:
        PeopleFaults: with every fault of the file; nothing of a faulty file is taken.
    """
    faults: list[Fault] = []
    people: dict[str, Person] = {}
    for line, row in _rows(data):
        found = _person(line, row, register)
        if isinstance(found, Fault):
            faults.append(found)
        elif (key := found.key or _free_key(found.name, people)) in people:
            faults.append(Fault(line, "a key used once", repr(key)))
        else:
            people[key] = Person(key, found.name, found.role, found.municipality, found.email)
    if faults:
        raise PeopleFaults(faults)
    return tuple(people.values())


def display_name(text: str) -> str:
    """A name as it is kept: NFC, single spaces, no control or direction-changing signs."""
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] != "C")
    return " ".join("".join(kept).split())


def _rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    if len(data) > MAX_FILE_BYTES:
        raise PeopleFaults([Fault(1, f"at most {MAX_FILE_BYTES} bytes", f"{len(data)} bytes")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PeopleFaults([Fault(line, "UTF-8 text", "bytes that are not")]) from error
    header = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in header else ",")
    named = [name.strip().lower() for name in reader.fieldnames or ()]
    if not {"name", "role"} <= set(named) or not set(named) <= set(COLUMNS):
        expected = f"a header row with name and role, and only {', '.join(COLUMNS)}"
        raise PeopleFaults([Fault(1, expected, repr(header.strip()[:200]))])
    reader.fieldnames = named
    for row in reader:
        if reader.line_num > MAX_PEOPLE:
            raise PeopleFaults([Fault(reader.line_num, f"at most {MAX_PEOPLE} lines", "more")])
        yield reader.line_num, {key: (value or "") for key, value in row.items() if key}


def _person(
    line: int, row: Mapping[str, str], register: Mapping[str, Municipality]
) -> Person | Fault:
    name = display_name(row["name"])
    role = row["role"].strip().lower()
    place = slug_of(row.get("municipality", "").strip())
    key = row.get("key", "").strip().lower()
    checks = (
        (0 < len(name) <= MAX_NAME, f"a name of 1 to {MAX_NAME} signs", repr(name[:40])),
        (role in ROLES, f"a role of {', '.join(ROLES)}", repr(role)),
        (role not in MUNICIPAL_ROLES or place in register, "a Danish municipality", repr(place)),
        (role in MUNICIPAL_ROLES or not place, f"no municipality for role {role}", repr(place)),
        (not key or _KEY.fullmatch(key), "a key of a-z, 0-9 and -", repr(key)),
    )
    for holds, expected, came in checks:
        if not holds:
            return Fault(line, expected, came)
    return Person(key, name, role, place or None, row.get("email", "").strip() or None)


def _free_key(name: str, taken: Mapping[str, Person]) -> str:
    plain = unicodedata.normalize("NFKD", slug_of(name)).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "person"
    number, key = 1, stem
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key
