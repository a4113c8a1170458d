"""The four answers to a join."""

from __future__ import annotations

import pytest

from server.board import Position
from server.client_frames import Join
from server.positions import MAX_MISSING, Answer, answer


@pytest.mark.parametrize(
    ("join", "head", "expected"),
    [
        (Join("show"), 0, Answer.SNAPSHOT),
        (Join("show"), 5, Answer.SNAPSHOT),
        (Join("show", "b2", 5), 5, Answer.SNAPSHOT),
        (Join("show", "a1", 0), 0, Answer.LIVE),
        (Join("show", "a1", 5), 5, Answer.LIVE),
        (Join("show", "a1", 4), 5, Answer.RESUME),
        (Join("show", "a1", 0), 5, Answer.RESUME),
        (Join("show", "a1", 1), MAX_MISSING + 1, Answer.RESUME),
        (Join("show", "a1", 0), MAX_MISSING + 1, Answer.SNAPSHOT),
        (Join("show", "a1", 6), 5, Answer.EARLY),
        (Join("show", "b2", 6), 5, Answer.SNAPSHOT),
    ],
)
def test_position_has_one_answer(join: Join, head: int, expected: Answer) -> None:
    assert answer(join, Position("a1", head)) is expected
