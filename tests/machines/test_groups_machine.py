"""A municipality's groups under anything its hosts do, beside a list kept on paper.

After every step: the paper and the rules agree on who is in which room; every person's own topic,
and nothing else they hear, adds up to the rooms they are in; and whoever joined just now and hears
the events over the wire sees the same as everybody.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat import groups
from chat.errors import Refused
from chat.groupwords import CloseGroup, DismissGuest, LeaveGroup, OpenGroup, RemoveMember
from tests.chat.meeting import (
    ANNA,
    BO,
    HANNE,
    HENRIK,
    IDA,
    KIM,
    MADS,
    Somebody,
    a_municipality,
    followed,
    invited,
    named,
)

pytestmark = pytest.mark.patient

TOPIC = "groups:aalborg"
EVERYBODY = (ANNA, BO, HANNE, HENRIK, IDA, KIM, MADS)

anybody = st.sampled_from(EVERYBODY)
hosts = st.sampled_from([HANNE, HENRIK])
names = st.sampled_from(["udvalg", "skole", "stab"])
rooms = st.none() | names


class MunicipalityGroups(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.meeting = a_municipality()
        self.inside: dict[str, set[str]] = {"aalborg": set()}
        self.closed: set[str] = set()

    def attempt(self, command: object, by: Somebody, *, allowed: bool) -> bool:
        before = self.meeting.again()
        try:
            self.meeting.do(command, by)
        except Refused:
            assert not allowed, command
            assert self.meeting.state == before.state
            return False
        assert allowed, command
        entries = self.meeting.log[len(before.log) :]
        for topic, snapshot in self.meeting.snapshots().items():
            assert followed(topic, before.snapshot(topic), entries) == snapshot, topic
        return True

    def room(self, group: str | None) -> str:
        return f"aalborg.{group}" if group else "aalborg"

    def is_open(self, group: str | None) -> bool:
        return self.room(group) in self.inside and group not in self.closed

    @rule(by=hosts, group=names)
    def open(self, by: Somebody, group: str) -> None:
        fresh = self.room(group) not in self.inside
        if self.attempt(OpenGroup(group, "Gruppe"), by, allowed=fresh):
            self.inside[self.room(group)] = {by.id}

    @rule(by=hosts, group=names)
    def close(self, by: Somebody, group: str) -> None:
        if self.attempt(CloseGroup(group), by, allowed=self.room(group) in self.inside):
            self.inside[self.room(group)] = set()
            self.closed.add(group)

    @rule(by=hosts, group=names, who=anybody)
    def name(self, by: Somebody, group: str, who: Somebody) -> None:
        own = who.municipality == "aalborg"
        if self.attempt(named(who, group), by, allowed=own and self.is_open(group)):
            self.inside[self.room(group)].add(who.id)

    @rule(by=hosts, group=names, who=anybody)
    def remove(self, by: Somebody, group: str, who: Somebody) -> None:
        if self.attempt(RemoveMember(group, who.id), by, allowed=self.is_open(group)):
            own = who.municipality == "aalborg"
            self.inside[self.room(group)] -= {who.id} if own else set()

    @rule(by=hosts, group=rooms, who=anybody)
    def invite(self, by: Somebody, group: str | None, who: Somebody) -> None:
        outside = who.municipality != "aalborg"
        if self.attempt(invited(who, group), by, allowed=outside and self.is_open(group)):
            self.inside[self.room(group)].add(who.id)

    @rule(by=hosts, group=rooms, who=anybody)
    def dismiss(self, by: Somebody, group: str | None, who: Somebody) -> None:
        if self.attempt(DismissGuest(who.id, group), by, allowed=self.is_open(group)):
            outside = who.municipality != "aalborg"
            self.inside[self.room(group)] -= {who.id} if outside else set()

    @rule(group=rooms, who=anybody)
    def leave(self, group: str | None, who: Somebody) -> None:
        inside = self.inside.get(self.room(group), set())
        if self.attempt(LeaveGroup(group), who, allowed=who.id in inside):
            inside.discard(who.id)

    @invariant()
    def the_rules_and_the_paper_agree(self) -> None:
        found = {
            room: {one.id for one in (*group.members, *group.guests)}
            for room, group in self.meeting.state.rooms()
        }
        assert found == self.inside

    @invariant()
    def everybodys_own_topic_adds_up_to_the_rooms_they_are_in(self) -> None:
        for who in EVERYBODY:
            told = [one.room for one in self.meeting.person(f"person:{who.id}").rooms]
            assert sorted(told) == sorted(
                room for room, inside in self.inside.items() if who.id in inside
            )

    @invariant()
    def no_person_hears_of_another(self) -> None:
        for entry in self.meeting.log:
            if entry.kind == "person":
                others = {one.name for one in EVERYBODY if f"person:{one.id}" != entry.topic}
                assert not [name for name in others if name in repr(entry.event)]

    def teardown(self) -> None:
        if hasattr(self, "meeting"):
            again = self.meeting.restarted(groups.initial("aalborg"))
            assert again.state == self.meeting.state


TestGroups = MunicipalityGroups.TestCase
TestGroups.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
