"""What a page knows of itself when somebody asks for help: machine's words, short ones.

The person has seen them before they were sent. They are cut and cleaned rather than judged: nobody
who asks for help is turned away because a browser calls itself something odd.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

WORD_MOST = 300
ERRORS_MOST = 900

_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    Args:
        page: the path, without what stands behind `?` or `#`.
        browser: as it calls itself.
        screen: width and height of page and screen.
        network: as the browser judges it.
        line: how the page reaches us, and for how long it has.
        picture: what is shown, by which engine, and how it stands.
        sound: on or off, and how loud.
        behind: seconds behind live.
        errors: the last things that went wrong in the page.
    """

    page: str | None = None
    browser: str | None = None
    screen: str | None = None
    network: str | None = None
    line: str | None = None
    picture: str | None = None
    sound: str | None = None
    behind: str | None = None
    errors: str | None = None


def cleaned(given: Diagnosis) -> Diagnosis:
    """One line for each part, none longer than its measure; a part that says nothing is None."""
    return Diagnosis(**{one.name: _cleaned(getattr(given, one.name), one.name) for one in _PARTS})


_PARTS = fields(Diagnosis)


def _cleaned(text: str | None, part: str) -> str | None:
    most = ERRORS_MOST if part == "errors" else WORD_MOST
    return _UNSHOWN.sub(" ", (text or "")[: 2 * most]).strip()[:most].strip() or None
