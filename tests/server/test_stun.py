from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest

from server.stun import MAGIC, IceAddress, answers, binding_request, read_address, responds
from tests.ports import a_free_port

ID = b"twelve bytes"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("stun:stun.kl.dk", IceAddress("stun", "stun.kl.dk", 3478, "udp")),
        ("turn:turn.kl.dk:443?transport=tcp", IceAddress("turn", "turn.kl.dk", 443, "tcp")),
        ("turns:turn.kl.dk", IceAddress("turns", "turn.kl.dk", 5349, "tcp")),
        ("stun:[::1]:3479", IceAddress("stun", "::1", 3479, "udp")),
        ("stun:[::1]", IceAddress("stun", "::1", 3478, "udp")),
    ],
)
def test_an_address_is_read_with_its_port_and_transport(url: str, address: IceAddress) -> None:
    assert read_address(url) == address


@pytest.mark.parametrize("url", ["", "stun:", "https://kl.dk", "turn:kl.dk:port", "nonsense"])
def test_what_is_no_ice_server_is_none(url: str) -> None:
    assert read_address(url) is None


def test_an_answer_belongs_to_its_request() -> None:
    good = struct.pack("!HHI12s", 0x0101, 0, MAGIC, ID)
    assert answers(good, ID)
    assert answers(struct.pack("!HHI12s", 0x0111, 0, MAGIC, ID), ID), "an error is an answer too"
    assert not answers(good, b"another one!")
    assert not answers(binding_request(ID), ID)
    assert not answers(b"HTTP/1.1 400 Bad Request", ID)
    assert not answers(b"", ID)


class Server(asyncio.DatagramProtocol):
    """Answers the second time it is asked, as over a line that loses."""

    def __init__(self) -> None:
        self.asked = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        if self.asked == 2:
            self.transport.sendto(b"noise", addr)
            self.transport.sendto(struct.pack("!HHI12s", 0x0101, 0, MAGIC, data[8:20]), addr)


async def test_a_server_is_asked_again_when_the_first_question_is_lost() -> None:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(Server, ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    assert await responds(IceAddress("stun", "127.0.0.1", port, "udp"))
    assert server.asked == 2
    transport.close()


async def test_a_port_with_nobody_behind_it_does_not_answer() -> None:
    port = a_free_port(socket.SOCK_DGRAM)
    assert not await responds(IceAddress("stun", "127.0.0.1", port, "udp"))
