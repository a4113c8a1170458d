"""H.264 packets in, whole pictures out (RFC 6184, packetization mode 1).

A *picture* is the NAL units between two markers. It is *whole* when no packet of it was lost; the
one after a hole counts as whole only when it shows its own beginning (a parameter set or a
delimiter), since nobody knows what the hole held.

The *gate* in front of the recording has two states. `waiting`: everything is dropped until a whole
IDR comes. `open`: pictures pass. A hole, or a picture that is not whole, shuts it at once: nothing
that leans on a lost picture is ever let through, so a loss shows as a pause, never as grey smear.
`wants_keyframe` says that somebody should ask the publisher for an IDR.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from streams.nalunits import NalType, is_idr, nal_type, sample
from streams.webrtc.jitterbuffer import Packet

MOST_PICTURE_BYTES = 4 * 1024 * 1024
"""A picture that grows past this has no end; it is given up, as if a packet of it were lost."""
_STAP_A = 24
_FU_A = 28
_PARAMETERS = (NalType.SPS, NalType.PPS)
_SHOWS_ITS_BEGINNING = (NalType.SPS, NalType.DELIMITER)


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture.

    Args:
        timestamp: 32-bit RTP timestamp.
        nals: NAL units without start codes, in order.
        whole: no packet of it is missing.
        after_hole: something before it is missing.
        arrival_s: monotonic seconds of its last packet.
    """

    timestamp: int
    nals: tuple[bytes, ...]
    whole: bool
    after_hole: bool
    arrival_s: float

    @property
    def idr(self) -> bool:
        """Decoding can start here."""
        return is_idr(self.nals)

    @property
    def disposable(self) -> bool:
        """No other picture leans on this one (nal_ref_idc 0 throughout)."""
        return not any(nal[0] & 0x60 for nal in self.nals if 1 <= nal_type(nal) <= 5)


class Assembly:
    """Joins the packets of one stream, in order, into pictures."""

    def __init__(self) -> None:
        self._nals: list[bytes] = []
        self._size_bytes = 0
        self._fragment: bytearray | None = None
        self._timestamp: int | None = None
        self._whole = True
        self._after_hole = True
        self._at_beginning = False

    def receive(self, packet: Packet) -> Iterator[Picture]:
        """Take the next packet; yields each picture that it completes."""
        if packet.lost_before:
            self._give_up()
        elif self._timestamp is not None and packet.timestamp != self._timestamp:
            yield from self._complete(packet.arrival_s)
        if not packet.payload:
            return
        if self._timestamp is None:
            self._timestamp = packet.timestamp
            self._whole = self._at_beginning or _shows_beginning(packet.payload)
        self._size_bytes += len(packet.payload)
        if self._size_bytes > MOST_PICTURE_BYTES:
            self._give_up()
            return
        self._unpack(packet.payload)
        if packet.marker:
            yield from self._complete(packet.arrival_s)

    def _give_up(self) -> None:
        self._nals.clear()
        self._size_bytes = 0
        self._fragment = self._timestamp = None
        self._after_hole, self._at_beginning = True, False

    def _complete(self, arrival_s: float) -> Iterator[Picture]:
        whole = self._whole and self._fragment is None
        if self._nals and self._timestamp is not None:
            nals = tuple(self._nals)
            yield Picture(self._timestamp, nals, whole, self._after_hole, arrival_s)
        self._nals.clear()
        self._size_bytes = 0
        self._fragment = self._timestamp = None
        self._after_hole, self._at_beginning = False, True

    def _unpack(self, payload: bytes) -> None:
        match payload[0] & 0x1F:
            case kind if kind == _STAP_A:
                self._unpack_aggregate(payload)
            case kind if kind == _FU_A:
                self._unpack_fragment(payload)
            case single if 1 <= single <= 23:
                self._nals.append(payload)
            case _:
                self._whole = False

    def _unpack_aggregate(self, payload: bytes) -> None:
        position = 1
        while position + 2 <= len(payload):
            size = int.from_bytes(payload[position : position + 2])
            nal = payload[position + 2 : position + 2 + size]
            if not size or len(nal) < size:
                self._whole = False
                return
            self._nals.append(nal)
            position += 2 + size

    def _unpack_fragment(self, payload: bytes) -> None:
        if len(payload) < 3:
            self._whole = False
            return
        indicator, header = payload[0], payload[1]
        if header & 0x80:
            self._fragment = bytearray([indicator & 0xE0 | header & 0x1F])
        if self._fragment is None:
            self._whole = False
            return
        self._fragment += memoryview(payload)[2:]
        if header & 0x40:
            self._nals.append(bytes(self._fragment))
            self._fragment = None


def _shows_beginning(payload: bytes) -> bool:
    kind = payload[0] & 0x1F
    if kind == _STAP_A and len(payload) > 3:
        kind = payload[3] & 0x1F
    return kind in _SHOWS_ITS_BEGINNING


class Gate:
    """Lets whole pictures pass from an IDR on, and shuts at the first loss."""

    def __init__(self) -> None:
        self._open = False
        self._sps: tuple[bytes, ...] = ()
        self._pps: tuple[bytes, ...] = ()
        self.sps_changes = 0
        """How often a parameter set differed from the one before."""

    @property
    def wants_keyframe(self) -> bool:
        """Nothing passes before an IDR comes."""
        return not self._open

    @property
    def sps(self) -> bytes | None:
        """The parameter set in force."""
        return self._sps[0] if self._sps else None

    def shut(self) -> None:
        """Wait for an IDR: something was lost that the gate did not see."""
        self._open = False

    def admit(self, picture: Picture) -> bytes | None:
        """The picture as length-prefixed NAL units, None when it must not pass."""
        if not picture.whole or (picture.after_hole and not picture.idr):
            self._open = False
            return None
        self._remember(picture)
        if picture.idr and self._sps and self._pps:
            self._open = True
        return self._sample(picture) if self._open else None

    def _remember(self, picture: Picture) -> None:
        # Some payloaders put their own copies in front of the encoder's.
        nals = tuple(dict.fromkeys(picture.nals))
        sps = tuple(nal for nal in nals if nal_type(nal) == NalType.SPS)
        pps = tuple(nal for nal in nals if nal_type(nal) == NalType.PPS)
        if sps and self._sps and sps != self._sps:
            self.sps_changes += 1
        self._sps, self._pps = sps or self._sps, pps or self._pps

    def _sample(self, picture: Picture) -> bytes:
        if not picture.idr:
            return sample(picture.nals)
        rest = (nal for nal in picture.nals if nal_type(nal) not in _PARAMETERS)
        return sample(rest, (*self._sps, *self._pps))
