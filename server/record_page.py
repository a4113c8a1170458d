"""One item as one page for the lasting record: no scripts, nothing fetched.

It holds who spoke of what and when, every question with its answer, what most asked about, where
the documents are, and the words of the captions with their times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from schedule.exports import abstract, people
from schedule.show import Show, ShowItem
from streams.films.captions import Cue

MOST_ASKED = 5
_STYLE = """
body{margin:0;background:#fff;color:#14202b;font:16px/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
main{max-width:44rem;margin:0 auto;padding:32px 20px 64px;overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.22;margin:4px 0 12px}
h2{font-size:1.25rem;margin:40px 0 8px}
p{margin:0 0 12px}
.of{color:#0b6e75;font-weight:620;margin:0}
.soft{color:#4a5762}
article{padding:12px 0;border-top:1px solid #e2dfd7}
blockquote{margin:0;padding-left:16px;border-left:3px solid #0b6e75}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th{font-weight:400;color:#4a5762;text-align:left;vertical-align:top;padding:2px 16px 2px 0}
td{padding:2px 0}
""".strip()


@dataclass(frozen=True, slots=True)
class Link:
    """A document, and its address as seen from the page."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an item when it is over.

    Args:
        questions: as they are published, oldest first.
        transcripts: captions by language, of what somebody has read.
    """

    show: Show
    entry: ShowItem
    questions: Sequence[Mapping[str, Any]]
    transcripts: Mapping[str, Sequence[Cue]]
    documents: Sequence[Link] = ()


def record_page(record: Record) -> str:
    """The page as HTML. All hours are the programme's own."""
    show, item = record.show, record.entry.item
    title = escape(item.title)
    about = [text for text in (people(item), abstract(item)) if text]
    return "\n".join(
        (
            '<!doctype html><html lang="da"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="robots" content="noindex">',
            f"<title>{title} – {escape(show.title)}</title>",
            f"<style>{_STYLE}</style></head><body><main>",
            f'<p class="of">{escape(show.title)} · {show.date:%d.%m.%Y}</p>',
            f"<h1>{title}</h1>",
            f'<p class="soft">{_hours(record)}</p>',
            *(f"<p>{escape(text)}</p>" for text in about),
            *_discussed(item.questions),
            *_documents(record.documents),
            *_most_asked(record.questions),
            *_questions(record),
            *_transcripts(record.transcripts),
            "</main></body></html>",
            "",
        )
    )


def _hours(record: Record) -> str:
    entry, zone = record.entry, ZoneInfo(record.show.timezone)

    def hour(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%H.%M}"

    planned = f"Planlagt kl. {hour(entry.item.start)}–{hour(entry.item.end)}"
    if entry.actual_start is None or entry.actual_end is None:
        return planned
    return f"Vist kl. {hour(entry.actual_start)}–{hour(entry.actual_end)} · {planned.lower()}"


def _discussed(questions: Sequence[str]) -> Iterator[str]:
    if questions:
        yield "<h2>Til drøftelse</h2><ul>"
        yield from (f"<li>{escape(question)}</li>" for question in questions)
        yield "</ul>"


def _documents(documents: Sequence[Link]) -> Iterator[str]:
    if documents:
        yield "<h2>Dokumenter</h2><ul>"
        for one in documents:
            yield f'<li><a href="{escape(one.address)}">{escape(one.title)}</a></li>'
        yield "</ul>"


def _most_asked(questions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    asked = sorted((one for one in questions if one["votes"]), key=lambda one: -one["votes"])
    if asked:
        yield "<h2>Det spurgte flest om</h2><ol>"
        for one in asked[:MOST_ASKED]:
            yield f"<li>{escape(one['text'])} <span class=soft>({one['votes']})</span></li>"
        yield "</ol>"


def _questions(record: Record) -> Iterator[str]:
    if not record.questions:
        return
    yield "<h2>Spørgsmål og svar</h2>"
    for one in record.questions:
        yield f"<article><p>{escape(one['text'])}</p>"
        answer = one.get("answer") or {}
        if answer.get("text"):
            said = f"<p>{escape(answer['text'])}</p><p class=soft>{_name(answer)}</p>"
            yield f"<blockquote>{said}</blockquote>"
        elif answer:
            yield '<p class="soft">Besvaret i udsendelsen.</p>'
        else:
            yield '<p class="soft">Blev ikke besvaret.</p>'
        yield "</article>"


def _name(answer: Mapping[str, Any]) -> str:
    return escape(str((answer.get("author") or {}).get("name", "")))


def _transcripts(transcripts: Mapping[str, Sequence[Cue]]) -> Iterator[str]:
    for language, cues in transcripts.items():
        yield f'<h2>Det sagte ({escape(language)})</h2><table lang="{escape(language)}"><tbody>'
        for cue in cues:
            minutes, seconds = divmod(int(cue.start_s), 60)
            text = escape(cue.text).replace("\n", "<br>")
            yield f"<tr><th>{minutes}.{seconds:02}</th><td>{text}</td></tr>"
        yield "</tbody></table>"
