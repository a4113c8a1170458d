"""What stands in an RTMP message of sound or picture: the body of an FLV tag (FLV 10.1, annex E).

Picture, classic form: H.264 with an *AVC sequence header* (an avcC record) before the first and
whenever parameters change, then pictures as NAL units behind their lengths, with a *composition
offset*: shown so many milliseconds after decoding, signed, because of B-pictures.

    frame type 4 bits | codec 4 bits | packet type | offset, 3 bytes | data

Enhanced RTMP sets the first bit and names its codec by four letters. We offer none of them when a
client connects; one that sends them all the same is told so by name.

Sound: AAC with its AudioSpecificConfig first, then raw frames. Other sound (MP3, Speex) is told by
name and left out: a picture with silence is better than none.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.errors import Refused
from streams.nalunits import parameters_of_avcc

_AVC = 7
_AAC = 10
_INFO_FRAME = 5
_VIDEO_NAMES = {2: "H.263", 3: "screen video", 4: "VP6", 5: "VP6", 6: "screen video", 12: "HEVC"}
_FOURCC_NAMES = {
    "hvc1": "HEVC",
    "av01": "AV1",
    "vp09": "VP9",
    "vp08": "VP8",
    "avc1": "H.264 as avc1",
}
_SOUND_NAMES = {2: "MP3", 14: "MP3", 11: "Speex", 7: "G.711", 8: "G.711", 5: "Nellymoser"}


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameter sets for what follows.

    Args:
        length_bytes: how many bytes a NAL unit's length has.
        sets: SPS and PPS, in order.
    """

    length_bytes: int
    sets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture.

    Args:
        offset_ms: shown so long after its decoding; may be negative.
        data: NAL units behind lengths as `Parameters` says.
    """

    offset_ms: int
    data: bytes


@dataclass(frozen=True, slots=True)
class SoundConfig:
    """An AudioSpecificConfig."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SoundFrame:
    """One raw AAC frame."""

    data: bytes


def read_video(body: bytes) -> Parameters | Picture | None:
    """The picture in a tag's body; None for what shows nothing.

    Raises:
        Refused: `unsupported_video` for another codec, `bad_video` for what is broken.
    """
    if not body:
        return None
    if body[0] & 0x80:
        fourcc = body[1:5].decode("ascii", "replace")
        raise _unsupported(_FOURCC_NAMES.get(fourcc, "another codec"))
    if body[0] >> 4 == _INFO_FRAME:
        return None
    if body[0] & 0x0F != _AVC:
        raise _unsupported(_VIDEO_NAMES.get(body[0] & 0x0F, "another codec"))
    if len(body) < 5:
        raise Refused("bad_video", f"expected an AVC packet; came {len(body)} bytes")
    match body[1]:
        case 0:
            return _parameters(body[5:])
        case 1:
            return Picture(int.from_bytes(body[2:5], signed=True), body[5:])
    return None


def _unsupported(codec: str) -> Refused:
    return Refused("unsupported_video", f"expected a picture in H.264; came {codec}")


def _parameters(avcc: bytes) -> Parameters:
    try:
        length_bytes, sets = parameters_of_avcc(avcc)
    except (ValueError, IndexError) as error:
        raise Refused("bad_video", str(error)) from error
    return Parameters(length_bytes, sets)


def read_audio(body: bytes) -> SoundConfig | SoundFrame | None:
    """The sound in a tag's body; None for an empty one.

    Raises:
        Refused: `unsupported_sound` for another codec.
    """
    if len(body) < 2:
        return None
    codec = body[0] >> 4
    if codec != _AAC:
        name = _SOUND_NAMES.get(codec, "another codec")
        raise Refused("unsupported_sound", f"expected sound in AAC; came {name}")
    return SoundConfig(body[2:]) if body[1] == 0 else SoundFrame(body[2:])
