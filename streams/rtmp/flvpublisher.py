"""One RTMP publisher: FLV tags in, access units on the event clock out.

No socket and no clock of its own: tags come with their arrival. Nothing comes out before the first
IDR whose parameters are known and can be shown; a picture that is broken shuts the gate until the
next IDR. An encoder cannot be asked for one: its keyframe interval is what it is.

*Reordered pictures.* A picture is decoded at its tag's time and shown its offset later. At an IDR
that offset is the encoder's reordering delay, the *lead*; it is taken off everything that is shown,
sound included, so that a segment shows its first picture where it begins (encoder.py does the
same), and lips keep to the voice.

*Sound.* AAC-LC, 48 kHz, stereo goes through untouched, on the grid of frames (aac.py); other AAC
is coded anew in a thread, whose frames come out by the thread's own callback. Sound of another
kind is left out, and the segmenter lays silence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from streams.errors import Refused
from streams.nalunits import NalType, is_idr, join_lengths, nal_type, sample, split_lengths
from streams.parameters import LONGEST_SET, PictureParameters, parameters_of
from streams.rtmp import flv
from streams.rtmp.chunkstream import Kind
from streams.rtmp.rtmpclock import MS_TICKS, RtmpClock
from streams.rtmp.rtmpsession import Tag
from streams.segments import AccessUnit, Lane
from streams.sound.aac import Grid, read_config
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ, rescale
from streams.webrtc.publisher import Health, Now

LONGEST_OFFSET_MS = 3000
LARGEST_SOUND_BYTES = 8192
_LEAD_MOVES_MS = 20
_RATES_OVER_S = 3.0
_PARAMETERS = (NalType.SPS, NalType.PPS)


class Recoding(Protocol):
    """Sound that is coded anew elsewhere (sound.Sound)."""

    def receive(self, ticks: int, data: bytes, /) -> None: ...

    def close(self) -> None: ...


class FlvPublisher:
    """Digests the tags of one publisher.

    Args:
        now: where monotonic time lies on the event clock.
        started_s: monotonic seconds.
        recode: makes what codes sound anew, for an AudioSpecificConfig.
    """

    def __init__(self, now: Now, started_s: float, recode: Callable[[bytes], Recoding]) -> None:
        self._now = now
        self._recode = recode
        self._clock = RtmpClock()
        self._sets: tuple[bytes, ...] = ()
        self._length_bytes = 4
        self._shown: PictureParameters | None = None
        self._open = False
        self._lead_ms: int | None = None
        self._last_dts_ticks: int | None = None
        self._grid: Grid | None = None
        self._recoding: Recoding | None = None
        self._config = b""
        self.sound_refused: Refused | None = None
        """Why this publisher's sound is left out."""
        self._tag_s = started_s
        self._key_s: float | None = None
        self._key_interval_s: float | None = None
        self._sizes: deque[tuple[float, int, bool]] = deque(maxlen=20_000)
        self._changes = self._dropped = 0

    def receive(self, tag: Tag, arrival_s: float) -> list[AccessUnit]:
        """Take one tag in; gives the frames that it brings.

        Raises:
            Refused: `unsupported_video` or `bad_video`: nothing of it can ever be shown.
        """
        self._tag_s = arrival_s
        picture = tag.kind is Kind.VIDEO
        self._sizes.append((arrival_s, len(tag.data), picture))
        return self._video(tag, arrival_s) if picture else self._audio(tag, arrival_s)

    def close(self) -> None:
        """Let go of the sound's thread; twice does nothing."""
        if self._recoding is not None:
            self._recoding.close()

    def health(self, now_s: float) -> Health:
        """Figures for backstage."""
        while self._sizes and self._sizes[0][0] < now_s - _RATES_OVER_S:
            self._sizes.popleft()
        return Health(
            bit_rate=round(sum(size for _, size, _ in self._sizes) * 8 / _RATES_OVER_S),
            frame_rate=sum(picture for *_, picture in self._sizes) / _RATES_OVER_S,
            keyframe_interval_s=self._key_interval_s,
            width=self._shown.width if self._shown else None,
            height=self._shown.height if self._shown else None,
            sps_changes=self._changes,
            packets_lost=0,
            pictures_dropped=self._dropped,
            sound_level_dbov=None,
            lip_error_ms=None,
            anchored=self._clock.anchored,
            silent_s=now_s - self._tag_s,
        )

    # The picture.

    def _video(self, tag: Tag, arrival_s: float) -> list[AccessUnit]:
        match flv.read_video(tag.data):
            case flv.Parameters(length_bytes, sets):
                self._length_bytes = length_bytes
                self._take_sets(sets)
            case flv.Picture(offset_ms, data):
                arrival = self._now.ticks(arrival_s, VIDEO_HZ)
                dts_ticks = self._clock.stamp(Lane.VIDEO, tag.time_ms, arrival)
                return self._picture(dts_ticks, offset_ms, data, arrival_s)
        return []

    def _picture(
        self, dts_ticks: int, offset_ms: int, data: bytes, arrival_s: float
    ) -> list[AccessUnit]:
        try:
            nals = list(split_lengths(data, self._length_bytes))
        except ValueError:
            nals = []
        key = is_idr(nals)
        if key:
            self._note_key(arrival_s)
            self._take_sets(tuple(nal for nal in nals if nal_type(nal) in _PARAMETERS))
            nals = [nal for nal in nals if nal_type(nal) not in _PARAMETERS]
        self._open = bool(nals) and (self._open or key) and self._shown is not None
        whole = sample(nals, self._sets)
        if not self._open or not whole:
            self._dropped += 1
            return []
        return [self._unit(dts_ticks, offset_ms, key, whole)]

    def _unit(self, dts_ticks: int, offset_ms: int, key: bool, data: bytes) -> AccessUnit:
        lead_ms = self._lead(offset_ms, key)
        if abs(offset_ms - lead_ms) > LONGEST_OFFSET_MS:
            offset_ms = lead_ms
        if self._last_dts_ticks is not None:
            # The corrections of the clock must not let a picture overtake another.
            dts_ticks = max(dts_ticks, self._last_dts_ticks + 1)
        self._last_dts_ticks = dts_ticks
        pts_ticks = dts_ticks + (offset_ms - lead_ms) * MS_TICKS
        return AccessUnit(Lane.VIDEO, pts_ticks, dts_ticks, None, key, data)

    def _lead(self, offset_ms: int, key: bool) -> int:
        if self._lead_ms is None or (key and abs(offset_ms - self._lead_ms) > _LEAD_MOVES_MS):
            self._lead_ms = max(-LONGEST_OFFSET_MS, min(offset_ms, LONGEST_OFFSET_MS))
        return self._lead_ms

    def _take_sets(self, sets: tuple[bytes, ...]) -> None:
        """Parameter sets in force from here on; those that cannot be shown shut the gate."""
        kinds = {nal_type(nal) for nal in sets if nal}
        if sets == self._sets or not kinds.issuperset(_PARAMETERS):
            return
        self._changes += bool(self._sets)
        self._sets, self._shown, self._open = sets, _shown(sets), False

    def _note_key(self, arrival_s: float) -> None:
        if self._key_s is not None:
            self._key_interval_s = arrival_s - self._key_s
        self._key_s = arrival_s

    # The sound.

    def _audio(self, tag: Tag, arrival_s: float) -> list[AccessUnit]:
        try:
            found = flv.read_audio(tag.data)
            if isinstance(found, flv.SoundConfig):
                self._configure(found.data)
        except Refused as refused:
            self.sound_refused = refused
            return []
        arrival = self._now.ticks(arrival_s, VIDEO_HZ)
        video_ticks = self._clock.stamp(Lane.AUDIO, tag.time_ms, arrival)
        if not isinstance(found, flv.SoundFrame) or self._lead_ms is None:
            return []
        ticks = rescale(video_ticks - self._lead_ms * MS_TICKS, VIDEO_HZ, AUDIO_HZ)
        return self._frame(ticks, found.data)

    def _frame(self, ticks: int, data: bytes) -> list[AccessUnit]:
        if not data or len(data) > LARGEST_SOUND_BYTES:
            return []
        if self._grid is not None:
            return [
                AccessUnit(Lane.AUDIO, place, place, AAC_FRAME_TICKS, True, data)
                for place in self._grid.places(ticks)
            ]
        if self._recoding is not None:
            self._recoding.receive(ticks, data)
        return []

    def _configure(self, config: bytes) -> None:
        if config == self._config:
            return
        try:
            passes = read_config(config).passes
        except ValueError as error:
            raise Refused("unsupported_sound", str(error)) from error
        self.close()
        self._config, self.sound_refused = config, None
        self._grid = Grid() if passes else None
        self._recoding = None if passes else self._recode(config)


def _shown(sets: tuple[bytes, ...]) -> PictureParameters | None:
    """What parameter sets mean; None where they cannot be shown."""
    if max(map(len, sets)) > LONGEST_SET:
        return None
    return parameters_of(join_lengths(sets))
