"""The house: everything that makes the day true, opened together.

`open_house` brings the schema up to date, reads or stores the edition, and sets the clock to the
map of the edition's first start. Its long tasks are coroutines, which the app starts and guards:
`long_tasks` names them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from schedule.library.unlocking import CaptionRule
from schedule.programme import Programme
from schedule.programme_file import dump, load
from server.access.actor import SYSTEM
from server.access.directory import Directory
from server.bus import Bus, Hint, LocalBus, Message, State
from server.clock import Clock
from server.database import Database
from server.dispatch import Dispatch, Fanout
from server.doors import Doors
from server.entries import Entry
from server.errors import Refusal
from server.holding_back import HoldingBack
from server.input_delays import SOURCES, InputDelays
from server.introductions import Introductions
from server.journal import Journal, new_edition, open_journal
from server.journal_board import JournalBoard
from server.kinds import Kinds
from server.lease import Lease
from server.lookalikes import REFRESH_EVERY_S, LookAlikes
from server.newest import library_of, show_of
from server.reactions import DESK, REACTIONS, opening, planned_windows, planning
from server.reactor import Reactor
from server.reels import FILMS, Reels
from server.tallier import BALLOTS, QUESTIONS, Tallier
from server.timekeeper import Timekeeper
from server.topics import edition_kinds
from server.unlocking import Unlocking
from streams.inputs import Places

log = logging.getLogger("topmoede.house")

LongTask = Callable[[], Awaitable[None]]

WITH_CAPTIONS = CaptionRule()
COMPARE_HEADS_EVERY_S = 2.0
COMPARE_ALONE_EVERY_S = 0.5
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class House:
    """What was opened, by name."""

    database: Database
    journal: Journal
    kinds: Kinds
    clock: Clock
    dispatch: Dispatch
    board: JournalBoard
    timekeeper: Timekeeper
    reactor: Reactor
    tallier: Tallier
    ballot_counter: Tallier
    bus: Bus
    doors: Doors
    directory: Directory
    look_alikes: LookAlikes
    lease: Lease | None = None
    """Who of several workers keeps time; None where there is but one."""
    on_message: list[Callable[[Message], None]] = field(default_factory=list)
    """Who hears what other workers say, hints apart."""

    def long_tasks(self) -> dict[str, LongTask]:
        """What the app must keep running, by a name for the log; each may be started again."""
        directing: dict[str, LongTask] = {
            "timekeeper": self.timekeeper.run,
            "reactor": self._react,
            "tallier": self.tallier.run,
            "ballot counter": self.ballot_counter.run,
        }
        if (lease := self.lease) is not None:
            directing = {name: partial(lease.while_held, task) for name, task in directing.items()}
            directing["lease"] = lease.run
        return {**self.following_tasks(), **directing}

    def directing(self, task: LongTask) -> LongTask:
        """A task that of several workers only one is to run at a time."""
        return task if self.lease is None else partial(self.lease.while_held, task)

    def following_tasks(self) -> dict[str, LongTask]:
        """Those of a process that writes and reads, and leaves keeping time to another."""
        return {
            "dispatch": self.dispatch.run,
            "hints": self.follow_others,
            "heads": self.compare_heads,
            "names": self.know_names,
        }

    def heads(self, municipality: str | None, person: str) -> int:
        """How many sit before somebody's screen, as they have said in their room."""
        try:
            room = self.dispatch.opened(f"room:{municipality}").fold.state
        except KeyError:
            return 1
        return int(room.board.heads.get(person, 1))

    async def plan(self) -> None:
        """Open the doors, tell the desk of the windows to come; at every start, and done once."""
        show = await show_of(self.dispatch)
        if (asked := opening(show)) is not None:
            await self._ask("plan:doors", *asked)
        for entry in planned_windows(show):
            times = f"{entry.expected_start:%H%M%S}:{entry.expected_end:%H%M%S}"
            await self._ask(f"plan:{entry.id}:{times}", DESK, planning(entry))

    async def _ask(self, id: str, topic: str, command: Any) -> None:
        try:
            await self.dispatch.command(SYSTEM, id, topic, command)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            log.warning("not planned", extra={"cause": id, "code": error.code})

    async def _react(self) -> None:
        await self.plan()
        await self.reactor.run()

    async def take_due(self) -> None:
        """Do once what the long tasks do for ever; a rehearsal's way of keeping time."""
        await self.timekeeper.take_due()
        await self.reactor.catch_up()
        await self.tallier.take_due()
        await self.ballot_counter.take_due()

    async def next_due(self) -> datetime | None:
        """When something will be due next, in show time; None for never."""
        sums = (await self.tallier.next_moment(), await self.ballot_counter.next_moment())
        to_tell = (self.clock.show_map.to_show(moment) for moment in sums if moment is not None)
        moments = (await self.timekeeper.next_due(), *to_tell)
        return min((moment for moment in moments if moment is not None), default=None)

    async def follow_others(self) -> None:
        """Read what other workers say they have stored, show what only they know.

        Hints that came while the last ones were followed are followed together.
        """
        while True:
            heads = dict[str, int]()
            message: Message | None = await self.bus.receive()
            while message is not None:
                if isinstance(message, Hint):
                    heads[message.topic] = max(message.head, heads.get(message.topic, 0))
                else:
                    self._hear(message)
                message = self.bus.receive_now() if len(heads) < AT_ONCE else None
            if behind := self.dispatch.behind(heads):
                await self.dispatch.catch_up(behind)

    def _hear(self, message: Message) -> None:
        if isinstance(message, State) and self.kinds.is_state(message.topic):
            self.board.set_state(message.topic, message.data)
        for listener in self.on_message:
            listener(message)

    async def know_names(self) -> None:
        """Keep knowing the names of those with roles, who may be registered during the day."""
        while True:
            await self.look_alikes.refresh()
            await self.clock.sleep(REFRESH_EVERY_S)

    async def compare_heads(self) -> None:
        """Notice what no hint has told: the database is the truth. More often while none comes."""
        while True:
            carries = self.bus.carries
            await self.clock.sleep(COMPARE_HEADS_EVERY_S if carries else COMPARE_ALONE_EVERY_S)
            await self.dispatch.catch_up()


