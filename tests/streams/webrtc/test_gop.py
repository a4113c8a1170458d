"""A group of pictures begins with an IDR and never grows without end."""

from __future__ import annotations

import pytest

from streams.webrtc import gop
from streams.webrtc.gop import Gop
from streams.webrtc.outbox import Frame


def a_picture(number: int, *, key: bool = False, size_bytes: int = 1) -> Frame:
    return Frame(number, key, bytes(size_bytes))


def numbers(group: Gop[Frame]) -> list[int]:
    return [picture.ticks for picture in group.pictures]


def test_what_comes_before_the_first_idr_is_not_kept() -> None:
    group: Gop[Frame] = Gop()
    for number in range(3):
        group.add(a_picture(number))
    assert numbers(group) == []


def test_an_idr_begins_the_group_anew() -> None:
    group: Gop[Frame] = Gop()
    for number in range(7):
        group.add(a_picture(number, key=number in (0, 4)))
    assert numbers(group) == [4, 5, 6]


@pytest.mark.parametrize(
    ("pictures", "size_bytes"), [(gop.MOST_PICTURES + 1, 1), (9, gop.MOST_BYTES // 8)]
)
def test_a_group_past_its_bounds_is_let_go_until_the_next_idr(
    pictures: int, size_bytes: int
) -> None:
    group: Gop[Frame] = Gop()
    for number in range(pictures):
        group.add(a_picture(number, key=number == 0, size_bytes=size_bytes))
    group.add(a_picture(pictures, size_bytes=size_bytes))
    assert numbers(group) == []
    group.add(a_picture(1000, key=True))
    group.add(a_picture(1001))
    assert numbers(group) == [1000, 1001]
