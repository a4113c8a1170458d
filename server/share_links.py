"""Share links as they are followed: an address for each, and what its holder may see.

The address ends in a token `<municipality>-<share>-<seal>`. The seal is made from the rest with a
key that stands with the edition and nowhere else, so an address cannot be guessed, and nothing that
anybody reads gives one away. Players carry a *pass*, sealed with the link's code too: a new code
ends what was opened with the old one.

Every request asks the share as it is now. A link that was revoked is over with the next request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from schedule.library.unlocking import Viewer
from schedule.sharing.sharing import Share, Shares
from server.clock import Clock

PASS_MARK = "del."
SEAL_BYTES = 15
LONGEST_TOKEN = 120

SharesOf = Callable[[str], Awaitable[Shares]]
"""The links of a municipality, by its slug."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A share and whose it is."""

    municipality: str
    share: Share
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShareLinks:
    """Makes tokens and follows them.

    Args:
        key: the edition's.
    """

    key: bytes
    shares_of: SharesOf
    clock: Clock

    def token(self, municipality: str, share: str) -> str:
        """What the address of a link ends in."""
        return f"{municipality}-{share}-{self._seal('address', municipality, share)}"

    def pass_for(self, shared: Shared) -> str:
        """What a player of this link carries, until its code changes."""
        place = shared.municipality, shared.share.id
        return PASS_MARK + "-".join((*place, self._seal("pass", *place, shared.share.code or "")))

    async def follow(self, token: str) -> Shared | None:
        """The share of an address, if it is open; None for anything else."""
        found = await self._find(token)
        if found is None or not hmac.compare_digest(
            token.encode(), self.token(found.municipality, found.share.id).encode()
        ):
            return None
        return found

    async def viewer(self, token: str) -> Viewer | None:
        """Who carries a pass; None for one that opens nothing now."""
        found = await self._find(token.removeprefix(PASS_MARK))
        if found is None or not hmac.compare_digest(token.encode(), self.pass_for(found).encode()):
            return None
        return Viewer(items=frozenset(found.share.items))

    async def _find(self, token: str) -> Shared | None:
        pieces = token.rsplit("-", 2)
        if len(token) > LONGEST_TOKEN or len(pieces) != 3:
            return None
        municipality, id, _ = pieces
        try:
            shares = await self.shares_of(municipality)
        except KeyError:
            return None
        share = shares.links.get(id)
        if share is None or not share.is_open(self.clock.show()):
            return None
        return Shared(municipality, share, shares.origins)

    def _seal(self, *words: str) -> str:
        digest = hmac.digest(self.key, "\n".join(words).encode(), hashlib.sha256)
        return base64.b32encode(digest[:SEAL_BYTES]).decode().lower()
