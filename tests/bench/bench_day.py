"""A day's length: what its index, its replays and their playlists cost, up to 7.5 hours.

The rows of a day are made as the packager makes them, without pictures: segments of two seconds in
two parts, both lanes, items of three quarters of an hour, another source at each. Printed are bytes
and CPU times of what players and pages ask for: first when it has to be written, then again.
Nothing in it waits, so what else the machine does is left out that way; a deletion waits for the
disk, and its time is a clock's.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streams.answers import Answer, Answers
from streams.desk import Constants, Desk
from streams.encoder import silent_frame
from streams.generations import StoredPart
from streams.recordings.day import OpenItem
from streams.recordings.recordings import Cut, Recording, Recordings
from streams.recordings.replays import ALL
from streams.segments import Lane
from streams.storage import Disk
from streams.timeline import AUDIO_HZ, VIDEO_HZ
from tests.streams.broadcast import EPOCH, Library, TurnedClock

HOURS = (1.0, 2.5, 5.0, 7.5)
ITEM_S = 45 * 60
SEGMENT_S = 2
NOW = datetime(2021, 1, 28, 16, 0, tzinfo=UTC)


async def _nobody(channel: str, report: object) -> None: ...


def a_day(folder: Path, hours: float) -> list[str]:
    """Writes the index of a day; returns its items."""
    disk = Disk(folder)
    segments = round(hours * 3600 / SEGMENT_S)
    items = [f"{number:02}" for number in range(-(-segments * SEGMENT_S // ITEM_S))]
    for number in range(segments):
        place = number * SEGMENT_S // ITEM_S
        source = {"source": f"source{place}", "number": 1}
        if number * SEGMENT_S % ITEM_S == 0:
            disk.note({"k": "generation", **source, "sps": "Z2QAKg==", "pps": "aA==",
                       "width": 1280, "height": 720, "codec": "avc1.64002A"})  # fmt: skip
        for lane in Lane:
            hz = VIDEO_HZ if lane is Lane.VIDEO else AUDIO_HZ
            for index in range(2):
                start = (number * SEGMENT_S + index) * hz
                part = StoredPart(start, hz, index == 0, index * 9000, 9000)
                told = [part.start_ticks, part.duration_ticks, part.independent, part.offset, 9000]
                disk.note({"k": "part", **source, "lane": lane, "segment": number, "part": told})
            disk.note({"k": "ended", **source, "lane": lane, "segment": number})
        at = {"at": [number, place, number], "item": items[place], "run": 1}
        disk.note(
            {"k": "entry", "channel": "main", "generation": 1, "source": f"source{place}"} | at
        )
    disk.close()
    return items


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    done = work()
    return 1000 * (time.process_time() - began), done


def both(ask: Callable[[], Answer]) -> str:
    first_ms, answer = timed(ask)
    again_ms, _ = timed(ask)
    assert answer.status == 200
    size = f"{len(answer.body) / 1000:8.1f} kB"
    return f"{size} {first_ms:9.1f} ms first {1000 * again_ms:7.0f} µs again"


async def written(answers: Answers, name: str, lane: str) -> str:
    """What a day's playlist takes, and how long others wait for their turn meanwhile."""
    held_ms, last = 0.0, time.perf_counter()

    async def others() -> None:
        nonlocal held_ms, last
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            held_ms, last = max(held_ms, 1000 * (now - last)), now

    waiting = asyncio.create_task(others())
    await asyncio.sleep(0)
    took: list[float] = []
    for _ in range(2):
        began = time.perf_counter()
        answer = await answers.day_lane(name, lane, packed=True)
        took.append(1000 * (time.perf_counter() - began))
    waiting.cancel()
    size = f"{len(answer.body) / 1000:8.1f} kB"
    return f"{size} {took[0]:9.1f} ms first {1000 * took[1]:7.0f} µs again, held {held_ms:.1f} ms"


async def measure(folder: Path, hours: float) -> None:
    items = a_day(folder, hours)
    index_bytes = (folder / "index.jsonl").stat().st_size
    clock = TurnedClock(NOW)
    constants = Constants(EPOCH, silent_frame())
    read_ms, desk = timed(lambda: Desk(Disk(folder), Library(), clock, constants, _nobody))
    answers = Answers(desk)
    known = {item: Recording(1, "clean", (Cut(0, 1, NOW),)) for item in items}
    answers.replays.recordings = Recordings(known)
    desk.windows["main"].end()
    print(f"{hours} hours: {len(items)} items, {len(desk.windows['main'].entries)} segments")
    print(f"  read back at start    {index_bytes / 1e6:8.1f} MB {read_ms:9.1f} ms")
    for name, packed in (("plain", False), ("gzip", True)):
        told = both(lambda packed=packed: answers.item_lane(  # type: ignore[misc]
            items[0], "1", "video", finished=True, packed=packed))  # fmt: skip
        print(f"  an item, {name:5}        {told}")
    print(
        f"  the cutter's whole    "
        f"{both(lambda: answers.item_lane(items[0], ALL, 'video', finished=True, packed=True))}"
    )
    name_ms, name = timed(lambda: answers.days.name([OpenItem(item, item) for item in items]))
    assert name is not None
    for lane in Lane:
        print(f"  the day, {lane:5} gzip   {await written(answers, name, lane)}")
    began = time.perf_counter()
    chapters = await answers.days.chapters(name)
    chapters_ms = 1000 * (time.perf_counter() - began)
    print(
        f"  chapters              {len(chapters):8} rows {chapters_ms:6.1f} ms,"
        f" named in {name_ms:.1f} ms"
    )
    source = desk.shelf.find(f"source{len(items) - 1}", 1)
    assert source is not None
    last = max(source.lanes[Lane.VIDEO])
    place = (items[-1], source.source, "1", "video", f"{last}.m4s")
    asked_ms, _ = timed(lambda: [answers.file(*place) for _ in range(1000)])
    print(f"  may this be fetched   {asked_ms:12.1f} µs")
    state = Recordings(known | {items[0]: Recording(1, "deleted", known[items[0]].cuts, 1)})
    began = time.perf_counter()
    removed = await desk.remove(state)
    took_ms = 1000 * (time.perf_counter() - began)
    print(f"  an item deleted       {removed:8} segments {took_ms:6.0f} ms, of the index too")
    desk.close()


def main() -> None:
    for hours in HOURS:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(Path(folder), hours))
