"""Who was let into a municipality's rooms: the members of its groups, and guests.

This is the topic `groups:<municipality>`, read by its hosts alone, and its snapshot:

    {"municipality": "aalborg",
     "groups": [{"id": "udvalg", "title": "Børne- og Ungeudvalget", "members": [{"id", "name", …}],
                 "guests": [{…}], "left"?: [{…}], "closed"?: true}],                oldest first
     "guests": [{"id", "name", "badge"?}], "left"?: [{…}]}  of the municipality's own room

`left` are those who went by themselves, so that a host who opens the list sees it.

A group's room `room:<municipality>.<group>` is read by those who stand here and by nobody else:
not by colleagues, not by hosts who are not members. A host may name themselves, and the members
see it. Members come from the municipality's own people, guests from elsewhere.

    open      -> GroupOpened + MemberNamed (the host) + RoomEntered
    name      -> MemberNamed + RoomEntered            remove   -> MemberRemoved + RoomLeft
    invite    -> GuestInvited + RoomEntered           dismiss  -> GuestDismissed + RoomLeft
    leave     -> MemberRemoved or GuestDismissed, by the one who goes, + RoomLeft
    close     -> GroupClosed, and RoomLeft for everybody in it; its name is never used again,
                 for under it stands what was said

Doing again what is done already is accepted and changes nothing. Who a named person is, is for the
server to say (`Introduced`); a person who is not of the municipality is answered like one who does
not exist. How each event changes the snapshot, here and in the browser:

    group_opened     append {id: group, title, members: [], guests: []}
    group_closed     members and guests empty, left absent, closed true
    member_named     append to the group's members        member_removed   take out of them
    guest_invited    append to the group's guests, or to the municipality's where none is named
    guest_dismissed  take out of them

Where it was the one themselves (`by` is who was removed or dismissed), `by` is appended to left of
the same, and while there are more than 10 the oldest goes; whoever is named or invited again is
taken out of left, which is absent when it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from chat.errors import Refused
from chat.event import Event
from chat.groupwords import (
    CloseGroup,
    DismissGuest,
    GroupClosed,
    GroupCommand,
    GroupOpened,
    GuestDismissed,
    GuestInvited,
    Introduced,
    InviteGuest,
    LeaveGroup,
    MemberNamed,
    MemberRemoved,
    NameMember,
    OpenGroup,
    RemoveMember,
    RoomEntered,
    RoomLeft,
)
from chat.people import Author, Person, author_of, within
from chat.plain import plain, read
from chat.text import tidy

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
TITLE_MOST = 80
GROUPS_OPEN = 30
GROUPS_EVER = 300
MEMBERS = 200
GUESTS = 10
LEFT_KEPT = 10
GROUPS_PER_PERSON = 6
"""As many rooms as one connection can follow beside everything else (PROTOCOL: 32 topics)."""

OWN_ROLES = frozenset({"member", "host", "staff"})


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    title: str
    members: tuple[Author, ...] = ()
    guests: tuple[Author, ...] = ()
    left: tuple[Author, ...] | None = None
    closed: bool | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    municipality: str
    groups: tuple[Group, ...] = ()
    guests: tuple[Author, ...] = ()
    left: tuple[Author, ...] | None = None

    def find(self, group: str) -> Group | None:
        return next((one for one in self.groups if one.id == group), None)

    def room_of(self, group: str | None) -> str:
        return f"{self.municipality}.{group}" if group else self.municipality

    def count_of(self, person: str) -> int:
        """How many groups somebody is a member of."""
        return sum(_has(group.members, person) for group in self.groups)

    def rooms(self) -> Iterator[tuple[str, Group]]:
        """Each room with who was let in; the municipality's own is a group without a title."""
        yield self.municipality, Group("", "", guests=self.guests)
        for group in self.groups:
            yield self.room_of(group.id), group


def initial(municipality: str) -> Groups:
    return Groups(municipality)


def snapshot(groups: Groups) -> dict[str, Any]:
    found: dict[str, Any] = plain(groups)
    return found


def restore(data: Mapping[str, Any]) -> Groups:
    return read(Groups, data)


