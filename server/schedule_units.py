"""The units that the rules of the schedule decide for; all of them on show time.

The show, the published edition and the library are one each, and stand on the programme that the
edition was opened with. Links to the library are each municipality's own.
"""

from __future__ import annotations

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
from server import wire
from server.clock import ShowMap
from server.kinds import TopicKind, UnitKind, of_one_topic

PROGRAMME_COMMANDS = (schedule_commands.PublishProgramme,)
CHOICE_COMMANDS = (schedule_commands.Choose,)
PROGRAMME_EVENTS = (schedule_events.ProgrammePublished,)
CHOICE_EVENTS = (schedule_events.Chosen,)


def the_show(programme: Programme, show_map: ShowMap) -> UnitKind:
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


def _rest(words: tuple[type, ...], *others: tuple[type, ...]) -> dict[str, type]:
    """The words of the schedule that no other of its topics has."""
    taken = {word for other in others for word in other}
    return wire.names_of(word for word in words if word not in taken)


def the_edition(programme: Programme) -> UnitKind:
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


def the_library(programme: Programme) -> UnitKind:
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


SHARES = of_one_topic(
    "shares",
    sharing.initial,
    sharing,
    sharing_commands.COMMANDS,
    sharing_events.EVENTS,
    on_show_time=True,
)
