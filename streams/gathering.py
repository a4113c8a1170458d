"""Where a connection listens for its publisher, and which addresses it says so under.

aioice listens on every address of the machine but loopback, each on whatever port the system
gives. Behind a firewall that opens a few ports, and behind a translation of addresses (1:1 NAT,
where the machine does not know the address that others reach it at), that is no use: so ports may
be taken from a range, and candidates announced under the public address. Packets then arrive at
the private one, and ICE learns the rest by itself.

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
from aioice.ice import Connection, StunProtocol
from aioice.turn import UDP_SOCKET_BUFFER_SIZE
from aiortc import RTCPeerConnection

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"


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
    if not reach.loopback and reach.ports is None:
        return
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
        if self.reach.ports is None:
            gather = Connection.get_component_candidates
            return await gather(self.agent, component, every, timeout=timeout)
        found = [await self._listen(component, address, self.reach.ports) for address in every]
        return [candidate for candidate in found if candidate is not None]

    async def _listen(self, component: int, address: str, ports: range) -> Candidate | None:
        listening = _bound(address, ports)
        if listening is None:
            log.warning("no UDP port is free", extra={"address": address, "ports": str(ports)})
            return None
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_SOCKET_BUFFER_SIZE)
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(
            lambda: StunProtocol(self.agent), sock=listening
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
