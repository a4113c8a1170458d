"""What counts as a text: tidied first, then judged.

Tidying is what every keyboard and clipboard needs: composed letters (NFC, so that æ ø å are one
code point each), one kind of line end, no tabs, nothing around it. What is left is refused when it
is empty, too long, or holds characters that no person types: control characters, half surrogate
pairs (they cannot be written as UTF-8), and the bidirectional overrides that make a text read
otherwise than it is. Zero-width joiners stay: emoji are built with them.
"""

from __future__ import annotations

import unicodedata

from chat.errors import Refused

MESSAGE_MOST = 4000
QUESTION_MOST = 2000
ANSWER_MOST = 8000

_LINE_ENDS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\t": " "}
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def tidy(text: str, most: int) -> str:
    """Return the text as it will be kept.

    Args:
        most: longest length, in code points after tidying.

    Raises:
        Refused: ``text_empty``, ``text_too_long`` (fact ``most``) or ``text_control``.
    """
    # A text far beyond the limit is refused before any work is spent on it.
    if len(text) > 4 * most:
        raise _too_long(len(text), most)
    for written, meant in _LINE_ENDS.items():
        text = text.replace(written, meant)
    _refuse_control(text)
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise Refused("text_empty", "expected at least one visible character, came none")
    if len(text) > most:
        raise _too_long(len(text), most)
    return text


def _refuse_control(text: str) -> None:
    for letter in text:
        unseen = unicodedata.category(letter) in ("Cc", "Cs") and letter != "\n"
        if unseen or letter in _OVERRIDES:
            raise Refused("text_control", f"expected readable text, came U+{ord(letter):04X}")


def _too_long(length: int, most: int) -> Refused:
    return Refused("text_too_long", f"expected at most {most} characters, came {length}", most=most)
