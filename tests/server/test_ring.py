"""The ring of ready frames."""

from __future__ import annotations

import pytest

from server import ring
from server.ring import PAYLOAD_BYTES, PAYLOAD_FRAMES, RING_BYTES, RING_FRAMES, Newest, Ring
from server.sink import payload_of


def a_ring(head: int = 0, frames: int = 0, size_bytes: int = 10) -> Ring:
    made = Ring(head)
    for _ in range(frames):
        made.append(numbered(made.head + 1, size_bytes))
    return made


def numbered(seq: int, size_bytes: int = 10) -> bytes:
    return str(seq).encode().rjust(size_bytes, b"0")


def seqs(made: Ring, cursor: int) -> list[int]:
    return [int(frame) for frame in made.after(cursor).frames]


def test_everything_after_a_cursor_comes_in_order() -> None:
    made = a_ring(head=10, frames=5)
    assert seqs(made, 10) == [11, 12, 13, 14, 15]
    assert seqs(made, 13) == [14, 15]
    assert made.after(13).upto == 15


def test_payload_is_one_websocket_message_of_all_its_frames() -> None:
    made = a_ring(frames=3)
    assert payload_of(made.after(1).framed) == numbered(2) + b"\n" + numbered(3)


def test_those_at_the_same_cursor_get_the_same_object_until_something_new_comes() -> None:
    made = a_ring(frames=3)
    first = made.after(1)
    assert made.after(1) is first
    made.append(numbered(4))
    assert seqs(made, 1) == [2, 3, 4]


def test_empty_ring_covers_only_its_head() -> None:
    made = a_ring(head=10)
    assert made.covers(10)
    assert not made.covers(9)


def test_oldest_frames_make_room_by_count_and_the_rest_has_no_hole() -> None:
    made = a_ring(frames=RING_FRAMES * 2)
    assert made.head == RING_FRAMES * 2
    assert made.head - made.start + 1 <= RING_FRAMES
    assert seqs(made, made.start - 1)[0] == made.start
    assert not made.covers(made.start - 2)


def test_oldest_frames_make_room_by_bytes() -> None:
    made = a_ring(frames=40, size_bytes=RING_BYTES // 10)
    held = made.head - made.start + 1
    assert 1 <= held <= 10
    assert made.after(39).upto == 40


def test_frame_larger_than_the_ring_is_still_handed_out() -> None:
    made = a_ring(frames=2)
    made.append(b"x" * (RING_BYTES + 1))
    assert made.covers(2)
    assert len(made.after(2).frames) == 1


def test_payload_is_bounded_by_bytes_but_never_empty() -> None:
    made = a_ring(frames=5, size_bytes=PAYLOAD_BYTES)
    assert made.after(0).upto == 1
    assert made.after(4).upto == 5


def test_payload_is_bounded_by_frames() -> None:
    assert a_ring(frames=PAYLOAD_FRAMES + 9).after(0).upto == PAYLOAD_FRAMES


def test_frames_from_the_database_go_in_front() -> None:
    made = a_ring(head=10, frames=2)
    made.prepend([numbered(seq) for seq in range(6, 11)])
    assert made.start == 6
    assert seqs(made, 5) == [6, 7, 8, 9, 10, 11, 12]


def test_as_many_as_there_is_room_for_go_in_front_the_newest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring, "RING_FRAMES", 4)
    made = a_ring(head=10, frames=2)
    made.prepend([numbered(seq) for seq in range(1, 11)])
    assert seqs(made, made.start - 1) == [9, 10, 11, 12]


def test_erased_event_keeps_its_number_and_loses_its_text() -> None:
    made = a_ring(frames=3)
    made.after(0)
    made.rewrite(2, b"gone")
    assert made.after(0).frames == [numbered(1), b"gone", numbered(3)]
    made.rewrite(99, b"never here")
    assert b"never here" not in made.after(0).frames


def test_newest_value_alone_counts() -> None:
    newest = Newest()
    newest.put(b"1")
    newest.put(b"2")
    assert newest.covers(0)
    assert newest.after(0).frames == (b"2",)
    assert newest.after(0).upto == newest.head == 2
