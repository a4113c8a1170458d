"""A channel as people see it: what the show put on it, and what is really shown.

    put        by the show, at once and by command; nothing else decides what should be on air
    on air     reported by the media side when the first picture was cut in; a slate that stands in
               is reported like everything else, so that the two differ exactly when they should

Putting the same twice for the same run changes nothing. A report that is older than the last, by
number and by time, is ignored; numbers begin anew where media were lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from streams.commands import Content, PutOnAir, ReportOnAir, Reword
from streams.errors import Refused
from streams.events import ChannelPut, SlateReworded, SourceOnAir

KINDS = ("live", "film", "slate")
LONGEST_WORDS = 300
MOST_CHOICES = 20

Event = ChannelPut | SlateReworded | SourceOnAir


class Actor(Protocol):
    """Who asks; the server has judged already whether they may."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Put:
    """What the show wants shown."""

    content: Content
    item: str | None
    run: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Channel:
    """State of one channel."""

    put: Put | None = None
    on_air: SourceOnAir | None = None


def initial(id: str = "") -> Channel:
    """Nothing is on."""
    return Channel()


def decide(state: Channel, command: object, by: Actor, now: datetime) -> tuple[Event, ...]:
    """What a command leads to. Raises Refused."""
    match command:
        case PutOnAir(content, item, run):
            _check(content)
            same = state.put and (state.put.content, state.put.item, state.put.run)
            return () if same == (content, item, run) else (ChannelPut(content, item, run),)
        case Reword(title, text, choices):
            if state.put is None or state.put.content.kind != "slate":
                raise Refused("no_slate", "expected a slate on the channel; came another picture")
            worded = replace(state.put.content, title=title, text=text, choices=choices)
            _check(worded)
            return () if worded == state.put.content else (SlateReworded(title, text, choices),)
        case ReportOnAir(item, run, kind, source, generation, number, at):
            shown = state.on_air
            if shown is not None and number <= shown.number and at <= shown.began:
                return ()
            return (SourceOnAir(item, run, kind, source, generation, number, at),)
    raise Refused("unknown_command", f"expected a channel's command; came {type(command).__name__}")


def evolve(state: Channel, event: object, *, seq: int, at: datetime) -> Channel:
    """What an event means."""
    match event:
        case ChannelPut(content, item, run):
            return replace(state, put=Put(content, item, run, at))
        case SlateReworded(title, text, choices) if state.put is not None:
            worded = replace(state.put.content, title=title, text=text, choices=choices)
            return replace(state, put=replace(state.put, content=worded))
        case SourceOnAir():
            return replace(state, on_air=event)
    return state


def snapshot(state: Channel) -> dict[str, Any]:
    """As it goes on the wire."""
    put, on_air = state.put, state.on_air
    return {
        "put": put
        and {**_words(put.content), "item": put.item, "run": put.run, "since": _written(put.since)},
        "on_air": on_air
        and {
            "item": on_air.item,
            "run": on_air.run,
            "kind": on_air.kind,
            "source": on_air.source,
            "generation": on_air.generation,
            "number": on_air.number,
            "began": _written(on_air.began),
        },
    }


def restore(data: Mapping[str, Any]) -> Channel:
    """The state behind a snapshot."""
    put, on_air = data["put"], data["on_air"]
    return Channel(
        put and Put(_content(put), put["item"], put["run"], datetime.fromisoformat(put["since"])),
        on_air and SourceOnAir(**{**on_air, "began": datetime.fromisoformat(on_air["began"])}),
    )


def _check(content: Content) -> None:
    if content.kind not in KINDS:
        raise Refused("bad_content", f"expected {', '.join(KINDS)}; came {content.kind!r:.40}")
    needed = {"live": content.source, "film": content.film, "slate": content.title}[content.kind]
    if not needed:
        raise Refused("bad_content", f"expected what a {content.kind} shows; came nothing")
    words = (content.title, content.text, *content.choices)
    if len(content.choices) > MOST_CHOICES or any(len(each) > LONGEST_WORDS for each in words):
        raise Refused("bad_content", f"expected words of at most {LONGEST_WORDS} signs")


def _words(content: Content) -> dict[str, Any]:
    return {
        "kind": content.kind,
        "source": content.source,
        "film": content.film,
        "title": content.title,
        "text": content.text,
        "choices": list(content.choices),
    }


def _content(data: Mapping[str, Any]) -> Content:
    return Content(
        data["kind"],
        data["source"],
        data["film"],
        data["title"],
        data["text"],
        tuple(data["choices"]),
    )


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