def people_of(group: Group) -> dict[str, Any]:
    """Who is in a room, as those in it see it: the state topic `people:<room>`.

    Returns:
        `{"guests": […]}` of a municipality's room; a group's has `title` and `members` too.
    """
    found: dict[str, Any] = plain(group)
    named = ("title", "members", "guests") if group.id else ("guests",)
    return {name: found[name] for name in named}


# --- what has happened ---


def evolve(groups: Groups, event: Event, *, seq: int, at: datetime) -> Groups:
    match event:
        case GroupOpened(id, title):
            return replace(groups, groups=(*groups.groups, Group(id, title)))
        case GroupClosed(id):
            return _changed(groups, id, members=(), guests=(), left=None, closed=True)
        case MemberNamed(id, member):
            came = _changed(groups, id, members=(*_group(groups, id).members, member))
            return _with_left(came, id, _without(_left(groups, id), member.id))
        case MemberRemoved(id, member, by):
            gone = _changed(groups, id, members=_without(_group(groups, id).members, member))
            return _noted(gone, id, member, by)
        case GuestInvited(guest, _, id):
            came = _with_guests(groups, id, (*_guests(groups, id), guest))
            return _with_left(came, id, _without(_left(groups, id), guest.id))
        case GuestDismissed(guest, by, id):
            gone = _with_guests(groups, id, _without(_guests(groups, id), guest))
            return _noted(gone, id, guest, by)
    return groups


def _noted(groups: Groups, id: str | None, person: str, by: Author) -> Groups:
    """Remembers, of somebody who is out, whether they went by themselves."""
    if by.id != person:
        return groups
    return _with_left(groups, id, (*_without(_left(groups, id), person), by))


def _left(groups: Groups, id: str | None) -> tuple[Author, ...]:
    return (groups.left if id is None else _group(groups, id).left) or ()


def _with_left(groups: Groups, id: str | None, left: tuple[Author, ...]) -> Groups:
    kept = left[-LEFT_KEPT:] or None
    return replace(groups, left=kept) if id is None else _changed(groups, id, left=kept)


def _changed(groups: Groups, id: str, **changes: Any) -> Groups:
    changed = tuple(replace(one, **changes) if one.id == id else one for one in groups.groups)
    return replace(groups, groups=changed)


def _with_guests(groups: Groups, id: str | None, guests: tuple[Author, ...]) -> Groups:
    return replace(groups, guests=guests) if id is None else _changed(groups, id, guests=guests)


def _group(groups: Groups, id: str) -> Group:
    """A group, or an empty one where there is none."""
    return groups.find(id) or Group(id, "")


def _guests(groups: Groups, id: str | None) -> tuple[Author, ...]:
    return groups.guests if id is None else _group(groups, id).guests


def _has(people: tuple[Author, ...], person: str) -> bool:
    return any(one.id == person for one in people)


def _without(people: tuple[Author, ...], person: str) -> tuple[Author, ...]:
    return tuple(one for one in people if one.id != person)


# --- what is asked ---


def _open_group(groups: Groups, id: str) -> Group:
    group = groups.find(id)
    if group is None or group.closed:
        raise Refused("unknown_group", f"expected a group that is open, came {id!r:.50}")
    return group


def _refuse_full(code: str, count: int, most: int) -> None:
    if count >= most:
        raise Refused(code, f"expected fewer than {most}, came one more", most=most)


def _open(groups: Groups, command: OpenGroup, by: Person) -> tuple[Event, ...]:
    title = tidy(command.title, TITLE_MOST)
    if NAME.fullmatch(command.group) is None:
        raise Refused("bad_group", "expected a name of at most 40 of a–z, 0–9 and -")
    if groups.find(command.group) is not None:
        raise Refused("group_taken", f"expected a name not used before, came {command.group}")
    _refuse_full("too_many_groups", sum(not one.closed for one in groups.groups), GROUPS_OPEN)
    _refuse_full("too_many_groups", len(groups.groups), GROUPS_EVER)
    _refuse_full("in_too_many_groups", groups.count_of(by.id), GROUPS_PER_PERSON)
    host = author_of(by)
    return (
        GroupOpened(command.group, title, host),
        MemberNamed(command.group, host, host),
        RoomEntered(by.id, groups.room_of(command.group), False, title),
    )


