"""Digests of files: of one piece while it comes, of the whole when it has come.

`sha-256` is a file's plain SHA-256. Browsers digest nothing by and by, so there is a second one for
them: `sha-256-8m`, the SHA-256 of the SHA-256s of its blocks of 8 MiB, one after the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 8 * 1024 * 1024
DIGESTS = ("sha-256", "sha-256-8m")


@dataclass(frozen=True, slots=True)
class Checksum:
    """Of one piece: sha1 or sha256, and its digest."""

    algorithm: str
    digest: bytes


def digest_of(path: Path, name: str) -> bytes:
    """A file's digest, one of DIGESTS; reads all of it."""
    plain, blocks = hashlib.sha256(), hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if name == "sha-256":
                plain.update(block)
            else:
                blocks.update(hashlib.sha256(block).digest())
    return plain.digest() if name == "sha-256" else blocks.digest()
