"""Media time: ticks on one clock for the whole event.

Every edition stores one *media epoch*, an aware UTC datetime. The *event clock* counts from it:
video in ticks of 1/90 000 s, audio in ticks of 1/48 000 s, always plain ints. A tick is therefore
a wall-clock instant, whichever source it came from, and PROGRAM-DATE-TIME is arithmetic. Nothing
here is a float: a day of rounding would part the lips from the voice.

RTP counts in 32 bits from a random start and wraps every 13 hours at 90 kHz; `Unwrap` turns that
into a count that does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

VIDEO_HZ = 90_000
AUDIO_HZ = 48_000
AAC_FRAME_TICKS = 1024
"""One AAC-LC frame, in audio ticks."""

_MICROSECOND = timedelta(microseconds=1)
_NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_RTP_BITS = 32


def rescale(ticks: int, from_hz: int, to_hz: int) -> int:
    """Ticks of one rate as ticks of another, rounded down.

    Rounding down keeps the order: a later instant never lands before an earlier one.
    """
    return ticks * to_hz // from_hz


def rescale_up(ticks: int, from_hz: int, to_hz: int) -> int:
    """Ticks of one rate as ticks of another, rounded up: the first tick not before the instant."""
    return -(-ticks * to_hz // from_hz)


def seconds(ticks: int, hz: int) -> Fraction:
    """Ticks as exact seconds."""
    return Fraction(ticks, hz)


@dataclass(frozen=True, slots=True)
class EventClock:
    """Turns wall-clock instants into ticks and back.

    Args:
        epoch: the edition's media epoch, aware, in UTC; stored once, never moved.
    """

    epoch: datetime

    def __post_init__(self) -> None:
        if self.epoch.utcoffset() is None:
            raise ValueError(f"expected an aware datetime as media epoch, got {self.epoch!r}")

    def ticks(self, instant: datetime, hz: int = VIDEO_HZ) -> int:
        """The last tick not after an instant."""
        return (instant - self.epoch) // _MICROSECOND * hz // 1_000_000

    def instant(self, ticks: int, hz: int = VIDEO_HZ) -> datetime:
        """The instant of a tick, to the microsecond below."""
        return self.epoch.astimezone(UTC) + timedelta(microseconds=ticks * 1_000_000 // hz)

    def ntp(self, ticks: int, hz: int = VIDEO_HZ) -> int:
        """The instant of a tick as NTP writes it (RFC 5905 6): seconds since 1900 in 32.32 bits."""
        since_us = (self.instant(ticks, hz) - _NTP_EPOCH) // _MICROSECOND
        return (since_us << 32) // 1_000_000


def program_date_time(instant: datetime) -> str:
    """An instant as PROGRAM-DATE-TIME writes it: UTC, milliseconds."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


class Unwrap:
    """Turns RTP timestamps into a count that neither wraps nor loses small steps back.

    The nearest reading is taken: a step of less than half the range, forwards or backwards, is
    what it looks like; anything else went round the corner.

    Args:
        bits: of the count; a transport stream's has 33.
    """

    def __init__(self, bits: int = _RTP_BITS) -> None:
        self._last: int | None = None
        self._modulus, self._half = 1 << bits, 1 << (bits - 1)

    def __call__(self, rtp_timestamp: int) -> int:
        """The same instant in a count without wraps; the first is returned as it came."""
        if self._last is None:
            self._last = rtp_timestamp
            return rtp_timestamp
        step = (rtp_timestamp - self._last + self._half) % self._modulus - self._half
        self._last += step
        return self._last
