"""The committee's window: planned, open, closed.

It opens and closes by command of the run of show, never by a clock here: an item that runs late
keeps its window. A plan that moves is told again, and so is the end of an open one.
"""

from __future__ import annotations

from typing import assert_never

from chat.committee import Window
from chat.committeewords import WindowClosed, WindowOpened, WindowPlanned
from chat.deskwords import CloseWindow, OpenWindow, PlanWindow
from chat.errors import Refused
from chat.event import Event
from chat.plain import moment


def open_item(window: Window) -> str:
    """The item whose window is open.

    Raises:
        Refused: `window_closed`, with `opens` and `closes` as far as they are known.
    """
    if window.state == "open" and window.item is not None:
        return window.item
    known = {"opens": window.opens, "closes": window.closes}
    facts = {name: moment(at) for name, at in known.items() if at is not None}
    raise Refused("window_closed", "expected an open window, came a closed one", **facts)


def turned(window: Window, command: PlanWindow | OpenWindow | CloseWindow) -> tuple[Event, ...]:
    match command:
        case PlanWindow(item, opens, closes):
            planned = Window("before", item, opens, closes)
            settled = window == planned or window.state == "open"
            return () if settled else (WindowPlanned(item, opens, closes),)
        case OpenWindow(item, opens, closes):
            opened = Window("open", item, opens, closes)
            return () if window == opened else (WindowOpened(item, opens, closes),)
        case CloseWindow(item):
            settled = window.state == "closed" or window.item != item
            return () if settled else (WindowClosed(item),)
        case _:
            assert_never(command)
