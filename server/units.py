"""Units in memory: their state, where their topics stand, and what a transaction has staged.

A unit's state is what evolving its stored events gives, never more. A command is decided on a
*staging*: a copy that goes on from the state and is swapped in after the commit, or dropped with
the transaction. Whoever reads meanwhile sees what is stored.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server import wire
from server.board import Position
from server.entries import Entry, Erasure
from server.kinds import Address, Event, FreeText, Kinds, State, TopicKind, UnitKind

log = logging.getLogger("topmoede.units")


@dataclass(slots=True)
class Fold:
    """The states of a unit as far as its topics' heads say.

    Args:
        state: the decider's.
        faces: the projections' states, by topic.
        heads: seq of the newest event folded in, by topic.
    """

    state: State
    faces: dict[str, State]
    heads: dict[str, int]

    def copy(self) -> Fold:
        return Fold(self.state, dict(self.faces), dict(self.heads))


class Unit:
    """One unit that has been opened."""

    def __init__(self, kinds: Kinds, address: Address, epoch: str) -> None:
        self.kinds = kinds
        self.name = address.unit
        self.id = address.id
        self.kind: UnitKind = address.unit_kind
        self.topics: dict[str, TopicKind] = dict(
            zip(kinds.topics_of(address), address.unit_kind.topics, strict=True)
        )
        self.epoch = epoch
        self.fold = self._empty()
        self._snapshots: dict[str, tuple[int, bytes]] = {}

    def _empty(self) -> Fold:
        faces = {
            topic: kind.projection.initial()
            for topic, kind in self.topics.items()
            if kind.projection is not None
        }
        return Fold(self.kind.initial(self.id), faces, dict.fromkeys(self.topics, 0))

    def start_over(self, epoch: str) -> None:
        """Forget everything: the numbers of another epoch mean nothing here."""
        self.epoch, self.fold, self._snapshots = epoch, self._empty(), {}

    def position(self, topic: str) -> Position:
        return Position(self.epoch, self.fold.heads[topic])

    def face(self, topic: str, fold: Fold | None = None) -> State:
        """The state that a topic's snapshot is drawn from."""
        fold = fold or self.fold
        return fold.faces.get(topic, fold.state)

    def snapshot(self, topic: str) -> bytes:
        """The topic's snapshot as JSON, made once for each state of the unit."""
        version = sum(self.fold.heads.values())
        cached = self._snapshots.get(topic)
        if cached is None or cached[0] != version:
            cached = version, wire.to_json(self.topics[topic].snapshot(self.face(topic)))
            self._snapshots[topic] = cached
        return cached[1]

    def take(self, entries: Iterable[Entry]) -> list[Entry]:
        """Fold in stored rows that come next on their topics.

        Returns:
            Those that were new here; the rest were known already.
        """
        fresh = []
        for entry in entries:
            topic, seq = entry.envelope.topic, entry.envelope.seq
            if seq == self.fold.heads.get(topic, seq) + 1:
                fold_in(self, self.fold, entry.envelope, event_of(self.topics[topic], entry))
                fresh.append(entry)
        return fresh

    def is_past(self, fold: Fold) -> bool:
        """Whether rows that came after all of the fold's have been read already.

        A unit's rows are stored one transaction after the other: who has a later one has all.
        """
        return any(self.fold.heads[topic] > head for topic, head in fold.heads.items())

    def swap(self, fold: Fold) -> None:
        self.fold = fold


def fold_in(unit: Unit, fold: Fold, envelope: wire.Envelope, event: Event | None) -> None:
    """Fold one event into a fold; an event that could not be read only moves the head."""
    topic, seq, at = envelope.topic, envelope.seq, envelope.at
    fold.heads[topic] = seq
    if event is None:
        return
    fold.state = unit.kind.evolve(fold.state, event, seq=seq, at=at)
    if (projection := unit.topics[topic].projection) is not None:
        fold.faces[topic] = projection.evolve(fold.faces[topic], event, seq=seq, at=at)


