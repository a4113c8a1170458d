"""The library over HTTP: how each item stands for who asks, and the one table of what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schedule.library.library import Library, standing_of
from schedule.library.unlocking import (
    DOCUMENTED,
    SHOWN,
    Grant,
    Standing,
    captions_missing,
    closes_at,
    is_open,
    opens_at,
    warns_at,
)
from schedule.show import Show, ShowItem
from server import wire
from server.documents import told_of
from server.item_questions import WINDOW, questions_of
from server.published import PublishedQuestions
from server.routes.asking import Asking, told
from server.routes.json_answers import json_answer
from server.unlocking import PREPARING, absent
from server.viewers import Viewers

LISTED = SHOWN | {WINDOW}
"""The kinds that have a page of their own: recordings, and a committee's answers. Anything else has
one once documents of it are open."""


@dataclass(frozen=True, slots=True)
class LibraryRoutes:
    """Handlers over the library's rule.

    Args:
        downloads: whether others than those who prepare the day may have recordings as files.
    """

    viewers: Viewers
    asking: Asking
    published: PublishedQuestions
    downloads: bool

    def routes(self) -> list[Route]:
        return [
            Route("/api/library", told(self.openings), methods=["GET"]),
            Route("/api/library/table", told(self.table), methods=["GET"]),
        ]

    async def openings(self, request: Request) -> Response:
        """How every item stands for who asks; what is not meant for them is not in it."""
        viewer = await self.viewers.of(request, "")
        unlocking = self.viewers.unlocking
        show, library, now = await unlocking.now()
        questions, show_map = await self.published.all(), unlocking.clock.show_map
        items = []
        for entry in show.items:
            found = await unlocking.of(entry, viewer, show)
            answered = documents = download = None
            is_seen = found.state == "open"
            if found.state == "absent" or not (
                entry.item.kind in LISTED or (is_seen and library.documents.get(entry.id))
            ):
                continue
            if is_seen:
                download = is_taken_home(entry, allowed=self.downloads or viewer.prepares)
                answered = len(questions_of(entry, show, questions, show_map)) or None
                documents = told_of(library.documents.get(entry.id, ())) or None
            standing = _standing(library, entry, show)
            items.append(
                _without_none(
                    {
                        "item": entry.id,
                        "state": found.state,
                        "opens_at": found.opens_at,
                        "reason": found.reason,
                        "captions": list(standing.captions),
                        "captions_version": standing.captions_version if is_seen else None,
                        "closes_at": closes_at(entry, standing, unlocking.rule),
                        "answered": answered,
                        "documents": documents,
                        "download": download or None,
                    }
                    | _programmed(entry, show)
                )
            )
        return json_answer({"now": wire.rfc3339(now), "edition": _edition(show), "items": items})

    async def table(self, request: Request) -> Response:
        """What is open to whom now and what will open when, for those who prepare the day."""
        person = await self.asking.person(request)
        if person.role not in PREPARING:
            raise absent()
        unlocking = self.viewers.unlocking
        show, library, now = await unlocking.now()
        items = []
        for entry in show.items:
            standing = _standing(library, entry, show)
            if entry.item.kind not in DOCUMENTED:
                continue
            items.append(
                _without_none(
                    {
                        "item": entry.id,
                        "grants": [_grant(g, entry, show, now) for g in standing.grants],
                        "captions": list(standing.captions),
                        "waived": standing.waived,
                        "missing": captions_missing(entry, standing, now, unlocking.rule),
                        "warns_at": warns_at(entry, standing, unlocking.rule),
                        "closes_at": closes_at(entry, standing, unlocking.rule),
                    }
                )
            )
        return json_answer({"now": wire.rfc3339(now), "items": items})


def is_taken_home(entry: ShowItem, *, allowed: bool) -> bool:
    """Whether an open item can be had as a file: one that is over, where that is allowed."""
    return allowed and entry.state != "on_air" and entry.run > 0 and entry.item.kind in SHOWN


def _standing(library: Library, entry: ShowItem, show: Show) -> Standing:
    return standing_of(library, entry.item, show.spine[-1].id)


def _edition(show: Show) -> dict[str, object]:
    """What the list is of; strangers have no other way to know."""
    return {
        "title": show.title,
        "date": show.date.isoformat(),
        "state": show.state,
        "sections": [{"id": one.id, "title": one.title} for one in show.sections],
    }


def _programmed(entry: ShowItem, show: Show) -> dict[str, object]:
    """What the programme says of an item, and what became of it."""
    item = entry.item
    parent = show.find(item.parent) if item.parent else None
    return {
        "title": item.long_title or item.title,
        "short_title": item.short_title,
        "kind": item.kind,
        "part_of": parent and parent.item.title,
        "section": item.section or (parent and parent.item.section),
        "sector": item.sector,
        "people": [{"name": one.name, "title": one.title} for one in item.people],
        "people_pending": item.people_pending or None,
        "description": item.description,
        "questions": list(item.questions),
        "film": item.film,
        "stands": entry.state,
        "shown": entry.run > 0,
        "starts": entry.actual_start or entry.expected_start,
        "ends": entry.actual_end or entry.expected_end,
    }


def _grant(grant: Grant, entry: ShowItem, show: Show, now: datetime) -> dict[str, object]:
    opens = opens_at(grant, entry, show)
    return wire.data_of(grant) | _without_none(
        {"open": is_open(grant, entry, show, now), "opens_at": opens}
    )


def _without_none(told: dict[str, object]) -> dict[str, object]:
    return {
        key: wire.rfc3339(value) if isinstance(value, datetime) else value
        for key, value in told.items()
        if value is not None
    }
