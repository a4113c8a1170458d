"""Where a connection listens for its publisher, and which addresses it says so under.

aioice listens on every address of the machine but loopback, each on whatever port the system
gives. Behind a firewall that opens a few ports, and behind a translation of addresses (1:1 NAT,
where the machine does not know the address that others reach it at), that is no use: so ports may
be taken from a range, and candidates announced under the public address. Packets then arrive at
the private one, and ICE learns the rest by itself.

Whoever finds such a port can send to it. What is no STUN goes on to DTLS and SRTP only from an
address that has proven itself in ICE (RFC 8445 7.3, ASVS 17.2), never when it is empty (aiortc
ends the whole transport over an empty datagram), and never more than MOST_WAITING at once.

The private names taken over in aioice are looked for when `tap` is imported.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import StunProtocol
from aioice.turn import UDP_SOCKET_BUFFER_SIZE
from aiortc import RTCPeerConnection

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
MOST_WAITING = 2000
"""Packets of one publisher that were not looked at yet; further ones are dropped, as lines do."""
ANY_PORT = range(1)


@dataclass(frozen=True, slots=True)
class Reach:
    """How publishers reach this machine.

    Args:
        loopback: listen on 127.0.0.1 too; only a demo on one machine needs it.
        ports: UDP ports to listen on; None: whichever the system gives.
        public_addresses: announced in place of the machine's own of the same family.
    """

    loopback: bool = False
    ports: range | None = None
    public_addresses: tuple[str, ...] = ()


def gather_within(connection: RTCPeerConnection, reach: Reach) -> None:
    """Lets one connection listen as `reach` says.

    Call it between the remote and the local description.
    """
    for transceiver in connection.getTransceivers():
        agent: Any = transceiver.receiver.transport.transport.iceGatherer._connection
        if not isinstance(agent.get_component_candidates, _Gathering):
            agent.get_component_candidates = _Gathering(agent, reach)


@dataclass(frozen=True, slots=True)
class _Gathering:
    agent: Any
    reach: Reach

    async def __call__(self, component: int, addresses: list[str], timeout: int = 5) -> Any:
        more = [LOOPBACK] if self.reach.loopback else []
        every = list(dict.fromkeys([*addresses, *more]))
        found = [await self._listen(component, address) for address in every]
        return [candidate for candidate in found if candidate is not None]

    async def _listen(self, component: int, address: str) -> Candidate | None:
        ports = self.reach.ports or ANY_PORT
        listening = _bound(address, ports)
        if listening is None:
            log.warning("no UDP port of %s-%s is free", ports[0], ports[-1])
            return None
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_SOCKET_BUFFER_SIZE)
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(
            lambda: _Guarded(self.agent), sock=listening
        )
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", address),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=address,
            port=listening.getsockname()[1],
            type="host",
        )
        self.agent._protocols.append(protocol)
        return protocol.local_candidate


class _Guarded(StunProtocol):
    """A port that hears STUN from everybody and everything else from the publisher alone."""

    _known: tuple[Any, ...] | None = None

    def datagram_received(self, data: Any, addr: tuple[Any, ...]) -> None:
        # RFC 7983: the first byte tells the protocols apart; STUN's is 0 to 3.
        if data and (data[0] < 4 or self._may_pass(addr[:2])):
            super().datagram_received(data, addr)

    def _may_pass(self, address: tuple[Any, ...]) -> bool:
        if self.receiver._queue.qsize() >= MOST_WAITING:
            return False
        if address != self._known:
            pairs = (pair for pair in self.receiver._check_list if pair.protocol is self)
            if all(pair.remote_addr != address for pair in pairs):
                return False
            self._known = address
        return True


def _bound(address: str, ports: range) -> socket.socket | None:
    """A socket on the first port of the range that is free, None where none is."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for port in ports:
        listening = socket.socket(family, socket.SOCK_DGRAM)
        listening.setblocking(False)
        try:
            listening.bind((address, port))
        except OSError:
            listening.close()
        else:
            return listening
    return None


_ADDRESS = re.compile(r"^(a=candidate:\S+ \d+ \S+ \d+ |c=IN IP[46] )(\S+)(.*)$", re.MULTILINE)


def announced(sdp: str, public_addresses: tuple[str, ...]) -> str:
    """An answer with the public address of each family in place of the machine's own.

    Loopback stays: only this machine reads it.
    """
    public = {ip_address(address).version: address for address in public_addresses}

    def place(found: re.Match[str]) -> str:
        own = ip_address(found[2])
        kept = own.is_loopback or own.is_unspecified or " typ relay" in found[3]
        address = found[2] if kept else public.get(own.version, found[2])
        return f"{found[1]}{address}{found[3]}"

    return _ADDRESS.sub(place, sdp)
