from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.exc import IntegrityError

from server import lanes
from server.board import Done
from server.deciding import Request
from server.errors import Refused
from server.lanes import Lanes
from tests.server.guestbook import ANNA


class Writer:
    """Makes batches true as far as it is let, and remembers them."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = asyncio.Event()
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.fault: Exception | None = None

    async def commit(self, batch: Sequence[Request]) -> list[Done | Exception]:
        self.batches.append([request.id for request in batch])
        self.begun.set()
        if batch[0].topic != "quick":
            await self.may_write.wait()
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        return [Done(request.topic, int(request.id)) for request in batch]


def asked(number: int, topic: str = "room") -> Request:
    return Request(ANNA, str(number), topic, "post", {}, None)


@asynccontextmanager
async def running(writer: Writer) -> AsyncIterator[Lanes]:
    found = Lanes(lambda topic: topic, writer.commit)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(found.run())
        yield found
        task.cancel()


async def first_under_way(found: Lanes, writer: Writer, tasks: asyncio.TaskGroup) -> None:
    """One command is being written, and stays so until the writer may go on."""
    writer.may_write.clear()
    tasks.create_task(found.answer(asked(0)))
    await writer.begun.wait()


async def code_of(found: Lanes, request: Request) -> str:
    with pytest.raises(Refused) as refused:
        await found.answer(request)
    return refused.value.code


async def test_what_gathers_while_a_batch_is_written_goes_next_in_its_order() -> None:
    writer = Writer()
    async with running(writer) as found, asyncio.TaskGroup() as tasks:
        await first_under_way(found, writer, tasks)
        last = [tasks.create_task(found.answer(asked(number))) for number in range(1, 71)][-1]
        await asyncio.sleep(0)
        writer.may_write.set()

        assert await last == Done("room", 70)
    numbers = [str(number) for number in range(71)]
    assert writer.batches == [numbers[:1], numbers[1:65], numbers[65:]]


async def test_a_slow_lane_does_not_hold_up_another() -> None:
    writer = Writer()
    async with running(writer) as found, asyncio.TaskGroup() as tasks:
        await first_under_way(found, writer, tasks)

        assert await found.answer(asked(1, "quick")) == Done("quick", 1)
        writer.may_write.set()


async def test_one_more_than_may_wait_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "WAITING", 2)
    writer = Writer()
    async with running(writer) as found, asyncio.TaskGroup() as tasks:
        await first_under_way(found, writer, tasks)
        tasks.create_task(found.answer(asked(1)))
        await asyncio.sleep(0)

        assert await code_of(found, asked(2)) == "busy"
        writer.may_write.set()
        await found.idle()
        assert await found.answer(asked(2)) == Done("room", 2)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (OSError("No space left on device"), "storage_full"),
        (OSError("Connection reset by peer"), "storage_busy"),
        (IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed")), "storage_failed"),
        (ValueError("a fault of ours"), "internal"),
    ],
)
async def test_a_batch_that_fails_is_refused_and_the_lane_goes_on(
    fault: Exception, code: str
) -> None:
    writer = Writer()
    async with running(writer) as found:
        writer.fault = fault

        assert await code_of(found, asked(1)) == code
        assert await found.answer(asked(1)) == Done("room", 1)


async def test_who_waits_too_long_is_told_so_and_the_command_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "ANSWER_WITHIN_S", 0.0)
    writer = Writer()
    writer.may_write.clear()
    async with running(writer) as found:
        late = asked(1)

        assert await code_of(found, late) == "storage_busy"
        writer.may_write.set()
        assert await late.outcome == Done("room", 1)
