"""What a room has said, read for those who search it or take it home.

The log is read from its end, a page at a time, and as far back as is asked for; how a message
stands is `chat.transcript`'s to say. One reader is answered at a time and a few wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from chat import finding, transcript
from chat.transcript import Backwards, Said
from server import wire
from server.journal import Journal
from server.kinds import Kinds
from server.reading_turns import ReadingTurns
from server.units import event_of

PAGE = 200
ROWS_MOST = 50_000
MESSAGES_MOST = 10_000
TEXT_MOST = 4_000_000
FOUND_MOST = 50
READING, WAITING, OF_EACH = 1, 8, 2


class RoomLog:
    """The rooms' logs as texts.

    Whether somebody may read a room is asked before.
    """

    def __init__(self, journal: Journal, kinds: Kinds) -> None:
        self._journal = journal
        self._kinds = kinds
        self._turns = ReadingTurns(READING, WAITING, OF_EACH)

    async def newest(self, topic: str, who: str) -> tuple[list[Said], bool]:
        """The last messages of a room, oldest first, and whether there are older ones.

        At most `MESSAGES_MOST` messages of `TEXT_MOST` characters in all.

        Args:
            who: takes the turn.

        Raises:
            Refused: `busy` when others have been reading for ten seconds, or the same person twice.
        """
        said: list[Said] = []
        letters, whole = 0, False
        async with self._turns.turn(who):
            async for page, is_last in self._pages(topic):
                whole = is_last
                for one in page:
                    letters += len(one.text or "")
                    if len(said) == MESSAGES_MOST or letters > TEXT_MOST:
                        return said[::-1], True
                    said.append(one)
        return said[::-1], not whole

    async def find(
        self, topic: str, words: Sequence[str], who: str, before: int | None = None
    ) -> tuple[list[Said], bool]:
        """The last messages that hold the words, newest first, and whether there may be more.

        Args:
            before: only what was posted before this seq.

        Raises:
            Refused: as `newest`.
        """
        found: list[Said] = []
        whole = False
        async with self._turns.turn(who):
            async for page, is_last in self._pages(topic):
                whole = is_last
                older = [one for one in page if before is None or one.seq < before]
                # Folding a page of long texts takes longer than the event loop may stand still.
                found += await asyncio.to_thread(_matching, older, words)
                if len(found) > FOUND_MOST:
                    return found[:FOUND_MOST], True
        return found, not whole

    async def _pages(self, topic: str) -> AsyncIterator[tuple[list[Said], bool]]:
        """What each page of rows begins, newest first, and whether it is the last page."""
        address = self._kinds.find(topic)
        if address is None:
            raise KeyError(topic)
        names = wire.names_of(transcript.EVENTS)
        reading, before = Backwards(), 2**62
        for _ in range(ROWS_MOST // PAGE):
            rows = await self._journal.entries_named(topic, names, before, PAGE)
            page: list[Said] = []
            for entry in reversed(rows):
                place, event = entry.envelope, event_of(address.kind, entry)
                if event is None:
                    continue
                one = reading.take(event, seq=place.seq, at=place.at)
                if one is not None:
                    page.append(one)
            is_last = len(rows) < PAGE
            yield page, is_last
            if is_last:
                return
            before = rows[0].envelope.seq


def _matching(said: Sequence[Said], words: Sequence[str]) -> list[Said]:
    return [
        one
        for one in said
        if one.text is not None
        and finding.matches(
            words, one.author.name, one.text, (file.name for file in one.files or ())
        )
    ]
