from __future__ import annotations

import asyncio

from streams.feeds.contribution import Contribution
from streams.feeds.elementary import Coded
from streams.segments import AccessUnit, Lane
from streams.sound.soundform import SoundForm
from tests.streams.transportfiles import aac_frames, adts

BASE = 90_000 * 1_024


def ours(number: int) -> Coded:
    return Coded(Lane.AUDIO, 0, 0, True, aac_frames()[number % 8])


def other(number: int) -> Coded:
    data = adts(aac_frames()[number % 8], object_type=1)
    return Coded(Lane.AUDIO, 0, 0, True, data, SoundForm("aac"))


class Received:
    """What a contribution handed out."""

    def __init__(self) -> None:
        self.units: list[AccessUnit] = []
        self.came = asyncio.Event()
        self.contribution = Contribution()
        self.contribution.start(self.receive)

    def receive(self, unit: AccessUnit) -> None:
        self.units.append(unit)
        self.came.set()

    async def until(self, count: int) -> None:
        while len(self.units) < count:
            self.came.clear()
            await self.came.wait()


def test_an_idr_is_shown_when_it_is_decoded_and_the_others_as_far_from_it_as_they_were() -> None:
    """A switch to pictures that come reordered leaves no hole until the first of them."""
    received = Received()
    for key, pts, dts in ((True, 10_800, 3600), (False, 21_600, 7200), (False, 14_400, 10_800)):
        received.contribution.picture(Coded(Lane.VIDEO, pts, dts, key, b"data"), pts, dts)
    assert [(unit.pts_ticks, unit.dts_ticks) for unit in received.units] == [
        (3600, 3600),
        (14_400, 7200),
        (7200, 10_800),
    ]


def test_sound_stays_with_the_pictures_that_were_reordered() -> None:
    frame = 1920
    plain, reordered = Received(), Received()
    for received, lead in ((plain, 0), (reordered, 4 * frame)):
        received.contribution.picture(Coded(Lane.VIDEO, 0, 0, True, b"idr"), BASE + lead, BASE)
        for number in range(8):
            received.contribution.sound(ours(number), BASE + lead + number * frame)
    assert plain.units == reordered.units


def test_sound_of_ours_goes_through_on_the_grid() -> None:
    received = Received()
    for number in range(8):
        received.contribution.sound(ours(number), BASE + number * 1920)
    assert [unit.data for unit in received.units] == list(aac_frames())
    assert all(unit.pts_ticks % 1024 == 0 for unit in received.units)


async def test_a_sender_that_changes_its_sound_is_followed() -> None:
    received = Received()
    for number in range(4):
        received.contribution.sound(ours(number), BASE + number * 1920)
    for number in range(4, 40):
        received.contribution.sound(other(number), BASE + number * 1920)
    anew = [received.contribution.coded_anew]
    await received.until(20)
    for number in range(40, 44):
        received.contribution.sound(ours(number), BASE + number * 1920)
    assert [*anew, received.contribution.coded_anew] == ["aac", None]
    received.contribution.close()


def test_nothing_comes_out_before_the_start_or_after_the_end() -> None:
    contribution = Contribution()
    units: list[AccessUnit] = []
    contribution.picture(Coded(Lane.VIDEO, 1, 2, True, b"idr"), 500, 400)
    contribution.sound(other(0), BASE)
    contribution.start(units.append)
    contribution.close()
    contribution.close()
    contribution.sound(ours(0), BASE)
    assert units == []
