"""Deciding the commands of one batch, on a staging that may yet be dropped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from server import permissions, wire
from server.access.actor import Actor, RoomsOf, as_let_in
from server.board import Done
from server.clock import Clock
from server.entries import Answer, digest_of
from server.errors import Refusal, Refused, id_reused, not_found
from server.kinds import Kinds
from server.lookalikes import LikeOf, like_nobody
from server.units import Staging, Unit

log = logging.getLogger("topmoede.deciding")


@dataclass(slots=True, eq=False)
class Request:
    """One command on its way.

    Args:
        data: as it came; what the id stands for.
        word: the command, where it is known already; None for one that is still to be read.
        unless_done: what it is refused with where it was not accepted before; None to decide it.
        outcome: resolved after the commit with the answer or the refusal.
    """

    actor: Actor
    id: str
    topic: str
    name: str
    data: Mapping[str, Any]
    word: Any
    unless_done: Refused | None = None
    outcome: asyncio.Future[Done] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def key(self) -> tuple[str, str]:
        return self.actor.id, self.id


class Deciding:
    """Decides the commands of one batch, one after the other, on one staging."""

    def __init__(
        self,
        kinds: Kinds,
        clock: Clock,
        units: Mapping[str, Unit],
        known: dict[tuple[str, str], Answer],
        rooms_of: RoomsOf,
        like_of: LikeOf = like_nobody,
    ) -> None:
        self.staging = Staging(kinds)
        self.answers: list[Answer] = []
        self._kinds = kinds
        self._clock = clock
        self._units = units
        self._known = known
        self._rooms_of = rooms_of
        self._like_of = like_of

    def outcome(self, request: Request) -> Done | Exception:
        """What the command comes to, if the batch commits."""
        try:
            digest = digest_of(request.topic, request.name, request.data)
            answer = self._known.get(request.key) or self._decide(request, digest)
            if answer.digest != digest:
                raise id_reused(request.id)
            return Done(answer.topic, answer.seq, answer.held)
        except Exception as error:
            if isinstance(error, Refusal):
                return error
            log.exception(
                "a command could not be decided",
                extra={"topic": request.topic, "command": request.name, "cause": request.id},
            )
            return failed()

    def _decide(self, request: Request, digest: str) -> Answer:
        if request.unless_done is not None:
            raise request.unless_done
        unit, command = self._understood(request)
        at, show_at = self._clock.wall(), self._clock.show()
        on_show_time = unit.kind.on_show_time
        fold = self.staging.fold_of(unit)
        like = self._like_of(request.actor)
        by = replace(request.actor, like=like) if like else request.actor
        events = tuple(unit.kind.decide(fold.state, command, by, show_at if on_show_time else at))
        seqs = self.staging.write(unit, events, request.id, at, show_at if on_show_time else None)
        answer = Answer(
            *request.key,
            digest=digest,
            topic=request.topic,
            seq=seqs.get(request.topic),
            held=self._kinds.holds(events),
        )
        self._known[request.key] = answer
        self.answers.append(answer)
        return answer

    def _understood(self, request: Request) -> tuple[Unit, Any]:
        """The unit and the command, if this person may send it; else refused."""
        noun, _, id = request.topic.partition(":")
        unit = self._units.get(request.topic)
        actor = as_let_in(request.actor, self._rooms_of)
        if unit is None or not is_open_to(actor, request.topic, request.name):
            raise not_found(request.topic)
        word = unit.topics[request.topic].commands.get(request.name)
        if word is None:
            raise Refused(
                "unknown_command",
                f"expected one of the commands of {noun}, got {request.name!r:.80}",
            )
        if not permissions.may_do(actor, noun, id, request.name):
            raise not_found(request.topic)
        if request.word is not None:
            return unit, request.word
        return unit, wire.read(word, request.data)


def failed() -> Refused:
    return Refused("internal", "expected to carry this out, failed; the fault is logged")


def is_open_to(actor: Actor, topic: str, name: str) -> bool:
    """Whether the actor may read the topic or do this to it, if there is one; the system may."""
    noun, _, id = topic.partition(":")
    reads = actor.role == "system" or permissions.may_read(actor, noun, id)
    return reads or permissions.may_do(actor, noun, id, name)
