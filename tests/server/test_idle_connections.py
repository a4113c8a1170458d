"""What a page that is open and silent costs the server, as Python counts it.

The bar is 30 KiB of the process for each (issue 4); what the allocator and the transport add is
told by `bench_fanout`. The handshake is a browser's, the topics are the watch page's.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import tracemalloc

import orjson

from tests.server.memory_board import an_edge
from tests.server.test_transport import masked

MOST_BYTES = 20 * 1024
PAGES = 100
TOPICS = ("show", "committee", "board", "room:aalborg", "choice", "polls", "channel:main", "help")
HANDSHAKE = (
    "GET /rt HTTP/1.1\r\nHost: topmoede.example.dk\r\nConnection: Upgrade\r\n"
    "Pragma: no-cache\r\nCache-Control: no-cache\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)"
    " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: da-DK,da;q=0.9,en;q=0.8\r\n"
    "Cookie: topmoede=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "Sec-WebSocket-Protocol: topmoede.v1\r\nAuthorization: Bearer p%d\r\n\r\n"
)
HELLO = orjson.dumps({"op": "hello", "v": 1, "topics": [{"topic": each} for each in TOPICS]})


async def a_page(port: int, number: int) -> socket.socket:
    """A bare socket, which costs next to nothing itself, that has joined the topics."""
    page = socket.create_connection(("127.0.0.1", port))
    page.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(page, (HANDSHAKE % number).encode())
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += await loop.sock_recv(page, 4096)
    await loop.sock_sendall(page, masked(0x81, HELLO))
    while heard.count(b'"op":"joined"') < len(TOPICS):
        heard += await loop.sock_recv(page, 4096)
    return page


async def some_pages(port: int, numbers: range) -> list[socket.socket]:
    return await asyncio.gather(*(a_page(port, number) for number in numbers))


async def test_a_silent_page_costs_less_than_twenty_kib() -> None:
    async with an_edge() as edge:
        for topic in TOPICS:
            edge.board.add(topic)
        pages = await some_pages(edge.port, range(10))
        gc.collect()
        tracemalloc.start()
        try:
            pages += await some_pages(edge.port, range(10, 10 + PAGES))
            gc.collect()
            each_bytes = tracemalloc.get_traced_memory()[0] / PAGES
            assert len(edge.gateway.clients) == 10 + PAGES
        finally:
            tracemalloc.stop()
            for page in pages:
                page.close()
        await edge.doorkeeper.empty.wait()
    print(f"{each_bytes / 1024:.1f} KiB each")
    assert each_bytes < MOST_BYTES
