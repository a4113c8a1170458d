"""The kinds of topics and of units: which rules decide, which events belong where.

A *unit* is what decides as one: it has one state, one decider, and one or several topics. A room
decides for `room:aalborg` and `room.host:aalborg` together; the desk for `committee` and
`committee.desk`. Any unit may also write to `person:<id>`: such events have a field `person`.

Each event class belongs to exactly one kind of topic, so who sees an event is settled here and
nowhere else. A topic whose public face has rules of its own has a *projection*: a state that is
folded from that topic's events alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from server import wire
from server.access.actor import Actor

State = Any
Event = Any


class Evolve(Protocol):
    """Fold one event into a state. Pure; an unknown event changes nothing."""

    def __call__(self, state: State, event: Event, /, *, seq: int, at: datetime) -> State: ...


class Decide(Protocol):
    """What a command leads to as things stand. Pure; raises a refusal."""

    def __call__(
        self, state: State, command: Any, by: Actor, now: datetime, /
    ) -> Sequence[Event]: ...


@dataclass(frozen=True, slots=True)
class Projection:
    """A public face with a state of its own."""

    initial: Callable[[], State]
    evolve: Evolve


@dataclass(frozen=True, slots=True)
class TopicKind:
    """One kind of topic.

    Args:
        noun: `room` of `room:aalborg`.
        commands: what may be sent to it, by wire name.
        events: what is written to it, by wire name.
        snapshot: the state as it goes on the wire; of the projection where there is one.
        restore: the inverse, as far as evolving and drawing it again need.
        opens: the events that begin an object of its history, and the snapshot's key for them.
    """

    noun: str
    commands: Mapping[str, type]
    events: Mapping[str, type]
    snapshot: Callable[[State], wire.Data]
    restore: Callable[[wire.Data], State]
    projection: Projection | None = None
    opens: tuple[tuple[str, ...], str] | None = None


@dataclass(frozen=True, slots=True)
class UnitKind:
    """One kind of unit.

    Args:
        initial: the state before the first event, for the unit with this id.
        on_show_time: `now` of its commands is show time, and its events carry `show_at`.
    """

    noun: str
    initial: Callable[[str], State]
    decide: Decide
    evolve: Evolve
    topics: tuple[TopicKind, ...]
    on_show_time: bool = False


class Rules(Protocol):
    """The file that decides for a unit of one topic, and draws it."""

    @property
    def decide(self) -> Decide: ...

    @property
    def evolve(self) -> Evolve: ...

    @property
    def snapshot(self) -> Callable[[State], wire.Data]: ...

    @property
    def restore(self) -> Callable[[wire.Data], State]: ...


def of_one_topic(
    noun: str,
    initial: Callable[[str], State],
    rules: Rules,
    commands: Iterable[type],
    events: Iterable[type],
    *,
    on_show_time: bool = False,
) -> UnitKind:
    """A unit whose one topic has its name, and shows all of its state."""
    topic = TopicKind(
        noun, wire.names_of(commands), wire.names_of(events), rules.snapshot, rules.restore
    )
    return UnitKind(noun, initial, rules.decide, rules.evolve, (topic,), on_show_time=on_show_time)


@dataclass(frozen=True, slots=True)
class FreeText:
    """How a room marks what people wrote, so that it can be kept apart and emptied.

    Args:
        fields: by the event; where the first of them is None, there is nothing to keep apart.
    """

    fields: Mapping[type, tuple[str, ...]]
    about: Callable[[Event], str | None]
    erases: Callable[[Event], str | None]
    emptied: Callable[[Event], Event]
    sweeps: Callable[[Event], str | None] = lambda event: None


@dataclass(frozen=True, slots=True)
class Address:
    """A topic taken apart: `room.host:aalborg` is the room's host topic with the id `aalborg`."""

    topic: str
    id: str
    kind: TopicKind
    unit_kind: UnitKind

    @property
    def unit(self) -> str:
        return joined(self.unit_kind.noun, self.id)


def _without_id(id: str) -> bool:
    return not id


def joined(noun: str, id: str) -> str:
    return f"{noun}:{id}" if id else noun


class Kinds:
    """Every kind of topic of an edition, and which ids there are."""

    def __init__(
        self,
        units: Sequence[UnitKind],
        ids: Mapping[str, Callable[[str], bool]],
        *,
        states: Callable[[str], bool] = lambda topic: False,
        passing: Mapping[str, Mapping[str, type]] | None = None,
        free_text: FreeText | None = None,
        holds: Callable[[Sequence[Event]], bool] = lambda events: False,
        hides_cause: Callable[[Event], bool] = lambda event: False,
    ) -> None:
        """
        Args:
            units: the table.
            ids: by the unit's noun, whether there is one with this id; without an entry there is
                exactly the one without an id.
            states: whether a topic is a state topic.
            passing: the commands of state topics: carried out at once, stored nowhere.
        """
        self._by_noun = {kind.noun: (unit, kind) for unit in units for kind in unit.topics}
        self._homes = _homes(units)
        self._ids = ids
        self.units = tuple(units)
        self.is_state = states
        self.passing = dict(passing or {})
        self.free_text = free_text
        self.holds = holds
        self.hides_cause = hides_cause

    def find(self, topic: str) -> Address | None:
        """The topic's kind and id; None where there is no such log."""
        noun, _, id = topic.partition(":")
        found = self._by_noun.get(noun)
        if found is None or joined(noun, id) != topic:
            return None
        unit, kind = found
        exists = self._ids.get(unit.noun, _without_id)
        return Address(topic, id, kind, unit) if exists(id) else None

    def home_of(self, event: Event, unit_id: str) -> str:
        """The topic an event is written to, when the unit with this id has decided it."""
        noun = self._homes[type(event)]
        return joined(noun, event.person if noun == "person" else unit_id)

    def topics_of(self, address: Address) -> tuple[str, ...]:
        """All topics of the unit that this topic belongs to."""
        return tuple(joined(kind.noun, address.id) for kind in address.unit_kind.topics)


def _homes(units: Sequence[UnitKind]) -> dict[type, str]:
    homes: dict[type, str] = {}
    for unit in units:
        for kind in unit.topics:
            for event in kind.events.values():
                if homes.setdefault(event, kind.noun) != kind.noun:
                    raise ValueError(f"expected one home for {event.__name__}, got two")
    return homes
