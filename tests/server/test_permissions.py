from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schedule.programme_file import builtin
from server import permissions
from server.access.actor import SYSTEM, Actor
from server.clock import same_as_wall
from server.topics import edition_kinds

TABLE = tomllib.loads((Path(__file__).parent / "permission_table.toml").read_text())
GROUPS = TABLE.pop("groups")
ADMITTED = {
    "aalborg": {"individual"},
    "aalborg.udvalg": {"member-aalborg", "host-aalborg", "committee", "host-aarhus", "stranger"},
    "aalborg.lukket": set[str](),
}
KINDS = edition_kinds(
    builtin("topmoede_2021"),
    same_as_wall(),
    ["aalborg", "aarhus"],
    has_group={"aalborg.udvalg", "aalborg.lukket"}.__contains__,
)


def person(key: str, role: str, municipality: str | None = None) -> Actor:
    rooms = frozenset(room for room, inside in ADMITTED.items() if key in inside)
    return Actor(key, "Navn", role, municipality, "s", rooms)


PEOPLE = {
    actor.id: actor
    for actor in (
        person("member-aalborg", "member", "aalborg"),
        person("colleague-aalborg", "member", "aalborg"),
        person("host2-aalborg", "host", "aalborg"),
        person("member-aarhus", "member", "aarhus"),
        person("host-aalborg", "host", "aalborg"),
        person("host-aarhus", "host", "aarhus"),
        person("staff-aalborg", "staff", "aalborg"),
        person("committee", "committee"),
        person("moderator", "moderator"),
        person("secretariat", "secretariat"),
        person("individual", "individual"),
        person("member-nowhere", "member"),
        person("host-nowhere", "host", ""),
        person("individual-aalborg", "individual", "aalborg"),
        person("stranger", ""),
        person("administrator", "admin", "aalborg"),
        SYSTEM,
    )
}


def allowed(words: str) -> set[str]:
    """The people that a line of the table names, groups taken apart."""
    names = {name for word in words.split() for name in GROUPS.get(word, word).split()}
    assert names <= PEOPLE.keys()
    return names


def lines() -> Iterator[tuple[str, str, set[str]]]:
    for topic, verbs in TABLE.items():
        for verb, words in verbs.items():
            yield topic, verb, allowed(words)


def commands_of(topic: str) -> set[str]:
    address = KINDS.find(topic)
    return set(address.kind.commands) if address else set(KINDS.passing.get(topic, ()))


EVERY_COMMAND = {name for unit in KINDS.units for kind in unit.topics for name in kind.commands} | {
    name for commands in KINDS.passing.values() for name in commands
}


@pytest.mark.parametrize("key", PEOPLE)
def test_everybody_may_do_what_the_table_says_and_nothing_else(key: str) -> None:
    actor = PEOPLE[key]
    for topic, verbs in TABLE.items():
        noun, _, id = topic.partition(":")
        reads = permissions.may_read(actor, noun, id)
        assert reads is (key in allowed(verbs["read"])), topic
        for name in EVERY_COMMAND | {"read", "", "fly"}:
            expected = name != "read" and key in allowed(verbs.get(name, ""))
            assert permissions.may_do(actor, noun, id, name) is expected, (topic, name)


@pytest.mark.parametrize("topic", TABLE)
def test_the_table_knows_every_command_of_every_topic(topic: str) -> None:
    assert TABLE[topic].keys() - {"read"} == commands_of(topic.replace("intet", "udvalg"))


def test_the_table_knows_every_kind_of_topic() -> None:
    nouns = {topic.partition(":")[0] for topic in TABLE}

    assert {kind.noun for unit in KINDS.units for kind in unit.topics} <= nouns


@pytest.mark.parametrize("key", PEOPLE)
def test_nobody_reads_or_acts_on_what_there_is_not(key: str) -> None:
    for noun in ("", "nothing", "room.guest", "show "):
        assert not permissions.may_read(PEOPLE[key], noun, "")
        assert not permissions.may_do(PEOPLE[key], noun, "", "next")


@pytest.mark.parametrize("key", ["member-nowhere", "host-nowhere", "stranger", "individual"])
@pytest.mark.parametrize("id", ["", "None", "aalborg", "aarhus"])
def test_who_has_no_municipality_has_no_room(key: str, id: str) -> None:
    alone = replace(PEOPLE[key], rooms=frozenset())
    for noun in ("room", "room.host"):
        assert not permissions.may_read(alone, noun, id) or not KINDS.find(f"{noun}:{id}")


def test_every_line_of_the_table_is_about_something_or_says_nobody() -> None:
    closed = ("aalborg.lukket", "aalborg.intet")
    for topic, verb, people in lines():
        if not topic.endswith(closed):
            assert bool(people) is (TABLE[topic][verb] != "nobody"), (topic, verb)


def test_a_closed_room_and_one_that_never_was_are_alike() -> None:
    closed = {topic: verbs for topic, verbs in TABLE.items() if topic.endswith(".lukket")}
    absent = {topic: verbs for topic, verbs in TABLE.items() if topic.endswith(".intet")}
    assert list(closed.values()) == list(absent.values())
