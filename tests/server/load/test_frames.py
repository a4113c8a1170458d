"""Frames as a client reads and writes them, against the server's own and the library's."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.streams import StreamReader

from server.load import frames
from server.sink import text_frame

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + frames.ANSWERED + b"\r\n\r\n"


def read(*pieces: bytes) -> list[tuple[int, bytes]]:
    reader = frames.Reader()
    return [found for piece in pieces for found in reader.receive(piece)]


@given(st.lists(st.binary(max_size=300) | st.just(b"x" * 70_000), max_size=5), st.data())
def test_messages_are_the_same_however_the_bytes_are_cut(
    payloads: list[bytes], data: st.DataObject
) -> None:
    stream = HEAD + b"".join(map(text_frame, payloads))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(edges)]
    assert read(*pieces) == [(frames.TEXT, payload) for payload in payloads]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535])
def test_what_we_write_is_a_masked_text_to_the_library(size: int) -> None:
    stream = StreamReader()
    stream.feed_data(frames.masked(b"x" * size))
    parsing = Frame.parse(stream.read_exact, mask=True)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    assert parsed.value.value == Frame(frames.TEXT, b"x" * size)  # type: ignore[arg-type]


def test_fragments_are_one_message_and_a_ping_may_come_between() -> None:
    stream = b"\x01\x02ab" + b"\x89\x00" + b"\x80\x01c"
    assert read(HEAD, stream) == [(frames.PING, b""), (frames.TEXT, b"abc")]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 403 Forbidden\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: another\r\n\r\n",
        b"x" * 20_000,
    ],
)
def test_answer_that_is_no_websocket_is_broken(head: bytes) -> None:
    with pytest.raises(frames.Broken):
        read(head)


@pytest.mark.parametrize("frame", [b"\x81\x81\0\0\0\0x", b"\x81\x7f" + b"\xff" * 8])
def test_masked_and_endless_frames_are_broken(frame: bytes) -> None:
    with pytest.raises(frames.Broken):
        read(HEAD, frame)


def test_close_without_a_reason_has_a_code_of_its_own() -> None:
    assert frames.close_code(b"") == 1005
    assert frames.close_code((1013).to_bytes(2, "big") + b"full") == 1013
