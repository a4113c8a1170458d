"""Which input is shown, by the clock alone."""

from __future__ import annotations

import pytest

from streams.changeover import RETURN_S, Changeover, order_of


class Line:
    """Inputs that send ten pictures a second, and take over as soon as they should."""

    def __init__(self, *order: str) -> None:
        self.changeover = Changeover(order) if order else Changeover()
        self.now_s = 100.0
        self.sending: set[str] = set()
        self.shown: list[str | None] = []

    def connect(self, *names: str) -> None:
        for name in names:
            self.changeover.connect(name, self.now_s)
            self.sending.add(name)

    def leave(self, name: str) -> None:
        self.sending.discard(name)
        self.changeover.leave(name, self.now_s)

    def run(self, seconds: float) -> str | None:
        for _ in range(round(seconds * 10)):
            self.now_s += 0.1
            for name in sorted(self.sending):
                self.changeover.receive_picture(name, self.now_s)
            best = self.changeover.best(self.now_s)
            if best not in (None, self.changeover.active):
                assert best is not None
                self.changeover.take(best, self.now_s)
                self.shown.append(best)
        return self.changeover.active

    def fail(self, name: str, seconds: float = 1.5) -> None:
        self.sending.discard(name)
        self.run(seconds)
        self.sending.add(name)


def test_the_order_is_as_it_is_written_and_synthetic_is_last() -> None:
    assert order_of(["rtmp", "synthetic", "main", "rtmp"]) == ("rtmp", "main", "synthetic")
    assert order_of([]) == ("synthetic",)
    line = Line("srt", "main")
    line.connect("synthetic", "main", "srt", "unheard-of")
    assert line.changeover.names == ("srt", "main", "unheard-of", "synthetic")
    assert line.run(3) == "srt"
    line.leave("srt")
    assert line.run(0.2) == "main"
    line.leave("main")
    assert line.run(0.2) == "unheard-of"


def test_a_silent_input_gives_way_after_a_second_to_the_best_that_is_steady() -> None:
    line = Line()
    line.connect("main", "backup", "synthetic")
    assert line.run(3) == "main"
    line.sending -= {"main"}
    assert line.run(0.9) == "main"
    assert line.run(0.2) == "backup"


@pytest.mark.parametrize("failures", range(len(RETURN_S)))
def test_it_returns_the_later_the_more_often_it_failed(failures: int) -> None:
    line = Line()
    line.connect("backup")
    line.run(2)
    for _ in range(failures):
        line.connect("main")
        assert line.run(70) == "main"
        line.leave("main")
        line.run(1)
    line.connect("main")
    assert line.run(RETURN_S[failures] - 0.1) == "backup"
    assert line.changeover.failures("main", line.now_s) == failures
    assert line.run(0.3) == "main"


def test_what_failed_long_ago_is_forgiven() -> None:
    line = Line()
    line.connect("backup", "main")
    line.run(4)
    for _ in range(3):
        line.fail("main")
        line.run(15)
    line.leave("main")
    line.run(600)
    line.connect("main")
    assert line.run(2.3) == "main"


def test_an_input_that_keeps_breaking_off_is_left_though_it_is_never_long_silent() -> None:
    line = Line()
    line.connect("main", "backup")
    assert line.run(3) == "main"
    for _ in range(3):
        line.fail("main", 0.7)
        line.run(1.2)
    assert line.changeover.active == "backup"
    assert line.shown == ["main", "backup"]
    line.run(3)
    assert line.changeover.active == "main"


def test_a_stumbling_input_stays_where_there_is_no_other() -> None:
    line = Line()
    line.connect("main")
    line.run(3)
    for _ in range(4):
        line.fail("main", 0.7)
        line.run(1.2)
    assert line.changeover.active == "main"


def test_a_hand_comes_before_the_order_and_gives_it_back() -> None:
    line = Line()
    line.connect("main", "backup")
    line.run(3)
    line.changeover.choose("backup")
    assert line.run(0.1) == "backup"
    assert line.run(100) == "backup"
    line.changeover.choose(None)
    assert line.run(0.1) == "main"


def test_a_chosen_input_that_is_gone_is_stood_in_for_and_comes_back() -> None:
    line = Line()
    line.connect("main", "backup")
    line.run(3)
    line.changeover.choose("backup")
    line.run(1)
    line.leave("backup")
    assert line.run(0.1) == "main"
    line.connect("backup")
    assert line.run(2.8) == "main", "it failed on air, so it must show that it stays"
    assert line.run(0.5) == "backup"


def test_a_hand_forgives_what_has_failed() -> None:
    line = Line()
    line.connect("main", "backup")
    line.run(4)
    for _ in range(4):
        line.fail("main")
        line.run(30)
    line.fail("main")
    assert line.run(5) == "backup"
    line.changeover.choose("main")
    assert line.run(0.1) == "main"


def test_states_are_said_in_a_word() -> None:
    line = Line()
    line.connect("main", "backup")
    line.run(3)
    line.changeover.connect("synthetic", line.now_s)
    said = {name: line.changeover.state(name, line.now_s) for name in line.changeover.names}
    assert said == {"main": "active", "backup": "standby", "synthetic": "silent"}
    line.fail("backup", 0.8)
    line.run(0.3)
    assert line.changeover.state("backup", line.now_s) == "settling"
    assert line.changeover.state("nowhere", line.now_s) == "absent"
    assert line.changeover.failures("nowhere", line.now_s) == 0
