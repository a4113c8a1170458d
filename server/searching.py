"""What is looked for in the library, and what of a text is shown when it is found.

Words are folded as everywhere (`chat.finding`): capitals, accents, æ ø å and their spellings in
two. A text is found when each word asked for begins one of its words, so that what is found grows
with what is typed. Both databases keep and compare the folded words and nothing else; neither is
asked to know Danish.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from chat.finding import folded
from server.errors import Refused

Kind = Literal["title", "person", "text", "document", "question", "caption"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What weighs most comes first."""

ASKED_MOST = 100
WORDS_MOST = 8
LEAST_LETTERS = 2
LONGEST_WORD = 60
LONGEST_TEXT = 4_000
AROUND = 70
"""Characters shown before and behind the first hit."""

# A letter written as two signs, the second an accent, is one letter of its word.
_WORD = re.compile("[^\\W_]+(?:[\u0300-\u036f]+[^\\W_]*)*")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an item that can be found by itself.

    Args:
        at_s: where in the recording it is said; None for what is said of it.
        language: of captions.
    """

    kind: Kind
    text: str
    at_s: float | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of what is shown, and whether it is what was looked for."""

    text: str
    hit: bool = False


def asked(text: str) -> tuple[str, ...]:
    """The beginnings of words to look for.

    Raises:
        Refused: `bad_request` for too many letters or words, `search_too_short`.
    """
    if len(text) > ASKED_MOST:
        raise Refused("bad_request", f"expected at most {ASKED_MOST} characters, came {len(text)}")
    words = tuple(dict.fromkeys(words_of(text)))
    if len(words) > WORDS_MOST:
        raise Refused("bad_request", f"expected at most {WORDS_MOST} words, came {len(words)}")
    if sum(map(len, words)) < LEAST_LETTERS:
        raise Refused("search_too_short", f"expected {LEAST_LETTERS} letters or more, came fewer")
    return words


def words_of(text: str) -> list[str]:
    """A text's words, folded, in their order."""
    return [word for found in _WORD.finditer(text) for word in _folded_words(found[0])]


def _folded_words(word: str) -> Iterator[str]:
    """Folding may make two words of one: what is written above the line stands beside it then."""
    for part in _WORD.findall(folded(word)):
        yield part[:LONGEST_WORD]


def pieces(text: str, words: Collection[str]) -> list[Piece]:
    """A text around the first hit, in its pieces; a stretch that was left out is an ellipsis."""
    marks = [found.span() for found in _WORD.finditer(text) if _is_hit(found[0], words)]
    first = marks[0][0] if marks else 0
    begins, ends = _whole_words(text, first - AROUND, first + AROUND)
    found: list[Piece] = [Piece("… ")] if begins > 0 else []
    at = begins
    for start, stop in marks:
        if stop > ends:
            break
        found += [Piece(text[at:start]), Piece(text[start:stop], hit=True)]
        at = stop
    found += [Piece(text[at:ends]), *([Piece(" …")] if ends < len(text) else [])]
    return [piece for piece in found if piece.text]


def _is_hit(word: str, words: Collection[str]) -> bool:
    return any(part.startswith(tuple(words)) for part in _folded_words(word))


def _whole_words(text: str, begins: int, ends: int) -> tuple[int, int]:
    """Cut where a word ends, if there is such a place near."""
    if begins > 0:
        blank = text.find(" ", begins, begins + AROUND)
        begins = blank + 1 if blank >= 0 else begins
    if ends < len(text):
        blank = text.rfind(" ", ends - AROUND // 2, ends)
        ends = blank if blank > 0 else ends
    return max(0, begins), min(len(text), ends)


def ordered(hits: Sequence[tuple[str, int, int]], programme: Sequence[str]) -> list[str]:
    """Items as they are shown: the best kind of hit first, then the most, then as in the programme.

    Args:
        hits: of each item its id, its best rank and how many there are.
    """
    place = {item: number for number, item in enumerate(programme)}
    last = len(place)
    return [
        item for item, *_ in sorted(hits, key=lambda h: (h[1], -h[2], place.get(h[0], last), h[0]))
    ]
