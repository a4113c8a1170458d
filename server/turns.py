"""Work that comes by the thousand in one turn of the event loop, done some at a time.

When a proxy falls, thousands of lines end in the same instant, and as many come. The loop would do
all that follows from it before it looks at anything else: with five thousand, two and a half
seconds in which nobody hears of anything (measured). So each kind of such work has so many turns
in one turn of the loop; what is more waits in the order in which it came, and everybody else is
served in between. When it is quiet nothing waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary


class Turns:
    """So much at once, and the rest later; of one event loop.

    Args:
        each: how much is done in one turn of the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, each: int) -> None:
        self._loop = loop
        self._each = each
        self._left = each
        self._waiting: deque[Callable[[], None]] = deque()
        self._begun = False

    def take(self) -> bool:
        """Whether there is a turn left now."""
        if not self._begun:
            self._begun = True
            self._loop.call_soon(self._go_on)
        if not self._left or self._waiting:
            return False
        self._left -= 1
        return True

    def later(self, work: Callable[[], None]) -> None:
        """Do it when its turn comes; for who was not given one."""
        self._waiting.append(work)

    def _go_on(self) -> None:
        self._left = self._each
        while self._left and self._waiting:
            self._left -= 1
            self._waiting.popleft()()
        if self._waiting:
            self._loop.call_soon(self._go_on)
        else:
            self._begun = False
            self._left = self._each


class TurnsOfLoops:
    """The turns of one kind of work, for each loop that it comes up in."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()

    def of(self, loop: asyncio.AbstractEventLoop) -> Turns:
        turns = self._of.get(loop)
        if turns is None:
            turns = self._of[loop] = Turns(loop, self._each)
        return turns
