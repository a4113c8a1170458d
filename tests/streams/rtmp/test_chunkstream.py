"""The chunk stream: any cut, any interleaving, every header; and what it refuses."""

from __future__ import annotations

from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtmp.chunkstream import (
    MOST_CHUNK_STREAMS,
    MOST_COMMAND_BYTES,
    MOST_MEDIA_BYTES,
    Broken,
    ChunkReader,
    Kind,
    Message,
    chunks_of,
)
from tests.streams.rtmp_encoder import pieces

MESSAGES = st.builds(
    Message,
    kind=st.sampled_from([Kind.AUDIO, Kind.VIDEO, Kind.COMMAND, Kind.DATA]),
    stream=st.integers(0, 0xFFFFFFFF),
    time_ms=st.integers(0, 0xFFFFFFFF) | st.sampled_from([0xFFFFFE, 0xFFFFFF, 0x1000000]),
    data=st.binary(max_size=600),
)


def read(written: str) -> list[tuple[int, int, int, bytes]]:
    """Messages of hex as (kind, stream, time, data)."""
    messages = ChunkReader().receive(bytes.fromhex(written))
    return [(m.kind, m.stream, m.time_ms, m.data) for m in messages]


def test_a_message_in_one_chunk_as_the_specification_draws_it() -> None:
    assert read("03 0003e8 000002 08 01000000 abcd") == [(8, 1, 1000, b"\xab\xcd")]


def test_headers_leave_out_what_stays_the_same() -> None:
    whole, delta = "04 0003e8 000001 08 01000000 aa", "44 000014 000002 09 bbbb"
    shorter, none = "84 00000a cccc", "c4 dddd"
    assert read(f"{whole} {delta} {shorter} {none}") == [
        (8, 1, 1000, b"\xaa"),
        (9, 1, 1020, b"\xbb\xbb"),
        (9, 1, 1030, b"\xcc\xcc"),
        (9, 1, 1040, b"\xdd\xdd"),
    ]


def test_a_message_like_the_first_is_as_far_from_it_as_that_from_zero() -> None:
    assert [time for _, _, time, _ in read("04 000015 000001 08 01000000 aa c4 bb")] == [21, 42]


def test_numbers_of_chunk_streams_have_three_lengths() -> None:
    head = "000000 000001 08 00000000 aa"
    assert len(read(f"3f {head} 00 00 {head} 00 ff {head} 01 0001 {head}")) == 4


def test_a_long_number_may_come_in_two_pieces() -> None:
    reader = ChunkReader()
    assert reader.receive(b"\1\5") == []
    assert len(reader.receive(b"\0" + bytes.fromhex("000000 000001 08 00000000 aa"))) == 1


def test_calling_off_what_never_began_is_nothing() -> None:
    assert read("02 000000 000004 02 00000000 00000009") == []


def test_a_time_that_does_not_fit_is_repeated_in_every_chunk() -> None:
    message = Message(Kind.VIDEO, 1, 0x0100_0000, bytes(range(200)))
    written = chunks_of(message, 6, 128)
    assert written.count(b"\x01\0\0\0") >= 2
    assert ChunkReader().receive(written) == [message]


def test_a_time_that_an_old_encoder_does_not_repeat_is_no_payload_lost() -> None:
    message = Message(Kind.VIDEO, 1, 0x0100_0000, bytes(range(200)))
    written = chunks_of(message, 6, 128)
    without = written[:-76] + written[-72:]
    assert ChunkReader().receive(without) == [message]


def test_a_time_behind_a_step_may_be_extended_too() -> None:
    start = "04 000001 000001 08 01000000 aa"
    assert read(f"{start} 44 ffffff 000001 08 01000000 bb")[1][2] == 0x0100_0001
    assert read(f"{start} 44 ffffff 000001 08 ffffffff bb")[1][2] == 0, "it wraps"


def test_a_chunk_size_that_is_set_holds_from_the_next_chunk() -> None:
    message = Message(Kind.VIDEO, 1, 5, bytes(1000))
    larger = chunks_of(Message(Kind.SET_CHUNK_SIZE, 0, 0, (4096).to_bytes(4)), 2, 128)
    assert ChunkReader().receive(larger + chunks_of(message, 6, 4096)) == [message]


