"""On which line of a TOML file a table or a key stands, which its parser does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A name ends in no space, so that spaces are tried once and not from each of them on.
_HEADER = re.compile(r"\s*\[\[?\s*([\w.\"'-](?:[\w.\"' -]*[\w.\"'-])?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*(?:\"([^\"]+)\"|'([^']+)'|([\w-]+))\s*[.=]")
_TOKEN = re.compile(
    r'"""(?:\\.|(?!""").)*"""+'
    r"|'''.*?'''+"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[{]|[\]}]|\n",
    re.DOTALL,
)


class Lines:
    """Where tables and keys of a valid TOML text begin, lines counted from 1."""

    def __init__(self, source: str) -> None:
        self._tables: dict[tuple[str, int], int] = {("", 0): 1}
        self._keys: dict[tuple[str, int, str], int] = {}
        counts: dict[str, int] = {}
        table, index = "", 0
        for number, text in _statements(source):
            if header := _HEADER.match(text):
                table = header[1].strip("\"'")
                index = counts.get(table, 0)
                counts[table] = index + 1
                self._tables[table, index] = number
            elif key := _KEY.match(text):
                name = key[1] or key[2] or key[3]
                self._keys.setdefault((table, index, name), number)

    def of(self, table: str, index: int, key: str | None) -> int:
        """The line of a key, else of its table's header, else of what stands for the table."""
        if key is not None and (table, index, key) in self._keys:
            return self._keys[table, index, key]
        if (table, index) in self._tables:
            return self._tables[table, index]
        return self._keys.get(("", 0, table), 1)  # tables written inline: item = [{…}]


def _statements(source: str) -> Iterator[tuple[int, str]]:
    """First lines of what stands outside all strings and brackets that span lines."""
    number, begin, depth = 1, 0, 0
    first = 1
    for token in _TOKEN.finditer(source):
        found = token[0]
        if found in "[{":
            depth += 1
        elif found in "]}":
            depth -= 1
        number += found.count("\n")
        if found == "\n" and depth == 0:
            yield first, source[begin : token.start()].split("\n", 1)[0]
            begin, first = token.end(), number
    yield first, source[begin:].split("\n", 1)[0]