def _close(groups: Groups, id: str, by: Person) -> tuple[Event, ...]:
    group = groups.find(id)
    if group is not None and group.closed:
        return ()
    group, room = _open_group(groups, id), groups.room_of(id)
    out = tuple(RoomLeft(one.id, room) for one in (*group.members, *group.guests))
    return (GroupClosed(id, author_of(by)), *out)


def _name(groups: Groups, id: str, who: Person, by: Person) -> tuple[Event, ...]:
    group = _open_group(groups, id)
    if who.municipality != groups.municipality or who.role not in OWN_ROLES:
        raise _unknown_person()
    if _has(group.members, who.id):
        return ()
    _refuse_full("group_full", len(group.members), MEMBERS)
    _refuse_full("in_too_many_groups", groups.count_of(who.id), GROUPS_PER_PERSON)
    return (
        MemberNamed(id, author_of(who), author_of(by)),
        RoomEntered(who.id, groups.room_of(id), False, group.title),
    )


def _remove(groups: Groups, command: RemoveMember, by: Person) -> tuple[Event, ...]:
    if not _has(_open_group(groups, command.group).members, command.person):
        return ()
    return (
        MemberRemoved(command.group, command.person, author_of(by)),
        RoomLeft(command.person, groups.room_of(command.group)),
    )


def _invite(groups: Groups, id: str | None, who: Person, by: Person) -> tuple[Event, ...]:
    title = None if id is None else _open_group(groups, id).title
    if who.municipality == groups.municipality and who.role in OWN_ROLES:
        raise Refused("not_a_guest", "expected somebody from outside, came one of your own people")
    if _has(_guests(groups, id), who.id):
        return ()
    _refuse_full("too_many_guests", len(_guests(groups, id)), GUESTS)
    guest = author_of(within(groups.municipality, who))
    return (
        GuestInvited(guest, author_of(by), id),
        RoomEntered(who.id, groups.room_of(id), True, title),
    )


def _dismiss(groups: Groups, command: DismissGuest, by: Person) -> tuple[Event, ...]:
    if command.group is not None:
        _open_group(groups, command.group)
    if not _has(_guests(groups, command.group), command.person):
        return ()
    return (
        GuestDismissed(command.person, author_of(by), command.group),
        RoomLeft(command.person, groups.room_of(command.group)),
    )


def _leave(groups: Groups, id: str | None, by: Person) -> tuple[Event, ...]:
    """Whoever is not in it is told the same as of one that there is not."""
    place = groups.find(id) if id is not None else Group("", "", guests=groups.guests)
    within = place or Group("", "")
    gone = RoomLeft(by.id, groups.room_of(id))
    for one in within.members:
        if one.id == by.id:
            return MemberRemoved(within.id, by.id, one), gone
    for one in within.guests:
        if one.id == by.id:
            return GuestDismissed(by.id, one, id), gone
    raise Refused("unknown_group", "expected a room that you were let into")


def _unknown_person() -> Refused:
    return Refused("unknown_person", "expected one of the municipality's people")


def decide(groups: Groups, command: GroupCommand, by: Person, now: datetime) -> tuple[Event, ...]:
    """What a command leads to; none when nothing changes.

    Raises:
        Refused: with one of the codes named above.
    """
    match command:
        case OpenGroup():
            return _open(groups, command, by)
        case CloseGroup(id):
            return _close(groups, id, by)
        case Introduced(NameMember(id), who):
            return _name(groups, id, who, by)
        case Introduced(InviteGuest(_, id), who):
            return _invite(groups, id, who, by)
        case RemoveMember():
            return _remove(groups, command, by)
        case DismissGuest():
            return _dismiss(groups, command, by)
        case LeaveGroup(id):
            return _leave(groups, id, by)
        case NameMember() | InviteGuest():
            raise _unknown_person()
        case Introduced():
            raise _unknown_person()
        case _:
            assert_never(command)
