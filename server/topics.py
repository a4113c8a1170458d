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

Which rules decide for which topics, and by which words, is `schedule_units.py`, `chat_units.py` and
`stream_units.py`. Who may read and act is `permissions.py`; what the parts of this table mean is
`kinds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from chat import erasure
from chat import events as chat_events
from chat.polls import events as poll_events
from schedule import runofshow
from schedule.programme import Programme
from server import cheering, wire
from server.chat_units import (
    DESK,
    GROUPS,
    HELPDESK,
    NOTES,
    PERSON,
    POLLS,
    PROPOSALS,
    ROOM,
    the_board,
)
from server.clock import ShowMap
from server.kinds import FreeText, Kinds
from server.on_air import MAIN, own_channels
from server.permissions import CREW_ROOM
from server.schedule_units import SHARES, the_edition, the_library, the_show
from server.stream_units import CHANNEL, RECORDINGS, the_inputs
from streams.inputs import Places


def edition_kinds(
    programme: Programme,
    show_map: ShowMap,
    municipalities: Collection[str],
    places: Places | None = None,
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
            *(the_show(programme, show_map), the_edition(programme), the_library(programme)),
            *(SHARES, ROOM, NOTES, GROUPS, DESK, PROPOSALS, POLLS),
            *(HELPDESK, the_board(programme), CHANNEL),
            *(RECORDINGS, the_inputs(programme, places or {}), PERSON),
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
