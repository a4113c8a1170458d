"""The page that is there when the application is not: one file, no scripts, nothing fetched.

A proxy hands it out on 502, 503 and 504. It says where to go, whom to call and what the day holds,
in Danish and in English, and it looks like the house it stands in for. Nothing in it is anybody's:
it may be read by whoever comes to the door.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from schedule.show import Show, ShowItem
from server.support import Support

_WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
_MONTHS = (
    *("januar", "februar", "marts", "april", "maj", "juni"),
    *("juli", "august", "september", "oktober", "november", "december"),
)
# The client's own colours and spaces; see web/src/design/tokens.css.
_STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf7;--raised:#fff;--ink:#14202b;--soft:#4a5762;
--line:#e2dfd7;--accent:#0b6e75;--wash:#e3f0ef}
@media(prefers-color-scheme:dark){:root{--paper:#10171e;--raised:#18212a;--ink:#e9edf0;
--soft:#a9b5be;--line:#2b3741;--accent:#5cc2c7;--wash:#14313a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:42rem;margin:0 auto;padding:32px 20px 64px}
p{margin:0 0 12px}
.of{color:var(--accent);font-weight:620;margin:0}
h1{font-size:1.75rem;line-height:1.22;margin:4px 0 16px}
h2{font-size:1.125rem;margin:40px 0 8px}
.go{background:var(--wash);border-radius:10px;padding:16px 20px;margin:0 0 16px;
overflow-wrap:anywhere}
.go a{font-size:1.375rem;font-weight:620;line-height:1.3}
a{color:var(--accent)}
.soft{color:var(--soft)}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:8px 0;border-top:1px solid var(--line);
font-weight:400}
th{width:4.5rem;white-space:nowrap;color:var(--soft)}
section[lang=en]{margin-top:40px;padding-top:8px;border-top:1px solid var(--line)}
""".strip()


def emergency_page(show: Show, support: Support) -> str:
    """The whole page as HTML. Times are the planned ones, in the programme's own zone."""
    title = escape(show.title)
    backup = support.backup_in(show)
    return "\n".join(
        (
            '<!doctype html><html lang="da"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="robots" content="noindex">',
            f"<title>{title} – siden svarer ikke lige nu</title>",
            f"<style>{_STYLE}</style></head><body><main>",
            f'<p class="of">{title} · {_long_date(show.date)}</p>',
            "<h1>Siden svarer ikke lige nu</h1>",
            *_in_danish(backup, support),
            "<h2>Dagens program</h2>",
            '<p class="soft">De planlagte tider.</p>',
            f"<table><tbody>{''.join(_rows(show))}</tbody></table>",
            '<section lang="en">',
            "<h2>This page is not answering right now</h2>",
            *_in_english(backup, support),
            "</section></main></body></html>",
            "",
        )
    )


def write_emergency_page(file: Path, page: str) -> bool:
    """Puts the page where a proxy finds it, whole or not at all; False where it was there."""
    if file.is_file() and file.read_text("utf-8") == page:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(page, "utf-8")
    part.chmod(0o644)  # another user's proxy reads it
    os.replace(part, file)
    return True


def _in_danish(backup: str, support: Support) -> Iterator[str]:
    if backup:
        yield f'<div class="go"><p>Følg dagen her i stedet:</p>{_link(backup)}</div>'
    yield "<p>Vi er ved at få den op igen. Du behøver ikke logge ind på ny bagefter.</p>"
    yield '<p><a href="">Prøv igen</a></p>'
    if reached := _reached(support, "Ring til", "Skriv til"):
        yield f"<p>{reached}</p>"


def _in_english(backup: str, support: Support) -> Iterator[str]:
    if backup:
        yield f'<div class="go"><p>Follow the day here instead:</p>{_link(backup)}</div>'
    yield "<p>We are bringing it back. You will not have to sign in again afterwards.</p>"
    yield '<p><a href="">Try again</a></p>'
    if reached := _reached(support, "Call", "Write to"):
        yield f"<p>{reached}</p>"


def _reached(support: Support, call: str, write: str) -> str:
    ways: list[str] = []
    if support.phone:
        digits = "".join(sign for sign in support.phone if sign.isdigit() or sign == "+")
        who = f"{escape(support.name)} " if support.name else ""
        ways.append(f'{call} {who}<a href="tel:{digits}">{escape(support.phone)}</a>')
    if support.mail:
        ways.append(f'{write} <a href="mailto:{escape(support.mail)}">{escape(support.mail)}</a>')
    return "<br>".join(ways)


def _link(address: str) -> str:
    shown = escape(address.removeprefix("https://"))
    return f'<a href="{escape(address)}" rel="noreferrer">{shown}</a>'


def _rows(show: Show) -> Iterator[str]:
    zone = ZoneInfo(show.timezone)
    for entry in sorted(show.spine, key=_start):
        if entry.state != "skipped":
            hour = entry.item.start.astimezone(zone)
            yield f"<tr><th scope=row>{hour:%H.%M}</th><td>{escape(entry.item.title)}</td></tr>"


def _start(entry: ShowItem) -> float:
    return entry.item.start.timestamp()


def _long_date(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} den {day.day}. {_MONTHS[day.month - 1]} {day.year}"
