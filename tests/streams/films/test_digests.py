from __future__ import annotations

import hashlib
from pathlib import Path

from streams.films.digests import BLOCK_BYTES, digest_of


def test_a_digest_of_blocks_can_be_made_by_a_browser(tmp_path: Path) -> None:
    file = tmp_path / "file"
    data = b"a" * BLOCK_BYTES + b"b" * 10
    file.write_bytes(data)
    blocks = [hashlib.sha256(data[:BLOCK_BYTES]), hashlib.sha256(data[BLOCK_BYTES:])]
    joined = b"".join(block.digest() for block in blocks)
    assert digest_of(file, "sha-256-8m") == hashlib.sha256(joined).digest()
    assert digest_of(file, "sha-256") == hashlib.sha256(data).digest()
