"""Reels: what is known of the film that a host would show to a room.

The rules of a room know neither the programme nor the media side, and nobody is taken at their word
about either: a command that starts a film goes on with whether the show has opened it, and with its
length as the media side tells it to everybody. One that names no film goes on as it came, and is
refused by the rules.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chat.viewing.commands import Cued, Reel, StartViewing
from schedule.show import Show, ShowItem
from server import wire
from server.errors import Refused

FILMS = "films"
NAME = wire.name_of(StartViewing)


class Reels:
    """Completes the commands that start a film.

    Args:
        show: the show as it stands now.
        films: the newest frame of the state topic that tells of films; None or empty for none.
    """

    def __init__(
        self, show: Callable[[], Awaitable[Show]], films: Callable[[], bytes | None]
    ) -> None:
        self._show = show
        self._films = films

    async def cue(self, topic: str, name: str, data: Mapping[str, Any]) -> Any:
        """The command with the film it names; None for one that is to be read as it came."""
        if name != NAME or not topic.startswith("room:"):
            return None
        try:
            asked = wire.read(StartViewing, data)
        except Refused:
            return None
        entry = (await self._show()).find(asked.item)
        if entry is None or entry.item.kind != "recorded" or not entry.item.film:
            return None
        return Cued(asked, self._reel(entry, entry.item.film))

    def _reel(self, entry: ShowItem, film: str) -> Reel:
        if not is_open(entry):
            to_come = entry.expected_end if entry.state == "on_air" else entry.expected_start
            return Reel(False, None if entry.state == "skipped" else to_come)
        # What was on a channel is seen again as it went out, which is not the film's own length.
        on_demand = entry.item.on == "on_demand"
        return Reel(True, length_s=self._length_s(film) if on_demand else None)

    def _length_s(self, film: str) -> float | None:
        frame = self._films()
        told = wire.from_json(frame)["data"]["films"] if frame else {}
        length_s = told.get(film, {}).get("duration_s")
        return float(length_s) if length_s else None


def is_open(entry: ShowItem) -> bool:
    """Whether everybody may see it from its beginning now: over, or on while it can be chosen."""
    on = entry.state == "on_air" and entry.item.on == "on_demand"
    return entry.run > 0 and (entry.state == "done" or on)
