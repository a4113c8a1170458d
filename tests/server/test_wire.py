from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import orjson
import pytest

from server import wire
from server.errors import Refused

AT = datetime(2021, 1, 28, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    label: str | None


@dataclass(frozen=True, slots=True)
class Live:
    source: str


@dataclass(frozen=True, slots=True)
class Film:
    film: str
    item: str


@dataclass(frozen=True, slots=True)
class HTTPWordSent:
    pass


@dataclass(frozen=True, slots=True)
class DrawLine:
    points: tuple[Point, ...]
    content: Live | Film
    at: datetime
    from_: str | None = None
    day: date | None = None
    votes: Mapping[str, int] | None = None
    weight: float = 1.0


LINE = DrawLine(
    (Point(1, None), Point(2, "b")), Film("f", "01"), AT, from_="x", day=AT.date(), votes={"q1": 2}
)
LINE_DATA = {
    "points": [{"x": 1}, {"x": 2, "label": "b"}],
    "content": {"film": "f", "item": "01"},
    "at": "2021-01-28T09:00:00Z",
    "from": "x",
    "day": "2021-01-28",
    "votes": {"q1": 2},
    "weight": 1.0,
}


def test_a_word_is_named_in_snake_case() -> None:
    assert wire.name_of(DrawLine) == "draw_line"
    assert wire.name_of(HTTPWordSent) == "httpword_sent"


def test_two_words_of_one_name_are_refused() -> None:
    other = type("DrawLine", (), {})

    with pytest.raises(ValueError, match="draw_line"):
        wire.names_of((DrawLine, other))


def test_data_leaves_none_out_and_spells_times_in_utc() -> None:
    assert wire.data_of(LINE) == LINE_DATA
    assert orjson.loads(wire.to_json(wire.data_of(LINE))) == LINE_DATA


def test_what_was_stored_is_recalled_as_it_was() -> None:
    assert wire.recall(DrawLine, LINE_DATA) == LINE


def test_recalling_passes_over_what_a_newer_program_added() -> None:
    assert wire.recall(Live, {"source": "kl-huset", "since": "tomorrow"}) == Live("kl-huset")


@pytest.mark.parametrize("data", [{}, {"points": 5, "content": {}, "at": "x"}])
def test_recalling_junk_fails_by_name(data: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError, KeyError)):
        wire.recall(DrawLine, data)


def test_a_word_from_outside_is_read() -> None:
    data = LINE_DATA | {"points": [], "at": "2021-01-28T10:00:00+01:00"}
    line = wire.read(DrawLine, data)

    assert line.at == AT
    assert line.at.tzinfo == UTC
    assert line.content == Film("f", "01")
    assert line.from_ == "x"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"content": {"source": "s", "item": "01"}}, "content"),
        ({"points": [{"x": 1.5, "label": None}]}, "points.0.x"),
        ({"points": [{"x": True, "label": None}]}, "points.0.x"),
        ({"at": 1611824400}, "at"),
        ({"at": "2021-01-28T09:00:00"}, ""),
        ({"votes": {"q1": "2"}}, "votes.q1"),
        ({"from": 5}, "from"),
        ({"from_": "x"}, ""),
        ({"weight": float("nan")}, "weight"),
        ({"weight": 2**80}, ""),
    ],
)
def test_a_wrong_word_from_outside_is_refused_with_its_place(
    change: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        wire.read(DrawLine, LINE_DATA | {"points": []} | change)

    assert refused.value.code == "bad_data"
    assert str(refused.value.facts["field"]).startswith(field)


def test_a_missing_field_is_refused_with_its_place() -> None:
    with pytest.raises(Refused, match="source") as refused:
        wire.read(Live, {})

    assert refused.value.facts == {"field": "source"}


def test_a_frame_is_one_object_without_a_newline() -> None:
    envelope = wire.Envelope("show", 7, "draw_line", AT, show_at=AT + timedelta(hours=1), cause="c")
    frame = wire.event_frame(envelope, {"text": "a\nb"})

    assert b"\n" not in frame
    assert orjson.loads(frame) == {
        "op": "event",
        "topic": "show",
        "seq": 7,
        "name": "draw_line",
        "at": "2021-01-28T09:00:00Z",
        "show_at": "2021-01-28T10:00:00Z",
        "cause": "c",
        "data": {"text": "a\nb"},
    }


def test_a_frame_without_show_time_and_cause_leaves_them_out() -> None:
    frame = orjson.loads(wire.event_frame(wire.Envelope("room:aalborg", 1, "posted", AT), {}))

    assert frame.keys() == {"op", "topic", "seq", "name", "at", "data"}


def test_times_of_any_zone_are_spelt_in_utc_to_the_microsecond() -> None:
    copenhagen = timezone(timedelta(hours=1))

    assert wire.rfc3339(datetime(2021, 1, 28, 10, 0, 0, 5, copenhagen)) == (
        "2021-01-28T09:00:00.000005Z"
    )


def test_canonical_json_is_the_same_for_the_same_value() -> None:
    assert wire.to_canonical_json({"b": 1, "a": [2]}) == wire.to_canonical_json({"a": [2], "b": 1})
