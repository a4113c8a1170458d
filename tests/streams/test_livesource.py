"""Inputs judged by the clock: steady, silent, gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.livesource import LiveSource, Publisher
from streams.packaging import Packaging
from streams.shelf import Shelf
from streams.storage import Disk
from streams.timeline import VIDEO_HZ
from tests.streams.broadcast import Look, TurnedCamera


class Bench:
    """A source with cameras, and a clock that steps a picture at a time."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 100.0
        self.disk = Disk(folder)
        packaging = Packaging(Shelf(self.disk), "hall", 91_800, b"silence")
        self.states: list[str] = []
        self.source = LiveSource(packaging, lambda: self.now_s, self.now_ticks, self.states.append)
        self.cameras: list[TurnedCamera] = []

    def now_ticks(self) -> int:
        return int(self.now_s * VIDEO_HZ)

    def camera(self, name: str, look: Look | None = None) -> TurnedCamera:
        camera = TurnedCamera(self.now_ticks, look or Look(), 0.0)
        self.cameras.append(camera)
        self.source.attach(name, camera)
        return camera

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 25)):
            self.now_s += 0.04
            for camera in self.cameras:
                camera.send()
            self.source.look()

    def active(self) -> str | None:
        return self.source.active_input


def test_an_input_is_shown_after_a_second_without_a_break(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    camera = bench.camera("main")
    bench.run(0.9)
    assert (bench.active(), bench.states) == (None, [])
    camera.silent = True
    bench.run(0.6)
    camera.silent = False
    bench.run(0.9)
    assert bench.active() is None, "the break made it begin again"
    bench.run(0.5)
    assert (bench.active(), bench.states) == ("main", ["steady"])
    assert camera.asked
    bench.disk.close()


def test_a_change_of_parameters_begins_the_wait_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    camera = bench.camera("main")
    bench.run(0.8)
    camera.look(Look(256, 144))
    bench.run(0.8)
    assert bench.active() is None
    bench.run(0.5)
    assert bench.active() == "main"
    bench.disk.close()


def test_silence_for_two_seconds_is_a_loss_told_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    camera = bench.camera("main")
    bench.run(2)
    camera.silent = True
    bench.run(1.9)
    assert bench.states == ["steady"]
    bench.run(3)
    assert bench.states == ["steady", "lost"]
    assert bench.source.counts() == {
        "connected": False, "input": None, "pictures": 0, "bytes": 0,
    }  # fmt: skip
    bench.disk.close()


@pytest.mark.parametrize("silent_s", [1.6, 1.9])
def test_a_hole_that_no_picture_bridges_is_a_loss_though_it_was_short(
    tmp_path: Path, silent_s: float
) -> None:
    bench = Bench(tmp_path)
    camera = bench.camera("main")
    bench.run(2)
    camera.silent = True
    bench.run(silent_s)
    assert bench.states == ["steady"]
    camera.silent = False
    bench.run(0.2)
    assert bench.states == ["steady", "lost"]
    bench.run(2)
    assert (bench.active(), bench.states) == ("main", ["steady", "lost", "steady"])
    bench.disk.close()


def test_pictures_that_all_came_late_are_no_loss(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    camera = bench.camera("main")
    bench.run(2)
    bench.cameras.clear()
    bench.run(1.7)
    bench.cameras.append(camera)
    bench.run(2)
    assert (bench.active(), bench.states) == ("main", ["steady"])
    bench.disk.close()


def test_another_input_takes_over_before_anything_is_lost(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    main, backup = bench.camera("main"), bench.camera("backup")
    bench.run(2)
    assert bench.active() == "main"
    asked = backup.asked
    main.silent = True
    bench.run(1.3)
    assert (bench.active(), bench.states) == ("backup", ["steady"])
    assert backup.asked == asked + 1
    bench.source.detach("backup")
    main.silent = False
    bench.run(1.4)
    assert (bench.active(), bench.states) == ("main", ["steady"])
    bench.disk.close()


def test_an_incoming_input_that_leaves_is_forgotten(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.camera("backup")
    bench.run(2)
    deaf = bench.camera("main", Look(gop_s=9))
    deaf.request_keyframe = lambda: None  # type: ignore[method-assign]
    bench.run(3)
    assert bench.active() == "backup"
    bench.source.request_keyframe()
    bench.source.detach("main")
    bench.source.detach("main")
    bench.run(1)
    assert (bench.active(), bench.states) == ("backup", ["steady"])
    bench.disk.close()


def test_an_input_whose_clock_is_behind_waits_until_it_is_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.camera("backup")
    bench.run(2)
    late = TurnedCamera(lambda: int(bench.now_s * VIDEO_HZ), Look(gop_s=1.0), 2.0)
    bench.cameras.append(late)
    bench.source.attach("main", late)
    bench.run(4)
    assert bench.active() == "backup"
    bench.disk.close()


def test_closing_closes_every_publisher(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    publishers: list[Publisher] = [bench.camera("main"), bench.camera("backup")]
    bench.run(2)
    before = bench.source.packaging.end_ticks
    bench.source.close()
    bench.run(1)
    assert len(publishers) == 2
    assert bench.source.packaging.end_ticks == before
    assert bench.source.health() == {}
    bench.disk.close()
