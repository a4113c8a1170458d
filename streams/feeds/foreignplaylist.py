"""Somebody else's playlist, read (RFC 8216, 4): what we need of it, and within bounds.

Ours alone are written elsewhere (playlist.py); this is the reader for streams that are pulled. It
reads line by line, each line once and none longer than LONGEST_LINE, keeps no more than the last
MOST_PIECES pieces, and takes no tag for an instruction: URIs come out as they stand, for
outgoing.py to judge. What we do not read is refused by name: encrypted pieces, pieces that are
ranges of a file, playlists without a target.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from streams.errors import Refused

MOST_BYTES = 1024 * 1024
LONGEST_LINE = 8192
MOST_PIECES = 64
MOST_VARIANTS = 64
LONGEST_PIECE_S = 60.0
_MOST_WIDTH, _MOST_HEIGHT = 1920, 1088


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to see it.

    Args:
        codecs: as RFC 6381 writes them; empty where nothing is said.
        width, height: 0 where nothing is said.
        audio: the group of its sound; None: in the same pieces.
    """

    uri: str
    bandwidth: int
    codecs: tuple[str, ...]
    width: int
    height: int
    audio: str | None


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound to choose; without `uri` it is in the picture's pieces."""

    group: str
    uri: str | None
    default: bool


