"""The show, the programme and the library as they stand now, in this process."""

from __future__ import annotations

from schedule.library.library import Library
from schedule.programme import Programme
from schedule.programme_file import load
from schedule.show import Show
from server.dispatch import Dispatch
from server.journal import Journal


async def show_of(dispatch: Dispatch) -> Show:
    show: Show = (await dispatch.unit_of("show")).face("show")
    return show


async def programme_of(dispatch: Dispatch, journal: Journal) -> Programme:
    """The version that was published last, or the one that the edition began with."""
    published: Programme | None = (await dispatch.unit_of("programme")).fold.state.programme
    return published or load(journal.programme)


async def library_of(dispatch: Dispatch) -> Library:
    """With what only those who prepare the day are told of it."""
    library: Library = (await dispatch.unit_of("library")).fold.state
    return library
