"""A source as the people backstage see it: every input with its figures, and what is wrong.

    {"connected", "input", "chosen", "incoming", <figures of the input that is shown>,
     "inputs": [{"name", "state", "failures", "returns_in_s", "behind_s", <figures>, "warnings"}],
     "warnings": [{"code", <facts>}]}

Inputs that have a place but no publisher are listed as absent, so that one sees what is missing;
the synthetic camera only where there is one. A publisher that comes anew is judged anew.
`behind_s` is how much later than those of the input that is shown an input's pictures come; null
where that is not known. One that is MOST_LATE_S behind cannot take over (holdback.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from streams.alarms import Alarm, Alarms, Facts
from streams.changeover import SYNTHETIC
from streams.health import Reading
from streams.holdback import MOST_LATE_S
from streams.livesource import LiveSource

OTHER_RATE = 0.2
"""Two inputs whose rates differ by more than this share are not alike."""


@dataclass(frozen=True, slots=True)
class InputCondition:
    """One input at a moment.

    Args:
        state: as changeover.py says it.
        reading: None where nothing is connected.
        returns_in_s: until it may take over, where it is better than what is shown.
        behind_s: how much later than the active input's its pictures come.
    """

    name: str
    state: str
    reading: Reading | None
    failures: int
    returns_in_s: float
    alarms: Sequence[Alarm] = ()
    behind_s: float | None = None

    @property
    def delivers(self) -> bool:
        return self.state in ("active", "standby")

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "failures": self.failures,
            "returns_in_s": round(self.returns_in_s),
            **(asdict(self.reading) | {"behind_s": self.behind_s} if self.reading else {}),
            "warnings": [each.as_json() for each in self.alarms],
        }


class SourceHealth:
    """Keeps the alarms of one source; `report` is called every two seconds or so."""

    def __init__(self) -> None:
        self._alarms: dict[str, Alarms] = {}
        self._source = Alarms()

    def report(self, source: LiveSource, now_s: float, *, awaited: bool = False) -> dict[str, Any]:
        """What goes on the topic `sources`; time in monotonic seconds.

        Args:
            awaited: whether a channel shows something else until this source can be shown.
        """
        inputs = _compared(self._inputs(source, now_s))
        wrong = what_is_wrong(
            inputs, source.changeover.chosen, source.incoming_input, awaited=awaited
        )
        shown = next((each.reading for each in inputs if each.state == "active"), None)
        return {
            **(asdict(shown) if shown else {}),
            "connected": source.live,
            "input": source.active_input,
            "chosen": source.changeover.chosen,
            "incoming": source.incoming_input,
            "inputs": [each.as_json() for each in inputs],
            "warnings": [each.as_json() for each in self._source.judge_source(wrong, now_s)],
        }

    def _inputs(self, source: LiveSource, now_s: float) -> list[InputCondition]:
        found = []
        for name, state, reading in source.readings():
            if reading is None:
                self._alarms.pop(name, None)
                alarms: Sequence[Alarm] = ()
            else:
                alarms = self._alarms.setdefault(name, Alarms()).judge(reading, now_s)
            if reading is None and name == SYNTHETIC:
                continue
            failures = source.changeover.failures(name, now_s)
            returns_in_s = source.changeover.returns_in_s(name, now_s)
            found.append(InputCondition(name, state, reading, failures, returns_in_s, alarms))
        return found


def what_is_wrong(
    inputs: Sequence[InputCondition],
    chosen: str | None,
    incoming: str | None,
    *,
    awaited: bool = False,
) -> dict[str, Facts]:
    """What is wrong with a source as a whole at this moment, with its facts.

    Args:
        inputs: best first.
    """
    active = next((each for each in inputs if each.state == "active"), None)
    real = [each for each in inputs if each.name != SYNTHETIC]
    standby = [each for each in real if each.state == "standby"]
    wrong: dict[str, Facts] = {}
    if incoming is not None:
        behind_s = next((each.behind_s for each in inputs if each.name == incoming), None)
        late = _too_late(incoming, behind_s)
        wrong |= {"too_late": late} if late else {"no_keyframe": {"input": incoming}}
    if chosen is not None and not any(each.name == chosen and each.delivers for each in inputs):
        wrong["chosen_absent"] = {"input": chosen, "instead": active.name if active else None}
    if active is None:
        return wrong
    # A channel that shows something else is as far as the clock; it waits no longer for any.
    own_late_s = active.reading.late_s if awaited and active.reading else None
    if late := _too_late(active.name, own_late_s):
        wrong.setdefault("too_late", late)
    if chosen is None and (better := _failed_before(real, active)) is not None:
        wrong["stands_in"] = {"input": active.name, "instead_of": better.name}
    elif active in real and len(real) > 1 and not standby:
        missing = next(each for each in real if each is not active)
        wrong["no_backup"] = {"input": active.name, "missing": missing.name}
    if active in real and standby and (unlike := _differs(active, standby[0])):
        wrong["inputs_differ"] = unlike
    return wrong


def _compared(inputs: Sequence[InputCondition]) -> Sequence[InputCondition]:
    """The same with how far each lies behind the one that is shown."""
    active = next((each.reading for each in inputs if each.state == "active"), None)
    if active is None or active.late_s is None:
        return inputs
    return [replace(each, behind_s=_behind_s(each.reading, active.late_s)) for each in inputs]


def _behind_s(reading: Reading | None, shown_late_s: float) -> float | None:
    if reading is None or reading.late_s is None:
        return None
    return round(max(0.0, reading.late_s - shown_late_s), 1)


def _too_late(input: str, late_s: float | None) -> Facts | None:
    if late_s is None or late_s < MOST_LATE_S:
        return None
    return {"input": input, "seconds": round(late_s), "most": MOST_LATE_S}


def _failed_before(real: Sequence[InputCondition], active: InputCondition) -> InputCondition | None:
    """The best input before the active one, where it has failed."""
    before = real[: real.index(active)] if active in real else real
    return next((each for each in before if each.failures), None)


def _differs(active: InputCondition, other: InputCondition) -> Facts | None:
    one, two = active.reading, other.reading
    if one is None or two is None or not one.width or not two.width or not one.fps or not two.fps:
        return None
    same_picture = (one.width, one.height, one.profile) == (two.width, two.height, two.profile)
    if same_picture and abs(one.fps - two.fps) <= OTHER_RATE * one.fps:
        return None
    return {"input": active.name, "is": _form(one), "other": other.name, "other_is": _form(two)}


def _form(reading: Reading) -> str:
    size = f"{reading.width}×{reading.height}"
    return f"{size}, {round(reading.fps or 0)}, {reading.profile or '?'}"
