"""Finding a text by words, written as people write them in a hurry.

Folded alike are capital and small letters, letters with and without an accent, and the Danish
letters and their spellings in two: å and aa, æ and ae, ø and oe. A text is found when each word
asked for stands somewhere in it, in its author's name or in the name of a file with it, also inside
a longer word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from chat.errors import Refused
from chat.text import tidy

ASKED_MOST = 100
LEAST_LETTERS = 2

# Swedish ä and ö are what a foreign keyboard gives for æ and ø.
_LETTERS = str.maketrans({"å": "aa", "æ": "ae", "ø": "oe", "ä": "ae", "ö": "oe"})
_MARKS = re.compile("[\u0300-\u036f]")


def folded(text: str) -> str:
    """The text as it is compared."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFC", text).casefold().translate(_LETTERS)
    return _MARKS.sub("", unicodedata.normalize("NFKD", letters))


def asked(text: str) -> tuple[str, ...]:
    """The words to look for.

    Raises:
        Refused: ``text_too_long``, ``text_control``, ``text_empty``; ``search_too_short`` when
            there are not two letters in all.
    """
    words = tuple(dict.fromkeys(folded(tidy(text, ASKED_MOST)).split()))
    if sum(map(len, words)) < LEAST_LETTERS:
        raise Refused("search_too_short", f"expected {LEAST_LETTERS} letters or more, came fewer")
    return words


def matches(words: Iterable[str], name: str, text: str, files: Iterable[str] = ()) -> bool:
    """Whether each word stands in the text, in the name or in the name of a file."""
    looked_at = "\n".join(map(folded, (name, text, *files)))
    return all(word in looked_at for word in words)
