"""Caption files beside a film, one a language: `ID.da.vtt`, `ID.en.vtt`.

What comes in is WebVTT or SubRip, told apart by how it begins, in UTF-8, UTF-16 or the code page
in which Danish machines still write. What lies here is WebVTT as we write it ourselves, replaced
whole: a reader sees the old file or the new one. `ID.vtt` without a language is Danish.

Reading a file may be dear, and whoever sends it decides how dear. It is done a file at a time, in a
process of its own (captionreader.py) that a thread waits for; so the event loop goes on meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path

from streams.errors import Refused
from streams.films.captionreader import Track, read_apart
from streams.films.captions import LARGEST_CHARACTERS, CaptionFaults
from streams.films.stretches import Beside

DEFAULT = "da"
LARGEST_BYTES = 2 * 1024 * 1024
LARGEST_WRITTEN_BYTES = 4 * LARGEST_CHARACTERS
MOST_LANGUAGES = 8
WAITS_FOR_OTHERS_S = 10.0
LANGUAGE = re.compile(r"[a-z]{2,3}")


class CaptionFiles:
    """The captions of the films in a folder; `older` is looked into where there are none."""

    def __init__(self, folder: Path, older: Path | None = None) -> None:
        self._folder = folder
        self._folders = (folder, older) if older is not None else (folder,)
        self._turn = asyncio.Lock()
        self._tracks: dict[Path, tuple[int, Track | None]] = {}

    def file(self, film: str, language: str = DEFAULT) -> Path | None:
        """A film's captions as WebVTT, None where it has none in that language."""
        names = [f"{film}.{language}.vtt", *([f"{film}.vtt"] if language == DEFAULT else [])]
        paths = (folder / name for folder in self._folders for name in names)
        return next((path for path in paths if path.is_file()), None)

    def languages(self, film: str) -> list[str]:
        """In which there may be captions: files are looked for, not into. In a thread."""
        found = {
            path.name.split(".")[1]
            for folder in self._folders
            for path in folder.glob(f"{film}.*.vtt")
        }
        return sorted({DEFAULT} | found)

    def tracks(self, film: str) -> dict[str, Track]:
        """What there is of a film, by language; reads those that have changed, so in a thread."""
        found = {language: self._track(film, language) for language in self.languages(film)}
        return {language: track for language, track in found.items() if track is not None}

    def version(self, film: str, language: str) -> str:
        """Which text it is, for who changes it; empty where there is none. Reads the file."""
        path = self.file(film, language)
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path else ""
        except FileNotFoundError:
            return ""  # taken away meanwhile

    def edition(self, film: str) -> str:
        """Another one whenever any of a film's captions are others; empty where it has none."""
        versions = [f"{language} {self.version(film, language)}" for language in self.tracks(film)]
        return hashlib.sha256(" ".join(versions).encode()).hexdigest()[:16] if versions else ""

    async def take(
        self,
        film: str,
        language: str,
        data: bytes,
        waits_s: float = WAITS_FOR_OTHERS_S,
        *,
        over: str | None = None,
        beside: Beside | None = None,
    ) -> Track:
        """Takes captions in beside the event loop.

        Args:
            waits_s: how long those that came before may take.
            over: the version that they are made from, empty for none; None for whatever is there.
            beside: as `put`.

        Raises:
            CaptionFaults: with every fault.
            Refused: `busy` while they do, else as `put`.
        """
        try:
            async with asyncio.timeout(waits_s):
                await self._turn.acquire()
        except TimeoutError as late:
            raise Refused("busy", f"expected others' captions within {waits_s:g} s") from late
        try:
            return await asyncio.to_thread(self.put, film, language, data, over=over, beside=beside)
        finally:
            self._turn.release()

    def put(
        self,
        film: str,
        language: str,
        data: bytes,
        *,
        over: str | None = None,
        beside: Beside | None = None,
    ) -> Track:
        """Takes captions in, in the place of those that were there.

        Args:
            beside: what recording they were written beside, of which they are taken into what
                is there; None: they take its place.

        Raises:
            CaptionFaults: with every fault.
            Refused: `bad_language`, `too_many`, `too_large`, `captions_unreadable`, and
                `captions_changed` where others are there than those they were made from.
        """
        self._check(film, language)
        if len(data) > LARGEST_BYTES:
            raise Refused("too_large", f"expected at most {LARGEST_BYTES} bytes; came {len(data)}")
        if over is not None and over != (known := self.version(film, language)):
            raise Refused(
                "captions_changed", f"expected the version {over!r:.40}; there is {known!r}"
            )
        target = self._folder / f"{film}.{language}.vtt"
        part = target.with_suffix(".new")
        there = self.file(film, language) if beside is not None else None
        track = read_apart(data, part, beside, there)
        os.replace(part, target)
        self._tracks[target] = target.stat().st_mtime_ns, track
        return track

    def remove(self, film: str, language: str) -> bool:
        """Takes captions away; whether there were any. Those of a demonstration film stay."""
        names = [f"{film}.{language}.vtt", *([f"{film}.vtt"] if language == DEFAULT else [])]
        paths = [path for name in names if (path := self._folder / name).is_file()]
        for path in paths:
            path.unlink(missing_ok=True)
        return bool(paths)

    def _check(self, film: str, language: str) -> None:
        if not LANGUAGE.fullmatch(language):
            raise Refused("bad_language", f"expected a language such as da; came {language!r:.20}")
        if len(self.tracks(film).keys() | {language}) > MOST_LANGUAGES:
            raise Refused("too_many", f"expected at most {MOST_LANGUAGES} languages")

    def _track(self, film: str, language: str) -> Track | None:
        path = self.file(film, language)
        if path is None:
            return None
        try:
            changed = path.stat().st_mtime_ns
            if path not in self._tracks or self._tracks[path][0] != changed:
                self._tracks[path] = changed, _read_track(path)
        except FileNotFoundError:
            return None  # taken away meanwhile
        return self._tracks[path][1]


def _read_track(path: Path) -> Track | None:
    """What a file holds, None where it is none of ours to show."""
    if path.stat().st_size > LARGEST_WRITTEN_BYTES:
        return None
    try:
        return read_apart(path.read_bytes())
    except (CaptionFaults, Refused):
        return None
