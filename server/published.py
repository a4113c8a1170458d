"""An item's questions and answers as they are published with it: all of them, however many.

A snapshot of `committee` is bounded, and a long hour leaves its first questions behind. This list
is read from the log, a page of its history at a time, and kept as long as nothing happens to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from server.board import Board, Position

COMMITTEE = "committee"
A_PAGE = 100

Question = dict[str, Any]


class PublishedQuestions:
    """Everything that is public at the committee's window, oldest first.

    However many ask at once, the log is read by one of them; the others wait for what it finds.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._at: Position | None = None
        self._questions: list[Question] = []
        self._reading = asyncio.Lock()

    async def of(self, item: str) -> list[Question]:
        """The questions asked while this item was on, as they are now."""
        return [one for one in await self.all() if one["item"] == item]

    async def all(self) -> Sequence[Question]:
        """Every question, as they are now."""
        async with self._reading:
            await self._board.open(COMMITTEE)
            position = self._board.position(COMMITTEE)
            if self._at != position:
                self._questions = await self._read(position.head)
                self._at = position
            return self._questions

    async def _read(self, head: int) -> list[Question]:
        pages: list[list[Question]] = []
        before, more = head + 1, True
        while more and before > 0:
            page, more = await self._board.history(COMMITTEE, before, A_PAGE)
            pages.append(page)
            # A page whose questions are all gone says not where it began; a hundred of them have a
            # hundred numbers at least.
            before = min((one["seq"] for one in page), default=before - A_PAGE)
        return [one for page in reversed(pages) for one in page]
