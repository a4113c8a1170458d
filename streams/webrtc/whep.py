"""WHEP's edge: offers to watch in, viewers running.

One `Whep` per media process. It answers offers, keeps the sessions, and for each channel that
somebody watches one feed, which begins with the first viewer and ends with the last. In `run` it
looks after all of them about ten times a second: viewers that never connected or are gone,
channels that have ended, sessions to be closed. ICE notices a dead viewer after half a minute;
until then its outbox goes nowhere, which costs packets and nothing else.

Who may watch is asked before an offer comes here. Whose session ends is told by `revoke`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from streams.packaging import Packaging
from streams.segments import Lane
from streams.timeline import EventClock
from streams.webrtc import negotiation, offers, whip
from streams.webrtc.coderthread import CoderThread, Coding
from streams.webrtc.feed import Deliver, Feed, Followed
from streams.webrtc.gathering import Reach
from streams.webrtc.opus import OpusCoder
from streams.webrtc.proxy import ProxyCoder
from streams.webrtc.session import Clock
from streams.webrtc.viewer import Viewer, Watcher
from streams.webrtc.whip import Refused

log = logging.getLogger("topmoede.whep")

_LOOK_EVERY_S = 0.1
_THREAD_ENDS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class WhepSettings:
    """How viewers are taken in.

    Args:
        reach: where viewers reach this machine.
        most_viewers: further offers are refused with 503.
        most_each: of one person's session; one more ends the oldest, which may be dead.
        most_each_key: likewise of one publisher's key.
        connect_within_s: a session that is not connected by then expires.
        ice_servers: told to viewers in Link headers.
    """

    reach: Reach = field(default_factory=Reach)
    most_viewers: int = 24
    most_each: int = 4
    most_each_key: int = 2
    connect_within_s: float = 15.0
    ice_servers: tuple[whip.IceServer, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """An offer that was taken.

    Args:
        session: the last segment of its URL.
        answer: SDP with all candidates.
    """

    session: str
    answer: str


Follow = Callable[[Packaging | None], None]


class Programme(Protocol):
    """What is asked of the desk."""

    def shown(self, channel: str) -> Packaging | None:
        """What a channel (or `source:{id}`) shows now; None: nothing is on air."""

    def watch(self, channel: str, follow: Follow) -> None:
        """Tells of every cut on a channel, with None when it has ended."""

    def unwatch(self, channel: str, follow: Follow) -> None: ...

    def request_keyframe(self, packaging: Packaging) -> None: ...


class Whep:
    """All WHEP sessions of one media process.

    Args:
        clock: wall and monotonic time.
        event_clock: what pictures are stamped in.
    """

    def __init__(
        self,
        programme: Programme,
        clock: Clock,
        event_clock: EventClock,
        settings: WhepSettings | None = None,
    ) -> None:
        self.settings = settings or WhepSettings()
        self._programme = programme
        self._clock, self._event_clock = clock, event_clock
        self._viewers: dict[str, Viewer] = {}
        self._relays: dict[str, _Relay] = {}
        self._leaving: list[Viewer] = []
        self._threads: list[CoderThread] = []

    @property
    def viewers(self) -> tuple[Viewer, ...]:
        """Those that are open, connected or not."""
        return tuple(self._viewers.values())

    @property
    def sessions(self) -> frozenset[str]:
        """The sessions of those who watch; a publisher has none that could end."""
        watchers = [viewer.watcher for viewer in self._viewers.values()]
        return frozenset(watcher.session for watcher in watchers if watcher.publishes is None)

    # -- requests

    async def offer(
        self, channel: str, watcher: Watcher, content_type: str | None, sdp: str
    ) -> Joined:
        """POST: take a viewer in.

        Raises:
            Refused: with code and status.
        """
        whip.check_body(content_type, sdp, whip.OFFER)
        offer = offers.read_viewer_offer(sdp)
        if self._programme.shown(channel) is None:
            raise Refused("nothing_on_air", f"expected {channel!r} to be on air, it is not yet")
        self._make_room(watcher)
        viewer = self._open(channel, watcher, offer)
        try:
            answer = await negotiation.answer(
                viewer.connection, offer, "plays_no_h264", self.settings.reach
            )
        except BaseException:
            self._dismiss(viewer, "refused")
            raise
        if viewer.ended:
            raise Refused("nothing_on_air", f"expected {channel!r} to be on air, it has ended")
        return Joined(viewer.id, answer)

    async def patch(
        self, channel: str, session: str, watcher: Watcher, content_type: str | None, fragment: str
    ) -> None:
        """PATCH: candidates that came after the offer.

        Raises:
            Refused: with code and status.
        """
        viewer = self._find(channel, session, watcher)
        whip.check_body(content_type, fragment, whip.FRAGMENT)
        await negotiation.add_candidates(viewer.connection, fragment, viewer.remote)

    async def delete(self, channel: str, session: str, watcher: Watcher) -> None:
        """DELETE: the viewer leaves.

        Raises:
            Refused: with code and status.
        """
        self._dismiss(self._find(channel, session, watcher), "deleted")

    def revoke(self, session: str) -> int:
        """Ends everything that is watched on a session; says how many that were."""
        found = [v for v in self._viewers.values() if v.watcher.session == session]
        for viewer in found:
            self._dismiss(viewer, "revoked")
        return len(found)

    # -- life

    async def run(self) -> None:
        """Look after all sessions until cancelled; returns when every one is closed."""
        cancelled: asyncio.CancelledError | None = None
        async with asyncio.TaskGroup() as leaving:
            try:
                while True:
                    self._look()
                    self._see_off(leaving)
                    await asyncio.sleep(_LOOK_EVERY_S)
            except asyncio.CancelledError as error:
                # Kept until the group is empty (ingest.py says why).
                cancelled = error
                self._dismiss_all(self.viewers, "closed")
                self._see_off(leaving)
        if cancelled is not None:
            raise cancelled

    def _look(self) -> None:
        now_s, late_s = self._clock.monotonic(), self.settings.connect_within_s
        for viewer in self.viewers:
            if viewer.connection.connectionState in ("failed", "closed"):
                self._dismiss(viewer, "failed")
            elif not viewer.connected and now_s - viewer.opened_s > late_s:
                self._dismiss(viewer, "never_connected")

    def _see_off(self, leaving: asyncio.TaskGroup) -> None:
        viewers, self._leaving = self._leaving, []
        for viewer in viewers:
            leaving.create_task(viewer.hang_up())
        ended = [thread for thread in self._threads if thread.closed]
        self._threads = [thread for thread in self._threads if not thread.closed]
        for thread in ended:
            leaving.create_task(asyncio.to_thread(thread.join, _THREAD_ENDS_WITHIN_S))

    def _make_room(self, watcher: Watcher) -> None:
        theirs = [v for v in self._viewers.values() if v.watcher == watcher]
        most = self.settings.most_each if watcher.publishes is None else self.settings.most_each_key
        if len(theirs) >= most:
            self._dismiss(theirs[0], "replaced")
        if len(self._viewers) >= self.settings.most_viewers:
            raise Refused("too_many_viewers", f"expected fewer than {len(self._viewers)} viewers")

    def _open(self, channel: str, watcher: Watcher, offer: offers.Offer) -> Viewer:
        feed = self._relay(channel).feed
        connection = negotiation.a_connection()
        viewer = Viewer(channel, watcher, connection, feed, self._clock, self._event_clock)
        viewer.remote = offer.remote
        for kind in offer.kinds:
            viewer.offer_lane(Lane(kind))
        self._viewers[viewer.id] = viewer
        return viewer

    def _find(self, channel: str, id: str, watcher: Watcher) -> Viewer:
        found = self._viewers.get(id)
        if found is None or found.channel != channel or found.watcher != watcher:
            raise Refused("unknown_session", "expected an open session, got none of that name")
        return found

    def _dismiss(self, viewer: Viewer, reason: str) -> None:
        if self._viewers.pop(viewer.id, None) is None:
            return
        viewer.end(reason)
        self._leaving.append(viewer)
        if all(other.channel != viewer.channel for other in self._viewers.values()):
            self._relays.pop(viewer.channel).close()

    def _dismiss_all(self, viewers: Iterable[Viewer], reason: str) -> None:
        for viewer in viewers:
            self._dismiss(viewer, reason)

    # -- feeds

    def _relay(self, channel: str) -> _Relay:
        if channel not in self._relays:
            feed = Feed(
                lambda deliver: self._coder(ProxyCoder, deliver),
                lambda deliver: self._coder(OpusCoder, deliver),
                self._clock.monotonic,
                self._request_keyframe,
            )
            self._relays[channel] = _Relay(channel, feed, self._programme, self._channel_ended)
        return self._relays[channel]

    def _coder(self, make: Callable[[], Coding], deliver: Deliver) -> CoderThread:
        call_soon = asyncio.get_running_loop().call_soon_threadsafe
        thread = CoderThread(make, call_soon, deliver)
        self._threads.append(thread)
        return thread

    def _request_keyframe(self, followed: Followed) -> None:
        assert isinstance(followed, Packaging)
        self._programme.request_keyframe(followed)

    def _channel_ended(self, channel: str) -> None:
        viewers = [v for v in self._viewers.values() if v.channel == channel]
        self._dismiss_all(viewers, "channel_ended")


class _Relay:
    """A feed and what it follows on a channel."""

    def __init__(
        self, channel: str, feed: Feed, programme: Programme, ended: Callable[[str], None]
    ) -> None:
        self.feed = feed
        self._channel, self._programme, self._ended = channel, programme, ended
        shown = programme.shown(channel)
        if shown is not None:
            feed.follow(shown)
        programme.watch(channel, self._follow)

    def close(self) -> None:
        self._programme.unwatch(self._channel, self._follow)
        self.feed.close()

    def _follow(self, packaging: Packaging | None) -> None:
        if packaging is None:
            self._ended(self._channel)
        else:
            self.feed.follow(packaging)
