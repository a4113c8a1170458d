"""A rung at work: one packaging's pictures through a coder in a process of its own (rung.py).

Sending never waits. A coder that has not settled MOST_UNSETTLED segments, or that leaves more than
MOST_UNSENT_BYTES in the pipe, is too slow for this machine: it is ended like one that died. The
source then goes on without a rung from its next IDR, and another coder is tried AGAIN_AFTER_S
later, as often as it takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from streams.filling import Part, SegmentEnded
from streams.generations import RUNG, Generation, Lower
from streams.parameters import parameters_of
from streams.rung import Coded, Misaligned, Output, RungSegments
from streams.rungcoder import HEAD, LARGEST_BODY, NICE, Message
from streams.segments import AccessUnit, Lane
from streams.shelf import Shelf

log = logging.getLogger("topmoede.ladder")

MOST_UNSETTLED = 5
MOST_UNSENT_BYTES = 8 * 1024 * 1024
AGAIN_AFTER_S = 30.0
ENDS_WITHIN_S = 2.0


class Renewed(Protocol):
    """The packaging whose pictures are coded."""

    def renew_at_next_key(self) -> None:
        """The next IDR begins a generation whatever its parameters."""


@dataclass(slots=True)
class _Line:
    """A generation on its way through the coder."""

    top: Generation
    lower: Lower
    segments: RungSegments
    newest: int = -1


class Rung:
    """The lower rendition of one packaging at a time.

    Args:
        source: the top's name; the rung's own is made of it and its height.
        height_px: of its pictures; what is not taller has no rung.
        part_ticks: the part target, in video ticks.
        changed: called when parts were added, or will never come.
        nice: how much lower than ours the coder's priority is.
    """

    def __init__(
        self,
        shelf: Shelf,
        source: str,
        height_px: int,
        part_ticks: int,
        changed: Callable[[], None],
        nice: int = NICE,
    ) -> None:
        self.source = f"{source}{RUNG}{height_px}"
        self.packaging: Renewed | None = None
        self.coding = asyncio.Event()
        """Set while a coder runs."""
        self._shelf = shelf
        self._height_px = height_px
        self._part_ticks = part_ticks
        self._nice = nice
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._lines: deque[_Line] = deque()

    async def run(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Keeps a coder running until cancelled."""
        while True:
            await self.code()
            await sleep(AGAIN_AFTER_S)

    @property
    def unsettled(self) -> int:
        """How many segments the coder still owes."""
        return sum(line.segments.unsettled for line in self._lines)

    async def drained(self) -> None:
        """Waits until the coder has taken nearly all that it was sent."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(ConnectionError):
                await self._process.stdin.drain()

    # From the packaging, in its order.

    def begin_generation(self, generation: Generation) -> None:
        """Pictures of this generation follow; it has a rung if a coder runs and it is tall enough.

        The playlists decide by `generation.lower`, which is set here once.
        """
        if self._process is not None and generation.parameters.height > self._height_px:
            generation.lower = Lower()
            segments = RungSegments(self._part_ticks)
            self._lines.append(_Line(generation, generation.lower, segments))
            self._send(Message(b"G"))

    def begin_segment(self, generation: Generation, number: int, start_ticks: int) -> None:
        line = self._line_of(generation)
        if line is not None:
            line.newest = number
            line.segments.begin(number, start_ticks)
            self._send(Message(b"B", number))
            if line.segments.unsettled > MOST_UNSETTLED:
                self.end_coder("expected a coder that keeps up; it is too slow")

    def end_segment(self, generation: Generation, number: int) -> None:
        line = self._line_of(generation)
        if line is not None:
            line.segments.end(number, generation.lanes[Lane.VIDEO][number].end_ticks)
            self._send(Message(b"E", number))

    def push(self, generation: Generation, unit: AccessUnit) -> None:
        if unit.lane is Lane.VIDEO and self._line_of(generation) is not None:
            self._send(Message(b"U", unit.pts_ticks, int(unit.key), unit.data))

    def _line_of(self, generation: Generation) -> _Line | None:
        line = self._lines[-1] if self._lines else None
        return line if line is not None and line.top is generation else None

    # The coder.

    async def code(self) -> None:
        """One coder from its start to its end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streams.rungcoder", str(self._height_px), str(self._nice),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        self._process = process
        self.coding.set()
        self._renew()
        try:
            while True:
                self._receive(await _message(process.stdout))
        except (asyncio.IncompleteReadError, ConnectionError, Misaligned, ValueError) as error:
            log.warning("a coder has ended: %s", error, extra={"source": self.source})
        finally:
            self._process = None
            self.coding.clear()
            self._give_up()
            await _end(process)

    def _send(self, message: Message) -> None:
        stdin = self._process.stdin if self._process else None
        if stdin is None:
            return
        stdin.write(message.packed())
        if stdin.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            self.end_coder("expected a coder that takes what it is sent; it does not")

    def end_coder(self, reason: str) -> None:
        """Ends the coder that runs; what it owes will never come."""
        if self._process is not None:
            log.warning(reason, extra={"source": self.source})
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def _receive(self, message: Message) -> None:
        line = self._due()
        match message.kind:
            case b"U":
                coded = Coded(message.number, bool(message.flag), message.body)
                self._open(line, coded)
                self._publish(line, line.segments.receive(coded))
            case b"E":
                outputs = line.segments.settle(message.number)
                if not outputs:
                    line.lower.missing.add(message.number)
                self._publish(line, outputs)

    def _due(self) -> _Line:
        """The generation that the coder speaks of."""
        while len(self._lines) > 1 and not self._lines[0].segments.unsettled:
            self._lines.popleft()
        if not self._lines:
            raise Misaligned("expected to hear nothing; came an answer")
        return self._lines[0]

    def _open(self, line: _Line, coded: Coded) -> None:
        if line.lower.generation is None:
            parameters = parameters_of(coded.data)
            if parameters is None:
                raise Misaligned("expected parameters before the first picture; came none")
            line.lower.generation = self._shelf.open_generation(
                self.source, parameters, rung_of=line.top.number
            )

    def _publish(self, line: _Line, outputs: list[Output]) -> None:
        generation = line.lower.generation
        for output in outputs:
            assert generation is not None
            match output:
                case Part():
                    self._shelf.add(generation, output)
                case SegmentEnded():
                    self._shelf.end(generation, output)
        self._changed()

    def _give_up(self) -> None:
        """What was not settled will never come; what has begun ends where it is."""
        for line in self._lines:
            first = line.segments.oldest_unsettled
            line.lower.gone_from = line.newest + 1 if first is None else first
            self._publish(line, line.segments.give_up())
        self._lines.clear()
        self._changed()
        self._renew()

    def _renew(self) -> None:
        if self.packaging is not None:
            self.packaging.renew_at_next_key()


async def _message(stream: asyncio.StreamReader) -> Message:
    """The next message. Raises IncompleteReadError at the end, ValueError for a huge one."""
    kind, number, flag, size = HEAD.unpack(await stream.readexactly(HEAD.size))
    if size > LARGEST_BODY:
        raise ValueError(f"expected at most {LARGEST_BODY} bytes; came {size}")
    return Message(kind, number, flag, await stream.readexactly(size))


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ENDS_WITHIN_S):
            await process.wait()
