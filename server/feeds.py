"""What is open to everybody as RSS 2.0: the sound as a podcast, the pictures as a video feed.

Nothing else is in them, nor a number of it. Guids are those of the other exchange formats, so an
episode that is opened again is the same episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from schedule.exports import abstract, guid, people
from schedule.programme import Item, Programme

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/rss+xml; charset=utf-8"
register_namespace("itunes", ITUNES)
register_namespace("atom", ATOM)


@dataclass(frozen=True, slots=True)
class Episode:
    """One item that is open to everybody.

    Args:
        began: when it was shown, of show time.
        url, media_type, size: what is fetched of it; the size is 0 where it is not known.
    """

    item: Item
    began: datetime
    lasts_s: float
    url: str
    media_type: str
    size: int


def feed(
    programme: Programme, title: str, own_url: str, page_url: str, episodes: Sequence[Episode]
) -> bytes:
    """The feed, newest episode first."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    SubElement(channel, "title").text = title
    SubElement(channel, "link").text = page_url
    SubElement(channel, "description").text = programme.theme or programme.title
    SubElement(channel, "language").text = "da"
    own = {"href": own_url, "rel": "self", "type": "application/rss+xml"}
    SubElement(channel, f"{{{ATOM}}}link", own)
    SubElement(channel, f"{{{ITUNES}}}explicit").text = "false"
    for episode in sorted(episodes, key=lambda one: one.began, reverse=True):
        _episode(channel, programme, episode)
    indent(root, " ")
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _episode(channel: Element, programme: Programme, episode: Episode) -> None:
    item = episode.item
    element = SubElement(channel, "item")
    SubElement(element, "title").text = item.title
    told = "\n".join(text for text in (people(item), abstract(item)) if text)
    SubElement(element, "description").text = told or item.title
    SubElement(element, "guid", isPermaLink="false").text = str(guid(programme, item))
    SubElement(element, "pubDate").text = format_datetime(episode.began)
    SubElement(
        element, "enclosure", url=episode.url, length=str(episode.size), type=episode.media_type
    )
    SubElement(element, f"{{{ITUNES}}}duration").text = str(round(episode.lasts_s))