def test_after_an_abort_a_chunk_stream_begins_a_message_anew() -> None:
    reader, message = ChunkReader(), Message(Kind.VIDEO, 1, 5, bytes(1000))
    begun = 12 + 128
    assert reader.receive(chunks_of(message, 6, 128)[:begun]) == []
    assert reader.kept_bytes == 128
    assert reader.receive(chunks_of(Message(Kind.ABORT, 0, 0, (6).to_bytes(4)), 2, 128)) == []
    assert reader.kept_bytes == 0
    assert reader.receive(chunks_of(message, 6, 128)) == [message]


@given(st.lists(MESSAGES, max_size=6), st.lists(st.integers(0, 90), max_size=40), st.data())
def test_messages_come_through_however_the_bytes_are_cut(
    messages: list[Message], sizes: list[int], data: st.DataObject
) -> None:
    chunk_bytes = data.draw(st.integers(1, 400))
    reader = ChunkReader()
    told = chunks_of(Message(Kind.SET_CHUNK_SIZE, 0, 0, chunk_bytes.to_bytes(4)), 2, 128)
    written = told + b"".join(chunks_of(each, 5, chunk_bytes) for each in messages)
    found = [m for piece in pieces(written, sizes) for m in reader.receive(piece)]
    assert found == messages
    assert reader.kept_bytes == 0


@given(st.binary(max_size=900), st.binary(max_size=900))
def test_messages_on_two_chunk_streams_come_through_interleaved(sound: bytes, shown: bytes) -> None:
    messages = [Message(Kind.AUDIO, 1, 10, sound), Message(Kind.VIDEO, 1, 0x2000000, shown)]
    rows = []
    for number, message in zip((4, 6), messages, strict=True):
        written = chunks_of(message, number, 128)
        first = 12 + 128 + 4 * (message.time_ms >= 0xFFFFFF)
        again = 1 + 128 + 4 * (message.time_ms >= 0xFFFFFF)
        rest = range(first, len(written), again)
        rows.append([written[:first], *(written[at : at + again] for at in rest)])
    mixed = b"".join(piece for pair in zip_longest(*rows, fillvalue=b"") for piece in pair)
    assert sorted(ChunkReader().receive(mixed), key=lambda m: m.kind) == messages


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("43 000000 000001 08 aa", "a whole header"),
        ("c3", "a whole header"),
        ("03 000000 ffffff 14 00000000", f"{MOST_COMMAND_BYTES} bytes at most"),
        ("03 000000 400001 09 00000000", f"{MOST_MEDIA_BYTES} bytes at most"),
        ("02 000000 000004 01 00000000 00000000", "a chunk size of 1"),
        ("02 000000 000004 01 00000000 80000000", "a chunk size of 1"),
        ("02 000000 000003 01 00000000 000001", "four bytes of control"),
        ("02 000000 000005 02 00000000 0000000101", "four bytes of control"),
    ],
)
def test_what_breaks_a_rule_is_broken(written: str, why: str) -> None:
    with pytest.raises(Broken, match=why):
        ChunkReader().receive(bytes.fromhex(written))


def test_another_message_s_header_before_the_end_is_broken() -> None:
    begun = chunks_of(Message(Kind.VIDEO, 1, 0, bytes(300)), 6, 128)[: 12 + 128]
    with pytest.raises(Broken, match="the rest of a message"):
        ChunkReader().receive(begun + begun)


def test_chunk_streams_are_counted() -> None:
    empty = b"".join(chunks_of(Message(8, 0, 0, b""), n, 128) for n in range(3, 64))
    with pytest.raises(Broken, match=f"{MOST_CHUNK_STREAMS} chunk streams"):
        ChunkReader().receive(empty)


def test_a_length_that_is_only_promised_takes_no_memory() -> None:
    reader = ChunkReader()
    reader.receive(bytes.fromhex("06 000000 400000 09 01000000"))
    assert reader.kept_bytes == 0


def test_half_messages_on_many_chunk_streams_end_at_the_bound() -> None:
    reader = ChunkReader()
    reader.receive(chunks_of(Message(1, 0, 0, (1 << 20).to_bytes(4)), 2, 128))
    head = "{:02x} 000000 400000 09 01000000"
    for number in range(3, 11):
        reader.receive(bytes.fromhex(head.format(number)) + bytes(1 << 20))
    with pytest.raises(Broken, match="of begun messages"):
        reader.receive(bytes.fromhex(head.format(11)) + b"\0")
