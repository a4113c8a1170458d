"""A screen in the hall: it polls the picture, and judges everything that it was ever served."""

from __future__ import annotations

import asyncio
import contextlib

import httpx

from streams.segments import Lane
from tests.journeys.running_demo import Visitor
from tests.streams.parsed_playlist import ReadPlaylist, parse
from tests.streams.playlist_rules import PlaylistRules

POLL_S = 0.03


class Screen:
    """Watches a channel through a visitor's session, also across the server's deaths."""

    def __init__(self, visitor: Visitor, channel: str = "main") -> None:
        self.rules = PlaylistRules()
        self._http = visitor.http
        self._channel = channel
        self._newest: dict[Lane, ReadPlaylist] = {}
        self._kept: dict[str, bytes] = {}

    async def watch(self) -> None:
        """Polls until the server is gone."""
        with contextlib.suppress(httpx.TransportError):
            while True:
                for lane in Lane:
                    await self.look(lane)
                await asyncio.sleep(POLL_S)

    async def look(self, lane: Lane, query: str = "") -> ReadPlaylist | None:
        """The playlist as it stands; None while there is none yet."""
        answer = await self._http.get(f"/hls/{self._channel}/{lane}.m3u8{query}")
        if answer.status_code == 404 and not self._newest:
            return None
        assert answer.status_code == 200, f"{lane}: {answer.status_code} {answer.text}"
        self.rules.receive(f"{self._channel}/{lane}", answer.text)
        self._newest[lane] = parse(answer.text)
        return self._newest[lane]

    async def keep_newest(self) -> None:
        """Remembers the bytes of what was listed last."""
        for playlist in list(self._newest.values()):
            uris = [segment.uri for segment in playlist.segments if segment.uri]
            parts = [part.uri for segment in playlist.segments[-1:] for part in segment.parts]
            for uri in [*uris[-2:], *parts[-1:]]:
                with contextlib.suppress(httpx.TransportError):
                    self._kept[uri] = await self._bytes(uri)

    async def check_kept(self) -> int:
        """What was fetched once has the same bytes now; returns how much was compared."""
        for uri, data in self._kept.items():
            assert await self._bytes(uri) == data, f"{uri} has other bytes now"
        compared = len(self._kept)
        self._kept.clear()
        return compared

    async def follow_on(self) -> None:
        """Waits, held by the server, for something newer than was ever listed."""
        for lane, playlist in list(self._newest.items()):
            newest = playlist.segments[-1].number + 1
            fresh = await self.look(lane, f"?_HLS_msn={newest}&_HLS_part=0")
            assert fresh is not None
            assert fresh.segments[-1].number >= newest

    def shown(self) -> int:
        """How many numbers of the picture have been listed."""
        return len(self.rules.meaning(f"{self._channel}/{Lane.VIDEO}"))

    async def _bytes(self, uri: str) -> bytes:
        answer = await self._http.get(uri)
        assert answer.status_code == 200, f"{uri}: {answer.status_code}"
        return answer.content
