"""Introductions: who the person is that a command names.

Rules cannot look anybody up, and nobody is taken at their word about another: a command that names
a person goes on with what the directory says of them. One that names nobody goes on as it came, and
is refused by the rules as they refuse everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat.groupwords import NAMING, Introduced
from server import wire
from server.access.directory import Directory
from server.errors import Refused

WORDS = wire.names_of(NAMING)


class Introductions:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def introduce(self, topic: str, name: str, data: Mapping[str, Any]) -> Any:
        """The command with the person it names; None for one that is to be read as it came."""
        word = WORDS.get(name)
        if word is None or not topic.startswith("groups:"):
            return None
        try:
            asked = wire.read(word, data)
        except Refused:
            return None
        who = await self._directory.find(asked.person)
        return None if who is None else Introduced(asked, who)
