"""Which input of a source is shown: by priority, or by hand; there and back without flapping.

    main > backup > ... > synthetic

The order is the one in which the settings name the inputs; `synthetic` is always last. An input
that a person has chosen stands before all others until it is released.

An input is *steady* when its pictures have come without a break and with the same parameters for
STEADY_S. What is shown goes on while it delivers; it has *failed* when it is gone, when it gave no
picture for PATIENCE_S, or when it broke off STUMBLES times within STUMBLES_WITHIN_S. Then the best
steady input takes over, whichever that is. Nothing unsteady ever takes over.

While what is shown goes on, a better input must have been steady for a while before it comes back,
and longer the more often it has failed on air within the last FORGIVEN_S:

    failures                   0   1   2   3   4   5   6 and more
    steady before it returns   2   3   6  12  24  48  60 seconds

One that a person chooses has its failures forgiven and needs STEADY_S alone. So automation never
takes an input back sooner than the table says, and when all are calm for a minute, the best one is
on. An input that takes over does so at its next IDR, which is the live source's business.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

DEFAULT_INPUTS = ("main", "backup")
SYNTHETIC = "synthetic"

BREAK_S = 0.5
"""No picture for so long is a break: fifteen pictures at the usual rate."""
STEADY_S = 1.0
PATIENCE_S = 1.0
"""Players hold three parts of a second each: another input must be there before they run dry."""
STUMBLES = 3
STUMBLES_WITHIN_S = 10.0
RETURN_S = (2.0, 3.0, 6.0, 12.0, 24.0, 48.0, 60.0)
FORGIVEN_S = 600.0


def order_of(named: Iterable[str]) -> tuple[str, ...]:
    """Inputs in the order in which they are named, without repeats; `synthetic` last."""
    names = dict.fromkeys((*named, SYNTHETIC))
    return (*(name for name in names if name != SYNTHETIC), SYNTHETIC)


@dataclass(slots=True)
class _Input:
    name: str
    connected: bool = False
    last_s: float | None = None
    unbroken_since_s: float = 0.0
    breaks: deque[float] = field(default_factory=lambda: deque(maxlen=STUMBLES))
    failures: deque[float] = field(default_factory=lambda: deque(maxlen=len(RETURN_S)))

    def silent_s(self, now_s: float) -> float | None:
        return None if self.last_s is None else now_s - self.last_s

    def unbroken_s(self, now_s: float) -> float:
        """How long its pictures have come without a break; 0 where they do not come."""
        silent_s = self.silent_s(now_s)
        fresh = self.connected and silent_s is not None and silent_s < BREAK_S
        return now_s - self.unbroken_since_s if fresh else 0.0

    def steady(self, now_s: float) -> bool:
        return self.unbroken_s(now_s) >= STEADY_S

    def goes_on(self, now_s: float) -> bool:
        """Whether it may stay where it is: it has not failed."""
        silent_s = self.silent_s(now_s)
        if not self.connected or silent_s is None or silent_s >= PATIENCE_S:
            return False
        stumbles = [each for each in self.breaks if now_s - each < STUMBLES_WITHIN_S]
        return len(stumbles) < STUMBLES

    def failed(self, now_s: float) -> int:
        """How often it has failed lately."""
        return sum(now_s - each < FORGIVEN_S for each in self.failures)


class Changeover:
    """The inputs of one source. No clock: every call is told the time, in monotonic seconds.

    Args:
        order: the names of the inputs, best first; others that come stand behind these.
    """

    def __init__(self, order: Iterable[str] = DEFAULT_INPUTS) -> None:
        self._order = order_of(order)
        self._inputs = {name: _Input(name) for name in self._order}
        self.active: str | None = None
        """The input that is shown."""
        self.chosen: str | None = None
        """The input that a person has chosen."""

    # What happens.

    def connect(self, name: str, now_s: float) -> None:
        """A publisher is there; its pictures are another's from here on."""
        each = self._inputs.setdefault(name, _Input(name))
        each.connected, each.last_s, each.unbroken_since_s = True, None, now_s
        each.breaks.clear()

    def leave(self, name: str, now_s: float) -> None:
        """A publisher is gone."""
        if name == self.active:
            self.lose(now_s)
        if name in self._inputs:
            self._inputs[name].connected = False

    def receive_picture(self, name: str, now_s: float, *, changed: bool = False) -> None:
        """A picture came; `changed`: with other parameters than the last."""
        each = self._inputs[name]
        silent_s = each.silent_s(now_s)
        if silent_s is None or silent_s > BREAK_S or changed:
            each.unbroken_since_s = now_s
        if silent_s is not None and silent_s > BREAK_S:
            each.breaks.append(now_s)
        each.last_s = now_s

    def take(self, name: str, now_s: float) -> None:
        """This input is shown from now on."""
        before = self._inputs.get(self.active or "")
        if before is not None and before.name != name and not before.goes_on(now_s):
            before.failures.append(now_s)
        self._inputs[name].breaks.clear()
        self.active = name

    def lose(self, now_s: float) -> None:
        """What was shown is gone, and nothing has taken over."""
        if self.active is not None:
            self._inputs[self.active].failures.append(now_s)
        self.active = None

    def choose(self, name: str | None) -> None:
        """A person wants this input shown; None: the order decides again."""
        self.chosen = name
        if name in self._inputs:
            self._inputs[name].failures.clear()

    # What follows.

    def best(self, now_s: float) -> str | None:
        """What should be shown now; None where nothing could be better than what is."""
        active = self._inputs.get(self.active or "")
        stays = active is not None and active.goes_on(now_s)
        for each in self._ranked():
            if each is active:
                if stays:
                    return each.name
            elif each.steady(now_s) and (not stays or self.returns_in_s(each.name, now_s) == 0):
                return each.name
        return None

    def returns_in_s(self, name: str, now_s: float) -> float:
        """How long an input must go on being steady before it takes over from one that works."""
        each = self._inputs[name]
        failed = each.failed(now_s)
        by_hand = name == self.chosen and not failed
        needed_s = STEADY_S if by_hand else RETURN_S[min(failed, len(RETURN_S) - 1)]
        return max(0.0, needed_s - each.unbroken_s(now_s))

    def state(self, name: str, now_s: float) -> str:
        """What there is to say of an input in a word.

        Returns:
            active, standby (could take over now), settling (delivers, not steady), silent
            (connected, gives no picture), or absent.
        """
        each = self._inputs.get(name)
        if each is None or not each.connected:
            return "absent"
        if name == self.active:
            return "active"
        if each.steady(now_s):
            return "standby"
        return "settling" if each.unbroken_s(now_s) else "silent"

    def failures(self, name: str, now_s: float) -> int:
        """How often an input has failed on air within the last ten minutes."""
        each = self._inputs.get(name)
        return each.failed(now_s) if each else 0

    @property
    def names(self) -> tuple[str, ...]:
        """Every input, best first, a person's choice left aside."""
        others = [name for name in self._inputs if name not in self._order]
        return (*self._order[:-1], *others, SYNTHETIC)

    def _ranked(self) -> Iterator[_Input]:
        names = self.names
        if self.chosen in self._inputs:
            names = (self.chosen, *(name for name in names if name != self.chosen))
        return (self._inputs[name] for name in names)
