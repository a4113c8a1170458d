"""Input delays: how far an input that somebody chooses lies behind what is shown.

The rules of `inputs` know nothing of the media side: a command that chooses an input goes on with
what is told to everybody of it just now. One of which nothing is told goes on as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server import wire
from server.errors import Refused
from streams.inputs import ChooseInput, ChooseTimed

SOURCES = "sources"
NAME = wire.name_of(ChooseInput)


class InputDelays:
    """Completes the commands that choose an input.

    Args:
        sources: the newest frame of the state topic that tells of sources; None or empty for none.
    """

    def __init__(self, sources: Callable[[], bytes | None]) -> None:
        self._sources = sources

    def time(self, topic: str, name: str, data: Mapping[str, Any]) -> Any:
        """The command with how late its input is; None for one that is to be read as it came."""
        if name != NAME or topic != "inputs":
            return None
        try:
            asked = wire.read(ChooseInput, data)
        except Refused:
            return None
        behind_s = self._behind_s(asked)
        return None if behind_s is None else ChooseTimed(asked, behind_s)

    def _behind_s(self, asked: ChooseInput) -> float | None:
        frame = self._sources()
        told = wire.from_json(frame)["data"]["sources"] if frame else {}
        for each in told.get(asked.source, {}).get("inputs", ()):
            if each["name"] == asked.input and each.get("behind_s") is not None:
                return float(each["behind_s"])
        return None
