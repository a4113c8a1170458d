"""AAC as it comes: what its configuration says, and where its frames lie on the grid of sound.

An *AudioSpecificConfig* (ISO 14496-3, 1.6.2.1) names object type, rate and channels. AAC-LC at
48 kHz in stereo is what our fragments hold: it goes through untouched. Everything else is decoded
and coded anew: other rates, mono, and HE-AAC, which says so in one of two ways: by its object type
(5, or 29 with parametric stereo), or as AAC-LC with an extension behind it. HE-AAC that says
nothing is found by its low rate, which does not pass either.

*The grid.* Every frame starts at a multiple of 1024 ticks on the event clock (clips.py). Frames of
an encoder whose crystal runs fast or slow slide along it, by a frame in some minutes: then one is
left out, or one said twice, which is heard less than silence. A slip is made when a frame lies
three quarters of a frame from its place, and brings it to within a quarter, so that the jitter of
milliseconds never makes two of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ

_RATES = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000,
    7350,
)  # fmt: skip
_LOW_COMPLEXITY, _SBR, _PARAMETRIC_STEREO = 2, 5, 29
_EXTENSION = 0x2B7
_EXPLICIT_RATE = 15
SLIP_TICKS = AAC_FRAME_TICKS * 3 // 4
GAP_TICKS = AAC_FRAME_TICKS * 3


@dataclass(frozen=True, slots=True)
class AacConfig:
    """What an AudioSpecificConfig says.

    Args:
        rate_hz: of the core; HE-AAC plays at twice that.
        high_efficiency: it has spectral band replication (HE-AAC).
        long_frames: 1024 samples a frame, not 960.
    """

    object_type: int
    rate_hz: int
    channels: int
    high_efficiency: bool
    long_frames: bool

    @property
    def passes(self) -> bool:
        """Whether it may go through as it is."""
        plain = self.object_type == _LOW_COMPLEXITY and not self.high_efficiency
        return plain and self.rate_hz == AUDIO_HZ and self.channels == 2 and self.long_frames


def read_config(data: bytes) -> AacConfig:
    """Read an AudioSpecificConfig.

    Raises:
        ValueError: when it is cut short or names no rate.
    """
    bits = _Bits(data)
    kind = bits.object_type()
    rate_hz, channels = bits.rate(), bits.take(4)
    efficient = kind in (_SBR, _PARAMETRIC_STEREO)
    if efficient:
        bits.rate()
        kind = bits.object_type()
    long_frames = not bits.take(1)
    if bits.take(1):
        bits.take(14)
    bits.take(1)
    extended = bits.left >= 16 and bits.take(11) == _EXTENSION
    if extended and bits.object_type() == _SBR:
        efficient = efficient or bits.take(1) == 1
    return AacConfig(kind, rate_hz, channels, efficient, long_frames)


class _Bits:
    """Reads bits from the front; ValueError past the end."""

    def __init__(self, data: bytes) -> None:
        self.left = len(data) * 8
        self._number = int.from_bytes(data)

    def take(self, count: int) -> int:
        if count > self.left:
            raise ValueError(
                f"expected an AudioSpecificConfig; {count - self.left} bits are missing"
            )
        self.left -= count
        return self._number >> self.left & (1 << count) - 1

    def object_type(self) -> int:
        kind = self.take(5)
        return kind if kind != 31 else 32 + self.take(6)

    def rate(self) -> int:
        index = self.take(4)
        if index == _EXPLICIT_RATE:
            return self.take(24)
        if index >= len(_RATES):
            raise ValueError(f"expected one of {len(_RATES)} rates; came number {index}")
        return _RATES[index]


class Grid:
    """Lays frames of 1024 samples on the grid."""

    def __init__(self) -> None:
        self._next: int | None = None
        self.slips = 0
        """How often a frame was left out or said twice."""

    def places(self, ticks: int) -> tuple[int, ...]:
        """Where a frame that begins at `ticks` is laid: once, twice, or not at all."""
        nearest = (ticks + AAC_FRAME_TICKS // 2) // AAC_FRAME_TICKS * AAC_FRAME_TICKS
        place = nearest if self._next is None else self._next
        ahead = ticks - place
        if ahead > GAP_TICKS:
            place = nearest
        elif ahead > SLIP_TICKS:
            self.slips += 1
            self._next = place + 2 * AAC_FRAME_TICKS
            return (place, place + AAC_FRAME_TICKS)
        elif ahead < -SLIP_TICKS:
            self.slips += 1
            return ()
        self._next = place + AAC_FRAME_TICKS
        return (place,)
