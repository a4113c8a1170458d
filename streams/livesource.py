"""A live source: its inputs by priority, and whether its picture can be shown.

    main > backup > synthetic

Every input that is attached delivers frames; those of one are packaged. An input is *steady* when
its pictures have come without a break and with the same parameters for STEADY_S. The best steady
input takes over at its next IDR. The source is *lost* when it gave no picture for LOST_S, whether
its input fell silent or left; it is back with the next IDR that takes over, and whoever shows it
stands in meanwhile. A new publisher begins a new generation, also where its parameters are the old
ones: its clock and its encoder are others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from streams.packaging import Packaging
from streams.parameters import parameters_of
from streams.segments import AccessUnit, Lane

log = logging.getLogger("topmoede.livesource")

PRIORITY = ("main", "backup", "synthetic")
LOST_S = 2.0
STEADY_S = 1.0
BREAK_S = 0.5
PATIENCE_S = 1.0
"""After so long without a picture another input may take over, before anything is lost."""
KEY_AGAIN_S = 1.0


class Publisher(Protocol):
    """What delivers frames: a WHIP session, a synthetic camera."""

    def start(self, emit: Callable[[AccessUnit], None]) -> None: ...

    def request_keyframe(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class _Input:
    name: str
    publisher: Publisher
    last_s: float | None = None
    unbroken_since_s: float = 0.0
    pictures: int = 0
    size_bytes: int = 0
    sps: bytes = b""

    def steady(self, now_s: float) -> bool:
        fresh = self.last_s is not None and now_s - self.last_s < BREAK_S
        return fresh and now_s - self.unbroken_since_s >= STEADY_S

    def note(self, unit: AccessUnit, now_s: float) -> None:
        self.size_bytes += len(unit.data)
        if unit.lane is not Lane.VIDEO:
            return
        broken = self.last_s is None or now_s - self.last_s > BREAK_S
        if broken or (unit.key and self._changes(unit)):
            self.unbroken_since_s = now_s
        self.last_s = now_s
        self.pictures += 1

    def _changes(self, unit: AccessUnit) -> bool:
        """Whether an IDR brings another size or profile; encoders try some as they start."""
        parameters = parameters_of(unit.data)
        before, self.sps = self.sps, parameters.sps if parameters else self.sps
        return before != self.sps


class LiveSource:
    """One source such as `kl-huset`.

    Args:
        monotonic: seconds.
        changed: told "steady" or "lost" when the source becomes so.
    """

    def __init__(
        self,
        packaging: Packaging,
        monotonic: Callable[[], float],
        changed: Callable[[str], None],
    ) -> None:
        self.packaging = packaging
        self.live = False
        self._monotonic = monotonic
        self._changed = changed
        self._inputs: dict[str, _Input] = {}
        self._active: _Input | None = None
        self._incoming: _Input | None = None
        self._asked_s = 0.0
        self._last_s = 0.0

    @property
    def active_input(self) -> str | None:
        """The input whose pictures are packaged."""
        return self._active.name if self._active and self.live else None

    def attach(self, name: str, publisher: Publisher) -> None:
        """An input begins to deliver; what delivered there before is closed."""
        self.detach(name)
        attached = self._inputs[name] = _Input(name, publisher)
        publisher.start(lambda unit: self._receive(attached, unit))

    def detach(self, name: str, publisher: Publisher | None = None) -> None:
        """An input is gone; with `publisher` only if it is still that one."""
        found = self._inputs.get(name)
        if found is None or (publisher is not None and found.publisher is not publisher):
            return
        del self._inputs[name]
        found.publisher.close()
        if found is self._incoming:
            self._incoming = None
        if found is self._active:
            self._active = None

    def request_keyframe(self) -> None:
        for each in (self._active, self._incoming):
            if each is not None:
                each.publisher.request_keyframe()

    def look(self) -> None:
        """Judges the inputs by the clock; called several times a second."""
        now = self._monotonic()
        if self.live and now - self._last_s >= LOST_S:
            self._lose()
        best = self._best(now)
        if best is None or best is self._active:
            self._incoming = None
            return
        if best is not self._incoming or now - self._asked_s >= KEY_AGAIN_S:
            self._incoming, self._asked_s = best, now
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
            "pictures": active.pictures if active else 0,
            "bytes": active.size_bytes if active else 0,
        }

    def health(self) -> dict[str, Any]:
        """What the active publisher says of itself, where it says anything."""
        health = getattr(self._active.publisher, "health", None) if self._active else None
        return health() if health else {}

    def _best(self, now: float) -> _Input | None:
        """The best steady input not below the active one, as long as that delivers."""
        for name in PRIORITY:
            each = self._inputs.get(name)
            if each is not None and (each.steady(now) or self._goes_on(each, now)):
                return each
        return None

    def _goes_on(self, each: _Input, now: float) -> bool:
        return each is self._active and now - self._last_s < PATIENCE_S

    def _receive(self, each: _Input, unit: AccessUnit) -> None:
        each.note(unit, self._monotonic())
        if each is self._incoming and unit.lane is Lane.VIDEO and unit.key:
            self._take_over(each, unit)
        if each is self._active:
            self._last_s = each.last_s or 0.0
            self.packaging.push(unit)

    def _take_over(self, each: _Input, unit: AccessUnit) -> None:
        if unit.dts_ticks < self.packaging.settled_ticks:
            return  # its clock is behind what was given away; the next IDR will not be
        log.info("input takes over", extra={"source": self.packaging.source, "code": each.name})
        self._active, self._incoming = each, None
        self.packaging.begin_generation(unit.dts_ticks)
        if not self.live:
            self.live = True
            self._changed("steady")

    def _lose(self) -> None:
        self._active, self.live = None, False
        self._changed("lost")
