"""What has happened at the help desk.

`request` is the thread's id; the crew and the one who asked both know it.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.event import Event
from chat.helpdesk.commands import What
from chat.helpdesk.diagnosis import Diagnosis
from chat.people import Author

# --- help; everybody ---


@dataclass(frozen=True, slots=True)
class KnownFaultTold(Event):
    text: str


@dataclass(frozen=True, slots=True)
class KnownFaultCleared(Event):
    """Nothing is known to be wrong."""


# --- help.desk; the crew ---


@dataclass(frozen=True, slots=True)
class HelpAsked(Event):
    request: str
    asker: Author
    what: What
    diagnosis: Diagnosis
    text: str | None = None
    municipality: str | None = None


@dataclass(frozen=True, slots=True)
class HelpAdded(Event):
    request: str
    text: str
    by: Author


@dataclass(frozen=True, slots=True)
class HelpTaken(Event):
    request: str
    by: Author


@dataclass(frozen=True, slots=True)
class HelpReleased(Event):
    request: str
    by: Author


@dataclass(frozen=True, slots=True)
class HelpAnswered(Event):
    request: str
    text: str
    by: Author


@dataclass(frozen=True, slots=True)
class HelpSettled(Event):
    request: str
    by: Author


@dataclass(frozen=True, slots=True)
class HelpEmptied(Event):
    """Every text before this is erased, and every thread gone."""


# --- person:<person>; the one who asked ---


@dataclass(frozen=True, slots=True)
class OwnHelpAsked(Event):
    person: str
    request: str
    what: What
    text: str | None = None


@dataclass(frozen=True, slots=True)
class OwnHelpAdded(Event):
    person: str
    request: str
    text: str
    by: Author


@dataclass(frozen=True, slots=True)
class OwnHelpTaken(Event):
    person: str
    request: str
    by: Author


@dataclass(frozen=True, slots=True)
class OwnHelpReleased(Event):
    person: str
    request: str


@dataclass(frozen=True, slots=True)
class OwnHelpAnswered(Event):
    person: str
    request: str
    text: str
    by: Author


@dataclass(frozen=True, slots=True)
class OwnHelpSettled(Event):
    person: str
    request: str
    by: Author


@dataclass(frozen=True, slots=True)
class OwnHelpEmptied(Event):
    person: str


BY_TOPIC: dict[str, tuple[type, ...]] = {
    "help": (KnownFaultTold, KnownFaultCleared),
    "help.desk": (
        *(HelpAsked, HelpAdded, HelpTaken, HelpReleased, HelpAnswered, HelpSettled),
        HelpEmptied,
    ),
    "person": (
        OwnHelpAsked,
        OwnHelpAdded,
        OwnHelpTaken,
        OwnHelpReleased,
        OwnHelpAnswered,
        OwnHelpSettled,
        OwnHelpEmptied,
    ),
}
