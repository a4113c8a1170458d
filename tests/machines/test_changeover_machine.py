"""The change of inputs under publishers that come, go, fall silent and break off, and hands.

The machine looks eight times a second, about as the desk does, and lets whatever should take over
do so a moment later, as at an IDR. Always:

    nothing unsteady ever takes over, and nothing worse than a steady input while that is free to
    an input comes back from one that works no sooner than the table says
    when all has been calm for a minute, the best is on; where somebody has chosen, that one
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streams.changeover import (
    BREAK_S,
    FORGIVEN_S,
    PATIENCE_S,
    RETURN_S,
    STEADY_S,
    STUMBLES,
    STUMBLES_WITHIN_S,
    Changeover,
    order_of,
)

pytestmark = pytest.mark.patient

NAMES = ("main", "backup", "rtmp", "synthetic")
STEP_S = 0.125
"""A number that sums up exactly, so that no limit is missed by a rounding."""
names = st.sampled_from(NAMES)


class Camera:
    """What is known of an input, kept beside the program's own books."""

    def __init__(self) -> None:
        self.connected = self.sends = False
        self.last_s: float | None = None
        self.unbroken_since_s = 0.0
        self.failed_s: list[float] = []
        self.broke_s: list[float] = []

    def works(self, now_s: float) -> bool:
        stumbles = [each for each in self.broke_s if now_s - each < STUMBLES_WITHIN_S]
        sends = self.last_s is not None and now_s - self.last_s < PATIENCE_S
        return self.connected and sends and len(stumbles) < STUMBLES

    def steady(self, now_s: float) -> bool:
        fresh = self.last_s is not None and now_s - self.last_s < BREAK_S
        return self.connected and fresh and now_s - self.unbroken_since_s >= STEADY_S


