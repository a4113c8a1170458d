"""Ports for programs that are told of one before they open it.

A port that the kernel has chosen is anybody's as soon as it is closed again: also the near end of
the next line that a neighbour opens. Those below the kernel's own range are nobody's unasked.
"""

from __future__ import annotations

import random
import socket
from contextlib import suppress

BELOW_THE_KERNELS = range(10_000, 20_000)
MOST_TRIES = 100
# Hypothesis makes the shared generator say the same in every process.
_chance = random.SystemRandom()


def a_free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody has, for TCP or for UDP."""
    for _ in range(MOST_TRIES):
        port = _chance.choice(BELOW_THE_KERNELS)
        with suppress(OSError), socket.socket(socket.AF_INET, kind) as tried:
            tried.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no port is free in {BELOW_THE_KERNELS}")
