"""Who has voted for which question, and which sums the public has yet to hear.

Each person counts once for a question, also after questions are merged. The public hears a sum at
most once a second per question: with the vote itself when the last sum is old enough, else when the
second is over. A sum that has changed since it was told is *pending*; a clock that has been set
back does not hold it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Told:
    """A sum that the public has heard."""

    votes: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Ballots:
    """All by the desk's id of the question."""

    voters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    told: Mapping[str, Told] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()

    def of(self, question: str) -> frozenset[str]:
        return self.voters.get(question, frozenset())

    def cast(self, question: str, person: str) -> Ballots:
        return self._with(question, self.of(question) | {person})

    def taken_back(self, question: str, person: str) -> Ballots:
        return self._with(question, self.of(question) - {person})

    def merged(self, question: str, into: str) -> Ballots:
        return self._with(into, self.of(into) | self.of(question)).without(question)

    def without(self, question: str) -> Ballots:
        """Nothing is left of the votes for this question."""
        voters = {id: who for id, who in self.voters.items() if id != question}
        told = {id: sum for id, sum in self.told.items() if id != question}
        return Ballots(voters, told, self.pending - {question})

    def heard(self, question: str, votes: int, at: datetime) -> Ballots:
        told = replace(self, told={**self.told, question: Told(votes, at)})
        return told._with(question, self.of(question))

    def due(self, now: datetime) -> dict[str, int]:
        """The pending sums whose second is over, by question."""
        return {
            question: len(self.of(question))
            for question in sorted(self.pending)
            if not self._due_at(question, now) > now
        }

    def next_due(self, now: datetime) -> datetime | None:
        """When the next pending sum may be told; None when none is pending."""
        return min((self._due_at(question, now) for question in self.pending), default=None)

    def _due_at(self, question: str, now: datetime) -> datetime:
        told = self.told.get(question)
        return now if told is None or told.at > now else told.at + EVERY

    def _with(self, question: str, people: frozenset[str]) -> Ballots:
        told = self.told.get(question)
        settled = len(people) == (told.votes if told else 0)
        pending = self.pending - {question} if settled else self.pending | {question}
        return replace(self, voters={**self.voters, question: people}, pending=pending)
