"""A publisher's packets are its consent to what we send back.

Who sends to an address asks it every few seconds whether it still wants that (RFC 7675), and stops
when six questions in a row stayed open; aioice ends the whole connection then. To a publisher we
send reports and questions for lost packets alone, as long as its own packets come, each of them
signed with the session's key, and two seconds after the last it is gone (ingest.py). That is the
stricter rule, and it holds for publishers who answer no questions once they are connected:
FFmpeg's WHIP muxer was thrown out after half a minute.

The private names taken over in aioice are looked for when `tap` is imported.
"""

from __future__ import annotations

from typing import Any

from aiortc import RTCPeerConnection


def ask_nothing(connection: RTCPeerConnection) -> None:
    """Lets one connection stand for as long as its publisher sends.

    Call it when it has been described, before ICE has connected it.
    """
    for transceiver in connection.getTransceivers():
        agent: Any = transceiver.receiver.transport.transport.iceGatherer._connection
        agent.query_consent = _no_question


async def _no_question() -> None:
    pass
