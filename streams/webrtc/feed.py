"""What everybody who watches one channel (or one source) over WebRTC is sent.

A feed follows a packaging: what is on air, and at a cut what is on air next. Each picture is made
ready once and put into every viewer's outbox. Who joins is given the group of pictures so far.

    in order     pictures are sent as they were packaged, nothing coded again
    reordered    a *proxy* of them is sent: coded again, small, in one order

WebRTC has no decode times: it shows pictures in the order in which they come. A film with
B-pictures is coded in another order than it is shown, and leaving those pictures out does not help,
because others may lean on them. Players over HLS get such a film as it is; here a small copy is
made of it, once for all viewers and only while there is one. It is a picture to steer by, not the
picture of the day. The first picture whose decode time is not its own time tells, and the feed
goes over to the proxy before that one is sent.

Sound is AAC everywhere in the house and Opus in a browser's WebRTC: coded again once for all, while
somebody listens.

A picture that was asked for again (a viewer lost packets) is asked of the source at most every
KEYFRAME_EVERY_S, for all viewers together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from streams.nalunits import split_lengths
from streams.segments import AccessUnit, Lane
from streams.webrtc.gop import Gop
from streams.webrtc.outbox import Frame, Outbox

KEYFRAME_EVERY_S = 2.0
_START_CODE = b"\0\0\0\1"

Taker = Callable[[AccessUnit], None]
Deliver = Callable[[list[Frame]], None]


class Followed(Protocol):
    """What a feed follows (packaging.Packaging)."""

    gop: Gop[AccessUnit]
    takers: list[Taker]


class Coder(Protocol):
    """Codes units again beside the event loop (coderthread.CoderThread)."""

    def put(self, unit: AccessUnit) -> None:
        """Takes the next unit; never waits."""

    def want_key(self) -> None:
        """Makes the next picture an IDR."""

    def close(self) -> None:
        """Ends soon; nothing is delivered afterwards. Twice does nothing."""


class Feed:
    """One channel's pictures and sound on their way to all its viewers.

    Args:
        proxy: makes a coder of reordered pictures, which delivers in the event loop.
        opus: makes a coder of sound.
        monotonic: seconds.
        request_keyframe: asks whoever sends what is followed for an IDR.
    """

    def __init__(
        self,
        proxy: Callable[[Deliver], Coder],
        opus: Callable[[Deliver], Coder],
        monotonic: Callable[[], float],
        request_keyframe: Callable[[Followed], None],
    ) -> None:
        self._make_proxy, self._make_opus = proxy, opus
        self._monotonic = monotonic
        self._request_keyframe = request_keyframe
        self._followed: Followed | None = None
        self._gop: Gop[Frame] = Gop()
        self._proxy: Coder | None = None
        self._opus: Coder | None = None
        self._watching: list[Outbox] = []
        self._listening: list[Outbox] = []
        self._asked_s: float | None = None

    @property
    def is_proxy(self) -> bool:
        """Whether pictures are coded again for the viewers."""
        return self._proxy is not None

    # Viewers.

    def watch(self, outbox: Outbox) -> None:
        """Pictures go here from now on, those since the last IDR first."""
        outbox.catch_up(self._gop.pictures)
        self._watching.append(outbox)

    def listen(self, outbox: Outbox) -> None:
        """Sound goes here from now on."""
        if self._opus is None:
            self._opus = self._make_opus(self._send_sound)
        self._listening.append(outbox)

    def leave(self, outboxes: Iterable[Outbox]) -> None:
        """Nothing goes to these any more."""
        for outbox in outboxes:
            for lane in (self._watching, self._listening):
                if outbox in lane:
                    lane.remove(outbox)
        if not self._listening:
            self._end_opus()

    def want_key(self) -> None:
        """Somebody cannot go on without an IDR."""
        now_s = self._monotonic()
        if self._asked_s is not None and now_s - self._asked_s < KEYFRAME_EVERY_S:
            return
        self._asked_s = now_s
        if self._proxy is not None:
            self._proxy.want_key()
        elif self._followed is not None:
            self._request_keyframe(self._followed)

    # What is sent.

    def follow(self, packaging: Followed) -> None:
        """Sends what this packages, from its last IDR on; what was followed before ends here."""
        self.stop()
        self._followed = packaging
        group = packaging.gop.pictures
        if any(map(_is_reordered, group)):
            self._begin_proxy(group)
        else:
            self._show_at_once([_frame(unit) for unit in group])
        packaging.takers.append(self._take)

    def stop(self) -> None:
        """Follows nothing."""
        if self._followed is not None:
            self._followed.takers.remove(self._take)
            self._followed = None
        self._end_proxy()
        self._gop.clear()

    def close(self) -> None:
        """Ends for good."""
        self.stop()
        self._end_opus()

    def _take(self, unit: AccessUnit) -> None:
        if unit.lane is Lane.AUDIO:
            if self._opus is not None:
                self._opus.put(unit)
        elif self._proxy is not None:
            self._proxy.put(unit)
        elif _is_reordered(unit) and self._followed is not None:
            self._begin_proxy((*self._followed.gop.pictures,))
        else:
            self._send_pictures([_frame(unit)])

    def _begin_proxy(self, group: Iterable[AccessUnit]) -> None:
        self._proxy = self._make_proxy(self._send_pictures)
        for unit in group:
            self._proxy.put(unit)

    def _show_at_once(self, group: list[Frame]) -> None:
        for frame in group:
            self._gop.add(frame)
        for outbox in self._watching:
            outbox.catch_up(group)

    def _send_pictures(self, frames: list[Frame]) -> None:
        for frame in frames:
            self._gop.add(frame)
            for outbox in self._watching:
                outbox.put(frame)

    def _send_sound(self, frames: list[Frame]) -> None:
        for frame in frames:
            for outbox in self._listening:
                outbox.put(frame)

    def _end_proxy(self) -> None:
        if self._proxy is not None:
            self._proxy.close()
            self._proxy = None

    def _end_opus(self) -> None:
        if self._opus is not None:
            self._opus.close()
            self._opus = None


def _is_reordered(unit: AccessUnit) -> bool:
    return unit.lane is Lane.VIDEO and unit.pts_ticks != unit.dts_ticks


def _frame(unit: AccessUnit) -> Frame:
    nals = split_lengths(unit.data)
    return Frame(unit.pts_ticks, unit.key, b"".join(_START_CODE + nal for nal in nals))
