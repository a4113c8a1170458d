"""Which of the codecs that the media side needs this machine's libraries have."""

from __future__ import annotations

from typing import Literal

import av

Mode = Literal["r", "w"]
NEEDED: tuple[tuple[str, Mode], ...] = (
    ("h264", "r"),
    ("libx264", "w"),
    ("aac", "r"),
    ("aac", "w"),
    ("opus", "r"),
)


def missing_codecs() -> list[str]:
    """Names of codecs that cannot be opened, with what they are needed for."""
    missing: list[str] = []
    for name, mode in NEEDED:
        try:
            av.Codec(name, mode)
        except ValueError:  # av.codec.codec.UnknownCodecError
            missing.append(f"{name} ({'decoding' if mode == 'r' else 'encoding'})")
    return missing


def library_version() -> str:
    """FFmpeg's codec library by its version."""
    return "libavcodec " + ".".join(map(str, av.library_versions["libavcodec"]))
