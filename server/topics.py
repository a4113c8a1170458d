"""The topics of an edition: what each is called, who decides for it, what is written to it.

    show                       schedule.runofshow, on show time
    programme                  schedule.edition, with choice, on show time
    library                    schedule.library, with library.desk and library.documents, on
                               show time
    shares:<municipality>      schedule.sharing: its links for schools and day care, on show time
    room:<municipality>        chat.rooms, with room.host:<municipality> and room.files, which
                               nobody reads; and the same for the
    room:<municipality>.<group>    groups that its hosts have opened; `room:crew` is the crew's
    groups:<municipality>      chat.groups: who was let into which of its rooms
    committee.desk             chat.questions, with committee and committee.ballots
    proposals:<room>           chat.proposals, with proposals.ballots:<room>
    notes:<municipality>       chat.notes, what a room writes together
    polls                      chat.polls, with polls.desk, and polls.ballots that nobody reads
    help.desk                  chat.helpdesk, with help, everybody's way to it
    board                      chat.conclusions, by the themes of the programme
    channel:<id>               streams.channel: `main`, and one for each item that has its own
    recordings                 streams.recordings: where each item's replay begins and ends
    inputs                     streams.inputs: which input of a source is held by hand
    person:<id>                what concerns one person; written to by any unit
    sources  films  cheers  presence  presence:<municipality>  people:<room>
                               state topics: the newest value only

What travels on each, for who writes a client of their own: a topic's commands with their fields
stand in `/api/openapi.json`; its events and snapshots, one file for each event, in
`tests/wire/<noun>/` (what the topic was, the frames, what it became). Beside what the protocol's
own text says: a join that is refused `too_fast` is named by `topic`, because a join has no id; a
state topic takes commands too (`cheers`), and their ids stand for nothing.

Ballots are logs like the others, and nobody may read them: the deciders must know who has voted.

Who may read and act is `permissions.py`; what the parts of this table mean is `kinds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from chat import commands as chat_commands
from chat import erasure, groups, notices, proposals, questions, rooms
from chat import events as chat_events
from chat.conclusions import conclusions
from chat.helpdesk import helpdesk
from chat.notes import commands as notes_commands
from chat.notes import events as notes_events
from chat.notes import noting
from chat.polls import commands as poll_commands
from chat.polls import events as poll_events
from chat.polls import polling
from schedule import commands as schedule_commands
from schedule import edition, runofshow
from schedule import events as schedule_events
from schedule.library import commands as library_commands
from schedule.library import documentwords, library
from schedule.library import events as library_events
from schedule.programme import Programme
from schedule.runofshow import Show
from schedule.sharing import commands as sharing_commands
from schedule.sharing import events as sharing_events
from schedule.sharing import sharing
from server import cheering, wire
from server.clock import ShowMap
from server.errors import Refused
from server.kinds import FreeText, Kinds, TopicKind, UnitKind
from server.on_air import MAIN, own_channels
from server.permissions import CREW_ROOM
from streams import channel, inputs
from streams import commands as stream_commands
from streams import events as stream_events
from streams.changeover import DEFAULT_INPUTS, order_of
from streams.recordings import recordings

PROGRAMME_COMMANDS = (schedule_commands.PublishProgramme,)
CHOICE_COMMANDS = (schedule_commands.Choose,)
PROGRAMME_EVENTS = (schedule_events.ProgrammePublished,)
CHOICE_EVENTS = (schedule_events.Chosen,)


def edition_kinds(
    programme: Programme,
    show_map: ShowMap,
    municipalities: Collection[str],
    places: inputs.Places | None = None,
    *,
    has_group: Callable[[str], bool] = lambda room: False,
) -> Kinds:
    """The table for one edition.

    Args:
        municipalities: slugs of the register; each has a room.
        has_group: whether a group's room (`aalborg.udvalg`) was ever opened.
        places: the inputs of the sources in the settings; the programme's others have the usual.
    """
    slugs = frozenset(municipalities)

    def is_room(id: str) -> bool:
        return id in slugs or id == CREW_ROOM or has_group(id)

    channels = {MAIN, *own_channels(runofshow.initial(programme))}
    return Kinds(
        (
            *(
                _show(programme, show_map),
                _edition(programme),
                _library(programme),
                SHARES,
                ROOM,
                NOTES,
                GROUPS,
                DESK,
                PROPOSALS,
                POLLS,
            ),
            *(HELPDESK, _board(programme), CHANNEL),
            *(RECORDINGS, _inputs(programme, places or {}), PERSON),
        ),
        {
            "room": is_room,
            "groups": slugs.__contains__,
            "shares": slugs.__contains__,
            "proposals": slugs.__contains__,
            "notes": is_room,
            "channel": channels.__contains__,
            "person": bool,
        },
        states=lambda topic: _is_state(topic, slugs, is_room),
        passing={cheering.TOPIC: wire.names_of((cheering.Cheer,))},
        free_text=FreeText(
            erasure.FIELDS, erasure.about, erasure.erases, erasure.emptied, erasure.sweeps
        ),
        holds=chat_events.holds,
        hides_cause=lambda e: chat_events.hides_cause(e) or poll_events.hides_cause(e),
    )


def _is_state(topic: str, slugs: Collection[str], is_room: Callable[[str], bool]) -> bool:
    noun, _, id = topic.partition(":")
    if noun == "people":
        return is_room(id)
    return topic in {"sources", "films", "cheers", "presence"} or (
        noun == "presence" and id in slugs
    )


def _rest(words: tuple[type, ...], *others: tuple[type, ...]) -> dict[str, type]:
    """The words of a room that no other of its topics has."""
    taken = {word for other in others for word in other}
    return wire.names_of(word for word in words if word not in taken)


def _show(programme: Programme, show_map: ShowMap) -> UnitKind:
    clock = {
        "wall": wire.rfc3339(show_map.wall),
        "show": wire.rfc3339(show_map.show),
        "speed": show_map.speed,
    }

    def snapshot(show: Show) -> wire.Data:
        return runofshow.snapshot(show) | {"clock": clock}

    topic = TopicKind(
        "show",
        _rest(schedule_commands.COMMANDS, PROGRAMME_COMMANDS, CHOICE_COMMANDS),
        _rest(schedule_events.EVENTS, PROGRAMME_EVENTS, CHOICE_EVENTS),
        snapshot,
        runofshow.restore,
    )
    return UnitKind(
        "show",
        lambda id: runofshow.initial(programme),
        runofshow.decide,
        runofshow.evolve,
        (topic,),
        on_show_time=True,
    )


def _edition(programme: Programme) -> UnitKind:
    return UnitKind(
        "programme",
        lambda id: edition.initial(programme),
        edition.decide,
        edition.evolve,
        (
            TopicKind(
                "programme",
                wire.names_of(PROGRAMME_COMMANDS),
                wire.names_of(PROGRAMME_EVENTS),
                edition.snapshot_programme,
                edition.restore_programme,
            ),
            TopicKind(
                "choice",
                wire.names_of(CHOICE_COMMANDS),
                wire.names_of(CHOICE_EVENTS),
                edition.snapshot_choice,
                edition.restore_choice,
            ),
        ),
        on_show_time=True,
    )


def _library(programme: Programme) -> UnitKind:
    words = library_events.BY_TOPIC
    return UnitKind(
        "library",
        lambda id: library.initial(programme),
        library.decide,
        library.evolve,
        (
            TopicKind(
                "library",
                wire.names_of(library_commands.COMMANDS),
                wire.names_of(words["library"]),
                library.snapshot,
                library.restore,
            ),
            TopicKind(
                "library.desk",
                {},
                wire.names_of(words["library.desk"]),
                library.desk_snapshot,
                library.desk_restore,
            ),
            TopicKind(
                "library.documents",
                wire.names_of(documentwords.COMMANDS),
                wire.names_of(words["library.documents"]),
                library.documents_snapshot,
                library.documents_restore,
            ),
        ),
        on_show_time=True,
    )


def _chat_words(noun: str) -> tuple[dict[str, type], dict[str, type]]:
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
            *_chat_words("room"),
            rooms.snapshot,
            rooms.restore,
            opens=(("message_posted",), "messages"),
        ),
        TopicKind("room.host", *_chat_words("room.host"), rooms.host_snapshot, rooms.host_restore),
        TopicKind(
            "room.files", *_chat_words("room.files"), rooms.files_snapshot, rooms.files_restore
        ),
    ),
)


SHARES = UnitKind(
    "shares",
    sharing.initial,
    sharing.decide,
    sharing.evolve,
    (
        TopicKind(
            "shares",
            wire.names_of(sharing_commands.COMMANDS),
            wire.names_of(sharing_events.EVENTS),
            sharing.snapshot,
            sharing.restore,
        ),
    ),
    on_show_time=True,
)


GROUPS = UnitKind(
    "groups",
    groups.initial,
    groups.decide,
    groups.evolve,
    (TopicKind("groups", *_chat_words("groups"), groups.snapshot, groups.restore),),
)


NOTES = UnitKind(
    "notes",
    noting.initial,
    noting.decide,
    noting.evolve,
    (
        TopicKind(
            "notes",
            wire.names_of(notes_commands.COMMANDS),
            wire.names_of(notes_events.EVENTS),
            noting.snapshot,
            noting.restore,
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
            *_chat_words("committee.desk"),
            questions.snapshot,
            questions.restore,
        ),
        TopicKind(
            "committee",
            *_chat_words("committee"),
            questions.public_snapshot,
            questions.public_restore,
            opens=(("question_asked",), "questions"),
        ),
        TopicKind(
            "committee.ballots",
            *_chat_words("committee.ballots"),
            questions.ballots_snapshot,
            questions.ballots_restore,
        ),
    ),
)


PROPOSALS = UnitKind(
    "proposals",
    proposals.initial,
    proposals.decide,
    proposals.evolve,
    (
        TopicKind("proposals", *_chat_words("proposals"), proposals.snapshot, proposals.restore),
        TopicKind(
            "proposals.ballots",
            *_chat_words("proposals.ballots"),
            proposals.ballots_snapshot,
            proposals.ballots_restore,
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
        TopicKind("help.desk", *_chat_words("help.desk"), helpdesk.snapshot, helpdesk.restore),
        TopicKind("help", *_chat_words("help"), helpdesk.public_snapshot, helpdesk.public_restore),
    ),
)

CHANNEL = UnitKind(
    "channel",
    channel.initial,
    channel.decide,
    channel.evolve,
    (
        TopicKind(
            "channel",
            wire.names_of(stream_commands.COMMANDS),
            wire.names_of(stream_events.EVENTS),
            channel.snapshot,
            channel.restore,
        ),
    ),
)

RECORDINGS = UnitKind(
    "recordings",
    recordings.initial,
    recordings.decide,
    recordings.evolve,
    (
        TopicKind(
            "recordings",
            wire.names_of(recordings.COMMANDS),
            wire.names_of(recordings.EVENTS),
            recordings.snapshot,
            recordings.restore,
        ),
    ),
)


def _board(programme: Programme) -> UnitKind:
    themes = tuple(dict.fromkeys(item.sector for item in programme.items if item.sector))
    return UnitKind(
        "board",
        lambda id: conclusions.initial(themes),
        conclusions.decide,
        conclusions.evolve,
        (TopicKind("board", *_chat_words("board"), conclusions.snapshot, conclusions.restore),),
    )


def _inputs(programme: Programme, places: inputs.Places) -> UnitKind:
    named = {item.source for item in programme.items if item.source}
    known = {source: order_of(DEFAULT_INPUTS) for source in named} | dict(places)
    topic = TopicKind(
        "inputs",
        wire.names_of(inputs.COMMANDS),
        wire.names_of(inputs.EVENTS),
        inputs.snapshot,
        inputs.restore,
    )
    return UnitKind(
        "inputs", lambda id: inputs.initial(known), inputs.decide, inputs.evolve, (topic,)
    )


def _writes_nothing(*_: Any) -> tuple[()]:
    raise Refused("unknown_command", "expected no command, for nothing can be asked of a person")


def _evolve_person(state: Any, event: Any, *, seq: int, at: datetime) -> Any:
    """Notices are folded in `chat`, which knows no event of the schedule."""
    if isinstance(event, library_events.OwnCaptionsWarned):
        return notices.warned(state, event.item, event.closes_at)
    return notices.evolve(state, event, seq=seq, at=at)


_person_commands, _person_events = _chat_words("person")
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
