"""Playlists as bytes, written once for each change however many ask."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cached_property

RECENT = 256
PACKED_LEVEL = 5


class Text:
    """A playlist as bytes; compressed when the first one asks for it."""

    def __init__(self, text: str) -> None:
        self.plain = text.encode()

    @cached_property
    def packed(self) -> bytes:
        return gzip.compress(self.plain, PACKED_LEVEL, mtime=0)


class Texts:
    """The texts that were asked for last; the oldest leaves when there are too many."""

    def __init__(self, most: int = RECENT) -> None:
        self._most = most
        self._texts: OrderedDict[Hashable, tuple[Hashable, Text]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._texts)

    def known(self, key: Hashable, version: Hashable) -> Text | None:
        """A text as it was written at this version, if it was."""
        known = self._texts.get(key)
        if known is None or known[0] != version:
            return None
        self._texts.move_to_end(key)
        return known[1]

    def kept(self, key: Hashable, version: Hashable, write: Callable[[], str]) -> Text:
        """A text as it was written at this version; written now where it is older."""
        return self.known(key, version) or self.keep(key, version, Text(write()))

    def keep(self, key: Hashable, version: Hashable, text: Text) -> Text:
        """Keeps a text that was written at this version."""
        self._texts[key] = (version, text)
        self._texts.move_to_end(key)
        if len(self._texts) > self._most:
            self._texts.popitem(last=False)
        return text
