"""The things a picture is made of on its way to the viewers.

An *access unit* is one coded frame. Access units of one source and one *generation* (one set of
parameters: size, profile) become *parts* of about a second; parts end to end are a *segment* of
about two. Video and audio are separate *lanes*, cut at the same instants, so that segment n of
one covers segment n of the other.

All times are ticks on the event clock (timeline.py), in the lane's own rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from streams.timeline import AUDIO_HZ, VIDEO_HZ


class Lane(StrEnum):
    """Which track; its value is the lane's name in URIs."""

    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded frame.

    Args:
        lane: decides the rate of all ticks here: 90 kHz for video, 48 kHz for audio.
        pts_ticks: when it is shown, on the event clock.
        dts_ticks: when it is decoded, on the event clock; rises strictly within a lane. A pts may
            lie before its dts: fragments carry signed offsets.
        duration_ticks: how long until the next in decode order; None: known when that one comes.
        key: decoding can start here (an IDR); always true for audio.
        data: video: NAL units, each behind its length in 4 bytes, SPS and PPS before every IDR,
            no access unit delimiter. Audio: one raw AAC-LC frame of 1024 samples, 48 kHz stereo.
    """

    lane: Lane
    pts_ticks: int
    dts_ticks: int
    duration_ticks: int | None
    key: bool
    data: bytes

    @property
    def decoded_ticks(self) -> int:
        """When it is decoded, in video ticks whatever the lane."""
        if self.lane is Lane.VIDEO:
            return self.dts_ticks
        return self.dts_ticks * VIDEO_HZ // AUDIO_HZ
