"""The register: Denmark's 98 municipalities, read once from kommuner.csv.

A municipality is named in topics and links by its slug, which is its name in lower case with
æ ø å written ae oe aa. The register's figures and where they come from: kommuner.md.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", " ": "-"})
# Danish order: æ ø å after z, and "aa" read as å. Each is mapped to a sign that sorts after z.
_ORDER = (("aa", "å"), ("æ", "{"), ("ø", "|"), ("å", "}"))


@dataclass(frozen=True, slots=True)
class Municipality:
    """One municipality as the register has it; `population` as of 1 January 2020."""

    code: str
    slug: str
    name: str
    region: str
    population: int
    is_island: bool
    email_domain: str | None

    @property
    def full_name(self) -> str:
        """As pages write it: "Aalborg Kommune"; Bornholm's formal name is its own."""
        if self.name == "Bornholm":
            return "Bornholms Regionskommune"
        return f"{self.name} Kommune"


def slug_of(name: str) -> str:
    """The name as topics and links write it: "Ærø" is "aeroe"."""
    return name.lower().translate(_LETTERS)


def danish_order(name: str) -> str:
    """A sort key with æ ø å last and Aa as Å."""
    key = name.lower()
    for written, sorted_as in _ORDER:
        key = key.replace(written, sorted_as)
    return key


def read_register(lines: Iterable[str]) -> tuple[Municipality, ...]:
    """Municipalities from CSV lines with a header row, in Danish order."""
    rows = [_municipality(row) for row in csv.DictReader(lines)]
    return tuple(sorted(rows, key=lambda each: danish_order(each.name)))


@cache
def register() -> Mapping[str, Municipality]:
    """The register that ships with the program, by slug, in Danish order."""
    text = resources.files(__package__).joinpath("kommuner.csv").read_text("utf-8")
    return {each.slug: each for each in read_register(text.splitlines())}


def _municipality(row: Mapping[str, str]) -> Municipality:
    return Municipality(
        code=row["code"],
        slug=slug_of(row["name"]),
        name=row["name"],
        region=row["region"],
        population=int(row["population"]),
        is_island=row["is_island"] == "1",
        email_domain=row["email_domain"] or None,
    )