def event_of(kind: TopicKind, entry: Entry) -> Event | None:
    """The event of a stored row; None for one that this program does not understand."""
    envelope = entry.envelope
    word = kind.events.get(envelope.name)
    try:
        return wire.recall(word, {**entry.data, **(entry.free or {})}) if word else None
    except (TypeError, ValueError, KeyError, AttributeError):
        log.exception(
            "a stored event cannot be read",
            extra={"topic": envelope.topic, "seq": envelope.seq, "event": envelope.name},
        )
        return None


def erasures_of(free_text: FreeText, event: Event, place: wire.Envelope) -> Iterator[Erasure]:
    """What this event at this place empties."""
    if (subject := free_text.erases(event)) is not None:
        yield Erasure(place.topic, subject, place.seq)
    if (begins := free_text.sweeps(event)) is not None:
        yield Erasure(place.topic, begins, place.seq, whole=False)


@dataclass(slots=True)
class Staging:
    """What the commands of one transaction have decided so far; dropped or swapped in whole.

    Events for persons get their number at the end, when the persons' topics are locked: units
    always come before persons, so two transactions never wait for each other.
    """

    kinds: Kinds
    folds: dict[str, Fold] = field(default_factory=dict)
    drafts: list[tuple[wire.Envelope, Event]] = field(default_factory=list)

    def fold_of(self, unit: Unit) -> Fold:
        if unit.name not in self.folds:
            self.folds[unit.name] = unit.fold.copy()
        return self.folds[unit.name]

    def write(
        self,
        unit: Unit,
        events: Sequence[Event],
        cause: str,
        at: datetime,
        show_at: datetime | None,
    ) -> dict[str, int]:
        """Stage one command's events.

        Returns:
            The last seq written by topic, of the unit's own topics.
        """
        fold, drafts = self.fold_of(unit).copy(), []
        for event in events:
            topic = self.kinds.home_of(event, unit.id)
            own = topic in unit.topics
            envelope = wire.Envelope(
                topic,
                fold.heads[topic] + 1 if own else 0,
                wire.name_of(type(event)),
                at,
                show_at if own else None,
                None if self.kinds.hides_cause(event) else cause,
            )
            if own:
                fold_in(unit, fold, envelope, event)
            drafts.append((envelope, event))
        # Only now, so that a fault among the events leaves nothing of the command behind.
        self.folds[unit.name] = fold
        self.drafts += drafts
        return {envelope.topic: envelope.seq for envelope, _ in drafts if envelope.seq}

    def persons(self) -> set[str]:
        """The topics of persons that were written to."""
        return {envelope.topic for envelope, _ in self.drafts if envelope.seq == 0}

    def entries(self, heads: Mapping[str, Position]) -> list[Entry]:
        """All events as rows, those for persons numbered on from their topics' heads."""
        last = {topic: position.head for topic, position in heads.items()}
        entries = []
        for envelope, event in self.drafts:
            if envelope.seq == 0:
                last[envelope.topic] += 1
                envelope = _numbered(envelope, last[envelope.topic])
            entries.append(self._entry(envelope, event))
        return entries

    def _entry(self, envelope: wire.Envelope, event: Event) -> Entry:
        free_text = self.kinds.free_text
        names = free_text.fields.get(type(event), ()) if free_text else ()
        if free_text is None or not names or getattr(event, names[0]) is None:
            return Entry(envelope, wire.data_of(event))
        data = wire.data_of(event)
        return Entry(
            envelope,
            wire.data_of(free_text.emptied(event)),
            free={name: data[name] for name in names if name in data},
            subject=free_text.about(event) or "",
        )

    def erasures(self, entries: Sequence[Entry]) -> list[Erasure]:
        """What these events empty, in the same topic and before them."""
        if (free_text := self.kinds.free_text) is None:
            return []
        pairs = zip(self.drafts, entries, strict=True)
        return [
            erasure
            for (_, event), entry in pairs
            for erasure in erasures_of(free_text, event, entry.envelope)
        ]


def _numbered(envelope: wire.Envelope, seq: int) -> wire.Envelope:
    return wire.Envelope(
        envelope.topic, seq, envelope.name, envelope.at, envelope.show_at, envelope.cause
    )
