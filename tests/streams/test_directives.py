"""What players may ask of a playlist."""

from __future__ import annotations

import pytest

from streams.directives import BadDirective, Directives, check_ahead, directives, is_there


def test_a_query_is_read_and_what_is_unknown_is_left_out() -> None:
    assert directives({}) == Directives()
    assert directives({"_HLS_msn": "12", "_HLS_part": "3"}) == Directives(12, 3)
    assert directives({"_HLS_msn": "12", "_HLS_skip": "YES", "_HLS_x": "y"}).skip
    assert directives({"_HLS_skip": "v2"}).skip
    assert not directives({"_HLS_skip": "NO"}).skip


@pytest.mark.parametrize(
    "query",
    [
        {"_HLS_part": "1"},
        {"_HLS_msn": ""},
        {"_HLS_msn": "-1"},
        {"_HLS_msn": "1.0"},
        {"_HLS_msn": "²"},
        {"_HLS_msn": "٣"},
        {"_HLS_msn": "1" * 13},
        {"_HLS_msn": "1", "_HLS_part": "x"},
    ],
)
def test_what_is_no_number_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(BadDirective, match="expected"):
        directives(query)


@pytest.mark.parametrize(
    ("wanted", "fine"),
    [
        (Directives(), True),
        (Directives(0), True),
        (Directives(12, 7), True),
        (Directives(13, 9), False),
        (Directives(12), True),
        (Directives(10, 4), True),
        (Directives(10, 5), False),
        (Directives(10), True),
    ],
)
def test_two_segments_and_three_parts_ahead_may_be_asked_for(
    wanted: Directives, fine: bool
) -> None:
    if fine:
        check_ahead(wanted, (10, 1), 3)
        return
    with pytest.raises(BadDirective, match="up to"):
        check_ahead(wanted, (10, 1), 3)


@pytest.mark.parametrize(
    ("wanted", "ended", "there"),
    [
        (Directives(), False, True),
        (Directives(9), False, True),
        (Directives(9, 99), False, True),
        (Directives(10, 1), False, True),
        (Directives(10, 2), True, False),
        (Directives(10), False, False),
        (Directives(10), True, True),
        (Directives(11, 0), True, False),
    ],
)
def test_a_playlist_satisfies_what_it_has(wanted: Directives, ended: bool, there: bool) -> None:
    assert is_there(wanted, (10, 1), newest_ended=ended) is there
