"""The ballot box: who has voted what, the sums of it, and when a sum was last told.

A person has at most one ballot in a poll, the last one. Sums are kept as ballots come and never
counted anew. A sum is *pending* while it differs from what was told; it may be told a second after
the last one, and a clock that has been set back does not hold it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chat.polls.drafts import Tally

EVERY = timedelta(seconds=1)

Choices = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One poll's.

    Args:
        cast: by person.
        sums: of `cast`.
        told: what was told last, and when; None before the first time.
    """

    sums: Tally
    cast: Mapping[str, Choices] = field(default_factory=dict)
    told: Tally | None = None
    told_at: datetime | None = None

    def of(self, person: str) -> Choices:
        return self.cast.get(person, ())

    def with_ballot(self, person: str, choices: Choices) -> Box:
        """No choices are no ballot."""
        before = self.of(person)
        steps = [(place in choices) - (place in before) for place in range(len(self.sums.counts))]
        counts = tuple(a + b for a, b in zip(self.sums.counts, steps, strict=True))
        cast = {**self.cast, person: choices}
        if not choices:
            del cast[person]
        return replace(self, sums=Tally(len(cast), counts), cast=cast)

    def with_told(self, told: Tally, at: datetime) -> Box:
        return replace(self, told=told, told_at=at)

    @property
    def is_pending(self) -> bool:
        return self.sums != (self.told or Tally(0, (0,) * len(self.sums.counts)))

    def due_at(self, now: datetime) -> datetime | None:
        """When the sums may be told; None while they are as told."""
        if not self.is_pending:
            return None
        at = self.told_at
        return now if at is None or at > now else max(now, at + EVERY)


def empty(options: int) -> Box:
    return Box(Tally(0, (0,) * options))
