"""One publisher: its packets in, access units on the event clock out.

No socket and no clock of its own: packets carry their arrival, `due` is told the time. Video goes
through jitter buffer, assembly and gate; sound through a jitter buffer into the encoder's thread.
Both are stamped by one PublisherClock, so that lips and voice stay together.

Nothing is handed out before `start`; from then on both lanes are, always: where a publisher has no
sound, or stops sending any, silence is laid half a second behind the clock.

Keyframes are asked for while the gate is shut, when somebody wants a cut, and when the last one is
two seconds old; never twice within half a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from streams.parameters import PictureParameters, parameters_of
from streams.segments import AccessUnit, Lane
from streams.sound.sound import Sound
from streams.timeline import AUDIO_HZ, VIDEO_HZ, rescale
from streams.webrtc.jitterbuffer import JitterBuffer, Packet
from streams.webrtc.pictures import Assembly, Gate, Picture
from streams.webrtc.rtpclock import HZ, PublisherClock

KEYFRAME_EVERY_S = 2.0
KEYFRAME_SPACING_S = 0.5
PATIENCE_S = {Lane.VIDEO: 0.4, Lane.AUDIO: 0.12}
SILENCE_AFTER_S = 0.5
_ASK_AGAIN_EVERY_S = 0.08
_RATES_OVER_S = 3.0

Emit = Callable[[AccessUnit], None]


@dataclass(frozen=True, slots=True)
class Now:
    """Monotonic seconds laid onto the event clock once, so that a step of the wall moves nothing.

    Args:
        anchor_s: monotonic seconds at
        anchor_ticks: this event time, in 90 kHz.
    """

    anchor_s: float
    anchor_ticks: int

    def ticks(self, monotonic_s: float, hz: int) -> int:
        """Event ticks at a monotonic instant."""
        passed = round((monotonic_s - self.anchor_s) * hz)
        return rescale(self.anchor_ticks, VIDEO_HZ, hz) + passed


@dataclass(frozen=True, slots=True)
class Health:
    """What a publisher is worth just now; rates over the last three seconds."""

    bit_rate: int
    frame_rate: float
    keyframe_interval_s: float | None
    width: int | None
    height: int | None
    sps_changes: int
    packets_lost: int
    pictures_dropped: int
    sound_level_dbov: int | None
    lip_error_ms: int | None
    anchored: int
    silent_s: float
    packets: int = 0
    b_pictures: int = 0
    drift_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class Wants:
    """What the transport should send to the publisher.

    Args:
        keyframe: a picture loss indication.
        missing: sequence numbers to ask for again.
        ssrc: of the video, None before its first packet.
    """

    keyframe: bool
    missing: list[int]
    ssrc: int | None


class Publisher:
    """Digests the packets of one publisher.

    Args:
        now: where monotonic time lies on the event clock.
        started_s: monotonic seconds.
    """

    def __init__(self, now: Now, started_s: float) -> None:
        self._now = now
        self._clock = PublisherClock()
        self._buffers = {lane: JitterBuffer(PATIENCE_S[lane]) for lane in Lane}
        self._ssrc: dict[Lane, int] = {}
        self._assembly, self._gate = Assembly(), Gate()
        self._emit: Emit | None = None
        self._sound: Sound | None = None
        self._last_packet_s = started_s
        self._last_sound_s: float | None = None
        self._last_count: int | None = None
        self._last_ticks: int | None = None
        self._keyframe_wanted = False
        self._keyframe_asked_s = self._keyframe_came_s = started_s - KEYFRAME_EVERY_S
        self._asked_again_s = started_s
        self._keyframe_interval_s: float | None = None
        self._sizes: deque[tuple[float, int, bool]] = deque(maxlen=20_000)
        self._lost = self._dropped = self._b_pictures = 0
        self.sound_level_dbov: int | None = None
        self._parameters: PictureParameters | None = None
        self.packets = 0

    # -- for the desk

    def start(self, emit: Emit, sound: Sound) -> None:
        """Hand out access units from the next IDR on."""
        self._emit, self._sound = emit, sound
        self._gate.shut()

    def request_keyframe(self) -> None:
        """Ask for an IDR as soon as the spacing allows."""
        self._keyframe_wanted = True

    def stop(self) -> None:
        """Hand nothing out any more."""
        self._emit = self._sound = None

    # -- from the transport

    def receive_packet(self, lane: Lane, ssrc: int, packet: Packet) -> None:
        """Take one packet in."""
        self.packets += 1
        self._last_packet_s = packet.arrival_s
        self._sizes.append((packet.arrival_s, len(packet.payload), False))
        if self._ssrc.setdefault(lane, ssrc) != ssrc:
            self._start_over(lane, ssrc)
        for ready in self._buffers[lane].receive(packet):
            self._lost += ready.lost_before
            if lane is Lane.VIDEO:
                self._receive_video(ready)
            else:
                self._receive_sound(ready)

    def receive_report(self, lane: Lane, ntp: int, timestamp: int) -> None:
        """Take a sender report in."""
        self._clock.receive_report(lane, ntp, timestamp)

    def silent_s(self, now_s: float) -> float:
        """How long nothing has come."""
        return now_s - self._last_packet_s

    def due(self, now_s: float) -> Wants:
        """What to ask the publisher for now; call it about ten times a second."""
        self._fill_with_silence(now_s)
        missing = self._buffers[Lane.VIDEO].missing()
        if missing and now_s - self._asked_again_s < _ASK_AGAIN_EVERY_S:
            missing = []
        elif missing:
            self._asked_again_s = now_s
        return Wants(self._keyframe_due(now_s), missing[-64:], self._ssrc.get(Lane.VIDEO))

    def health(self, now_s: float) -> Health:
        """Figures for backstage."""
        while self._sizes and self._sizes[0][0] < now_s - _RATES_OVER_S:
            self._sizes.popleft()
        error = self._clock.lip_error_ticks()
        shown = self._parameters
        return Health(
            bit_rate=round(sum(size for _, size, _ in self._sizes) * 8 / _RATES_OVER_S),
            frame_rate=sum(frame for *_, frame in self._sizes) / _RATES_OVER_S,
            keyframe_interval_s=self._keyframe_interval_s,
            width=shown.width if shown else None,
            height=shown.height if shown else None,
            sps_changes=self._gate.sps_changes,
            packets_lost=self._lost,
            pictures_dropped=self._dropped,
            sound_level_dbov=self.sound_level_dbov,
            lip_error_ms=None if error is None else error * 1000 // VIDEO_HZ,
            anchored=max(clock.anchored for clock in self._clock.lanes.values()),
            silent_s=self.silent_s(now_s),
            packets=self.packets,
            b_pictures=self._b_pictures,
            drift_ppm=self._clock.drift_ppm(),
        )

    # -- inside

    def _start_over(self, lane: Lane, ssrc: int) -> None:
        self._ssrc[lane] = ssrc
        self._buffers[lane] = JitterBuffer(PATIENCE_S[lane])
        self._clock.restart(lane)
        if lane is Lane.VIDEO:
            self._assembly = Assembly()
            self._last_count = None
            self._gate.shut()

    def _receive_video(self, packet: Packet) -> None:
        if packet.lost_before:
            self._gate.shut()
        for picture in self._assembly.receive(packet):
            self._receive_picture(picture)

    def _receive_picture(self, picture: Picture) -> None:
        arrival = self._now.ticks(picture.arrival_s, VIDEO_HZ)
        ticks = self._clock.stamp(Lane.VIDEO, picture.timestamp, arrival)
        self._sizes.append((picture.arrival_s, 0, True))
        if picture.idr:
            self._note_keyframe(picture.arrival_s)
        data = self._gate.admit(picture)
        if data is not None and picture.idr:
            self._parameters = parameters_of(data)
        if data is None or self._goes_back(picture):
            self._dropped += 1
        elif self._emit is not None and self._sound is not None:
            if self._last_ticks is None:
                self._sound.begin(rescale(ticks, VIDEO_HZ, AUDIO_HZ))
            else:
                # The slow corrections of the clock must not let a picture overtake another.
                ticks = max(ticks, self._last_ticks + 1)
            self._last_ticks = ticks
            self._emit(AccessUnit(Lane.VIDEO, ticks, ticks, None, picture.idr, data))

    def _goes_back(self, picture: Picture) -> bool:
        """Whether this is a B-picture of an encoder that should not make any.

        Without decoding times it has no place; nothing leans on one that is disposable.
        """
        last, self._last_count = self._last_count, picture.timestamp
        if last is None or (picture.timestamp - last) % (1 << 32) < 1 << 31:
            return False
        self._last_count = last
        self._b_pictures += 1
        if not picture.disposable:
            self._gate.shut()
        return True

    def _note_keyframe(self, arrival_s: float) -> None:
        if self._keyframe_interval_s is not None or self._gate.sps:
            self._keyframe_interval_s = arrival_s - self._keyframe_came_s
        self._keyframe_came_s = arrival_s

    def _receive_sound(self, packet: Packet) -> None:
        arrival = self._now.ticks(packet.arrival_s, AUDIO_HZ)
        ticks = self._clock.stamp(Lane.AUDIO, packet.timestamp, arrival)
        self._last_sound_s = packet.arrival_s
        if self._sound is not None:
            self._sound.receive(ticks, packet.payload)

    def _fill_with_silence(self, now_s: float) -> None:
        silent_since = self._last_sound_s
        if self._sound is None or self._last_ticks is None:
            return
        if silent_since is None or now_s - silent_since > SILENCE_AFTER_S:
            self._sound.fill_until(self._now.ticks(now_s - SILENCE_AFTER_S, HZ[Lane.AUDIO]))

    def _keyframe_due(self, now_s: float) -> bool:
        if self._emit is None or now_s - self._keyframe_asked_s < KEYFRAME_SPACING_S:
            return False
        old = now_s - self._keyframe_came_s >= KEYFRAME_EVERY_S
        if not (self._keyframe_wanted or self._gate.wants_keyframe or old):
            return False
        self._keyframe_wanted = False
        self._keyframe_asked_s = now_s
        return True
