"""The show and the library as they stand now, in this process."""

from __future__ import annotations

from schedule.library.library import Library
from schedule.show import Show
from server.dispatch import Dispatch


async def show_of(dispatch: Dispatch) -> Show:
    show: Show = (await dispatch.unit_of("show")).face("show")
    return show


async def library_of(dispatch: Dispatch) -> Library:
    """With what only those who prepare the day are told of it."""
    library: Library = (await dispatch.unit_of("library")).fold.state
    return library
