"""Which sound a sender sends, where it is not ours already."""

from __future__ import annotations

from dataclasses import dataclass

KNOWN = frozenset({"aac", "aac_latm", "mp2", "mp3", "ac3", "eac3", "opus"})
"""What can be decoded (sounddecoder.py), as FFmpeg names decoders."""


@dataclass(frozen=True, slots=True)
class SoundForm:
    """What has to be decoded.

    Args:
        codec: as FFmpeg names decoders; one of KNOWN.
        config: an AudioSpecificConfig, where frames come without headers.
        framed: each piece is one frame; else frames are to be found in it.
    """

    codec: str
    config: bytes = b""
    framed: bool = True
