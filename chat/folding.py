"""A word list that holds: finding a listed word however it is dressed up.

Text and list are folded alike, and compared word by word:

    case, accents          ÌDIOT                  -> idiot       (æ ø å are ae oe aa, and stay apart
    letters of elsewhere   іdіоt (Cyrillic)       -> idiot        from a and o: får is not far)
    signs for letters      1d!0t  @bort           -> idiot abort
    what is not seen       id<zero width>iot      -> idiot
    letters spelt out      i d i o t, i.d.i.o.t   -> idiot
    letters drawn out      idiooot                -> idiot       (three or more in a row)

A listed word stands for itself alone; `idiot*` for every word that begins so. Whole words, because
a list that looks inside words holds half of what decent people write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from chat.errors import Refused
from chat.text import tidy

WORDS_MOST = 200
WORD_MOST = 40

_DANISH = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
# Letters of other alphabets that look like ours once they are small, as far as people use them for
# it: Cyrillic, Greek, a few of Latin's own.
_LOOKS_LIKE = {
    "a": "аαɑ", "b": "β", "c": "сϲ", "d": "ԁđ", "e": "еєε", "f": "ƒ", "g": "ɡ", "h": "һнħ",
    "i": "іιıɩ", "j": "јϳ", "k": "кκ", "l": "łⅼ", "m": "м", "n": "η", "o": "оο", "p": "рρ",
    "q": "ԛ", "s": "ѕ", "t": "тτŧ", "u": "υ", "v": "ѵν", "w": "ԝω", "x": "хχ", "y": "уγ",
}  # fmt: skip
_ALIKE = {ord(sign): letter for letter, signs in _LOOKS_LIKE.items() for sign in signs}
_SIGNS = str.maketrans("0134578@$!|€£¡", "oieastbasiieli")
_LETTER = re.compile(r"[^\W_]+")
_RUN = re.compile(r"(.)\1{2,}")


def _folded(text: str) -> str:
    """Small plain letters; what stood between words stands there still."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_DANISH)
    kept = (sign for sign in unicodedata.normalize("NFKD", text) if _is_seen(sign))
    return "".join(kept).translate(_ALIKE)


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Mn", "Me", "Cf")


def skeleton(name: str) -> str:
    """What a name looks like at a glance: names that are told apart only by looking twice have
    the same. Spaces and points do not count, I l 1 are one sign, and so are rn and m, vv and w."""
    signs = _folded(name).translate(_SIGNS)
    letters = "".join(_LETTER.findall(signs)).replace("rn", "m").replace("vv", "w")
    return letters.replace("l", "i")


def _words(text: str) -> Iterator[str]:
    """Every word of a text, folded; letters that stand alone in a row are one word."""
    spelt = ""
    for found in _tokens(text):
        if len(found) == 1:
            spelt += found
            continue
        if len(spelt) > 1:
            yield spelt
        spelt = ""
        yield found
    if len(spelt) > 1:
        yield spelt


def _tokens(text: str) -> Iterator[str]:
    """Words as they stand, and where signs stand for letters in them, with these read so."""
    folded = _folded(text)
    for part in folded.split():
        plain = _LETTER.findall(part)
        read = _LETTER.findall(part.rstrip("!.,?:;").translate(_SIGNS))
        if len(part) > 1:
            yield from plain
        if read != plain or len(part) == 1:
            yield from read


def _shortened(word: str) -> tuple[str, str]:
    """With letters drawn out taken back, to one and to two of them."""
    return _RUN.sub(r"\1", word), _RUN.sub(r"\1\1", word)


def listed_in(text: str, words: tuple[str, ...]) -> str | None:
    """The first word of a list that a text holds; None when it holds none."""
    if not words:
        return None
    found = {form for word in _words(text) for form in (word, *_shortened(word))}
    for word in words:
        folded = "".join(_tokens(word.rstrip("*")))
        if word.endswith("*") and any(one.startswith(folded) for one in found):
            return word
        if folded in found:
            return word
    return None


def tidy_list(words: tuple[str, ...]) -> tuple[str, ...]:
    """A list as it is kept: each word once, tidied.

    Raises:
        Refused: `too_many_words`, `bad_word` (empty, too long, or several words in one).
    """
    if len(words) > WORDS_MOST:
        raise Refused("too_many_words", f"expected at most {WORDS_MOST} words", most=WORDS_MOST)
    return tuple(dict.fromkeys(_tidy(word) for word in words))


def _tidy(word: str) -> str:
    kept = tidy(word, WORD_MOST)
    if len(list(_tokens(kept.rstrip("*")))) != 1:
        raise Refused("bad_word", f"expected one word of letters, came {kept!r:.50}")
    return kept
