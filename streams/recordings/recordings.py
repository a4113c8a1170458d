"""The recordings of an edition, as people decide about them: the topic `recordings`.

    rough      a run of the item has ended: its replay is what the channel showed, from cut to cut
    clean      a person has looked at where it begins and ends, and says that it is well
    deleted    the replay is gone, and its bytes with it; a later run begins a new recording

A *cut* is where a replay begins and ends: instants of the event clock, in video ticks, None for
where the item itself did. Nothing is coded again: what is listed is what lies between them, part by
part (cutting.py). Each nudge makes a cut with the next number; the ones before it are remembered,
so that whoever is watching one of them sees it to its end.

Whoever nudges names the cut that they saw. Two people at one strip do not undo each other unseen:
the second is refused as `stale`. Nudged means rough again: somebody else has to look, or the same
person twice. An end counts for the runs there were when it was set; a later run is not cut off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from streams.errors import Refused

MOST_CUTS = 20
"""So many of an item's newest cuts are remembered."""
LATEST_TICKS = 2**52


@dataclass(frozen=True, slots=True)
class ReportRecorded:
    """A run of an item has ended; by reaction."""

    item: str
    run: int


@dataclass(frozen=True, slots=True)
class NudgeCut:
    """Have the replay begin and end here.

    Args:
        cut: the number of the cut that the person saw.
        start_ticks, end_ticks: on the event clock, 90 kHz; None: where the item did.
    """

    item: str
    cut: int
    start_ticks: int | None = None
    end_ticks: int | None = None


@dataclass(frozen=True, slots=True)
class ApproveCut:
    """It begins and ends where it should."""

    item: str
    cut: int


@dataclass(frozen=True, slots=True)
class DeleteRecording:
    """The replay goes away for good, with its bytes."""

    item: str


@dataclass(frozen=True, slots=True)
class RecordingReady:
    item: str
    run: int


@dataclass(frozen=True, slots=True)
class RecordingCut:
    item: str
    cut: int
    start_ticks: int | None = None
    end_ticks: int | None = None


@dataclass(frozen=True, slots=True)
class CutApproved:
    item: str
    cut: int


@dataclass(frozen=True, slots=True)
class RecordingDeleted:
    """Gone are all runs up to this one."""

    item: str
    run: int


COMMANDS = (ReportRecorded, NudgeCut, ApproveCut, DeleteRecording)
EVENTS = (RecordingReady, RecordingCut, CutApproved, RecordingDeleted)
Event = RecordingReady | RecordingCut | CutApproved | RecordingDeleted


class Actor(Protocol):
    """Who asks; the server has judged already whether they may."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a replay begins and ends.

    Args:
        run: the newest there was when it was made; `end_ticks` counts up to that one.
        since: when it was made.
    """

    number: int
    run: int
    since: datetime
    start_ticks: int | None = None
    end_ticks: int | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One item's.

    Args:
        run: the newest that has ended.
        state: rough, clean or deleted.
        cuts: oldest first; the last one counts. Number 0, which nobody made, is the whole.
        deleted_run: runs up to this one are gone; 0: none.
    """

    run: int
    state: str
    cuts: tuple[Cut, ...]
    deleted_run: int = 0

    @property
    def cut(self) -> Cut:
        return self.cuts[-1]


@dataclass(frozen=True, slots=True)
class Recordings:
    """State of the topic, by item."""

    items: Mapping[str, Recording] = field(default_factory=dict)


def initial(id: str = "") -> Recordings:
    """Nothing was on air yet."""
    return Recordings()


def decide(state: Recordings, command: object, by: Actor, now: datetime) -> tuple[Event, ...]:
    """What a command leads to. Raises Refused."""
    match command:
        case ReportRecorded(item, run):
            known = state.items.get(item)
            return () if known and known.run >= run else (RecordingReady(item, run),)
        case NudgeCut(item, number, start, end):
            kept = _there(state, item, number)
            _check(start, end)
            if (kept.cut.start_ticks, kept.cut.end_ticks) == (start, end):
                return ()
            return (RecordingCut(item, number + 1, start, end),)
        case ApproveCut(item, number):
            kept = _there(state, item, number)
            return () if kept.state == "clean" else (CutApproved(item, number),)
        case DeleteRecording(item):
            gone = state.items.get(item)
            if gone is None:
                raise _unknown(item)
            return () if gone.state == "deleted" else (RecordingDeleted(item, gone.run),)
    raise Refused(
        "unknown_command", f"expected a word of recordings; came {type(command).__name__}"
    )


def evolve(state: Recordings, event: object, *, seq: int, at: datetime) -> Recordings:
    """What an event means."""
    match event:
        case RecordingReady(item, run):
            known = state.items.get(item)
            fresh = known is None or known.state == "deleted"
            cuts = (Cut(0, run, at),) if fresh or known is None else known.cuts
            deleted_run = known.deleted_run if known else 0
            return _with(state, item, Recording(run, "rough", cuts, deleted_run))
        case RecordingCut(item, number, start, end) if known := state.items.get(item):
            cuts = (*known.cuts, Cut(number, known.run, at, start, end))[-MOST_CUTS:]
            return _with(state, item, replace(known, state="rough", cuts=cuts))
        case CutApproved(item) if known := state.items.get(item):
            return _with(state, item, replace(known, state="clean"))
        case RecordingDeleted(item, run) if known := state.items.get(item):
            return _with(state, item, replace(known, state="deleted", deleted_run=run))
    return state


def snapshot(state: Recordings) -> dict[str, Any]:
    """As it goes on the wire."""
    return {"items": {item: _written(each) for item, each in state.items.items()}}


def restore(data: Mapping[str, Any]) -> Recordings:
    """The state behind a snapshot."""
    return Recordings({item: _read(each) for item, each in data["items"].items()})


def _there(state: Recordings, item: str, number: int) -> Recording:
    known = state.items.get(item)
    if known is None or known.state == "deleted":
        raise _unknown(item)
    if known.cut.number != number:
        raise Refused(
            "stale",
            f"expected the newest cut, {known.cut.number}; came {number}",
            cut=known.cut.number,
        )
    return known


def _check(start: int | None, end: int | None) -> None:
    for each in (start, end):
        if each is not None and not 0 <= each <= LATEST_TICKS:
            raise Refused("bad_cut", f"expected ticks of the event clock; came {each}")
    if start is not None and end is not None and end <= start:
        raise Refused("bad_cut", f"expected an end after {start}; came {end}")


def _unknown(item: str) -> Refused:
    return Refused("unknown_recording", f"expected an item with a recording; came {item!r:.80}")


def _with(state: Recordings, item: str, recording: Recording) -> Recordings:
    return Recordings({**state.items, item: recording})


def _written(recording: Recording) -> dict[str, Any]:
    return {
        "run": recording.run,
        "state": recording.state,
        "deleted_run": recording.deleted_run,
        "cuts": [
            {
                "number": cut.number,
                "run": cut.run,
                "since": cut.since.isoformat().replace("+00:00", "Z"),
                "start_ticks": cut.start_ticks,
                "end_ticks": cut.end_ticks,
            }
            for cut in recording.cuts
        ],
    }


def _read(data: Mapping[str, Any]) -> Recording:
    cuts = tuple(
        Cut(**{**each, "since": datetime.fromisoformat(each["since"])}) for each in data["cuts"]
    )
    return Recording(data["run"], data["state"], cuts, data["deleted_run"])
