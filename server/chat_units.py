"""The units that the rules of chat decide for: rooms, the desk, polls, the help desk, the board.

A topic for those who decide and one for everybody are two faces of one unit's state. What one
person alone hears is a unit that nothing can be asked of: the others write to it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat import commands as chat_commands
from chat import events as chat_events
from chat import groups, notices, proposals, questions, rooms
from chat.conclusions import conclusions
from chat.helpdesk import helpdesk
from chat.notes import commands as notes_commands
from chat.notes import events as notes_events
from chat.notes import noting
from chat.polls import commands as poll_commands
from chat.polls import events as poll_events
from chat.polls import polling
from schedule.library import events as library_events
from schedule.programme import Programme
from server import wire
from server.errors import Refused
from server.kinds import TopicKind, UnitKind, of_one_topic


def _words(noun: str) -> tuple[dict[str, type], dict[str, type]]:
    commands = chat_commands.BY_TOPIC.get(noun, ())
    return wire.names_of(commands), wire.names_of(chat_events.BY_TOPIC[noun])


ROOM = UnitKind(
    "room",
    rooms.initial,
    rooms.decide,
    rooms.evolve,
    (
        TopicKind(
            "room",
            *_words("room"),
            rooms.snapshot,
            rooms.restore,
            opens=(("message_posted",), "messages"),
        ),
        TopicKind("room.host", *_words("room.host"), rooms.host_snapshot, rooms.host_restore),
        TopicKind("room.files", *_words("room.files"), rooms.files_snapshot, rooms.files_restore),
    ),
)


GROUPS = of_one_topic(
    "groups",
    groups.initial,
    groups,
    chat_commands.BY_TOPIC["groups"],
    chat_events.BY_TOPIC["groups"],
)


NOTES = of_one_topic("notes", noting.initial, noting, notes_commands.COMMANDS, notes_events.EVENTS)


PROPOSALS = UnitKind(
    "proposals",
    proposals.initial,
    proposals.decide,
    proposals.evolve,
    (
        TopicKind("proposals", *_words("proposals"), proposals.snapshot, proposals.restore),
        TopicKind(
            "proposals.ballots",
            *_words("proposals.ballots"),
            proposals.ballots_snapshot,
            proposals.ballots_restore,
        ),
    ),
)


DESK = UnitKind(
    "desk",
    lambda id: questions.initial(),
    questions.decide,
    questions.evolve,
    (
        TopicKind(
            "committee.desk",
            *_words("committee.desk"),
            questions.snapshot,
            questions.restore,
        ),
        TopicKind(
            "committee",
            *_words("committee"),
            questions.public_snapshot,
            questions.public_restore,
            opens=(("question_asked",), "questions"),
        ),
        TopicKind(
            "committee.ballots",
            *_words("committee.ballots"),
            questions.ballots_snapshot,
            questions.ballots_restore,
        ),
    ),
)


def _poll_words(noun: str) -> tuple[dict[str, type], dict[str, type]]:
    commands = poll_commands.BY_TOPIC.get(noun, ())
    return wire.names_of(commands), wire.names_of(poll_events.BY_TOPIC[noun])


POLLS = UnitKind(
    "polls",
    lambda id: polling.initial(),
    polling.decide,
    polling.evolve,
    (
        TopicKind("polls", *_poll_words("polls"), polling.snapshot, polling.restore),
        TopicKind(
            "polls.desk", *_poll_words("polls.desk"), polling.desk_snapshot, polling.desk_restore
        ),
        TopicKind(
            "polls.ballots",
            *_poll_words("polls.ballots"),
            polling.ballots_snapshot,
            polling.ballots_restore,
        ),
    ),
)


HELPDESK = UnitKind(
    "helpdesk",
    lambda id: helpdesk.initial(),
    helpdesk.decide,
    helpdesk.evolve,
    (
        TopicKind("help.desk", *_words("help.desk"), helpdesk.snapshot, helpdesk.restore),
        TopicKind("help", *_words("help"), helpdesk.public_snapshot, helpdesk.public_restore),
    ),
)


def the_board(programme: Programme) -> UnitKind:
    themes = tuple(dict.fromkeys(item.sector for item in programme.items if item.sector))
    return of_one_topic(
        "board",
        lambda id: conclusions.initial(themes),
        conclusions,
        chat_commands.BY_TOPIC["board"],
        chat_events.BY_TOPIC["board"],
    )


def _writes_nothing(*_: Any) -> tuple[()]:
    raise Refused("unknown_command", "expected no command, for nothing can be asked of a person")


def _evolve_person(state: Any, event: Any, *, seq: int, at: datetime) -> Any:
    """Notices are folded in `chat`, which knows no event of the schedule."""
    if isinstance(event, library_events.OwnCaptionsWarned):
        return notices.warned(state, event.item, event.closes_at)
    return notices.evolve(state, event, seq=seq, at=at)


_person_commands, _person_events = _words("person")
PERSON = UnitKind(
    "person",
    notices.initial,
    _writes_nothing,
    _evolve_person,
    (
        TopicKind(
            "person",
            _person_commands,
            _person_events | wire.names_of(library_events.OWN),
            notices.snapshot,
            notices.restore,
        ),
    ),
)
