"""Which input of a source people have chosen by hand: the topic `inputs`.

    automatic    the order decides (changeover.py); so it is until somebody says otherwise
    chosen       this input is held, for as long as it delivers; where it does not, the best other
                 one is shown and it comes back when it is there again

One topic holds all sources. A choice outlives the process, like everything that people decide.
Choosing an input that is not connected is no mistake: the person may know that it is on its way.
What is refused is an input that has no place in this edition, and one that is there and lies so far
behind what is shown that it could never take over (holdback.py): whoever presses is to know at once
and not to wait for a change that will not come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from streams.errors import Refused
from streams.holdback import MOST_LATE_S


@dataclass(frozen=True, slots=True)
class ChooseInput:
    """Hold this input of a source."""

    source: str
    input: str


@dataclass(frozen=True, slots=True)
class ChooseTimed:
    """A choice with what the media side says of the input just now.

    Args:
        behind_s: how much later than those of what is shown its pictures come.
    """

    asked: ChooseInput
    behind_s: float


@dataclass(frozen=True, slots=True)
class ReleaseInput:
    """Let the order decide again."""

    source: str


@dataclass(frozen=True, slots=True)
class InputChosen:
    source: str
    input: str


@dataclass(frozen=True, slots=True)
class InputReleased:
    source: str


COMMANDS = (ChooseInput, ReleaseInput)
EVENTS = (InputChosen, InputReleased)
Event = InputChosen | InputReleased
Places = Mapping[str, tuple[str, ...]]
"""The inputs that each source of the edition has, best first."""


class Actor(Protocol):
    """Who asks; the server has judged already whether they may."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """An input held by hand, and since when."""

    input: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Inputs:
    """State of the topic.

    Args:
        places: what may be chosen; of the settings, not of the log.
        chosen: by source; those that are not here are automatic.
    """

    places: Places = field(default_factory=dict, compare=False)
    chosen: Mapping[str, Choice] = field(default_factory=dict)


def initial(places: Places) -> Inputs:
    """Everything is automatic."""
    return Inputs(places)


def decide(state: Inputs, command: object, by: Actor, now: datetime) -> tuple[Event, ...]:
    """What a command leads to. Raises Refused."""
    match command:
        case ChooseInput(source, input):
            _check(state, source, input)
            held = state.chosen.get(source)
            return () if held and held.input == input else (InputChosen(source, input),)
        case ChooseTimed(asked, behind_s):
            events = decide(state, asked, by, now)
            if events and behind_s >= MOST_LATE_S:
                raise _too_late(asked, behind_s)
            return events
        case ReleaseInput(source):
            return (InputReleased(source),) if source in state.chosen else ()
    raise Refused("unknown_command", f"expected a word of inputs; came {type(command).__name__}")


def evolve(state: Inputs, event: object, *, seq: int, at: datetime) -> Inputs:
    """What an event means."""
    match event:
        case InputChosen(source, input):
            return replace(state, chosen={**state.chosen, source: Choice(input, at)})
        case InputReleased(released):
            left = {source: each for source, each in state.chosen.items() if source != released}
            return replace(state, chosen=left)
    return state


def snapshot(state: Inputs) -> dict[str, Any]:
    """As it goes on the wire."""
    return {
        "chosen": {
            source: {"input": each.input, "since": each.since.isoformat().replace("+00:00", "Z")}
            for source, each in state.chosen.items()
        }
    }


def restore(data: Mapping[str, Any]) -> Inputs:
    """The state behind a snapshot, without the places."""
    return Inputs(
        chosen={
            source: Choice(each["input"], datetime.fromisoformat(each["since"]))
            for source, each in data["chosen"].items()
        }
    )


def _too_late(asked: ChooseInput, behind_s: float) -> Refused:
    return Refused(
        "input_too_late",
        f"expected an input less than {MOST_LATE_S} s behind what is shown;"
        f" {asked.input} is {behind_s:.1f} s behind",
        source=asked.source,
        input=asked.input,
        behind_s=behind_s,
        most_s=MOST_LATE_S,
    )


def _check(state: Inputs, source: str, input: str) -> None:
    places = state.places.get(source)
    if places is None:
        raise Refused("unknown_source", f"expected a source of this event; came {source!r:.80}")
    if input not in places:
        raise Refused(
            "unknown_input",
            f"expected one of {', '.join(places)}; came {input!r:.80}",
            source=source,
            inputs=list(places),
        )
