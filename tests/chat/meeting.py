"""A room or a desk with people around it, driven by hand: what the journal does, without one.

Every event gets its topic and its number there, as in the journal, and the persons' own topics are
kept beside the unit's.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from pycrdt import Doc, Text

from chat import (
    committeewords,
    deskwords,
    erasure,
    events,
    filewords,
    groups,
    groupwords,
    notices,
    proposals,
    questions,
    rooms,
    roomwords,
)
from chat.conclusions import commands as board_words
from chat.conclusions import conclusions
from chat.errors import Refused
from chat.event import Event
from chat.helpdesk import commands as help_words
from chat.helpdesk import helpdesk
from chat.helpdesk.diagnosis import Diagnosis
from chat.notes import events as notes_events
from chat.notes import noting
from chat.notes.commands import ChangeNotes
from chat.people import Badge
from chat.polls import commands as poll
from chat.polls import events as poll_events
from chat.polls import polling
from chat.viewing.commands import Cued, Reel, StartViewing
from server import wire
from tests.golden import as_json

HALF_PAST_TWO = datetime(2021, 1, 28, 13, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    id: str
    name: str
    role: str = "member"
    municipality: str | None = "aalborg"
    like: Badge | None = None


ANNA = Somebody("anna", "Anna Dam")
BO = Somebody("bo", "Bo Friis")
CARL = Somebody("carl", "Carl Gade")
HANNE = Somebody("hanne", "Hanne Holm", "host")
HENRIK = Somebody("henrik", "Henrik Holst", "host")
IDA = Somebody("ida", "Ida Juul", "individual", None)
KIM = Somebody("kim", "Kim Lund", "committee", "aarhus")
LIS = Somebody("lis", "Lis Munk", "committee", "odense")
MADS = Somebody("mads", "Mads Nord", "moderator", None)
AASE = Somebody("aase", "Åse Lind", "host", "aarhus")
SIV = Somebody("siv", "Siv Olsen", "secretariat", None)
SYSTEM = Somebody("system", "", "system", None)

WORDS = events.BY_TOPIC | poll_events.BY_TOPIC | {"notes": notes_events.EVENTS}
KINDS = {event: kind for kind, group in WORDS.items() for event in group}


@dataclass(frozen=True)
class Face:
    """How one kind of topic is evolved, drawn and drawn again."""

    evolve: Callable[..., Any]
    snapshot: Callable[[Any], dict[str, Any]]
    restore: Callable[[Mapping[str, Any]], Any]


FACES = {
    "room": Face(rooms.evolve, rooms.snapshot, rooms.restore),
    "room.host": Face(rooms.evolve, rooms.host_snapshot, rooms.host_restore),
    "room.files": Face(rooms.evolve, rooms.files_snapshot, rooms.files_restore),
    "committee": Face(questions.evolve, questions.public_snapshot, questions.public_restore),
    "committee.desk": Face(questions.evolve, questions.snapshot, questions.restore),
    "groups": Face(groups.evolve, groups.snapshot, groups.restore),
    "polls": Face(polling.evolve, polling.snapshot, polling.restore),
    "polls.desk": Face(polling.evolve, polling.desk_snapshot, polling.desk_restore),
    "polls.ballots": Face(polling.evolve, polling.ballots_snapshot, polling.ballots_restore),
    "help": Face(helpdesk.evolve, helpdesk.public_snapshot, helpdesk.public_restore),
    "help.desk": Face(helpdesk.evolve, helpdesk.snapshot, helpdesk.restore),
    "board": Face(conclusions.evolve, conclusions.snapshot, conclusions.restore),
    "committee.ballots": Face(
        questions.evolve, questions.ballots_snapshot, questions.ballots_restore
    ),
    "proposals": Face(proposals.evolve, proposals.snapshot, proposals.restore),
    "proposals.ballots": Face(
        proposals.evolve, proposals.ballots_snapshot, proposals.ballots_restore
    ),
    "notes": Face(noting.evolve, noting.snapshot, noting.restore),
    "person": Face(notices.evolve, notices.snapshot, notices.restore),
}
UNREAD = ("room.files", "committee.ballots", "proposals.ballots", "polls.ballots")


@dataclass(frozen=True)
class Entry:
    topic: str
    seq: int
    at: datetime
    event: Event

    @property
    def kind(self) -> str:
        return self.topic.partition(":")[0]


@dataclass
class Meeting:
    """
    Args:
        log: every event as it was decided.
        stored: the same as the journal keeps it, with what was erased emptied.
    """

    unit: ModuleType
    topics: tuple[str, ...]
    state: Any
    now: datetime = HALF_PAST_TWO
    log: list[Entry] = field(default_factory=list)
    stored: list[Entry] = field(default_factory=list)
    persons: dict[str, notices.Notices] = field(default_factory=dict)

    def do(self, command: object, by: Somebody = ANNA, after_s: float = 0) -> list[Event]:
        """Decide and fold in.

        Args:
            after_s: seconds that pass first.
        """
        self.now += timedelta(seconds=after_s)
        decided = self.unit.decide(self.state, command, by, self.now)
        for event in decided:
            self.fold(event)
        return list(decided)

    def fold(self, event: Event) -> None:
        topic = self.home_of(event)
        entry = Entry(topic, self.head(topic) + 1, self.now, event)
        self.log.append(entry)
        self._store(entry)
        self._evolve(entry)

    def _store(self, entry: Entry) -> None:
        erased, swept = erasure.erases(entry.event), erasure.sweeps(entry.event)
        if erased is not None or swept is not None:
            self.stored = [
                replace(old, event=erasure.emptied(old.event))
                if old.topic == entry.topic and _goes(erasure.about(old.event), erased, swept)
                else old
                for old in self.stored
            ]
        self.stored.append(entry)

    def _evolve(self, entry: Entry) -> None:
        at = {"seq": entry.seq, "at": entry.at}
        if entry.kind == "person":
            person = self.person(entry.topic)
            self.persons[entry.topic] = notices.evolve(person, entry.event, **at)  # type: ignore[arg-type]
        else:
            self.state = self.unit.evolve(self.state, entry.event, **at)

    def restarted(self, initial: Any) -> Meeting:
        """The meeting as it comes back from what was stored.

        Args:
            initial: the unit's state before the first event.
        """
        again = Meeting(self.unit, self.topics, initial, self.now)
        for entry in self.stored:
            again._evolve(entry)
        return again

    def refuses(self, command: object, by: Somebody = ANNA, after_s: float = 0) -> Refused:
        """The refusal of a command, which changes nothing."""
        self.now += timedelta(seconds=after_s)
        before = self.state
        with pytest.raises(Refused) as caught:
            self.unit.decide(before, command, by, self.now)
        assert self.state == before
        assert json.dumps(caught.value.facts)
        assert caught.value.detail
        return caught.value

    def refused(self, command: object, by: Somebody) -> str | None:
        """Does it, or is refused it, which changes nothing; returns the refusal's code."""
        before = self.state
        try:
            self.do(command, by)
        except Refused as refusal:
            assert self.state == before
            return refusal.code
        return None

    def home_of(self, event: Event) -> str:
        kind = KINDS[type(event)]
        if kind == "person":
            return f"person:{event.person}"  # type: ignore[attr-defined]
        return next(topic for topic in self.topics if topic.partition(":")[0] == kind)

    def head(self, topic: str) -> int:
        return max((entry.seq for entry in self.log if entry.topic == topic), default=0)

    def person(self, topic: str) -> notices.Notices:
        return self.persons.get(topic, notices.initial(topic))

    def snapshot(self, topic: str) -> Any:
        """What the topic's readers have, as it goes on the wire."""
        kind = topic.partition(":")[0]
        state = self.person(topic) if kind == "person" else self.state
        return as_json(FACES[kind].snapshot(state))

    def snapshots(self) -> dict[str, Any]:
        return {topic: self.snapshot(topic) for topic in (*self.topics, *sorted(self.persons))}

    def again(self) -> Meeting:
        """A copy that goes its own way."""
        return copy.copy(self)._apart()

    def _apart(self) -> Meeting:
        self.log, self.stored = list(self.log), list(self.stored)
        self.persons = dict(self.persons)
        return self


