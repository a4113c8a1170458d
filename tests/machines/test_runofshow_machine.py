"""The run of show under anything: people at the controls, clocks that step, days that go round.

After every step: one spine item on air at most, side items only where they may run, expected times
in order and right, actual times never backwards, and the snapshot and the log tell the same.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schedule import commands as ask
from schedule import events as did
from schedule import runofshow
from schedule.errors import Refused
from schedule.programme_file import builtin
from schedule.reckoning import reckoned
from server import wire
from tests.schedule.days import Somebody, a_day, at

pytestmark = pytest.mark.patient

DAYS = {"small": a_day(), "demo": builtin("demo_day"), "seed": builtin("topmoede_2021")}
IDS = sorted({item.id for day in DAYS.values() for item in day.items} | {"nope"})
ids = st.sampled_from(IDS)
seconds = st.integers(0, 3600)


class RunOfShow(RuleBasedStateMachine):
    @initialize(day=st.sampled_from(sorted(DAYS)), early_s=st.integers(-3600, 600))
    def open(self, day: str, early_s: int) -> None:
        self.show = runofshow.initial(DAYS[day])
        self.now = at("09.00") - timedelta(seconds=early_s)
        self.taken: set[str] = set()
        self.starts: set[tuple[str, int]] = set()
        self.last_actual = datetime.min.replace(tzinfo=self.now.tzinfo)

    def do(self, command: object) -> tuple[Any, ...]:
        before = self.show
        events = runofshow.decide(before, command, Somebody(), self.now)
        assert self.show == before
        for event in events:
            self._follow(event)
        return events

    def _follow(self, event: Any) -> None:
        """Evolve as a reader does who joined just now and hears the event over the wire."""
        joined = runofshow.restore(json.loads(json.dumps(runofshow.snapshot(self.show))))
        heard = wire.recall(type(event), json.loads(json.dumps(wire.data_of(event))))
        self.show = runofshow.evolve(self.show, event, seq=1, at=self.now)
        assert runofshow.evolve(joined, heard, seq=1, at=self.now) == self.show
        if isinstance(event, did.ItemStarted):
            assert (event.item, event.run) not in self.starts, "a run starts once"
            self.starts.add((event.item, event.run))
        if isinstance(event, did.ItemEnded):
            assert (event.item, event.run) in self.starts, "what ends has started"

    def attempt(self, command: object) -> None:
        before = self.show
        try:
            self.do(command)
        except Refused as caught:
            refusal = caught
        else:
            return
        assert self.show == before
        assert refusal.facts["now"] == self.show.now
        assert json.dumps(refusal.facts)

    # --- the clock

    @rule(step=seconds)
    def time_passes_with_a_timekeeper(self, step: int) -> None:
        goal = self.now + timedelta(seconds=step)
        while (moment := runofshow.next_due(self.show, self.now)) is not None and moment <= goal:
            assert moment >= self.now
            self.now = moment
            assert self.settle(), "next_due named a moment at which nothing was due"
        self.now = max(goal, self.now)

    @rule(step=st.integers(-7200, 7200))
    def the_clock_steps(self, step: int) -> None:
        self.now += timedelta(seconds=step)

    def settle(self) -> int:
        done = 0
        while (command := runofshow.due(self.show, self.now)) is not None:
            name = runofshow.due_id(command, self.show)
            assert name not in self.taken, "the same id would be answered, not done"
            assert self.do(command), f"{command} was due and did nothing"
            self.taken.add(name)
            done += 1
            assert done < 200
        return done

    # --- people

    @rule()
    def next(self) -> None:
        self.attempt(ask.Next(self.show.now))

    @rule(item=ids)
    def take(self, item: str) -> None:
        self.attempt(ask.Take(item, self.show.now))

    @rule()
    def skip(self) -> None:
        self.attempt(ask.Skip(self.show.now))

    @rule()
    def back(self) -> None:
        self.attempt(ask.Back(self.show.now))

    @rule(item=ids)
    def end_item(self, item: str) -> None:
        self.attempt(ask.EndItem(item))

    @rule()
    def hold(self) -> None:
        self.attempt(ask.Hold())

    @rule()
    def resume(self) -> None:
        self.attempt(ask.Resume())

    @rule(mode=st.sampled_from(["automatic", "manual", "sometimes"]))
    def set_mode(self, mode: str) -> None:
        self.attempt(ask.SetMode(mode))

    @rule(item=ids, minutes=st.integers(0, 30) | st.floats())
    def extend(self, item: str, minutes: float) -> None:
        self.attempt(ask.Extend(item, minutes))

    @rule(item=ids, after_s=st.integers(-60, 3600))
    def trim(self, item: str, after_s: int) -> None:
        self.attempt(ask.Trim(item, self.now + timedelta(seconds=after_s)))

    @rule(item=ids, after_s=st.integers(-60, 3600))
    def move(self, item: str, after_s: int) -> None:
        self.attempt(ask.Move(item, self.now + timedelta(seconds=after_s)))

    @rule(text=st.none() | st.text(max_size=20))
    def slate(self, text: str | None) -> None:
        self.attempt(ask.Slate(text))

    @rule(
        text=st.text(max_size=20), until_s=st.none() | st.integers(-60, 600), urgent=st.booleans()
    )
    def announce(self, text: str, until_s: int | None, urgent: bool) -> None:
        until = None if until_s is None else self.now + timedelta(seconds=until_s)
        self.attempt(ask.Announce(text, until, urgent))

    @rule()
    def clear(self) -> None:
        self.attempt(ask.ClearSlate())
        self.attempt(ask.ClearAnnouncement())
        self.attempt(ask.ClearBackup())

    @rule(address=st.sampled_from(["backup.kl.dk", "https://b.kl.dk/dag", "nowhere"]))
    def announce_backup(self, address: str) -> None:
        self.attempt(ask.AnnounceBackup(address))

    @rule()
    def reckon(self) -> None:
        self.attempt(ask.Reckon())

    @precondition(lambda self: self.show.state == "ended")
    @rule(pause=seconds)
    def start_over(self, pause: int) -> None:
        latest = self.show.latest or self.now
        self.do(ask.StartOver(max(latest, self.now) + timedelta(seconds=pause)))

    # --- what is always so

    @invariant()
    def one_spine_item_is_on_air_at_most(self) -> None:
        on_air = [entry.id for entry in self.show.spine if entry.state == "on_air"]
        assert on_air == ([self.show.now] if self.show.now else [])
        assert (self.show.now is None) or self.show.state in ("running", "held")

    @invariant()
    def what_is_to_come_comes_after_what_is_on_air(self) -> None:
        if self.show.now and self.show.state != "ended":
            order = [entry.id for entry in self.show.spine]
            now = order.index(self.show.now)
            planned = [order.index(entry.id) for entry in self.show.to_come]
            assert all(place > now for place in planned)
            assert len(order) - 1 in planned, "the end mark is always to come"

    @invariant()
    def side_items_run_with_their_parent_or_by_the_clock(self) -> None:
        for entry in self.show.running:
            assert entry.is_hard or entry.item.parent == self.show.now
        assert self.show.state != "ended" or not self.show.running

    @invariant()
    def expected_times_are_right_and_in_order(self) -> None:
        for entry in self.show.items:
            if entry.state in ("planned", "on_air"):
                assert entry.expected_end >= entry.expected_start
        starts = [entry.expected_start for entry in self.show.to_come]
        assert all(before <= after for before, after in pairwise(starts))
        if not self.show.waits:
            again = reckoned(self.show, self.now + timedelta(hours=1))
            assert again == self.show

    @invariant()
    def actual_times_lie_in_order(self) -> None:
        for entry in self.show.items:
            if entry.actual_start and entry.actual_end:
                assert entry.actual_start <= entry.actual_end
            assert (entry.actual_start is not None) or entry.state in ("planned", "skipped")

    @invariant()
    def a_snapshot_is_the_whole_state(self) -> None:
        data = json.loads(json.dumps(runofshow.snapshot(self.show)))
        assert runofshow.restore(data) == self.show


TestRunOfShow = RunOfShow.TestCase
TestRunOfShow.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
