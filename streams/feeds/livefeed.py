"""A transport stream as it arrives: the live source that the desk packages.

One sender, from its first byte until it leaves: bytes in, access units on the event clock out. It
is as late as its bytes are, and one picture; nothing is held back. Whoever carries the bytes
(srt.py, tsudp.py) attaches it when the sender comes and detaches it when it goes.
"""

from __future__ import annotations

from collections.abc import Callable

from streams.feeds.contribution import Contribution, Emit
from streams.feeds.elementary import Coded, Elementary, Trouble
from streams.feeds.streamclock import StreamClock
from streams.feeds.transportstream import TransportStream
from streams.segments import Lane


class LiveFeed:
    """One sender of a transport stream (livesource.Publisher).

    Args:
        event_ticks: reads the event clock, in video ticks.
    """

    def __init__(self, event_ticks: Callable[[], int]) -> None:
        self._event_ticks = event_ticks
        self._transport = TransportStream()
        self._elementary = Elementary()
        self._clock = StreamClock()
        self._contribution = Contribution()

    # -- for the desk

    def start(self, emit: Emit) -> None:
        """Hand out access units from the next IDR on."""
        self._contribution.start(emit)

    def request_keyframe(self) -> None:
        """Nobody can be asked: a feed sends IDRs when it likes, every two seconds if it is well."""

    def close(self) -> None:
        """Hand nothing out any more."""
        self._contribution.close()

    def health(self) -> dict[str, object]:
        """Figures for backstage."""
        trouble = self.trouble
        return {
            "packets_lost": self._transport.lost,
            "anchored": self._clock.anchored,
            "sound_coded_anew": self._contribution.coded_anew,
            "trouble": trouble.code if trouble else None,
        }

    # -- for whoever carries it

    @property
    def trouble(self) -> Trouble | None:
        """Why it cannot be shown, where it cannot."""
        return self._elementary.trouble

    def receive(self, data: bytes) -> None:
        """Take bytes that have just arrived."""
        arrival = self._event_ticks()
        for pes in self._transport.receive(data):
            for coded in self._elementary.receive(pes):
                self._place(coded, arrival)

    def _place(self, coded: Coded, arrival: int) -> None:
        if coded.lane is Lane.VIDEO:
            pts, dts = self._clock.picture(coded.pts, coded.dts, arrival)
            self._contribution.picture(coded, pts, dts)
            return
        ticks = self._clock.sound(coded.pts, arrival)
        if ticks is not None:
            self._contribution.sound(coded, ticks)
