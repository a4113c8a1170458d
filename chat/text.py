"""What counts as a text: tidied first, then judged.

Tidying is what every keyboard and clipboard needs: composed letters (NFC, so that æ ø å are one
code point each), one kind of line end, no tabs, nothing around it. What is left is refused when it
is empty, too long, or holds characters that no person types: control characters, half surrogate
pairs (they cannot be written as UTF-8), and the bidirectional overrides that make a text read
otherwise than it is. Zero-width joiners stay: emoji are built with them; but a text of nothing else
is empty.
"""

from __future__ import annotations

import re
import unicodedata

from chat.errors import Refused

MESSAGE_MOST = 4000
QUESTION_MOST = 2000
ANSWER_MOST = 8000
NOTE_MOST = 500

_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_UNTYPED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that show nothing


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
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    if (untyped := _UNTYPED.search(text)) is not None:
        raise Refused("text_control", f"expected readable text, came U+{ord(untyped[0]):04X}")
    text = unicodedata.normalize("NFC", text).strip()
    if all(map(_is_unseen, text)):
        raise Refused("text_empty", "expected at least one visible character, came none")
    if len(text) > most:
        raise _too_long(len(text), most)
    return text


def readable(text: str) -> str:
    """A text that was taken without being judged, without what no person types."""
    return _UNTYPED.sub("", _LINE_ENDS.sub("\n", text))


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN or letter in _BLANK


def _too_long(length: int, most: int) -> Refused:
    return Refused("text_too_long", f"expected at most {most} characters, came {length}", most=most)
