"""Ports for programs that are told of one before they open it.

A port that the kernel has chosen is anybody's as soon as it is closed again: also the near end of
the next line that a neighbour opens. Those below the kernel's own range are nobody's unasked. So
that no neighbour is told of the same one, each is claimed by a name that one process may have.
"""

from __future__ import annotations

import os
import random
import socket
from collections import deque
from contextlib import suppress

BELOW_THE_KERNELS = range(10_000, 20_000)
MOST_TRIES = 100
MOST_CLAIMS = 64
"""By so many later, a program has opened its port or never will."""
# Hypothesis makes the shared generator say the same in every process.
_chance = random.SystemRandom()
_claims: deque[int] = deque()


def a_free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody has or was told of, for TCP or for UDP."""
    for _ in range(MOST_TRIES):
        port = _chance.choice(BELOW_THE_KERNELS)
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX) as claim,
            socket.socket(socket.AF_INET, kind) as tried,
        ):
            claim.bind(f"\0topmoede-port-{port}")
            tried.bind(("127.0.0.1", port))
            _keep(claim)
            return port
    raise AssertionError(f"no port is free in {BELOW_THE_KERNELS}")


def _keep(claim: socket.socket) -> None:
    """Open for as long as it counts, or this process lives."""
    _claims.append(claim.detach())
    if len(_claims) > MOST_CLAIMS:
        os.close(_claims.popleft())
