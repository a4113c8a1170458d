"""What an item puts on the air, and what its slate says.

    live                        its source
    recorded, on a channel      its film
    break, discussion           a slate: what it is for, and when it goes on
    parallel                    a slate: what there is to choose, and when all meet again
    end                         a slate: thanks

A slate says what the page says. Its hour is the expected one, so it is made anew when that moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from schedule.show import Show, ShowItem
from streams.commands import Content

MAIN = "main"
BACK_SOON = "Vi er straks tilbage"


@dataclass(frozen=True, slots=True)
class Words:
    """What a slate says.

    Args:
        until: show time at which it goes on; None where it does not.
        choices: short titles of what there is to choose.
    """

    title: str
    text: str = ""
    until: datetime | None = None
    choices: tuple[str, ...] = ()


def words_of(show: Show, entry: ShowItem) -> Words:
    """What the slate of an item says as the day stands now."""
    item, until = entry.item, entry.expected_end
    hour = f"kl. {until.astimezone(ZoneInfo(show.timezone)):%H.%M}"
    title = item_title(entry)
    match item.kind:
        case "end":
            return Words(item.title)
        case "parallel":
            return Words(title, f"Vi samles igen {hour}", until, _choices(show, entry))
        case "discussion":
            return Words(title, f"Drøft det hos jer selv – vi er tilbage {hour}", until)
        case "break":
            return Words(title, f"Vi er tilbage {hour}", until)
        case _:
            return Words(title, BACK_SOON)


def _choices(show: Show, entry: ShowItem) -> tuple[str, ...]:
    children = (e.item for e in show.items if e.item.parent == entry.id)
    return tuple(
        item.short_title or item.title for item in children if item.kind != "committee_chat"
    )


def content_of(show: Show, entry: ShowItem) -> Content:
    """What is to be seen while this item is on."""
    item, stand_in = entry.item, item_title(entry)
    if item.kind == "live" and item.source:
        return Content("live", source=item.source, title=BACK_SOON, text=stand_in)
    if item.kind == "recorded" and item.film and item.on == "channel":
        return Content("film", film=item.film, title=BACK_SOON, text=stand_in)
    return slate(words_of(show, entry))


def item_title(entry: ShowItem) -> str:
    return entry.item.short_title or entry.item.title


def slate(words: Words) -> Content:
    return Content("slate", title=words.title, text=words.text, choices=words.choices)


def doors(show: Show) -> Content:
    """What stands there before the day begins."""
    first = show.spine[0].expected_start.astimezone(ZoneInfo(show.timezone))
    return slate(Words(show.title, f"Vi begynder kl. {first:%H.%M}"))


def covering_words(show: Show) -> Words:
    """What a slate that a person has put over the item on air says."""
    text = show.slate.text if show.slate else None
    return Words(text or BACK_SOON)


def own_channels(show: Show) -> tuple[str, ...]:
    """Items that have a channel of their own: those of a slot that all run at once."""
    return tuple(e.id for e in show.items if has_own_channel(e))


def has_own_channel(entry: ShowItem) -> bool:
    item = entry.item
    return entry.is_side and item.on == "channel" and item.kind in ("live", "recorded")