class ChangeoverMachine(RuleBasedStateMachine):
    @initialize(order=st.permutations(("main", "backup", "rtmp")), idr_every=st.integers(1, 30))
    def begin(self, order: list[str], idr_every: int) -> None:
        self.now_s, self.idr_every, self.steps = 1000.0, idr_every, 0
        self.order = order_of(order)
        self.changeover = Changeover(order)
        self.cameras = {name: Camera() for name in NAMES}
        self.chosen: str | None = None
        self.incoming: str | None = None

    # What may happen.

    @rule(name=names)
    def connect(self, name: str) -> None:
        camera = self.cameras[name]
        if camera.connected:
            self.leave(name)
        camera.connected = camera.sends = True
        camera.last_s = None
        camera.broke_s.clear()
        self.changeover.connect(name, self.now_s)

    @rule(name=names)
    def leave(self, name: str) -> None:
        camera = self.cameras[name]
        if not camera.connected:
            return
        if self.changeover.active == name:
            camera.failed_s.append(self.now_s)
        if self.incoming == name:
            self.incoming = None
        camera.connected = camera.sends = False
        self.changeover.leave(name, self.now_s)

    @rule(name=names, sends=st.booleans())
    def fall_silent_or_not(self, name: str, sends: bool) -> None:
        self.cameras[name].sends = sends and self.cameras[name].connected

    @rule(name=names)
    def come_in_another_size(self, name: str) -> None:
        camera = self.cameras[name]
        if camera.connected and camera.sends:
            self.note_break(camera)
            camera.last_s = camera.unbroken_since_s = self.now_s
            self.changeover.receive_picture(name, self.now_s, changed=True)

    @rule(name=st.one_of(st.none(), names))
    def choose(self, name: str | None) -> None:
        self.chosen = name
        if name:
            self.cameras[name].failed_s.clear()
        self.changeover.choose(name)

    @rule(seconds=st.sampled_from((0.3, 0.7, 1.1, 2.3, 5, 13, 31)))
    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.step()

    @rule(name=names, times=st.integers(3, 6))
    def stumble(self, name: str, times: int) -> None:
        for _ in range(times):
            for sends, seconds in ((False, 0.7), (True, 1.3)):
                self.fall_silent_or_not(name, sends)
                self.pass_time(seconds)

    @precondition(lambda self: any(each.connected for each in self.cameras.values()))
    @rule()
    def be_calm(self) -> None:
        """Everything that is connected sends, for longer than the longest wait."""
        for camera in self.cameras.values():
            camera.sends = camera.connected
        self.pass_time(RETURN_S[-1] + self.idr_every * STEP_S + 2)
        wanted = [self.chosen, *self.order] if self.chosen else list(self.order)
        best = next(name for name in wanted if name and self.cameras[name].connected)
        assert self.changeover.active == best

    # The desk.

    def step(self) -> None:
        self.now_s += STEP_S
        self.steps += 1
        for name, camera in self.cameras.items():
            if camera.connected and camera.sends:
                self.send(name, camera)
        active = self.changeover.active
        if active is not None and self.silent(active) >= 2:
            self.cameras[active].failed_s.append(self.now_s)
            self.changeover.lose(self.now_s)
        best = self.changeover.best(self.now_s)
        self.incoming = best if best != self.changeover.active else None
        self.judge_wish(active)
        if self.incoming and self.steps % self.idr_every == 0 and self.cameras[self.incoming].sends:
            self.take(self.incoming)

    def send(self, name: str, camera: Camera) -> None:
        if camera.last_s is None or self.now_s - camera.last_s > BREAK_S:
            camera.unbroken_since_s = self.now_s
        self.note_break(camera)
        camera.last_s = self.now_s
        self.changeover.receive_picture(name, self.now_s)

    def note_break(self, camera: Camera) -> None:
        if camera.last_s is not None and self.now_s - camera.last_s > BREAK_S:
            camera.broke_s = [*camera.broke_s, self.now_s][-STUMBLES:]

    def silent(self, name: str) -> float:
        last_s = self.cameras[name].last_s
        return 99.0 if last_s is None else self.now_s - last_s

    def take(self, name: str) -> None:
        now, camera, before = self.now_s, self.cameras[name], self.changeover.active
        assert camera.steady(now), "only what is steady takes over"
        if before is not None:
            self.judge(name, before)
        self.changeover.take(name, now)
        camera.broke_s.clear()

    def judge_wish(self, active: str | None) -> None:
        """Whoever has failed is to be left as soon as another is steady."""
        if active is None or not self.cameras[active].works(self.now_s):
            others = [each for each in self.ranked() if each != active]
            steady = [each for each in others if self.cameras[each].steady(self.now_s)]
            assert self.incoming == next(iter(steady), None)

    def judge(self, name: str, before: str) -> None:
        """A change from one to another, while the first was not declared lost."""
        now, other = self.now_s, self.cameras[before]
        if not other.works(now):
            other.failed_s.append(now)
            better = [each for each in self.ranked() if each != before]
            first = next(each for each in better if self.cameras[each].steady(now))
            assert name == first, "the best of those that are steady"
            return
        assert self.silent(before) < PATIENCE_S
        assert self.ranked().index(name) < self.ranked().index(before), "only for a better one"
        camera = self.cameras[name]
        failed = sum(now - each < FORGIVEN_S for each in camera.failed_s[-len(RETURN_S) :])
        needed = RETURN_S[min(failed, len(RETURN_S) - 1)]
        if name == self.chosen and not failed:
            needed = STEADY_S
        assert now - camera.unbroken_since_s >= needed, (name, failed)

    def ranked(self) -> list[str]:
        others = [each for each in self.order if each != self.chosen]
        return [self.chosen, *others] if self.chosen else others

    @invariant()
    def what_is_said_is_so(self) -> None:
        if not hasattr(self, "changeover"):
            return
        for name, camera in self.cameras.items():
            state = self.changeover.state(name, self.now_s)
            assert (state == "absent") is not camera.connected
            assert (state == "active") is (name == self.changeover.active)
            if state == "standby":
                assert camera.steady(self.now_s)


TestChangeover = ChangeoverMachine.TestCase
TestChangeover.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
