"""What is on air on one channel, and the cut from one picture to the next.

    plays       a clip: a film or a slate, packaged for this channel alone
    shows       a live source, packaged as it arrives for everybody who shows it
    waits       for a source's next IDR while something else is shown; that instant is the cut
    stands in   a slate, because the source gave no IDR within a part or no picture at all; over
                as soon as the source is steady and an IDR has come

A channel opens with a slate that began LEAD_TICKS ago: a player that comes at once finds as much
to hold as one that comes later, and no playlist is ever shorter than three target durations.

A clip begins where what it follows ended, so time goes on without a hole even where the picture
was lost seconds ago. A source begins at its own IDR, and what it follows is cut there. Either way
the outgoing part and segment end at the cut, and the incoming segment's entry is a joint. An item
that stays with the source gets a segment of its own all the same, so that replays can be cut.

A channel's time never overlaps: an IDR that lies in what was given away already is no cut, and
another is asked for. So that one comes in time from a source that is late, what is shown goes no
further than the awaited source has come: a clip is not played, a live source is held back
(holdback.py). Patience begins when it has come as far as what was given away; one that is later
than MOST_LATE_TICKS is not waited for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from streams.clips import Clip
from streams.commands import Content
from streams.filling import Part
from streams.generations import Filmed, Generation
from streams.holdback import MOST_LATE_TICKS, Reach
from streams.livesource import LiveSource
from streams.packaging import Packaging
from streams.playlist import TARGET_S
from streams.playout import LAG_TICKS, Playout, Ticks
from streams.segmenter import FRAME_GUESS_TICKS, Output, SegmentStarted
from streams.segments import AccessUnit, Lane
from streams.slate import BACK_SOON, SlateWords
from streams.tail import TAIL_S, Tail
from streams.timeline import VIDEO_HZ
from streams.window import Entry, Window

log = logging.getLogger("topmoede.onair")

LONGEST_HOLE_TICKS = 10 * VIDEO_HZ
MOST_AHEAD_TICKS = 2 * VIDEO_HZ
"""What another process gave away may reach so far beyond our now: pictures that came without the
lag of clips, a clock that was set back a little. Where it is more, time begins anew behind a joint:
nobody waits for a clock that was wrong by an hour."""
MOST_HELD_BACK = 500
LEAD_TICKS = 3 * TARGET_S * VIDEO_HZ


class Film(Protocol):
    """A film that can be played from anywhere."""

    def access_units(self, start_ticks: int, offset_s: float = 0.0) -> Iterator[AccessUnit]: ...

    def entry_ticks(self, offset_s: float) -> int:
        """Where in it that begins: at the last IDR before the place, counted from its first."""


class Clips(Protocol):
    """Where clips come from."""

    def film(self, film: str) -> Film | None:
        """The film, None while it is not ready."""

    def slate(self, words: SlateWords) -> Clip | None:
        """The slate if it stands ready."""

    async def make_slate(self, words: SlateWords) -> Clip:
        """The slate, when it is drawn and coded: a fraction of a second."""


class Surroundings(Protocol):
    """What a channel needs of the desk."""

    clips: Clips
    ticks: Ticks

    def source(self, id: str) -> LiveSource | None: ...

    def packaging(self, source: str, filmed: Filmed | None = None) -> Packaging: ...

    def climb(self, packaging: Packaging) -> None: ...

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """An item with what it shows; `offset_s` is where in a film to begin."""

    content: Content
    item: str | None
    run: int
    offset_s: float = 0.0


class OnAir:
    """Puts pictures on one channel.

    Args:
        window: where entries go.
        told: called with every entry that begins something, and its kind.
    """

    def __init__(
        self,
        channel: str,
        window: Window,
        desk: Surroundings,
        told: Callable[[Entry, str], None],
        part_s: float,
    ) -> None:
        self.channel = channel
        self.window = window
        self._desk = desk
        self.followers: list[Callable[[Packaging | None], None]] = []
        """Told of every cut: what is shown from here on; None when the channel has ended."""
        self._told = told
        self._part_s = part_s
        self._wanted: Shown | None = None
        self._leading = not window.entries
        self._item: tuple[str | None, int] = (None, 0)
        self._kind = "slate"
        self._shown: Packaging | None = None
        self._clip: asyncio.Task[None] | None = None
        self._playout: Playout | None = None
        self._patience: asyncio.Task[None] | None = None
        self._making: asyncio.Task[None] | None = None
        self._awaited: LiveSource | None = None
        self._held_for: Reach | None = None
        self._tail: Tail | None = None
        self._joint = True
        self._begins = True
        self._began_ticks = self._first_segment = 0
        self._left_off_ticks = _end_of(window)

    @property
    def shown(self) -> Packaging | None:
        """What is packaged for this channel now."""
        return self._shown

    def put(self, shown: Shown) -> None:
        """Shows this from now on, as soon as its picture is there."""
        self._wanted, self._awaited = shown, None
        self._let_go()
        self._end_patience()
        self._end_making()
        if self._leading:
            self._making = self._desk.start(self._open(shown), f"{self.channel} opens")
        else:
            self._show(shown)

    def _show(self, shown: Shown) -> None:
        content = shown.content
        if content.kind == "live":
            self._await_source(self._desk.source(content.source or ""))
        elif content.kind == "film" and (film := self._desk.clips.film(content.film or "")):
            self._play_film(film, content.film or "", shown.offset_s)
        else:
            self._play_slate(_words(content))

    def reword(self, content: Content) -> None:
        """Other words on the slate that is shown."""
        if self._wanted is None or self._wanted.content.kind != "slate":
            return
        self._wanted = Shown(content, self._wanted.item, self._wanted.run)
        if self._leading:
            self.put(self._wanted)
        else:
            self._play_slate(_words(content))

    def source_changed(self, source: LiveSource, state: str) -> None:
        """A source became "steady" or "lost"."""
        if self._leading or self._wanted is None or self._wanted.content.kind != "live":
            return
        if self._desk.source(self._wanted.content.source or "") is not source:
            return
        if state == "lost" and self._shown is source.packaging:
            self._stand_in()
        self._awaited = source
        self._listen(source.packaging)
        source.packaging.cut_at_next_key()

    def awaits(self, source: LiveSource) -> bool:
        """Whether something else is shown here until an IDR of this source can be the cut."""
        return self._awaited is source and self._shown is not source.packaging

    def close(self) -> None:
        self._end_patience()
        self._end_making()
        self._leave()
        self._tell_followers(None)

    async def _open(self, shown: Shown) -> None:
        """The lead, which belongs to no item and is told to nobody; then what is wanted."""
        if self._shown is None:
            clip = await self._desk.clips.make_slate(_words(shown.content))
            self._play(clip, self._due_ticks() - LEAD_TICKS)
        if self._playout is not None:
            await self._playout.catch_up(self._due_ticks())
        self._making, self._leading = None, False
        self._show(shown)

    def _await_source(self, source: LiveSource | None) -> None:
        if source is None or not source.live or self._shown is None:
            self._stand_in()
        if source is None:
            return
        self._awaited = source
        self._listen(source.packaging)
        source.packaging.cut_at_next_key()
        if source.packaging is self._shown or not source.live:
            source.request_keyframe()
            return
        self._hold_back(source)
        waiting = self._wait_for(source, self._late_ticks(source) / VIDEO_HZ)
        self._patience = self._desk.start(waiting, f"{self.channel} waits")

    def _hold_back(self, source: LiveSource) -> None:
        if self._shown is not None and self._kind == "live":
            self._held_for = partial(_reach_ticks, source)
            self._shown.hold_back(self._held_for)

    def _let_go(self) -> None:
        if self._shown is not None and self._held_for is not None:
            self._shown.let_go(self._held_for)
        self._held_for = None

    def _late_ticks(self, source: LiveSource) -> int:
        """How far a source is behind what was given away; 0 for one that is not waited for."""
        late = self._earliest_cut() - _reach_ticks(source)
        return late if 0 < late < MOST_LATE_TICKS else 0

    async def _wait_for(self, source: LiveSource, late_s: float) -> None:
        """Asks for an IDR when it could be the cut, and loses patience after a part."""
        if late_s:
            await self._desk.ticks.sleep(late_s)
        source.request_keyframe()
        await self._desk.ticks.sleep(self._part_s)
        if self._awaited is not None and self._shown is not self._awaited.packaging:
            self._stand_in()

    def _stand_in(self) -> None:
        self._play_slate(_words(self._wanted.content) if self._wanted else BACK_SOON)

    def _play_slate(self, words: SlateWords) -> None:
        """At once where the slate stands ready; else what is shown goes on until it does."""
        self._end_making()
        ready = self._desk.clips.slate(words)
        if ready is not None:
            self._play(ready)
        else:
            name = f"{self.channel} makes a slate"
            self._making = self._desk.start(self._play_when_made(words), name)

    async def _play_when_made(self, words: SlateWords) -> None:
        clip = await self._desk.clips.make_slate(words)
        self._making = None
        self._play(clip)

    def _play_film(self, film: Film, name: str, offset_s: float) -> None:
        """From a place on; the slate where nothing is left of it, or nothing can be read."""
        start = self._cut_ticks()
        filmed = Filmed(name, start - film.entry_ticks(offset_s))
        packaging = self._desk.packaging(f"{self.channel}-film", filmed)
        self._desk.climb(packaging)
        playout = Playout(film.access_units(start, offset_s), packaging)
        if playout.ended:
            self._stand_in()
        else:
            self._play_out(playout, packaging, "film", start)

    def _play(self, slate: Clip, start_ticks: int | None = None) -> None:
        start = self._cut_ticks() if start_ticks is None else start_ticks
        packaging = self._desk.packaging(f"{self.channel}-slate")
        self._play_out(Playout(slate.access_units(start), packaging), packaging, "slate", start)

    def _play_out(self, playout: Playout, packaging: Packaging, kind: str, start: int) -> None:
        """Its first picture begins a segment here and now, so that the next part has a name."""
        self._leave(start)
        self._take(packaging, kind)
        self._playout = playout
        playout.advance(start + 1, 1)
        playing = playout.run(self._desk.ticks, self._playable_ticks, self._clip_ended)
        self._clip = self._desk.start(playing, f"{self.channel} plays a {kind}")

    async def _clip_ended(self) -> None:
        """A film that was shorter than its item: the item's slate until the next cue."""
        self._clip = None
        self._play_slate(_words(self._wanted.content) if self._wanted else BACK_SOON)

    def _cut_ticks(self) -> int:
        """Where a clip begins: where the picture before it ended, or now after a long hole."""
        due, shown = self._due_ticks(), self._shown
        if shown is None:
            return max(due, self._given_away_ticks())
        end = max(shown.end_ticks, shown.settled_ticks)
        return end if due - end < LONGEST_HOLE_TICKS else due

    def _given_away_ticks(self) -> int:
        """Before anything is shown: where the process before this one left off."""
        ahead = self._left_off_ticks - self._due_ticks()
        return self._left_off_ticks if ahead <= MOST_AHEAD_TICKS else 0

    def _due_ticks(self) -> int:
        """What is played out now."""
        return self._desk.ticks.now_ticks() - LAG_TICKS

    def _playable_ticks(self) -> int:
        """What a clip may play now: what is due, and not beyond a source that is awaited."""
        due, awaited = self._due_ticks(), self._awaited
        if awaited is None or not awaited.live:
            return due
        reach = _reach_ticks(awaited)
        return reach if 0 < due - reach < MOST_LATE_TICKS else due

    def _take(self, packaging: Packaging, kind: str) -> None:
        """From here on this packaging's segments are the channel's."""
        self._shown, self._kind = packaging, kind
        self._joint = self._begins = True
        if self._wanted is not None and not self._leading:
            self._item = (self._wanted.item, self._wanted.run)
        self._listen(packaging)
        self._tell_followers(packaging)

    def _tell_followers(self, packaging: Packaging | None) -> None:
        for follow in tuple(self.followers):
            follow(packaging)

    def _leave(self, at_ticks: int | None = None) -> None:
        """Ends what is shown: part and segment at the cut, and the clip that plays."""
        self._end_tail()
        if self._clip is not None:
            self._clip.cancel()
            self._clip = None
        if self._playout is not None and at_ticks is not None:
            self._playout.advance(at_ticks, MOST_HELD_BACK)
        self._playout = None
        if self._shown is None:
            return
        if self._kind == "live" and at_ticks is not None:
            tail = Tail(self._shown, self.window)
            self._shown.cut(at_ticks, sound_follows=True)
            self._tail = tail
            self._desk.start(self._lose_tail(tail), f"{self.channel} hears the last of it")
        else:
            self._shown.cut(self._shown.end_ticks if at_ticks is None else at_ticks)
        if self._awaited is None or self._shown is not self._awaited.packaging:
            self._shown.listeners.remove(self._receive)
        self._let_go()
        self._shown = None

    async def _lose_tail(self, tail: Tail) -> None:
        await self._desk.ticks.sleep(TAIL_S)
        tail.end()

    def _end_tail(self) -> None:
        if self._tail is not None:
            self._tail.end()
            self._tail = None

    def _listen(self, packaging: Packaging) -> None:
        if self._receive not in packaging.listeners:
            packaging.listeners.append(self._receive)

    def _receive(self, packaging: Packaging, generation: Generation, output: Output) -> None:
        if isinstance(output, SegmentStarted) and output.independent:
            self._perhaps_cut(packaging, output)
        if packaging is not self._shown:
            return
        match output:
            case SegmentStarted(segment, start, _, joint):
                self._began_ticks = start
                if self._joint:
                    self._first_segment = segment
                joint, self._joint = joint or self._joint, False
                self.window.expect(generation, segment, *self._item, joint=joint)
            case Part():
                if output.lane is Lane.AUDIO and output.segment >= self._first_segment:
                    self._end_tail()
                entry = self.window.receive(generation, output)
                if entry is not None:
                    self._tell(entry)

    def _perhaps_cut(self, packaging: Packaging, started: SegmentStarted) -> None:
        """The awaited source's IDR has come: here is the cut, unless it lies in the past."""
        awaited = self._awaited
        if awaited is None or packaging is not awaited.packaging:
            return
        if packaging is not self._shown and started.start_ticks < self._earliest_cut():
            packaging.cut_at_next_key()
            awaited.request_keyframe()
            return
        self._awaited = None
        self._end_patience()
        if packaging is self._shown:
            self._begins = True
            if self._wanted is not None:
                self._item = (self._wanted.item, self._wanted.run)
        else:
            self._leave(started.start_ticks)
            self._take(packaging, "live")

    def _earliest_cut(self) -> int:
        """A channel's time does not run backwards: what was given away stays."""
        given = self._shown.settled_ticks if self._shown else self._given_away_ticks()
        return max(self._began_ticks + 1, given)

    def _tell(self, entry: Entry) -> None:
        before = self.window.entries[-2] if entry.number else None
        joint = before is None or before.discontinuity != entry.discontinuity
        begins, self._begins = self._begins or joint, False
        self._told(entry, self._kind if begins and not self._leading else "")

    def _end_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _end_making(self) -> None:
        if self._making is not None:
            self._making.cancel()
            self._making = None


def _end_of(window: Window) -> int:
    """Where the picture of a window ends, 0 where there is none."""
    video = window.entries[-1].lane(Lane.VIDEO) if window.entries else None
    return video.end_ticks if video is not None and video.parts else 0


def _reach_ticks(source: LiveSource) -> int:
    """How far a source has come."""
    return source.packaging.end_ticks - FRAME_GUESS_TICKS


def _words(content: Content) -> SlateWords:
    return SlateWords(content.title or BACK_SOON.title, content.text, content.choices)
