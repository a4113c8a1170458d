"""Sessions looked at again, while their lines are open: those that are over, and other rights.

Who signs out is told to every process at once; a session that has run out, a role that the
secretariat has taken away and a municipality that was put right are nobody's to tell. So each
process asks the database every REVIEW_EVERY_S for all sessions that it has lines of, in one read.
"""

from __future__ import annotations

from server.clock import Clock
from server.parts import Parts
from server.routes.media import BACKSTAGE

REVIEW_EVERY_S = 4.0


async def keep_reviewing(parts: Parts, clock: Clock) -> None:
    """For as long as the process lives."""
    while True:
        await clock.sleep(REVIEW_EVERY_S)
        await review_sessions(parts)


async def review_sessions(parts: Parts) -> None:
    """Close every transport whose session is over; take from the others what is theirs no more."""
    whep = parts.picture.whep if parts.picture else None
    watching = whep.sessions if whep else frozenset[str]()
    sessions = parts.gateway.sessions() | watching
    if not sessions:
        return
    held = await parts.signing_in.still_open(sessions)
    for session in sessions - held.keys():
        parts.revoke(session)
    await parts.gateway.review(held)
    for session in watching & held.keys():
        if whep and held[session].role not in BACKSTAGE:
            whep.revoke(session)
