"""What a command is refused with before its own rules are asked, unless it was accepted before.

*The pace of a person.* A line has its own (`connection`); a person may have many lines, and over
HTTP there is none. So whatever they come by, one person's commands are counted together, here.

*What a host has ordered in a room's conversation* holds for what is written beside it: in its notes
and among its proposals. Those are units of their own, whose rules do not know the room's; so the
room is looked at here, as it stands at the moment.

Whoever asks again for what was accepted gets its answer, so a refusal goes along with the command
and is given only where its id is new. Only who has been refused many times in a row, and goes on,
is told so without a look.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chat import rooms
from server.access.actor import Actor
from server.allowances import Allowances
from server.clock import Clock
from server.dispatch import Dispatch
from server.errors import Refusal, Refused

HoldBack = Callable[[Actor, str, str, Mapping[str, Any]], Awaitable[Refused | None]]
"""From who asks, the topic, the command's name and its data."""

PER_S, BURST = 100.0, 1_000
PEOPLE_MOST = 20_000
FLOOD = 100
"""Refused so often in a row, nothing is looked up any more."""

SAID = {"notes": "change_notes", "proposals": "propose"}
"""By the noun of a topic beside the conversation, what puts words into it."""


async def never(actor: Actor, topic: str, name: str, data: Mapping[str, Any]) -> None:
    return None


class HoldingBack:
    """
    Args:
        may_read: whether somebody reads a topic; nobody else learns how it stands there.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        may_read: Callable[[Actor, str], bool],
        clock: Clock,
    ) -> None:
        self._dispatch = dispatch
        self._may_read = may_read
        self._clock = clock
        self._paces = Allowances(clock.monotonic, per_s=PER_S, burst=BURST, most=PEOPLE_MOST)

    async def refusal(
        self, actor: Actor, topic: str, name: str, data: Mapping[str, Any]
    ) -> Refused | None:
        """What to refuse a command with that is new; None to decide it.

        Raises:
            Refused: `too_fast`, from who goes on after many refusals.
        """
        too_fast = self._too_fast(actor)
        return too_fast or await self._ordered(actor, topic, name, data)

    def _too_fast(self, actor: Actor) -> Refused | None:
        wait_s = self._paces.wait_s(actor.id)
        if not wait_s:
            return None
        detail = f"expected {PER_S:g} commands a second from one person, or slower; came more"
        refused = Refused("too_fast", detail, retry_ms=int(wait_s * 1000) + 1)
        if self._paces.refused_in_a_row(actor.id) > FLOOD:
            raise refused
        return refused

    async def _ordered(
        self, actor: Actor, topic: str, name: str, data: Mapping[str, Any]
    ) -> Refused | None:
        noun, _, id = topic.partition(":")
        if SAID.get(noun) != name or not self._may_read(actor, topic):
            return None
        unit = await self._dispatch.unit_of(f"room:{id}")
        proposed = data.get("text") if noun == "proposals" else None
        text = proposed if isinstance(proposed, str) else None
        try:
            rooms.refuse_beside(unit.fold.state, actor, self._clock.wall(), text)
        except Exception as refused:
            if not isinstance(refused, Refusal):
                raise
            return Refused(refused.code, refused.detail, **refused.facts)
        return None
