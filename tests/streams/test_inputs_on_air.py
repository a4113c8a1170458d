"""Inputs that fail and come back while they are on air, on a clock that is turned by hand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from streams.changeover import PATIENCE_S
from streams.commands import Content
from streams.inputs import Choice
from streams.segments import Lane
from streams.sound.loudness import Loudness
from streams.sourcehealth import SourceHealth
from streams.timeline import VIDEO_HZ
from tests.streams.broadcast import EPOCH, Look, Studio, TurnedCamera, a_studio

LIVE = Content("live", source="hall", title="Salen")


def active(studio: Studio) -> str | None:
    return studio.desk.sources["hall"].active_input


async def on_air(studio: Studio, *names: str, look: Look | None = None) -> list[TurnedCamera]:
    """Cameras on these inputs, the first of them on air for some seconds."""
    cameras = [studio.camera(name=name, look=look) for name in names]
    studio.put(LIVE, "a", 1)
    await studio.turn(6)
    assert active(studio) == names[0]
    assert studio.kinds[-1] == "live"
    return cameras


async def until_active(studio: Studio, name: str, within_s: float) -> float:
    """How long it takes until this input is shown."""
    passed_s = 0.0
    while active(studio) != name:
        assert passed_s < within_s, f"{name} was not shown within {within_s} s"
        await studio.turn(0.1)
        passed_s += 0.1
    return passed_s


def holes_s(studio: Studio) -> list[float]:
    """Where nothing was there to be shown on `main`, in seconds."""
    found, ends = [], 0
    for entry in studio.desk.windows["main"].entries:
        video = entry.lane(Lane.VIDEO)
        assert video is not None
        if ends and video.start_ticks - ends > VIDEO_HZ // 10:
            found.append((video.start_ticks - ends) / VIDEO_HZ)
        ends = video.end_ticks
    return found


def choose(studio: Studio, name: str | None) -> None:
    studio.desk.choose({"hall": Choice(name, EPOCH)} if name else {})


async def test_the_backup_is_on_air_before_anybody_sees_a_slate(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        main, _ = await on_air(studio, "main", "backup")
        kinds = len(studio.kinds)
        main.silent = True
        assert await until_active(studio, "backup", PATIENCE_S + 0.4) >= PATIENCE_S
        await studio.turn(6)
        assert studio.kinds[kinds:] in ([], ["live"]), "another picture of the same source"
        assert [hole for hole in holes_s(studio) if hole > 0.5] == []
        studio.rules.check()


@pytest.mark.parametrize("silent_s", [0.6, 1.2, 1.45, 1.55, 1.7, 1.95, 2.1])
async def test_a_pause_of_any_length_leaves_no_hole(tmp_path: Path, silent_s: float) -> None:
    async with a_studio(tmp_path) as studio:
        (main,) = await on_air(studio, "main")
        kinds = len(studio.kinds)
        main.silent = True
        await studio.turn(silent_s)
        main.silent = False
        await studio.turn(6)
        assert active(studio) == "main"
        assert holes_s(studio) == []
        assert studio.kinds[kinds:] == ([] if silent_s < 1.5 else ["slate", "live"])
        studio.rules.check()


@pytest.mark.parametrize("away_s", [0.1, 0.3, 0.5, 0.7, 0.85])
async def test_an_encoder_that_comes_back_at_once_leaves_no_hole(
    tmp_path: Path, away_s: float
) -> None:
    async with a_studio(tmp_path) as studio:
        (main,) = await on_air(studio, "main")
        studio.desk.detach("hall", "main", main)
        await studio.turn(away_s)
        studio.camera(name="main")
        await studio.turn(6)
        assert active(studio) == "main"
        assert [hole for hole in holes_s(studio) if hole > 0.5] == []
        studio.rules.check()


@pytest.mark.parametrize("goes", ["silent", "away"])
@pytest.mark.parametrize("after_s", [0.5, 0.64, 0.8, 1.76])
async def test_a_backup_that_gives_its_idr_when_it_likes_takes_over_without_a_hole(
    tmp_path: Path, after_s: float, goes: str
) -> None:
    async with a_studio(tmp_path) as studio:
        main, backup = await on_air(studio, "main", "backup", look=Look(b_frames=2))
        backup.request_keyframe = lambda: None  # type: ignore[method-assign]
        await studio.turn(after_s)
        if goes == "silent":
            main.silent = True
        else:
            studio.desk.detach("hall", "main", main)
        await until_active(studio, "backup", 3)
        await studio.turn(4)
        assert holes_s(studio) == []
        studio.rules.check()


async def test_a_main_that_leaves_is_replaced_at_the_next_idr(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        main, _ = await on_air(studio, "main", "backup")
        studio.desk.detach("hall", "main", main)
        await until_active(studio, "backup", 0.4)
        await studio.turn(4)
        assert "slate" not in studio.kinds[1:]
        studio.rules.check()


async def test_a_main_that_flaps_comes_back_later_each_time(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        main, _ = await on_air(studio, "main", "backup")
        waited = []
        for _ in range(3):
            main.silent = True
            await until_active(studio, "backup", 1.6)
            main.silent = False
            waited.append(await until_active(studio, "main", 13))
            await studio.turn(1)
        assert [round(each) for each in waited] == [3, 6, 12]
        assert "slate" not in studio.kinds[1:]
        joints = [each.discontinuity for each in studio.desk.windows["main"].entries]
        assert joints == sorted(joints)
        studio.rules.check()


async def test_it_comes_back_at_its_own_idr_though_it_gives_none_when_asked(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        main, _ = await on_air(studio, "main", "backup", look=Look(gop_s=4.0))
        main.silent = True
        await until_active(studio, "backup", 1.6)
        main.silent = False
        main.request_keyframe = lambda: None  # type: ignore[method-assign]
        assert await until_active(studio, "main", 8) > 3
        await studio.turn(3)
        window = studio.desk.windows["main"]
        newest = window.entries[-1].generation
        first = next(each for each in window.entries if each.generation is newest)
        video = first.lane(Lane.VIDEO)
        assert video is not None
        assert video.parts[0].independent
        studio.rules.check()


@pytest.mark.parametrize("late_s", [0.5, 0.9, 1.3, 1.8])
async def test_one_whose_pictures_come_late_takes_over_all_the_same_without_a_hole(
    tmp_path: Path, late_s: float
) -> None:
    async with a_studio(tmp_path) as studio:
        await on_air(studio, "main")
        studio.camera(name="backup", late_s=late_s)
        await studio.turn(3)
        choose(studio, "backup")
        await until_active(studio, "backup", late_s + 0.5)
        await studio.turn(3.37)
        assert holes_s(studio) == []
        choose(studio, "main")
        await until_active(studio, "main", 0.5)
        await studio.turn(3.13)
        assert "slate" not in studio.kinds[1:]
        studio.rules.check()


async def test_one_that_is_too_late_is_not_waited_for(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        await on_air(studio, "main", "backup")
        studio.camera(name="third", late_s=2.5)
        await studio.turn(3)
        choose(studio, "third")
        await studio.turn(6)
        assert active(studio) == "main"
        window = studio.desk.windows["main"]
        newest = window.entries[-1].lane(Lane.VIDEO)
        assert newest is not None
        assert studio.desk.ticks.now_ticks() - newest.end_ticks < 2 * VIDEO_HZ, "it goes on"
        studio.rules.check()


async def test_one_that_is_too_late_is_said_to_be_until_it_is_not_chosen_any_more(
    tmp_path: Path,
) -> None:
    async with a_studio(tmp_path) as studio:
        health = SourceHealth()

        def told() -> dict[str, Any]:
            return health.report(studio.desk.sources["hall"], studio.clock.monotonic())

        await on_air(studio, "main")
        studio.camera(name="backup", late_s=2.9)
        await studio.turn(4)
        said = told()
        assert {each["name"]: each["behind_s"] for each in said["inputs"]} == {
            "main": 0.0, "backup": 2.8,
        }  # fmt: skip
        assert "too_late" not in [each["code"] for each in said["warnings"]]
        choose(studio, "backup")
        await studio.turn(2)
        too_late = {"code": "too_late", "input": "backup", "seconds": 3, "most": 2}
        assert too_late in told()["warnings"]
        for _ in range(5):
            await studio.turn(2)
            codes = [each["code"] for each in told()["warnings"]]
        assert "no_keyframe" not in codes, "it gives them; they come too late"
        choose(studio, None)
        for _ in range(2):
            await studio.turn(2)
            codes = [each["code"] for each in told()["warnings"]]
        assert "too_late" not in codes


async def test_a_source_that_is_too_late_for_the_slate_to_wait_is_said_to_be(
    tmp_path: Path,
) -> None:
    async with a_studio(tmp_path) as studio:
        health, heard = SourceHealth(), list[dict[str, Any]]()
        studio.camera(name="main", late_s=3.0)
        await studio.turn(4)

        async def listen(seconds: int) -> None:
            for _ in range(seconds // 2):
                await studio.turn(2)
                source, now_s = studio.desk.sources["hall"], studio.clock.monotonic()
                report = health.report(source, now_s, awaited=studio.desk.awaits("hall"))
                heard.extend(report["warnings"])

        await listen(4)
        assert heard == [], "nobody wants it"
        studio.put(LIVE, "a", 1)
        await listen(4)
        assert studio.kinds == ["slate"]
        assert heard[-1] == {"code": "too_late", "input": "main", "seconds": 3, "most": 2}


async def test_by_hand_it_stays_until_it_is_released(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        await on_air(studio, "main", "backup")
        choose(studio, "backup")
        await until_active(studio, "backup", 0.4)
        await studio.turn(20)
        assert active(studio) == "backup"
        choose(studio, None)
        await until_active(studio, "main", 0.4)
        await studio.turn(3)
        assert "slate" not in studio.kinds[1:]
        studio.rules.check()


async def test_a_chosen_input_that_is_away_is_stood_in_for_and_said_to_be(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        health = SourceHealth()
        _, backup = await on_air(studio, "main", "backup")
        choose(studio, "backup")
        await studio.turn(3)
        backup.silent = True
        await until_active(studio, "main", 1.6)
        said = health.report(studio.desk.sources["hall"], studio.clock.monotonic())
        assert said["chosen"] == "backup"
        assert {"code": "chosen_absent", "input": "backup", "instead": "main"} in said["warnings"]
        backup.silent = False
        await until_active(studio, "backup", 4)
        said = health.report(studio.desk.sources["hall"], studio.clock.monotonic())
        assert "chosen_absent" not in [each["code"] for each in said["warnings"]]
        assert "slate" not in studio.kinds[1:]
        studio.rules.check()


async def test_a_choice_waits_for_an_input_that_comes_later(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        choose(studio, "backup")
        choose(studio, "backup")
        studio.camera(name="main")
        await studio.turn(3)
        assert active(studio) == "main"
        studio.camera(name="backup")
        await until_active(studio, "backup", 1.6)


async def test_when_both_die_there_is_a_slate_and_whoever_is_back_first_is_shown(
    tmp_path: Path,
) -> None:
    async with a_studio(tmp_path) as studio:
        main, backup = await on_air(studio, "main", "backup")
        main.silent = backup.silent = True
        await studio.turn(4)
        assert active(studio) is None
        assert studio.kinds[-1] == "slate"
        backup.silent = False
        await until_active(studio, "backup", 1.6)
        main.silent = False
        await until_active(studio, "main", 4)
        await studio.turn(3)
        assert studio.kinds[-1] == "live"
        assert studio.kinds.count("slate") <= 2
        studio.rules.check()


async def test_every_input_is_told_with_its_figures_and_what_is_wrong(tmp_path: Path) -> None:
    async with a_studio(tmp_path, ear=Loudness) as studio:
        health = SourceHealth()
        studio.camera(name="main")
        studio.camera(name="backup", look=Look(256, 144, fps=10, gop_s=8.0))
        said: dict[str, Any] = {}
        for _ in range(20):
            await studio.turn(2)
            said = health.report(studio.desk.sources["hall"], studio.clock.monotonic())
        assert (said["connected"], said["input"], said["width"]) == (True, "main", 160)
        main, backup = said["inputs"]
        assert [each["state"] for each in (main, backup)] == ["active", "standby"]
        assert (round(backup["fps"]), backup["keyframe_interval_s"]) == (10, 8)
        assert main["peak_db"] == backup["peak_db"] == -100
        wrong = {each["code"] for each in backup["warnings"]}
        assert {"keyframes_rare", "no_sound", "frozen"} <= wrong
        (differs,) = said["warnings"]
        assert differs["code"] == "inputs_differ"
        assert (differs["input"], differs["other"]) == ("main", "backup")


async def test_a_missing_backup_is_told_after_half_a_minute(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        health, source = SourceHealth(), "hall"
        main = studio.camera(name="main")
        heard: list[list[str]] = []
        for _ in range(18):
            await studio.turn(2)
            said = health.report(studio.desk.sources[source], studio.clock.monotonic())
            heard.append([each["code"] for each in said["warnings"]])
        assert heard[10] == []
        assert heard[-1] == ["no_backup"]
        assert said["inputs"][1] == {
            "name": "backup", "state": "absent", "failures": 0, "returns_in_s": 2, "warnings": [],
        }  # fmt: skip
        studio.camera(name="backup")
        studio.desk.detach(source, "main", main)
        await studio.turn(4)
        said = health.report(studio.desk.sources[source], studio.clock.monotonic())
        assert said["input"] == "backup"
        codes = [each["code"] for each in said["warnings"]]
        assert codes == ["no_backup", "stands_in"], "the one is cleared a little later"
        for _ in range(20):
            await studio.turn(2)
            said = health.report(studio.desk.sources[source], studio.clock.monotonic())
        assert said["warnings"] == [
            {"code": "stands_in", "input": "backup", "instead_of": "main"}
        ], "which says already that main is missing"


LOOKS = {
    "main": Look(gop_s=100.0),
    "encoder": Look(192, 108, fps=30, gop_s=1.0, b_frames=2),
    "backup": Look(176, 100, gop_s=1.0, b_frames=2),
    "muxer": Look(128, 72, fps=30, gop_s=1.0),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_held_inputs_come_on_and_off_air_whatever_each_is_like(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    async with a_studio(tmp_path) as studio:
        for name, look in LOOKS.items():
            camera = studio.camera(name=name, look=look, late_s=chance.uniform(0.05, 1.8))
            camera.sound_late_s = chance.choice((0.0, 0.1, 0.3))
        studio.put(LIVE, "first", 1)
        await studio.turn(6)
        for number in range(12):
            if chance.random() < 0.5:
                studio.put(Content("slate", title="Pause"), f"slate {number}", 1)
                await studio.turn(chance.uniform(0.1, 3))
            name = chance.choice([name for name in LOOKS if name != active(studio)])
            choose(studio, name)
            await until_active(studio, name, 4)
            studio.put(LIVE, f"live {number}", 1)
            await studio.turn(chance.uniform(0.5, 4))
        assert studio.told[-1][1].kind == "live"
        studio.rules.check()
