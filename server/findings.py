"""What a self-check finds: one line for each thing looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Args:
        state: `ok`; `note`, which the day can live with; `fault`, which it cannot.
        said: what was found.
        advice: what to do; "" where there is nothing to do.
    """

    name: str
    state: State
    said: str
    advice: str = ""


def ok(name: str, said: str) -> Finding:
    return Finding(name, "ok", said)


def note(name: str, said: str, advice: str = "") -> Finding:
    return Finding(name, "note", said, advice)


def fault(name: str, said: str, advice: str) -> Finding:
    return Finding(name, "fault", said, advice)
