"""An event that costs nothing until somebody waits for it.

`asyncio.Event` keeps a queue of its own, 760 bytes; every connection has several, and hardly ever
does anybody wait for one.
"""

from __future__ import annotations

import asyncio


class Gate:
    """Open or shut; like `asyncio.Event`, whoever waits when it opens goes on."""

    __slots__ = ("_event", "_is_open")

    def __init__(self, *, is_open: bool) -> None:
        self._is_open = is_open
        self._event: asyncio.Event | None = None

    def is_set(self) -> bool:
        return self._is_open

    def set(self) -> None:
        self._is_open = True
        if self._event is not None:
            self._event.set()
            self._event = None

    def clear(self) -> None:
        self._is_open = False

    async def wait(self) -> None:
        if self._is_open:
            return
        if self._event is None:
            self._event = asyncio.Event()
        await self._event.wait()
