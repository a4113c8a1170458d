"""The captions of an item as subtitle renditions of its replay, for players that draw them alone.

A browser without a media source, a television that AirPlay sends to, a player that somebody gave
the address of a feed: none of them has our page around it. They find the renditions named in the
replay's first playlist, where a replay may have them (`streams.recordings.subtitling`), and fetch
their words a minute at a time. Our own player draws captions itself and fetches none of this.

What a piece holds is the text as it is at that moment, so whoever plays on sees what was saved
meanwhile. A version of the replay that is not the newest has no text beside it any more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from schedule.show import ShowItem
from server.item_captions import KINDS, MEETS_THE_DUTY, ItemCaptions, TrackKind, Written, cues_of
from streams import subtitles
from streams.films.captionfiles import LANGUAGE
from streams.films.captions import CaptionFaults
from streams.playlist import Subtitles
from streams.recordings.subtitling import Subtitled, Subtitling

NOT_MADE: dict[TrackKind, str] = {"typed": "skrivetolkning", "automatic": "automatisk"}
OWN_NAMES = {
    "da": "Dansk", "en": "English", "de": "Deutsch", "sv": "Svenska", "no": "Norsk",
    "nb": "Norsk bokmål", "nn": "Norsk nynorsk", "kl": "Kalaallisut", "fo": "Føroyskt",
    "is": "Íslenska", "fi": "Suomi", "pl": "Polski", "uk": "Українська", "ro": "Română",
    "tr": "Türkçe", "ar": "العربية", "fa": "فارسی", "so": "Soomaali", "ur": "اردو",
    "fr": "Français", "es": "Español", "sl": "Slovenščina", "bs": "Bosanski",
}  # fmt: skip
"""What a language calls itself, as players offer it; another one is offered by its code."""


@dataclass(frozen=True, slots=True)
class SubtitleTracks:
    """Renditions and their pieces; who may have them is asked before."""

    captions: ItemCaptions
    subtitling: Subtitling

    async def renditions(self, entry: ShowItem) -> list[Subtitles]:
        """What the replay's first playlist names beside picture and sound."""
        if self._subtitled(entry) is None:
            return []
        names = await asyncio.to_thread(self.captions.names, entry)
        return [_rendition(language, kind) for language, kind in names]

    async def playlist(self, entry: ShowItem, version: str, track: str) -> str | None:
        """The playlist of one rendition; None where there is none."""
        found, written = await self._found(entry, version, track)
        if found is None or written is None:
            return None
        return subtitles.playlist_of(found.pieces, _name(written.language, written.kind))

    async def piece(self, entry: ShowItem, version: str, track: str, number: int) -> str | None:
        """One piece of a rendition as WebVTT; None where there is none."""
        found, written = await self._found(entry, version, track)
        if found is None or written is None or not 0 <= number < len(found.pieces):
            return None
        return await asyncio.to_thread(_text, found, number, written)

    async def _found(
        self, entry: ShowItem, version: str, track: str
    ) -> tuple[Subtitled | None, Written | None]:
        found, named = self._subtitled(entry), _named(track)
        if found is None or found.version != version or named is None:
            return None, None
        return found, await asyncio.to_thread(self.captions.track, entry, *named)

    def _subtitled(self, entry: ShowItem) -> Subtitled | None:
        return None if entry.state == "on_air" else self.subtitling.of(entry.id)


def _text(found: Subtitled, number: int, written: Written) -> str | None:
    try:
        return subtitles.text_of(found.pieces[number], cues_of(written), found.begins_s)
    except (OSError, CaptionFaults):
        return None


def _rendition(language: str, kind: TrackKind) -> Subtitles:
    own, said = OWN_NAMES.get(language, language), NOT_MADE.get(kind)
    name = f"{own} ({said})" if said else own
    return Subtitles(name, language, f"{_name(language, kind)}.m3u8", kind in MEETS_THE_DUTY)


def _name(language: str, kind: TrackKind) -> str:
    return f"captions-{language}-{kind}"


def _named(track: str) -> tuple[str, TrackKind] | None:
    """The language and the kind that `da-made` means; None for what is no such name."""
    language, _, asked = track.partition("-")
    kind = next((each for each in KINDS if each == asked), None)
    return (language, kind) if kind is not None and LANGUAGE.fullmatch(language) else None
