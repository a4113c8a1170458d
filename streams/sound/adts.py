"""AAC as transport streams carry it: frames behind ADTS headers (ISO/IEC 14496-3, 1.A.2.2).

A header says how long its frame is and what is in it. Frames of AAC-LC, 48 kHz, stereo are ours
already and are passed on without their header; everything else has to be decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

RATES_HZ = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
)  # fmt: skip
SAMPLES = 1024
_LC = 2
_HEADER_BYTES = 7
_CRC_BYTES = 2


@dataclass(frozen=True, slots=True)
class AacForm:
    """What an AAC stream is made of; `object_type` 2 is LC."""

    object_type: int
    rate_hz: int
    channels: int

    @property
    def ours(self) -> bool:
        """Its frames can stand in our fragments as they are."""
        return self == AacForm(_LC, 48_000, 2)


@dataclass(frozen=True, slots=True)
class AdtsFrame:
    """One frame: `data` with its header, `raw` without."""

    form: AacForm
    data: bytes
    raw: bytes


class AdtsFrames:
    """Finds the frames in bytes that may be cut anywhere; what is none is passed over."""

    def __init__(self) -> None:
        self._rest = b""

    def receive(self, data: bytes) -> Iterator[AdtsFrame]:
        """Frames that are whole by now."""
        data, at = self._rest + data, 0
        while at + _HEADER_BYTES <= len(data):
            if data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
                begins = data.find(0xFF, at + 1)
                at = len(data) if begins < 0 else begins
                continue
            size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
            if at + size > len(data):
                break
            frame = _frame(data[at : at + size])
            at += size if frame else 1
            if frame:
                yield frame
        self._rest = data[at:]

    @property
    def carried(self) -> bool:
        """The beginning of a frame waits for its end."""
        return bool(self._rest)

    def drop_rest(self) -> None:
        """What began is lost."""
        self._rest = b""


def _frame(data: bytes) -> AdtsFrame | None:
    """A frame by its header; None where that means nothing or holds several raw blocks."""
    rate, blocks = data[2] >> 2 & 15 if len(data) > 2 else 15, data[6] & 3 if len(data) > 6 else 1
    begins = _HEADER_BYTES + (0 if len(data) > 1 and data[1] & 1 else _CRC_BYTES)
    if rate >= len(RATES_HZ) or blocks or len(data) <= begins:
        return None
    channels = (data[2] & 1) << 2 | data[3] >> 6
    form = AacForm((data[2] >> 6) + 1, RATES_HZ[rate], channels)
    return AdtsFrame(form, data, data[begins:])


def form_of_config(config: bytes) -> AacForm | None:
    """What an AudioSpecificConfig says (14496-3, 1.6.2.1); None where it is cut short."""
    if len(config) < 2:
        return None
    bits = int.from_bytes(config[:2])
    rate = bits >> 7 & 15
    if rate >= len(RATES_HZ):
        return None
    return AacForm(bits >> 11, RATES_HZ[rate], bits >> 3 & 15)
