"""The one table of who may what, with real people in it: those of the demo, and two more.

The table is the one that stands beside `server/permissions.py` and was written by hand; here are
its people's names in a demo that runs, the rooms they are let into, and the words of its commands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from schedule.programme_file import builtin
from server import wire
from server.clock import same_as_wall
from server.topics import edition_kinds
from tests.journeys.running_demo import Demo, Visitor

TABLE = tomllib.loads(
    (Path(__file__).parents[1] / "server" / "permission_table.toml").read_text("utf-8")
)
GROUPS: dict[str, str] = TABLE.pop("groups")
# The demo's people by the names they have in the table.
ROLES = {
    "aalborg": "member-aalborg",
    "aalborg-host": "host-aalborg",
    "aarhus": "member-aarhus",
    "aarhus-host": "host-aarhus",
    "committee": "committee",
    "moderator": "moderator",
    "staff": "staff-aalborg",
    "secretariat": "secretariat",
    "individual": "individual",
}
# Two of Aalborg who were never named a member of its group; the second is a host.
OUTSIDE_THE_GROUP = {
    "colleague": ("colleague-aalborg", "member", "aalborg"),
    "second-host": ("host2-aalborg", "host", "aalborg"),
}
NOUNS = {topic.partition(":")[0] for topic in TABLE}
WITHOUT_ID = frozenset({f"{noun}:" for noun in NOUNS} | (NOUNS - TABLE.keys()))
"""Topics whose id is empty or left out where there must be one: there is none of them."""
KINDS = edition_kinds(builtin("topmoede_2021"), same_as_wall(), ["aalborg"])


def allowed(topic: str, verb: str) -> set[str]:
    """The people, by the table's names, who may do this to the topic, or read it."""
    words = TABLE.get(topic, {}).get(verb, "").split()
    return {person for word in words for person in GROUPS.get(word, word).split()}


def commands_of(topic: str) -> dict[str, type]:
    """By name, the commands of the topic's kind, whether or not there is such a topic."""
    noun = topic.partition(":")[0]
    every = {kind.noun: kind.commands for unit in KINDS.units for kind in unit.topics}
    return dict((every | KINDS.passing).get(noun, {}))


def rows() -> Iterator[tuple[str, str, type]]:
    """Every topic with every command of its kind; those without an id among them."""
    for topic in (*TABLE, *sorted(WITHOUT_ID)):
        for name, word in commands_of(topic).items():
            yield topic, name, word


_EXAMPLES: dict[type, Any] = {
    str: "13",
    int: 1,
    float: 1.0,
    bool: True,
    date: "2021-01-28",
    datetime: "2021-01-28T13:30:00Z",
}


def right_data(word: type) -> dict[str, Any]:
    """Data that the command's own type has nothing against."""
    hints = get_type_hints(word)
    return {
        field.name.rstrip("_"): _right(hints[field.name])
        for field in fields(word)
        if field.default is MISSING and field.default_factory is MISSING
    }


def _right(hint: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return inner[0]
    if origin is tuple:
        return [_right(inner[0])]
    if inner:
        return _right(next(part for part in inner if part is not NoneType))
    if is_dataclass(hint) and isinstance(hint, type):
        return right_data(hint)
    return _EXAMPLES[hint]


def is_right(word: type, data: dict[str, Any]) -> bool:
    return isinstance(wire.read(word, data), word)


async def everybody(demo: Demo) -> dict[str, Visitor]:
    """Everybody signed in, by their names in the table, and let in where its first lines say."""
    await demo.invite(*((key, role, place) for key, (_, role, place) in OUTSIDE_THE_GROUP.items()))
    names = ROLES | {key: name for key, (name, _, _) in OUTSIDE_THE_GROUP.items()}
    await let_in(demo)
    return {name: await demo.sign_in(key) for key, name in names.items()}


async def let_in(demo: Demo) -> None:
    """Opens the groups of Aalborg, and asks in whom the table's first lines name."""
    people = {key: (await demo.sign_in(key)).http for key in ROLES}
    ids = {key: (await http.get("/api/me")).json()["id"] for key, http in people.items()}
    for number, (name, data) in enumerate(
        (
            ("open_group", {"group": "udvalg", "title": "Børne- og Ungeudvalget"}),
            ("name_member", {"group": "udvalg", "person": ids["aalborg"]}),
            ("invite_guest", {"group": "udvalg", "person": ids["committee"]}),
            ("invite_guest", {"group": "udvalg", "person": ids["aarhus-host"]}),
            ("invite_guest", {"person": ids["individual"]}),
            ("open_group", {"group": "lukket", "title": "Lukket"}),
            ("close_group", {"group": "lukket"}),
        )
    ):
        answer = await people["aalborg-host"].post(
            f"/api/commands/{name}",
            json={"topic": "groups:aalborg", "data": data},
            headers={"Idempotency-Key": f"let-in-{number}"},
        )
        assert answer.status_code == 200, (name, answer.text)
