"""Offer and answer with aiortc, the same for who publishes and who watches.

What aiortc's reader of SDP throws at broken input becomes a refusal; every wait has a limit.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.sdp import candidate_from_sdp

from streams.webrtc.gathering import Reach, announced, gather_within
from streams.webrtc.offers import Offer, Remote
from streams.webrtc.tap import take_rsa_too
from streams.webrtc.whip import Refused

_ANSWER_WITHIN_S = 10.0

# It asserts and indexes freely.
_NOT_UNDERSTOOD = (
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    StopIteration,
    RuntimeError,
    TypeError,
    TimeoutError,
    InvalidAccessError,
    InvalidStateError,
)


def a_connection() -> RTCPeerConnection:
    """A connection for one session: all media on one transport, no foreign STUN server."""
    connection = RTCPeerConnection(
        RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
    )
    take_rsa_too(connection)
    return connection


async def answer(
    connection: RTCPeerConnection, offer: Offer, nothing_common: str, reach: Reach
) -> str:
    """The answer to an offer, with all our candidates in it.

    Args:
        nothing_common: the code of the refusal where the codecs do not meet.
        reach: where they reach us.

    Raises:
        Refused: that code, `bad_offer` or `no_port`.
    """
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            await connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            gather_within(connection, reach)
            await connection.setLocalDescription(await connection.createAnswer())
    except OperationError as error:
        raise Refused(nothing_common, "expected H.264 in a profile that browsers know") from error
    except _NOT_UNDERSTOOD as error:
        raise Refused("bad_offer", f"expected a session description: {error!s:.200}") from error
    answer = announced(connection.localDescription.sdp, reach.public_addresses)
    if "a=candidate:" not in answer:
        raise Refused("no_port", "expected a free UDP port to listen on, got none")
    return answer


async def add_candidates(connection: RTCPeerConnection, fragment: str, remote: Remote) -> None:
    """Takes candidates that came after the offer; those that cannot be used are left out.

    Raises:
        Refused: `bad_fragment`, `no_restart`.
    """
    for candidate in remote.read_fragment(fragment):
        try:
            parsed = candidate_from_sdp(candidate.text)
        except (ValueError, IndexError, AssertionError) as error:
            raise Refused(
                "bad_fragment", f"expected a candidate, got {candidate.text[:60]!r}"
            ) from error
        parsed.sdpMid = candidate.mid
        with suppress(ValueError):
            await connection.addIceCandidate(parsed)
