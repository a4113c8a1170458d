"""Reels: what is known of the film that a host would show to a room.

The rules of a room know neither the programme nor the media side, and nobody is taken at their word
about either: a command that starts a film goes on with whether it is open to the room's people, and
with its length as the media side tells it to everybody. One that names no film goes on as it came,
and is refused by the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chat.viewing.commands import Cued, Reel, StartViewing
from schedule.library.unlocking import Opening, Viewer
from schedule.show import ShowItem
from server import wire
from server.errors import Refused
from server.unlocking import Unlocking

FILMS = "films"
NAME = wire.name_of(StartViewing)


class Reels:
    """Completes the commands that start a film.

    Args:
        unlocking: the library's rule.
        films: the newest frame of the state topic that tells of films; None or empty for none.
    """

    def __init__(self, unlocking: Unlocking, films: Callable[[], bytes | None]) -> None:
        self._unlocking = unlocking
        self._films = films

    async def cue(self, topic: str, name: str, data: Mapping[str, Any]) -> Any:
        """The command with the film it names; None for one that is to be read as it came."""
        if name != NAME or not topic.startswith("room:"):
            return None
        try:
            asked = wire.read(StartViewing, data)
        except Refused:
            return None
        show = await self._unlocking.show()
        entry = show.find(asked.item)
        if entry is None or entry.item.kind != "recorded" or not entry.item.film:
            return None
        municipality = topic.removeprefix("room:").partition(".")[0]
        viewer = Viewer(signed_in=True, municipality=municipality)
        opening = await self._unlocking.of(entry, viewer, show)
        return Cued(asked, self._reel(entry, entry.item.film, opening))

    def _reel(self, entry: ShowItem, film: str, opening: Opening) -> Reel:
        if opening.state != "open":
            return Reel(False, opening.opens_at)
        if is_on_its_channel(entry):
            return Reel(False, entry.expected_end)
        # What was on a channel is seen again as it went out, which is not the film's own length.
        on_demand = entry.item.on == "on_demand"
        return Reel(True, length_s=self._length_s(film) if on_demand else None)

    def _length_s(self, film: str) -> float | None:
        frame = self._films()
        told = wire.from_json(frame)["data"]["films"] if frame else {}
        length_s = told.get(film, {}).get("duration_s")
        return float(length_s) if length_s else None


def is_on_its_channel(entry: ShowItem) -> bool:
    """Whether it goes out for everybody at this moment: nobody else can begin it then."""
    return entry.state == "on_air" and entry.item.on == "channel"