def _goes(about: str | None, erased: str | None, swept: str | None) -> bool:
    if about is None:
        return False
    return about == erased or (swept is not None and about.startswith(swept))


def over_the_wire(event: Event) -> Event:
    """The event as a reader gets it: written as a frame's data, and read again."""
    again: Event = wire.recall(type(event), as_json(wire.data_of(event)))
    return again


def followed(topic: str, before: Any, entries: Sequence[Entry]) -> Any:
    """The snapshot of a reader who had this one and has heard the topic's events since."""
    face = FACES[topic.partition(":")[0]]
    state = face.restore(before)
    for entry in entries:
        if entry.topic == topic:
            state = face.evolve(state, over_the_wire(entry.event), seq=entry.seq, at=entry.at)
    return as_json(face.snapshot(state))


def a_room(**settings: Any) -> Meeting:
    """A room, run as told: `slow_mode_s`, `review`."""
    topics = ("room:aalborg", "room.host:aalborg", "room.files:aalborg")
    room = Meeting(rooms, topics, rooms.initial("aalborg"))
    if "slow_mode_s" in settings:
        room.do(roomwords.SetSlowMode(settings["slow_mode_s"]), HANNE)
    if settings.get("review"):
        room.do(roomwords.SetReview(True), HANNE)
    return room


def sent(
    file: str, by: Somebody = ANNA, size: int = 1_000, kind: filewords.FileKind = "jpeg"
) -> filewords.KeepFile:
    """`keep_file` as the server asks it; a room holds 100 kB, a person sends 50 kB an hour."""
    sides = (None, None) if kind == "pdf" else (640, 480)
    return filewords.KeepFile(file, by.id, kind, size, 100_000, 50_000, *sides)


