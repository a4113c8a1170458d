"""The tap: RTP packets out of aiortc before it decodes them.

aiortc is a fine WebRTC transport and an expensive decoder: each receiver runs a thread, two
unbounded queues and a codec that nobody here wants. So a receiver is given two stand-ins before it
starts:

* for its jitter buffer one that hands every packet on (retransmissions already unwrapped, NACKs
  for new holes already sent) and never returns a frame, so nothing is ever queued or decoded;
* for its decoder's queue one that answers "end" at once, so the thread that aiortc starts is over
  before it began, and that tells us when aiortc ends the stream (BYE, DTLS closed).

Sender reports are read in passing, and where packets are numbered for congestion control, when each
came is told back (arrivals.py). All calls out happen in the event loop.

The names taken over are private to aiortc: they are looked for when this file is imported, and a
version in which they are gone fails there, loudly, not in the middle of a day.
"""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from aioice.ice import Connection
from aiortc import (
    RTCCertificate,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    rtcrtpreceiver,
)
from aiortc.codecs import CODECS, HEADER_EXTENSIONS
from aiortc.jitterbuffer import JitterBuffer as AiortcJitterBuffer
from aiortc.rtcrtpparameters import (
    RTCRtcpFeedback,
    RTCRtpCodecCapability,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
)
from aiortc.rtp import RtcpSrPacket, RtpPacket

from streams.webrtc.arrivals import EXTENSION, Arrivals
from streams.webrtc.jitterbuffer import Packet

log = logging.getLogger(__name__)

_JITTER_BUFFER = "_RTCRtpReceiver__jitter_buffer"
_DECODER_QUEUE = "_RTCRtpReceiver__decoder_queue"
_CERTIFICATES = "_RTCPeerConnection__certificates"
_OWN_SSRC = "_RTCRtpReceiver__rtcp_ssrc"
_RECEIVER_METHODS = (
    *("_handle_rtp_packet", "_handle_rtcp_packet"),
    *("_send_rtcp", "_send_rtcp_pli", "_send_rtcp_nack"),
)
_NEEDED_IN_SOURCE = (
    "self.__jitter_buffer.add(packet)",
    "target=decoder_worker",
    "self.__decoder_queue.put(None)",
    "self.__decoder_thread.join()",
    "self.__rtcp_ssrc = ssrc",
    "if packet.extensions.abs_send_time is not None",
    "_send_rtp(bytes(packet))",
)


class InternalsChanged(ImportError):
    """This version of aiortc or aioice is not the one that the tap was written for."""


def check_internals() -> None:
    """Look for every private name that the tap leans on.

    Raises:
        InternalsChanged: naming what is missing.
    """
    source = _file_of(RTCRtpReceiver)
    missing = [line for line in _NEEDED_IN_SOURCE if line not in source]
    missing += [name for name in _RECEIVER_METHODS if not hasattr(RTCRtpReceiver, name)]
    if "task = input_q.get()" not in inspect.getsource(rtcrtpreceiver.decoder_worker):
        missing.append("decoder_worker's input_q.get()")
    if list(inspect.signature(AiortcJitterBuffer.add).parameters) != ["self", "packet"]:
        missing.append("JitterBuffer.add(packet)")
    gathering = inspect.signature(Connection.get_component_candidates).parameters
    if not {"component", "addresses"} <= gathering.keys():
        missing.append("aioice Connection.get_component_candidates(component, addresses)")
    if "self._protocols += host_protocols" not in _file_of(Connection):
        missing.append("aioice Connection._protocols")
    if "set_cipher_list" not in inspect.getsource(RTCCertificate._create_ssl_context):
        missing.append("RTCCertificate._create_ssl_context")
    if "self.__certificates = [" not in _file_of(RTCPeerConnection):
        missing.append("RTCPeerConnection.__certificates")
    used = _file_of(Connection)
    missing += [
        f"aioice {name}"
        for name in ("self._check_list", "self._queue", "create_task(self.query_consent())")
        if name not in used
    ]
    if missing:
        raise InternalsChanged(f"expected in aiortc 1.16 and aioice 0.13, not found: {missing}")


def _file_of(kind: type) -> str:
    """The text of the file that a class stands in; to find the class in it would parse it all."""
    return inspect.getsource(sys.modules[kind.__module__])


check_internals()


class Listener(Protocol):
    """Who hears a tapped receiver; called in the event loop, must not block."""

    def receive_packet(self, ssrc: int, packet: Packet, level_dbov: int | None) -> None:
        """One RTP packet, in order of arrival; audio may say how loud it is (RFC 6464)."""

    def receive_report(self, ntp: int, timestamp: int) -> None:
        """A sender report: this RTP timestamp stood for that NTP instant."""

    def receive_end(self) -> None:
        """Nothing more will come; may be called more than once."""


class _PacketsOut:
    """Stands where aiortc keeps its jitter buffer."""

    def __init__(self, listener: Listener, monotonic: Callable[[], float]) -> None:
        self._listener = listener
        self._monotonic = monotonic

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        level = packet.extensions.audio_level
        taken = Packet(
            packet.sequence_number,
            packet.timestamp,
            bool(packet.marker),
            packet.payload,
            self._monotonic(),
        )
        # An exception here would end aiortc's whole transport: this is its boundary, and ours.
        try:
            self._listener.receive_packet(packet.ssrc, taken, -level[1] if level else None)
        except Exception:
            log.exception("a tapped packet was not digested")
        return False, None


class _NoDecoder:
    """Stands where aiortc keeps the queue to its decoder's thread."""

    def __init__(self, receive_end: Callable[[], None]) -> None:
        self._receive_end = receive_end

    def get(self) -> None:
        return None

    def put(self, item: object) -> None:
        if item is None:
            self._receive_end()