@dataclass(frozen=True, slots=True)
class Multivariant:
    """A playlist of playlists."""

    variants: tuple[Variant, ...]
    sounds: tuple[Sound, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One media segment.

    Args:
        number: its media sequence number.
        discontinuity: its discontinuity sequence number.
        map_uri: of its initialisation; None: it needs none.
        gap: it is not there and nobody should ask.
    """

    number: int
    discontinuity: int
    uri: str
    duration_s: float
    map_uri: str | None = None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A playlist of pieces, the last MOST_PIECES of them."""

    target_s: int
    pieces: tuple[Piece, ...]
    ended: bool


def read_playlist(body: bytes) -> Multivariant | Media:
    """What a playlist says.

    Raises:
        Refused: `no_playlist`, `encrypted`, `byte_ranges`.
    """
    if len(body) > MOST_BYTES or not body.removeprefix(b"\xef\xbb\xbf").startswith(b"#EXTM3U"):
        raise Refused("no_playlist", f"expected #EXTM3U; came {body[:20]!r}")
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = [line.strip() for line in text.splitlines()]
    if any(len(line) > LONGEST_LINE for line in lines):
        raise Refused("no_playlist", f"expected lines of at most {LONGEST_LINE} signs")
    try:
        if any(line.startswith("#EXT-X-STREAM-INF:") for line in lines):
            return _read_multivariant(lines)
        return _Reading().read(lines)
    except (ValueError, OverflowError) as error:
        raise Refused("no_playlist", f"expected a playlist; {str(error)[:80]}") from error


def best_of(playlist: Multivariant) -> tuple[Variant, str | None]:
    """The best picture in H.264 up to 1080 lines, and where its sound is if that is elsewhere.

    Raises:
        Refused: `not_h264`, where there is none.
    """
    usable = [each for each in playlist.variants if _usable(each)]
    if not usable:
        came = sorted({codec for each in playlist.variants for codec in each.codecs})
        detail = f"expected a rendition in H.264 up to 1080 lines; came {', '.join(came)[:80]}"
        raise Refused("not_h264", detail)
    best = max(usable, key=lambda each: (each.height, each.bandwidth))
    sounds = [each for each in playlist.sounds if each.group == best.audio]
    chosen = max(sounds, key=lambda each: each.default, default=None)
    return best, chosen.uri if chosen else None


def _usable(variant: Variant) -> bool:
    videos = [c for c in variant.codecs if c.split(".")[0] not in _SOUND_CODECS]
    known = all(codec.startswith(("avc1", "avc3")) for codec in videos)
    only_sound = bool(variant.codecs) and not videos
    fits = variant.width <= _MOST_WIDTH and variant.height <= _MOST_HEIGHT
    return known and fits and not only_sound


_SOUND_CODECS = frozenset({"mp4a", "ac-3", "ec-3", "opus", "Opus", "fLaC", "mp3", "stpp", "wvtt"})


def _read_multivariant(lines: list[str]) -> Multivariant:
    variants: list[Variant] = []
    sounds: list[Sound] = []
    waiting: dict[str, str] | None = None
    for line in lines:
        if line.startswith("#EXT-X-STREAM-INF:"):
            waiting = dict(attributes(line.partition(":")[2]))
        elif line.startswith("#EXT-X-MEDIA:"):
            said = dict(attributes(line.partition(":")[2]))
            if said.get("TYPE") == "AUDIO" and len(sounds) < MOST_VARIANTS:
                default = said.get("DEFAULT") == "YES"
                sounds.append(Sound(said.get("GROUP-ID", ""), said.get("URI"), default))
        elif line and not line.startswith("#") and waiting is not None:
            if len(variants) < MOST_VARIANTS:
                variants.append(_variant(line, waiting))
            waiting = None
    return Multivariant(tuple(variants), tuple(sounds))


def _variant(uri: str, said: dict[str, str]) -> Variant:
    width, _, height = said.get("RESOLUTION", "0x0").partition("x")
    codecs = tuple(each.strip() for each in said.get("CODECS", "").split(",") if each.strip())
    return Variant(
        uri, _number(said.get("BANDWIDTH", "0")), codecs, _number(width), _number(height),
        said.get("AUDIO"),
    )  # fmt: skip


class _Reading:
    """A media playlist on the way."""

    def __init__(self) -> None:
        self._target_s = 0
        self._number = self._discontinuity = 0
        self._ended = self._gap = False
        self._duration_s: float | None = None
        self._map: str | None = None
        self._pieces: deque[Piece] = deque(maxlen=MOST_PIECES)

    def read(self, lines: list[str]) -> Media:
        for line in lines:
            if line.startswith("#"):
                self._tag(*line.partition(":")[::2])
            elif line and self._duration_s is not None:
                self._piece(line)
        if not self._target_s:
            raise ValueError("no EXT-X-TARGETDURATION")
        return Media(self._target_s, tuple(self._pieces), self._ended)

    def _tag(self, tag: str, value: str) -> None:
        match tag:
            case "#EXTINF":
                self._duration_s = _duration(value.partition(",")[0])
            case "#EXT-X-TARGETDURATION":
                self._target_s = max(1, min(_number(value), int(LONGEST_PIECE_S)))
            case "#EXT-X-MEDIA-SEQUENCE":
                self._number = _number(value)
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                self._discontinuity = _number(value)
            case "#EXT-X-DISCONTINUITY":
                self._discontinuity += 1
            case "#EXT-X-MAP":
                self._read_map(dict(attributes(value)))
            case "#EXT-X-KEY" if dict(attributes(value)).get("METHOD", "NONE") != "NONE":
                raise Refused("encrypted", "expected pieces that are not encrypted")
            case "#EXT-X-BYTERANGE":
                raise Refused("byte_ranges", "expected pieces that are whole files")
            case "#EXT-X-GAP":
                self._gap = True
            case "#EXT-X-ENDLIST":
                self._ended = True
            case _:
                pass

    def _read_map(self, said: dict[str, str]) -> None:
        if "BYTERANGE" in said:
            raise Refused("byte_ranges", "expected an initialisation that is a whole file")
        self._map = said.get("URI")

    def _piece(self, uri: str) -> None:
        assert self._duration_s is not None
        self._pieces.append(
            Piece(self._number, self._discontinuity, uri, self._duration_s, self._map, self._gap)
        )
        self._number += 1
        self._duration_s, self._gap = None, False


def attributes(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of an attribute list (RFC 8216, 4.2), quotes taken off; read once."""
    at = 0
    while at < len(text):
        equals = text.find("=", at)
        if equals < 0:
            return
        name, at = text[at:equals].strip(" ,"), equals + 1
        if text[at : at + 1] == '"':
            closes = text.find('"', at + 1)
            closes = len(text) if closes < 0 else closes
            yield name, text[at + 1 : closes]
            at = closes + 1
        else:
            comma = text.find(",", at)
            comma = len(text) if comma < 0 else comma
            yield name, text[at:comma].strip()
            at = comma
        at += text[at : at + 1] == ","


def _number(text: str) -> int:
    """A decimal integer of at most 20 digits, as the RFC has it; ValueError else."""
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise ValueError(f"expected a number, came {text[:20]!r}")
    return int(text)


def _duration(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= LONGEST_PIECE_S:
        raise ValueError(f"expected at most {LONGEST_PIECE_S} s, came {text[:20]!r}")
    return seconds