def carrying(text: str, *files: str) -> roomwords.PostMessage:
    """A message with files that were sent before, each with a name and words of its own."""
    carried = (filewords.FileToPost(one, f"{one} navn.png", f"{one} viser") for one in files)
    return roomwords.PostMessage(text, files=tuple(carried))


def a_municipality(*members: Somebody) -> Meeting:
    """Aalborg's groups; with members, its committee is open and Hanne is in it with them."""
    aalborg = Meeting(groups, ("groups:aalborg",), groups.initial("aalborg"))
    if members:
        aalborg.do(groupwords.OpenGroup("udvalg", "Børne- og Ungeudvalget"), HANNE)
    for member in members:
        aalborg.do(named(member), HANNE)
    return aalborg


def named(who: Somebody, group: str = "udvalg") -> groupwords.Introduced:
    """`name_member` as the server completes it."""
    return groupwords.Introduced(groupwords.NameMember(group, who.id), who)


def invited(who: Somebody, group: str | None = None) -> groupwords.Introduced:
    return groupwords.Introduced(groupwords.InviteGuest(who.id, group), who)


def cued(item: str, position_s: float = 0.0, length_s: float | None = None) -> Cued:
    """`start_viewing` of a film that is open, as the server completes it."""
    return Cued(StartViewing(item, position_s), Reel(True, None, length_s))


def a_desk(*, review: bool = False, is_open: bool = True) -> Meeting:
    topics = ("committee.desk", "committee", "committee.ballots")
    desk = Meeting(questions, topics, questions.initial())
    if is_open:
        closes = desk.now + timedelta(minutes=30)
        desk.do(deskwords.OpenWindow("18", desk.now, closes), SYSTEM)
    if review:
        desk.do(roomwords.SetReview(True), MADS)
    return desk


COFFEE = poll.DraftPoll("Kaffe eller te?", ("Kaffe", "Te", "Vand"))
THEMES = poll.DraftPoll("Hvad vil I arbejde med?", ("Dagtilbud", "Skole", "Unge"), several=True)


def the_polls(*drafts: poll.DraftPoll, is_open: bool = False) -> Meeting:
    """The polls with these drafts, of which the first is opened when `is_open`."""
    polls = Meeting(polling, ("polls", "polls.desk", "polls.ballots"), polling.initial())
    for draft in drafts:
        polls.do(draft, MADS)
    if is_open:
        polls.do(poll.OpenPoll("d1"), MADS)
    return polls


SEEN = Diagnosis(page="/watch", browser="Firefox 141", sound="muted", behind="4 s")


def a_helpdesk() -> Meeting:
    return Meeting(helpdesk, ("help.desk", "help"), helpdesk.initial())


def no_sound(text: str | None = None) -> help_words.AskForHelp:
    return help_words.AskForHelp("no_sound", SEEN, text)


SECTORS = ("dagtilbud", "skole")


def a_board(*conclusions_: str) -> Meeting:
    """The board with these conclusions of Aalborg's on it, c1 first."""
    board = Meeting(conclusions, ("board",), conclusions.initial(SECTORS))
    for text in conclusions_:
        board.do(board_words.PublishConclusion(text, "skole"), HANNE, after_s=15)
    return board


def a_room_with_proposals(room: str = "aalborg") -> Meeting:
    topics = (f"proposals:{room}", f"proposals.ballots:{room}")
    return Meeting(proposals, topics, proposals.initial(room))


def the_notes() -> Meeting:
    return Meeting(noting, ("notes:aalborg",), noting.initial("aalborg"))


class Pen:
    """Somebody's copy of the notes, whose changes come out as commands.

    Args:
        number: told in every change; the same number must not write in two copies.
    """

    def __init__(self, number: int) -> None:
        self.document: Doc[Any] = Doc(client_id=number)
        self._text: Text = self.document.get(noting.TEXT, type=Text)
        self._made: list[bytes] = []
        self.document.observe(lambda event: self._made.append(event.update))

    def write(self, text: str, at: int | None = None) -> ChangeNotes:
        self._text.insert(len(self._text) if at is None else at, text)
        return self._changed()

    def cut(self, first: int, last: int) -> ChangeNotes:
        del self._text[first:last]
        return self._changed()

    @property
    def text(self) -> str:
        return str(self._text)

    def read(self, meeting: Meeting) -> str:
        """Take in everything that the notes hold."""
        for update in meeting.state.updates:
            self.document.apply_update(base64.b64decode(update))
        return self.text

    def _changed(self) -> ChangeNotes:
        return ChangeNotes(base64.b64encode(self._made[-1]).decode())


def somebody(number: int) -> Somebody:
    """One of a crowd, for what one person may not do so often."""
    return Somebody(f"p{number}", f"Person {number}")


def with_messages(room: Meeting, count: int) -> Meeting:
    """As many messages more, each by another person."""
    for number in range(count):
        room.do(roomwords.PostMessage(f"Besked {number + 1}"), somebody(number), after_s=1)
    return room


def with_questions(desk: Meeting, count: int) -> Meeting:
    for number in range(count):
        desk.do(committeewords.AskQuestion(f"Spørgsmål {number + 1}?"), somebody(number), after_s=1)
    return desk
