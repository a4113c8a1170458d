"""One rendition of a fetched HLS stream: its playlist read again and again, its pieces as frames.

Reading begins three pieces before the end, of those that no opening before has taken: a stream that
stands still, or has ended, is not shown over and over. Reading never runs ahead: pieces go into a
queue that is waited for when it is full. A piece that cannot be had is asked for twice more and
then left out; how long the ones left out last is told with the next. Taking a piece apart is work
for a thread.

The stream is given up, and opened again by whoever reads it, when its playlist failed
MOST_FAILURES times in a row, when as many pieces did, when nothing new has come for three target
durations, when its numbers began again, and when it has ended. A URI that outgoing.py will not
follow at all is no failure but the end at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from streams.errors import Refused
from streams.feeds.elementary import Coded, Elementary, Trouble
from streams.feeds.foreignfragments import ForeignFragments
from streams.feeds.foreignplaylist import (
    MOST_BYTES,
    MOST_PIECES,
    Media,
    Multivariant,
    Piece,
    read_playlist,
)
from streams.feeds.outgoing import Fetched, Limit, Outgoing, joined
from streams.feeds.transportstream import PACKET_BYTES, TransportStream
from streams.timeline import VIDEO_HZ

log = logging.getLogger("topmoede.foreignrendition")

BEFORE_THE_END = 3
MOST_FAILURES = 3
MOST_WAITING = 4
PLAYLIST_LIMIT = Limit(MOST_BYTES, 10.0)
INIT_LIMIT = Limit(256 * 1024, 10.0)
MOST_PIECE_BYTES = 32 * 1024 * 1024
SHORTEST_WAIT_S = 0.5
AGAIN_AFTER_S = 0.5
STALLED_TARGETS = 3
_SHORTEST_STALL_S = 6.0
_AT_ONCE = frozenset({"bad_url", "bad_scheme", "bad_port", "private_address"})
_SYNC = 0x47


@dataclass(frozen=True, slots=True)
class Arrived:
    """A piece that is there.

    Args:
        arrival_ticks: when, on the event clock.
        missing_ticks: how long the pieces last that were left out before it.
        hold_ticks: how long it waits where it is the very first.
    """

    piece: Piece
    frames: tuple[Coded, ...]
    arrival_ticks: int
    missing_ticks: int = 0
    hold_ticks: int = 0


class Taken:
    """The pieces that were taken last, over all openings of a rendition.

    Told by number and file: the rest of a URI may be another for each reader.
    """

    def __init__(self) -> None:
        self._names: deque[tuple[int, str]] = deque(maxlen=MOST_PIECES)

    def __bool__(self) -> bool:
        return bool(self._names)

    def __contains__(self, piece: Piece) -> bool:
        return _name_of(piece) in self._names

    def add(self, piece: Piece) -> None:
        """A piece was taken."""
        self._names.append(_name_of(piece))


def _name_of(piece: Piece) -> tuple[int, str]:
    return piece.number, piece.uri.partition("?")[0].rpartition("/")[2]


class Rendition:
    """Reads one media playlist.

    Args:
        url: of the playlist.
        event_ticks: reads the event clock, in video ticks.
        sleep: waits so many seconds.
        taken: what was taken before, and will be.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        url: str,
        event_ticks: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
        taken: Taken,
    ) -> None:
        self.queue: asyncio.Queue[Arrived] = asyncio.Queue(MOST_WAITING)
        self.left_out = 0
        """Pieces that could not be had."""
        self._outgoing = outgoing
        self._url = url
        self._event_ticks = event_ticks
        self._sleep = sleep
        self._taken = taken
        self._newest: int | None = None
        self._failures = self._pieces_failed = 0
        self._missing_s = self._unchanged_s = 0.0
        self._seen: int | None = None
        self._base = url
        self._discontinuity: int | None = None
        self._elementary = Elementary()
        self._fragments = ForeignFragments()
        self._map: str | None = None

    @property
    def trouble(self) -> Trouble | None:
        """What keeps what came from being shown."""
        return self._elementary.trouble or self._fragments.trouble

    async def run(self) -> None:
        """Read until the stream must be opened again.

        Raises:
            Refused: why.
        """
        while True:
            media = await self._playlist()
            wait_s = AGAIN_AFTER_S
            if media is not None:
                wait_s = max(media.target_s / 2, SHORTEST_WAIT_S)
                await self._take(media)
                await self._judge(media, wait_s)
            await self._sleep(wait_s)

    async def _playlist(self) -> Media | None:
        try:
            fetched = await self._outgoing.fetch(self._url, PLAYLIST_LIMIT)
            read = read_playlist(fetched.body)
        except Refused as refused:
            self._failures += 1
            if refused.code in _AT_ONCE or self._failures >= MOST_FAILURES:
                raise
            return None
        if isinstance(read, Multivariant):
            raise Refused("loops", "expected a playlist of pieces; came one of playlists again")
        self._failures, self._base = 0, fetched.url
        return read

    async def _take(self, media: Media) -> None:
        """Fetches what is new."""
        fresh = self._fresh(media)
        hold_s = max(0, BEFORE_THE_END - len(fresh)) * media.target_s
        for piece in fresh:
            if self._newest is not None and piece.number > self._newest + 1:
                self._missing_s += (piece.number - self._newest - 1) * media.target_s
            self._newest = piece.number
            self._taken.add(piece)
            frames = None if piece.gap else await self._frames(piece, media.target_s)
            if frames is None:
                self.left_out += 1
                self._missing_s += piece.duration_s
                continue
            missing, self._missing_s = round(self._missing_s * VIDEO_HZ), 0.0
            arrived = Arrived(piece, frames, self._event_ticks(), missing, hold_s * VIDEO_HZ)
            await self.queue.put(arrived)

    def _fresh(self, media: Media) -> tuple[Piece, ...]:
        if self._newest is None:
            return tuple(each for each in media.pieces[-BEFORE_THE_END:] if each not in self._taken)
        fresh = tuple(piece for piece in media.pieces if piece.number > self._newest)
        if media.pieces and media.pieces[-1].number < self._newest - BEFORE_THE_END:
            raise Refused("restarted", "expected numbers that rise; they began again")
        return fresh[-MOST_WAITING:]

    async def _judge(self, media: Media, wait_s: float) -> None:
        """Whether the stream still goes on; what is left of one that ended is shown first."""
        if media.ended:
            await self.queue.join()
            raise Refused("ended", "expected a live stream; it has ended")
        newest = media.pieces[-1].number if media.pieces else None
        self._unchanged_s = 0.0 if newest != self._seen else self._unchanged_s + wait_s
        self._seen = newest
        if self._newest is None and self._taken:
            return  # it stood still before, and that was told
        if self._unchanged_s > max(STALLED_TARGETS * media.target_s, _SHORTEST_STALL_S):
            detail = f"expected a new piece every {media.target_s} s; came none"
            raise Refused("stalled", detail)

    async def _frames(self, piece: Piece, target_s: int) -> tuple[Coded, ...] | None:
        """A piece's frames; None where it cannot be had."""
        limit = Limit(MOST_PIECE_BYTES, max(10.0, 2.0 * target_s))
        for _ in range(MOST_FAILURES):
            try:
                await self._initialise(piece)
                fetched = await self._fetch(piece.uri, limit)
                frames = await asyncio.to_thread(self._apart, piece, fetched)
            except Refused as refused:
                self._note_failure(refused)
                if refused.code in ("not_found", "wrong_type", "broken_media"):
                    return None
                await self._sleep(AGAIN_AFTER_S)
            else:
                self._pieces_failed = 0
                return frames
        return None

    def _note_failure(self, refused: Refused) -> None:
        """Counts what failed in a row; too much of it, or a forbidden URI, is the end."""
        self._pieces_failed += 1
        log.warning("hls: a piece failed", extra={"code": refused.code})
        if refused.code in _AT_ONCE or self._pieces_failed >= 2 * MOST_FAILURES:
            raise Refused(refused.code, refused.detail) from refused

    async def _initialise(self, piece: Piece) -> None:
        if piece.map_uri is None or piece.map_uri == self._map:
            return
        fetched = await self._fetch(piece.map_uri, INIT_LIMIT)
        self._fragments.receive_init(fetched.body)
        self._map = piece.map_uri

    async def _fetch(self, uri: str, limit: Limit) -> Fetched:
        return await self._outgoing.fetch(joined(self._base, uri), limit)

    def _apart(self, piece: Piece, fetched: Fetched) -> tuple[Coded, ...]:
        """The frames of a piece, both lanes in order of decode time. In a thread."""
        if piece.map_uri is not None:
            frames = self._fragments.receive(fetched.body)
        elif fetched.body[:1] == bytes((_SYNC,)) and len(fetched.body) >= PACKET_BYTES:
            frames = self._from_transport(piece, fetched.body)
        else:
            came = fetched.type[:40] or "something else"
            raise Refused("wrong_type", f"expected a transport stream or fragments; came {came}")
        return tuple(frames)

    def _from_transport(self, piece: Piece, body: bytes) -> list[Coded]:
        if piece.discontinuity != self._discontinuity or self._missing_s:
            self._elementary, self._discontinuity = Elementary(), piece.discontinuity
        transport = TransportStream()
        packets = [*transport.receive(body), *transport.flush()]
        return [coded for pes in packets for coded in self._elementary.receive(pes)]
