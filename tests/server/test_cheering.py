from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from server.access.actor import Actor
from server.cheering import AT_ONCE, Cheer, Cheering
from server.clock import ShowMap, VirtualClock
from server.errors import Refused

START = datetime(2021, 1, 28, 8, tzinfo=UTC)


class Hall:
    """A hall that cheers; `heard` are the sums that everybody was told."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START, ShowMap(START, START))
        self.heard: list[Mapping[str, object]] = []
        self.cheering = Cheering(self._hear, self.clock)

    def _hear(self, topic: str, data: Mapping[str, object]) -> None:
        assert topic == "cheers"
        self.heard.append(data)

    def cheer(self, person: str, kind: str = "applause") -> None:
        self.cheering.receive(Actor(person, person.title(), "member", "aalborg"), Cheer(kind))


def test_a_thousand_cheers_are_one_sum_that_names_nobody() -> None:
    hall = Hall()
    for number in range(1_000):
        hall.cheer(f"p{number}", "heart" if number % 4 == 0 else "applause")
    hall.cheering.tell()

    assert hall.heard == [{"sums": {"heart": 250, "applause": 750}}]


def test_after_the_last_cheer_nothing_is_told_once() -> None:
    hall = Hall()
    hall.cheer("anna")
    hall.cheering.tell()
    hall.cheering.tell()

    assert hall.heard == [{"sums": {"applause": 1}}, {"sums": {}}]


async def test_sums_come_a_second_apart_and_stop_when_it_is_quiet() -> None:
    hall = Hall()
    running = asyncio.create_task(hall.cheering.run())
    hall.cheer("anna")
    await settled()
    hall.cheer("bo")
    await settled()
    assert hall.heard == [{"sums": {"applause": 1}}]
    for _ in range(5):
        hall.clock.advance(1)
        await settled()
    running.cancel()

    assert hall.heard == [{"sums": {"applause": 1}}, {"sums": {"applause": 1}}, {"sums": {}}]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_one_person_has_a_handful_and_then_one_a_second() -> None:
    hall = Hall()
    for _ in range(AT_ONCE):
        hall.cheer("anna")
    with pytest.raises(Refused) as refused:
        hall.cheer("anna")
    assert refused.value.code == "too_fast"
    assert 0 < refused.value.facts["retry_ms"] <= 1_001  # type: ignore[operator]
    hall.cheer("bo")
    hall.clock.advance(1.1)
    hall.cheer("anna")
    hall.cheering.tell()

    assert hall.heard == [{"sums": {"applause": AT_ONCE + 2}}]


def test_who_has_cheered_is_forgotten_in_seconds() -> None:
    hall = Hall()
    for number in range(100):
        hall.cheer(f"p{number}")
    hall.clock.advance(AT_ONCE + 1)
    hall.cheering.tell()

    assert hall.cheering.remembered == 0


@pytest.mark.parametrize("kind", ["", "boo", "APPLAUSE", "a" * 500])
def test_only_what_can_be_drawn_is_counted(kind: str) -> None:
    with pytest.raises(Refused) as refused:
        Hall().cheer("anna", kind)
    assert refused.value.code == "bad_data"
