"""The log of a day: every event of the run of show makes a line that people can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedule.events import EVENTS, ItemStarted, ItemTimes, ShowHeld, Times
from schedule.programme import Programme
from server import wire
from server.as_run import lines_of
from server.entries import Entry

ZONE = ZoneInfo("Europe/Copenhagen")
AT = datetime(2021, 1, 28, 8, 0, tzinfo=UTC)
TIMES = ItemTimes("01", AT, AT, AT, AT, AT + timedelta(seconds=150), None, AT, 60.0)
STARTED = ItemStarted("01", 1, "live", "kl-huset", None, "channel", None, "Oplæg")

PROGRAMME = Programme("2021", "Topmøde", None, AT.date(), ZONE.key, "1", (), (), ())

MOMENTS = st.integers(0, 3 * 10**9).map(lambda second: datetime.fromtimestamp(second, UTC))
FIELDS: dict[Any, st.SearchStrategy[Any]] = {
    datetime: MOMENTS,
    datetime | None: st.none() | MOMENTS,
    dict[str, Any]: st.just({"edition": "2021"}),
    Programme: st.just(PROGRAMME),
}
ITEM_TIMES = st.builds(
    ItemTimes,
    **{name: FIELDS[hint] for name, hint in get_type_hints(ItemTimes).items() if hint in FIELDS},
)
FIELDS[Times] = st.lists(ITEM_TIMES, max_size=3).map(tuple)


def stored(event: Any) -> Entry:
    envelope = wire.Envelope("show", 1, wire.name_of(type(event)), AT)
    return Entry(envelope, wire.data_of(event))


def details(event: Any) -> str:
    (line,) = lines_of(stored(event), AT, ZONE)
    return line.details


@given(data=st.data())
@pytest.mark.parametrize("word", EVENTS, ids=wire.name_of)
def test_every_event_of_the_show_is_a_line_whatever_times_it_moved(
    word: type, data: st.DataObject
) -> None:
    hints = get_type_hints(word)
    given = {name: FIELDS[hint] for name, hint in hints.items() if hint in FIELDS}
    event = data.draw(st.builds(word, **given))

    (line,) = lines_of(stored(event), AT, ZONE)

    assert (line.topic, line.name, f"{line.at:%H.%M}") == ("show", wire.name_of(word), "09.00")


def test_a_start_is_told_with_how_far_it_was_off_the_plan() -> None:
    assert details(replace(STARTED, times=(TIMES,))).endswith("(+2.30)")
    assert "(" not in details(replace(STARTED, times=(replace(TIMES, item="02"),)))


def test_a_hold_that_moved_times_says_nothing_of_them() -> None:
    assert details(ShowHeld(times=(TIMES,))) == ""