async def open_house(
    database: Database,
    programme: Programme,
    clock: Clock,
    municipalities: Collection[str],
    fanout: Fanout,
    *,
    epoch: str | None = None,
    bus: Bus | Callable[[str], Bus] | None = None,
    start_over_after: timedelta | None = None,
    places: Places | None = None,
    directs: bool = True,
    caption_rule: CaptionRule = WITH_CAPTIONS,
) -> House:
    """Open an edition.

    Args:
        programme: stored at the first start; at a later one the stored version is the ground
            that the logs stand on, and another one must be published.
        clock: its map is stored at the first start; at a later one the stored map is set in it.
        municipalities: slugs; each has a room.
        epoch: of a new edition's logs; random unless given.
        bus: this process's end of it, or what makes one by the logs' epoch.
        start_over_after: a demonstration's pause before the day goes round.
        places: the inputs of each source, best first.
        directs: whether this process keeps time, if it is its turn.
        caption_rule: when a recording needs captions.
    """
    await database.migrate()
    edition = new_edition(
        programme.edition, programme.title, clock.show_map, programme=dump(programme), epoch=epoch
    )
    journal = await open_journal(database, edition)
    clock.show_map = journal.show_map
    doors, directory = Doors(), Directory(database, edition.id, clock.monotonic)
    kinds = edition_kinds(
        load(journal.programme), clock.show_map, municipalities, places, has_group=doors.has_group
    )
    dispatch = Dispatch(journal, kinds, clock, fanout, doors.rooms_of)
    introductions = Introductions(directory)
    unlocking = Unlocking(
        lambda: show_of(dispatch), lambda: library_of(dispatch), clock, caption_rule
    )
    reels = Reels(unlocking, lambda: board.state(FILMS))
    delays = InputDelays(lambda: board.state(SOURCES))

    async def complete(topic: str, name: str, data: Mapping[str, Any]) -> Any:
        word = await introductions.introduce(topic, name, data)
        word = word or delays.time(topic, name, data)
        return word or await reels.cue(topic, name, data)

    board = JournalBoard(journal, kinds, dispatch, fanout, doors.rooms_of, complete)
    board.hold_back = HoldingBack(dispatch, board.may_read, clock).refusal
    look_alikes = LookAlikes(directory)
    await look_alikes.refresh()
    dispatch.like_of = look_alikes.of
    await doors.follow(dispatch, municipalities, board.set_state)
    lease = Lease(journal, clock) if directs and not database.one_writer else None
    if lease is not None:
        dispatch.may_direct = lease.held
    end = bus(journal.epoch) if callable(bus) else bus or LocalBus().join()
    dispatch.on_commit.append(lambda entries: _tell_others(end, entries))
    return House(
        database,
        journal,
        kinds,
        clock,
        dispatch,
        board,
        Timekeeper(dispatch, clock, start_over_after=start_over_after),
        Reactor(journal, dispatch, clock, REACTIONS),
        Tallier(dispatch, clock, QUESTIONS),
        Tallier(dispatch, clock, BALLOTS),
        end,
        doors,
        directory,
        look_alikes,
        lease,
    )


def _tell_others(bus: Bus, entries: Sequence[Entry]) -> None:
    heads = {entry.envelope.topic: entry.envelope.seq for entry in entries}
    for topic, head in heads.items():
        bus.publish(Hint(topic, head))