class Tap:
    """One RTCRtpReceiver, tapped; must be made before its connection is negotiated."""

    def __init__(self, receiver: Any, listener: Listener, monotonic: Callable[[], float]) -> None:
        self._receiver = receiver
        self._handle_rtcp_packet = receiver._handle_rtcp_packet
        self._handle_rtp_packet = receiver._handle_rtp_packet
        self._listener, self._monotonic = listener, monotonic
        self._arrivals = Arrivals()
        setattr(receiver, _JITTER_BUFFER, _PacketsOut(listener, monotonic))
        setattr(receiver, _DECODER_QUEUE, _NoDecoder(listener.receive_end))
        receiver._handle_rtcp_packet = self._read_rtcp
        receiver._handle_rtp_packet = self._note_arrival

    async def _read_rtcp(self, packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            sent = packet.sender_info
            self._listener.receive_report(sent.ntp_timestamp, sent.rtp_timestamp)
        await self._handle_rtcp_packet(packet)

    async def _note_arrival(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        number = packet.extensions.transport_sequence_number
        if number is not None:
            self._arrivals.receive(number, self._monotonic())
            # Whoever is told this finds out more than aiortc's own guess at the line, a limit to
            # them that grows by a twelfth each second. It guesses by these.
            packet.extensions.abs_send_time = None
        await self._handle_rtp_packet(packet, arrival_time_ms=arrival_time_ms)

    async def acknowledge(self, ssrc: int) -> None:
        """Tell when packets came, where they are numbered for that (arrivals.py)."""
        own = getattr(self._receiver, _OWN_SSRC)
        for feedback in self._arrivals.feedbacks(own, ssrc) if own is not None else ():
            await self._receiver._send_rtcp(feedback)

    async def ask_keyframe(self, ssrc: int) -> None:
        """Send a picture loss indication (RFC 4585 6.3.1)."""
        await self._receiver._send_rtcp_pli(ssrc)

    async def ask_again(self, ssrc: int, sequences: list[int]) -> None:
        """Send a NACK for packets that did not come (RFC 4585 6.2.1)."""
        # aiortc wants them by number, also where they went round.
        await self._receiver._send_rtcp_nack(ssrc, sorted(sequences))


_CIPHERS = ":".join(
    f"ECDHE-{signed}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA")
    for signed in ("ECDSA", "RSA")
)


def take_rsa_too(connection: RTCPeerConnection) -> None:
    """Lets publishers with an RSA certificate in, such as GStreamer's; call it at once.

    aiortc offers ciphers for ECDSA alone, which is what browsers have.
    """
    for certificate in getattr(connection, _CERTIFICATES):
        certificate._create_ssl_context = _WiderContext(certificate._create_ssl_context)


@dataclass(frozen=True, slots=True)
class _WiderContext:
    make: Callable[[Any], Any]

    def __call__(self, srtp_profiles: Any) -> Any:
        context = self.make(srtp_profiles)
        context.set_cipher_list(_CIPHERS.encode())
        return context


# aiortc names the profiles that its decoder was tried with. Passing pictures through needs no
# decoder, and some encoders in hardware speak nothing but Main or High.
_MORE_PROFILES = ("4d001f", "64001f", "640c1f")
_FEEDBACK = (("nack", None), ("nack", "pli"), ("goog-remb", None))
_NUMBERED = RTCRtcpFeedback(type="transport-cc")
_EXTENSION_ID = 5
"""Where we offer; who answers takes the other's."""


def _accept_more_profiles() -> None:
    payload_type = 1 + max(codec.payloadType or 0 for codec in CODECS["video"])
    for profile in _MORE_PROFILES:
        CODECS["video"] += _h264_with_rtx(profile, payload_type)
        payload_type += 2


def _h264_with_rtx(profile: str, payload_type: int) -> list[RTCRtpCodecParameters]:
    return [
        RTCRtpCodecParameters(
            mimeType="video/H264",
            clockRate=90_000,
            payloadType=payload_type,
            rtcpFeedback=[RTCRtcpFeedback(type=kind, parameter=of) for kind, of in _FEEDBACK],
            parameters={
                "level-asymmetry-allowed": "1",
                "packetization-mode": "1",
                "profile-level-id": profile,
            },
        ),
        RTCRtpCodecParameters(
            mimeType="video/rtx",
            clockRate=90_000,
            payloadType=payload_type + 1,
            parameters={"apt": payload_type},
        ),
    ]


def _accept_numbers() -> None:
    HEADER_EXTENSIONS["video"].append(RTCRtpHeaderExtensionParameters(_EXTENSION_ID, EXTENSION))
    for codec in CODECS["video"]:
        if codec.rtcpFeedback:
            codec.rtcpFeedback.append(_NUMBERED)


_accept_more_profiles()
_accept_numbers()

_WANTED = {"video": ("video/h264", "video/rtx"), "audio": ("audio/opus",)}


def accept_only_what_passes(transceiver: RTCRtpTransceiver) -> None:
    """H.264 with retransmission for pictures, Opus for sound; nothing else is negotiated."""
    kind = transceiver.kind
    codecs = [c for c in _capabilities(kind) if c.mimeType.lower() in _WANTED[kind]]
    codecs.sort(key=lambda codec: codec.parameters.get("profile-level-id") != "42e01f")
    transceiver.setCodecPreferences(codecs)


def _capabilities(kind: str) -> list[RTCRtpCodecCapability]:
    capabilities = RTCRtpReceiver.getCapabilities(kind)
    assert capabilities is not None
    return capabilities.codecs
