from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

import pytest

from chat.plain import moment, plain, read

NOON = datetime(2021, 1, 28, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Leaf:
    name: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    state: Literal["bare", "green"]
    leaves: tuple[Leaf, ...] = ()
    best: Leaf | None = None
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


FULL = Tree("green", (Leaf("a", NOON), Leaf("b")), Leaf("c"), {"x": (1, 2)})


def test_a_value_is_objects_lists_and_moments_with_nothing_for_none() -> None:
    assert plain(FULL) == {
        "state": "green",
        "leaves": [{"name": "a", "at": "2021-01-28T12:00:00Z"}, {"name": "b"}],
        "best": {"name": "c"},
        "counts": {"x": [1, 2]},
    }


@pytest.mark.parametrize("tree", [FULL, Tree("bare")])
def test_reading_is_the_inverse(tree: Tree) -> None:
    assert read(Tree, plain(tree)) == tree


@pytest.mark.parametrize("value", ["a", 1, 1.5, True, None])
def test_plain_values_stay(value: Any) -> None:
    assert plain(value) is value


def test_a_moment_is_told_in_utc() -> None:
    copenhagen = timezone(timedelta(hours=1))
    assert moment(NOON.astimezone(copenhagen)) == "2021-01-28T12:00:00Z"
