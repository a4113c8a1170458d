"""How many sockets this process may open, said before it opens them."""

from __future__ import annotations

import resource

from server.errors import Unusable

BESIDE = 128
"""For what a process has open anyway, and for signing in."""


def needed(viewers: int) -> int:
    return viewers + BESIDE


def raised(wanted: int) -> str:
    """Raise the soft limit where it is too low; says what was done.

    Raises:
        Unusable: when the hard limit is too low as well.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return f"needs {wanted} descriptors; {'any number' if soft < 0 else soft} are allowed"
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Unusable(f"expected at least {wanted} descriptors (ulimit -Hn); came {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return f"needs {wanted} descriptors; the limit was raised from {soft}"
