"""When a page comes back after its line has ended; the browser's rules, in Python.

See `web/src/realtime/closecodes.ts` and `line.ts`: 4000–4499 may be tried again, 4500–4999 are
final; a process that is full or restarting is given time, drawn from a window so that a crowd
spreads out; everything else is full jitter between a second and a ceiling that doubles.
"""

from __future__ import annotations

LOST = 1006
BASE_S, CAP_S = 1.0, 30.0
FULL_S = 5.0
DRAIN_S = 10.0
FULL = 1013
WINDOW = frozenset({1012, 4000})
FOR_GOOD = frozenset({1000, 1001, 1009, 4003})
"""A simulated page cannot renew a sign-in, so 4003 is the end of it too."""


def delay_s(code: int, tries: int, drain_s: float | None, drawn: float) -> float | None:
    """Seconds until the next try; None for never.

    Args:
        code: of the close.
        tries: failed ones in a row before this.
        drain_s: the window that the server gave before it closed.
        drawn: by chance, from 0 to 1.
    """
    if code in FOR_GOOD or 4500 <= code <= 4999:
        return None
    if code in WINDOW:
        return drawn * (DRAIN_S if drain_s is None else drain_s)
    if code == FULL:
        return FULL_S + drawn * FULL_S
    ceiling: float = min(CAP_S, BASE_S * 2 ** min(tries + 1, 10))
    return BASE_S + drawn * (ceiling - BASE_S)
