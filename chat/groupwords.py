"""The words of a municipality's groups: what its hosts may ask, and what has happened.

A group is named by the part of its room behind the dot: `udvalg` of `room:aalborg.udvalg`. Where a
group is left out, the municipality's own room is meant.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.event import Event
from chat.people import Author, Person

# --- what is asked of groups:<municipality> ---


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """Whoever opens it is its first member."""

    group: str
    title: str


@dataclass(frozen=True, slots=True)
class CloseGroup:
    """Ends it: everybody is out, and nobody reads what was written."""

    group: str


@dataclass(frozen=True, slots=True)
class NameMember:
    """One of the municipality's own people, by their id."""

    group: str
    person: str


@dataclass(frozen=True, slots=True)
class RemoveMember:
    group: str
    person: str


@dataclass(frozen=True, slots=True)
class InviteGuest:
    """Somebody from outside the municipality, who reads and writes until dismissed."""

    person: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class DismissGuest:
    person: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    """One's own place, as a member or as a guest."""

    group: str | None = None


@dataclass(frozen=True, slots=True)
class Introduced:
    """A command together with the person it names, whom the server has looked up.

    It cannot be sent: nobody introduces a person by saying who they are.
    """

    asked: NameMember | InviteGuest
    who: Person


HostsCommand = OpenGroup | CloseGroup | NameMember | RemoveMember | InviteGuest | DismissGuest
GroupCommand = HostsCommand | LeaveGroup | Introduced
COMMANDS = (OpenGroup, CloseGroup, NameMember, RemoveMember, InviteGuest, DismissGuest, LeaveGroup)
NAMING = (NameMember, InviteGuest)


# --- groups:<municipality>: what its hosts see ---


@dataclass(frozen=True, slots=True)
class GroupOpened(Event):
    group: str
    title: str
    by: Author


@dataclass(frozen=True, slots=True)
class GroupClosed(Event):
    group: str
    by: Author


@dataclass(frozen=True, slots=True)
class MemberNamed(Event):
    group: str
    member: Author
    by: Author


@dataclass(frozen=True, slots=True)
class MemberRemoved(Event):
    """By the member, too, who then has left."""

    group: str
    member: str
    by: Author


@dataclass(frozen=True, slots=True)
class GuestInvited(Event):
    guest: Author
    by: Author
    group: str | None = None


@dataclass(frozen=True, slots=True)
class GuestDismissed(Event):
    """By the guest, too, who then has left."""

    guest: str
    by: Author
    group: str | None = None


# --- person:<person>: which rooms somebody has been let into ---


@dataclass(frozen=True, slots=True)
class RoomEntered(Event):
    """`title`: the group's; None for a municipality's own room."""

    person: str
    room: str
    guest: bool
    title: str | None = None


@dataclass(frozen=True, slots=True)
class RoomLeft(Event):
    person: str
    room: str


EVENTS = (GroupOpened, GroupClosed, MemberNamed, MemberRemoved, GuestInvited, GuestDismissed)
PERSON_EVENTS = (RoomEntered, RoomLeft)
