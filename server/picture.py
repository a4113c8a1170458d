"""The media side in this process: what the journal says goes in, what was shown comes out.

The desk knows nothing of the journal. This is the narrow place between them: channels' topics are
read and carried out, reports become commands whose ids make them true once, and the newest health
of every source is put on the topic `sources`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from server.access.actor import SYSTEM
from server.caption_office import CaptionOffice
from server.clock import Clock
from server.entries import Entry
from server.errors import Unusable
from server.feed_settings import plans_of
from server.film_office import FilmOffice
from server.house import House
from server.newest import show_of
from server.on_air import MAIN, own_channels
from server.presence import Announce
from server.recording_office import RECORDINGS, RecordingOffice
from server.settings import BucketSetting, Settings
from streams.answers import Answers
from streams.bucket import Bucket, BucketAddress, Mismatched, Unanswered, open_store
from streams.commands import ReportOnAir
from streams.desk import SOURCE, Constants, Desk
from streams.encoder import silent_frame
from streams.feeds.feeds import Feeds
from streams.films.demofilm import DemoFilm
from streams.films.film import Film
from streams.films.films import Films
from streams.recordings.workshop import Workshop
from streams.rtmp.rtmp import Connection, RtmpServer
from streams.segments import Lane
from streams.slate import SlateClip, Slates, SlateWords
from streams.sound.loudness import Loudness
from streams.sourcehealth import SourceHealth
from streams.still import still
from streams.storage import Disk, Storage
from streams.synthetic import SyntheticCamera
from streams.webrtc.gathering import Reach
from streams.webrtc.ingest import Ingest, IngestSettings
from streams.webrtc.session import Session
from streams.webrtc.whep import Whep, WhepSettings
from streams.webrtc.whip import IceServer, Input

log = logging.getLogger("topmoede.picture")

HEALTH_EVERY_S = 2.0
STILL_EVERY_S = 5.0
FOLLOW_EVERY_S = 3.0
SYNC_EVERY_S = 1.0
STAYS_OPEN = timedelta(minutes=15)
CHANNEL = "channel:"
INPUTS = "inputs"


class Clips:
    """What can be played out: films in a folder, and slates as they are needed.

    Args:
        made: where films made for a demonstration lie; with the others unless told.
    """

    def __init__(self, films: Path, made: Path | None, clock: Clock) -> None:
        self.films = Films(films, made=made, seconds=clock.monotonic)
        self._slates = Slates()

    def film(self, film: str) -> Film | None:
        return self.films.film(film)

    def slate(self, words: SlateWords) -> SlateClip | None:
        return self._slates.ready(words)

    async def make_slate(self, words: SlateWords) -> SlateClip:
        return await self._slates.make(words)

    def close(self) -> None:
        self._slates.close()


class Picture:
    """Desk, answers and ingest of one edition.

    Args:
        synthetic: sources that have a synthetic camera as their last input.
        demo_films: films to be made here.
        films_folder: where those lie; with all others in the data folder unless told.
        announce: gives the topics `sources` and `films` their newest values.
        loops: the day begins again, so no channel ever ends.
    """

    def __init__(
        self,
        house: House,
        settings: Settings,
        synthetic: Sequence[str] = (),
        demo_films: Sequence[DemoFilm] = (),
        films_folder: Path | None = None,
        *,
        loops: bool = False,
        announce: Announce | None = None,
    ) -> None:
        self._house = house
        self._announce = announce or house.board.set_state
        self._synthetic = synthetic
        self._loops = loops
        self.clips = Clips(settings.data / "films", films_folder, house.clock)
        self._cameras: list[SyntheticCamera] = []
        constants = constants_of(settings, house.journal.media_epoch)
        self._storage = _storage(settings, house.clock)
        self.desk = Desk(
            self._storage,
            self.clips,
            house.clock,
            constants,
            self._tell,
            places=settings.places,
            ear=Loudness,
        )
        self.answers = Answers(self.desk)
        self.workshop = Workshop(
            settings.data / "recordings",
            self.answers.replays,
            self.desk.shelf,
            settings.download_cache_bytes,
        )
        self._recordings = RecordingOffice(house, self.desk, self.answers.replays, self.workshop)
        self.captions = CaptionOffice(
            house,
            self.clips.films.captions_beside,
            self.answers.replays,
            settings.data / "films" / "captions",
        )
        self.films = FilmOffice(
            house,
            settings,
            self.clips.films,
            self.desk,
            self.captions.note,
            demo_films,
            announce=self._announce,
        )
        keys = _keys(settings)
        self.rtmp = RtmpServer(keys, house.clock, self.desk.clock, self._connected)
        self.ingest = Ingest(
            keys,
            house.clock,
            self.desk.clock,
            self._connected,
            IngestSettings(reach=reach_of(settings), ice_servers=ice_servers_of(settings)),
        )
        self.whep = Whep(
            self.desk,
            house.clock,
            self.desk.clock,
            WhepSettings(
                reach=reach_of(settings),
                most_viewers=settings.webrtc_viewers,
                ice_servers=ice_servers_of(settings),
            ),
        )
        self._known = {*settings.sources, *settings.feeds, *synthetic}
        self.feeds = Feeds(self.desk, plans_of(settings.feeds))
        self.stills: dict[str, bytes] = {}
        self._still_number = 0
        self._conditions: dict[str, SourceHealth] = {}
        house.dispatch.on_rows.append(self._notice)

    def long_tasks(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What the app must keep running."""
        return {
            "desk": self._run_desk,
            "following": self._keep_following,
            "disk": self._keep_on_disk,
            "ingest": self.ingest.run,
            "whep": self.whep.run,
            "feeds": self.feeds.run,
            "health": self._show_health,
            **self.films.long_tasks(),
            "stills": self._take_stills,
            **self._recordings.long_tasks(),
            **self.captions.long_tasks(),
            "closing": self._close_after_the_day,
        }

    async def follow_all(self) -> None:
        """Carries out what every channel's topic says now."""
        show = await show_of(self._house.dispatch)
        for channel in (MAIN, *own_channels(show)):
            await self._follow(CHANNEL + channel)
        self.desk.choose((await self._house.dispatch.unit_of(INPUTS)).face(INPUTS).chosen)
        await self._recordings.follow()

    def has_source(self, id: str) -> bool:
        """Whether there is such a source, on air or not."""
        return id in self._known

    async def _keep_following(self) -> None:
        """What no row has told: another process's hint was lost, a channel came with a version."""
        while True:
            await self._house.clock.sleep(FOLLOW_EVERY_S)
            if self.desk.ready.is_set():
                await self.follow_all()

    async def _keep_on_disk(self) -> None:
        """Index and media survive a power cut, except for the last moments."""
        while True:
            await self._house.clock.sleep(SYNC_EVERY_S)
            await asyncio.to_thread(self._storage.sync)

    def close(self) -> None:
        self.desk.close()
        self.clips.close()

    async def _run_desk(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.desk.run())
            await self.desk.ready.wait()
            for source in self._synthetic:
                camera = SyntheticCamera(
                    self.desk.ticks.now_ticks, midnight_ticks=await self._midnight_ticks()
                )
                self._cameras.append(camera)
                self.desk.attach(source, "synthetic", camera)
            await self.follow_all()
            self.captions.hear_of_recordings()

    def _notice(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            envelope = entry.envelope
            if envelope.topic.startswith(CHANNEL) and self.desk.ready.is_set():
                self._carry_out(envelope.topic)
            elif envelope.topic == INPUTS and self.desk.ready.is_set():
                self._hold_inputs()
            elif envelope.topic == RECORDINGS and self.desk.ready.is_set():
                self._recordings.hear(entry)
                self.captions.hear_of_recordings()
            elif envelope.topic == "show" and envelope.name == "item_started":
                self._title_cameras(str(entry.data.get("title", "")))

    def _carry_out(self, topic: str) -> None:
        """What a channel's topic says now; a picture that fails must not undo the commit."""
        state = self._house.dispatch.opened(topic).face(topic)
        try:
            self.desk.follow(topic.removeprefix(CHANNEL), state)
        except Exception:
            log.exception("a channel cannot be carried out", extra={"topic": topic})

    def _hold_inputs(self) -> None:
        """What people have chosen by hand; likewise."""
        try:
            self.desk.choose(self._house.dispatch.opened(INPUTS).face(INPUTS).chosen)
        except Exception:
            log.exception("a choice of input cannot be carried out", extra={"topic": INPUTS})

    async def _follow(self, topic: str) -> None:
        unit = await self._house.dispatch.unit_of(topic)
        self.desk.follow(topic.removeprefix(CHANNEL), unit.face(topic))

    async def _tell(self, channel: str, report: ReportOnAir) -> None:
        id = f"shown:{channel}:{report.number}:{report.at:%H%M%S%f}"
        await self._house.dispatch.command(SYSTEM, id, CHANNEL + channel, report)

    async def _midnight_ticks(self) -> int:
        """Where the event clock stands when the show's clock reads midnight."""
        show = await show_of(self._house.dispatch)
        local = self._house.clock.show().astimezone(ZoneInfo(show.timezone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return self.desk.clock.ticks(self._house.clock.show_map.to_wall(midnight))

    def _title_cameras(self, title: str) -> None:
        for camera in self._cameras:
            camera.show(title)

    def _connected(self, session: Session | Connection) -> None:
        place = session.place
        assert place is not None
        session.on_lost = lambda reason: self.desk.detach(place.source, place.name, session)
        self.desk.attach(place.source, place.name, session)

    async def _show_health(self) -> None:
        while True:
            await self._house.clock.sleep(HEALTH_EVERY_S)
            for place in self.feeds.feeds:
                self.desk.source(place.source)  # shown also before anybody has sent
            sources = {id: self._health(id) for id in self.desk.sources}
            films = {id: asdict(state) for id, state in self.clips.films.states.items()}
            self._announce("sources", {"sources": sources, "films": films})

    async def _close_after_the_day(self) -> None:
        """The main channel's playlist ends a while after the last item, and stays."""
        while not self._loops:
            show = await show_of(self._house.dispatch)
            over = show.state == "ended" and show.latest is not None
            if over and show.latest and self._house.clock.show() - show.latest > STAYS_OPEN:
                self.desk.end(MAIN)
                break
            await self._house.clock.sleep(HEALTH_EVERY_S)
        await asyncio.Event().wait()

    async def _take_stills(self) -> None:
        """A picture of every source that is live, now and then; made in a thread."""
        while True:
            await self._house.clock.sleep(STILL_EVERY_S)
            for id, source in self.desk.sources.items():
                taken = self._newest_opening(id) if source.live else None
                picture = await asyncio.to_thread(still, *taken) if taken else None
                if picture is not None:
                    self.stills[id] = picture
                    self._still_number += 1

    def _newest_opening(self, id: str) -> tuple[bytes, bytes] | None:
        """Init and first part of the newest segment of a source that begins with an IDR."""
        window = self.desk.windows.get(SOURCE + id)
        for entry in reversed(window.entries[-3:] if window else ()):
            segment = entry.lane(Lane.VIDEO)
            if segment is not None and segment.parts and segment.parts[0].independent:
                part = self.desk.shelf.read(entry.generation, Lane.VIDEO, entry.segment, 0)
                return entry.generation.init(Lane.VIDEO), part
        return None

    def _health(self, id: str) -> dict[str, Any]:
        condition = self._conditions.setdefault(id, SourceHealth())
        source, now_s = self.desk.sources[id], self._house.clock.monotonic()
        health = condition.report(source, now_s, awaited=self.desk.awaits(id))
        if self.stills.get(id):
            # The query changes with the picture, so that pages fetch it anew.
            health |= {"picture": f"/api/sources/{id}.jpg?{self._still_number}"}
        return self.feeds.shown_with(id, health)


def constants_of(settings: Settings, epoch: datetime) -> Constants:
    """What never changes while an edition lives."""
    return Constants(
        epoch,
        silent_frame(),
        settings.part_target_ms,
        settings.window_s,
        settings.lower_height_px,
    )


def bucket_address(bucket: BucketSetting) -> BucketAddress:
    """Where the settings say that a bucket is."""
    secret = bucket.secret.get_secret_value()
    place = (bucket.name, bucket.prefix, bucket.endpoint, bucket.region)
    return BucketAddress(*place, bucket.key_id, secret)


def _storage(settings: Settings, clock: Clock) -> Storage:
    """The disk, or a bucket behind it. Raises Unusable where those two do not belong together."""
    folder = settings.data / "media"
    if settings.bucket is None:
        return Disk(folder)
    try:
        bucket = Bucket(folder, open_store(bucket_address(settings.bucket)), clock.monotonic)
        bucket.check()
    except (Mismatched, Unanswered) as error:
        raise Unusable(f"bucket: {error}") from error
    return bucket


def reach_of(settings: Settings) -> Reach:
    """The addresses and ports by which publishers come."""
    ports = settings.udp_ports
    return Reach(
        loopback=settings.loopback_candidates,
        ports=range(ports.first, ports.last + 1) if ports else None,
        public_addresses=tuple(map(str, settings.public_addresses)),
    )


def ice_servers_of(settings: Settings) -> tuple[IceServer, ...]:
    """What publishers, backstage and who tries a camera are told of."""
    return tuple(
        IceServer(
            each.url,
            each.username,
            each.credential.get_secret_value() if each.credential else None,
        )
        for each in settings.ice_servers
    )


def _keys(settings: Settings) -> dict[str, Input]:
    return {
        key.get_secret_value(): Input(source, name)
        for source, inputs in settings.sources.items()
        for name, key in inputs.items()
    }
