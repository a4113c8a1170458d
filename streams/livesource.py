"""A live source: its inputs, and the picture of the one that is shown.

Every input that is attached delivers frames; all are measured, and those of one are packaged. Which
one is for `changeover.py` to say; here it takes over at its next IDR. The source is *lost* when it
gave no picture for LOST_S, whether its input fell silent or left; half a second before that players
are given what there is, who would run dry before anybody stands in. It is lost, too, when its next
picture comes sooner and yet leaves a hole that the one before cannot bridge any more. It is back
with the next IDR that takes over, and whoever shows it stands in meanwhile. A new publisher begins
a new generation, also where its parameters are the old ones: its clock and its encoder are others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from streams.changeover import DEFAULT_INPUTS, Changeover
from streams.health import Loud, Meter, Reading
from streams.holdback import MOST_LATE_TICKS
from streams.packaging import Packaging
from streams.segmenter import FRAME_GUESS_TICKS
from streams.segments import AccessUnit, Lane
from streams.timeline import VIDEO_HZ

log = logging.getLogger("topmoede.livesource")

LOST_S = 2.0
QUIET_S = 1.5
"""Players hold three parts; one that is not full yet, and LOST_S, are as much. A screen that stands
still sends a picture a second, and is not cut."""
HOLE_S = 0.5
"""Once players were given what there is, nothing more can be bridged than this."""
KEY_AGAIN_S = 1.0


class Publisher(Protocol):
    """What delivers frames: a WHIP session, a synthetic camera."""

    def start(self, emit: Callable[[AccessUnit], None]) -> None: ...

    def request_keyframe(self) -> None: ...

    def close(self) -> None: ...


class Ear(Protocol):
    """Hears how loud an input is (loudness.Loudness)."""

    def receive(self, frame: bytes) -> Loud | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Input:
    name: str
    publisher: Publisher
    meter: Meter
    ear: Ear | None

    def receive(self, unit: AccessUnit, now_s: float) -> bool:
        """Measures a unit; whether it brought other parameters."""
        if unit.lane is Lane.AUDIO and self.ear and (loud := self.ear.receive(unit.data)):
            self.meter.hear(loud)
        return self.meter.receive(unit, now_s)

    def own(self) -> Mapping[str, Any]:
        """What the publisher says of itself, where it says anything."""
        health = getattr(self.publisher, "health", None)
        return health() if health else {}


class LiveSource:
    """One source such as `kl-huset`.

    Args:
        monotonic: seconds.
        now_ticks: the event clock, in video ticks.
        changed: told "steady" or "lost" when the source becomes so.
        order: the names of its inputs, best first.
        ear: makes what hears an input; None: nobody listens.
    """

    def __init__(
        self,
        packaging: Packaging,
        monotonic: Callable[[], float],
        now_ticks: Callable[[], int],
        changed: Callable[[str], None],
        order: Iterable[str] = DEFAULT_INPUTS,
        ear: Callable[[], Ear] | None = None,
    ) -> None:
        self.packaging = packaging
        self.live = False
        self.changeover = Changeover(order)
        self._ear = ear
        self._monotonic = monotonic
        self._now_ticks = now_ticks
        self._changed = changed
        self._inputs: dict[str, _Input] = {}
        self._active: _Input | None = None
        self._incoming: _Input | None = None
        self._asked_s = 0.0
        self._incoming_ticks: int | None = None
        self._last_s = 0.0
        self._ends_ticks = 0
        self._quiet = False

    @property
    def active_input(self) -> str | None:
        """The input whose pictures are packaged."""
        return self._active.name if self._active and self.live else None

    def attach(self, name: str, publisher: Publisher) -> None:
        """An input begins to deliver; what delivered there before is closed."""
        self.detach(name)
        now = self._monotonic()
        self.changeover.connect(name, now)
        ear = self._ear() if self._ear else None
        meter = Meter(now, self._now_ticks())
        attached = self._inputs[name] = _Input(name, publisher, meter, ear)
        publisher.start(lambda unit: self._receive(attached, unit))

    def detach(self, name: str, publisher: Publisher | None = None) -> None:
        """An input is gone; with `publisher` only if it is still that one."""
        found = self._inputs.get(name)
        if found is None or (publisher is not None and found.publisher is not publisher):
            return
        del self._inputs[name]
        self.changeover.leave(name, self._monotonic())
        found.publisher.close()
        if found is self._incoming:
            self._await(None)
        if found is self._active:
            self._active = None

    def choose(self, name: str | None) -> None:
        """A person wants this input shown; None: the order decides again."""
        self.changeover.choose(name)

    def request_keyframe(self) -> None:
        for each in (self._active, self._incoming):
            if each is not None:
                each.publisher.request_keyframe()

    def look(self) -> None:
        """Judges the inputs by the clock; called several times a second."""
        now = self._monotonic()
        if self.live and now - self._last_s >= QUIET_S and not self._quiet:
            self._quiet = True
            self.packaging.cut(self.packaging.end_ticks)
        if self.live and now - self._last_s >= LOST_S:
            self._lose()
        best = self._inputs.get(self.changeover.best(now) or "")
        if best is None or best is self._active:
            self._await(None)
            return
        if best is not self._incoming or now - self._asked_s >= KEY_AGAIN_S:
            self._await(best)
            self._asked_s = now
            best.publisher.request_keyframe()

    def close(self) -> None:
        for name in tuple(self._inputs):
            self.detach(name)

    def counts(self) -> dict[str, Any]:
        """What the active input has delivered so far."""
        active = self._active
        return {
            "connected": self.live,
            "input": self.active_input,
            "pictures": active.meter.pictures if active else 0,
            "bytes": active.meter.size_bytes if active else 0,
        }

    def health(self) -> Mapping[str, Any]:
        """What the active publisher says of itself, where it says anything."""
        return self._active.own() if self._active else {}

    def readings(self) -> Iterator[tuple[str, str, Reading | None]]:
        """Every input, best first: its name, its state, and its figures where it is connected."""
        now = self._monotonic()
        for name in self.changeover.names:
            found = self._inputs.get(name)
            reading = found.meter.read(now, found.own()) if found else None
            yield name, self.changeover.state(name, now), reading

    @property
    def incoming_input(self) -> str | None:
        """The input that takes over at its next IDR."""
        return self._incoming.name if self._incoming else None

    def _receive(self, each: _Input, unit: AccessUnit) -> None:
        if self._inputs.get(each.name) is not each:
            return  # another has taken its place
        now = self._monotonic()
        changed = each.receive(unit, now)
        if unit.lane is Lane.VIDEO:
            self.changeover.receive_picture(each.name, now, changed=changed)
        if each is self._incoming and unit.lane is Lane.VIDEO:
            self._incoming_ticks = unit.dts_ticks
            if unit.key:
                self._take_over(each, unit)
        if each is self._active and unit.lane is Lane.VIDEO:
            self._follow(unit, now)
        if each is self._active:
            self.packaging.push(unit)

    def _follow(self, unit: AccessUnit, now_s: float) -> None:
        """A picture of what is shown; one behind too large a hole is its loss."""
        if self._leaves_a_hole(unit):
            self._lose()
            return
        self._ends_ticks = unit.dts_ticks + (unit.duration_ticks or FRAME_GUESS_TICKS)
        self._last_s, self._quiet = now_s, False

    def _leaves_a_hole(self, unit: AccessUnit) -> bool:
        """Whether it comes so long after the last picture shown that none can bridge it."""
        hole_s = (unit.dts_ticks - self._ends_ticks) / VIDEO_HZ
        return hole_s > (HOLE_S if self._quiet else QUIET_S)

    def _take_over(self, each: _Input, unit: AccessUnit) -> None:
        if unit.dts_ticks < self.packaging.settled_ticks:
            # It is behind what was given away; no more is given, so that another will not be.
            each.publisher.request_keyframe()
            return
        is_over = self._active is None or self._quiet
        if self.live and is_over and self._leaves_a_hole(unit):
            self._lose()  # whoever shows it fills the hole, up to this picture
        log.info("input takes over", extra={"source": self.packaging.source, "code": each.name})
        self._active, self._ends_ticks, self._quiet = each, unit.dts_ticks, False
        self.changeover.take(each.name, self._monotonic())
        self.packaging.begin_generation(unit.dts_ticks)
        self._await(None)
        if not self.live:
            self.live = True
            self._changed("steady")

    def _await(self, incoming: _Input | None) -> None:
        """Another input is to take over; what is shown goes no further than it has come."""
        if incoming is self._incoming:
            return
        self._incoming, self._incoming_ticks = incoming, None
        if incoming is None:
            self.packaging.let_go(self._reach_ticks)
        else:
            self.packaging.hold_back(self._reach_ticks)

    def _reach_ticks(self) -> int:
        """How far the incoming input has come; until its next picture nothing is held for it."""
        reached = self._incoming_ticks
        return self.packaging.end_ticks + MOST_LATE_TICKS if reached is None else reached

    def _lose(self) -> None:
        self._active, self.live = None, False
        self.changeover.lose(self._monotonic())
        self._changed("lost")
