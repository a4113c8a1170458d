"""A viewer's outbox is bounded, gives out what can be decoded, and never goes back in time."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.timeline import VIDEO_HZ
from streams.webrtc import outbox
from streams.webrtc.outbox import Frame, Outbox

STEP = VIDEO_HZ // 25
MILLISECOND = VIDEO_HZ // 1000


def a_frame(ticks: int, *, key: bool = False, size_bytes: int = 1000) -> Frame:
    return Frame(ticks, key, bytes(size_bytes))


def an_outbox() -> tuple[Outbox, list[None]]:
    woken: list[None] = []
    return Outbox(VIDEO_HZ, lambda: woken.append(None)), woken


def all_of(box: Outbox) -> list[Frame]:
    return list(iter(box.take, None))


def test_frames_come_out_as_they_went_in_and_wake_who_waits() -> None:
    box, woken = an_outbox()
    frames = [a_frame(number * STEP, key=number == 0) for number in range(5)]
    for frame in frames:
        box.put(frame)
    assert all_of(box) == frames
    assert len(woken) == 5


def test_nothing_comes_out_before_the_first_idr() -> None:
    box, woken = an_outbox()
    box.put(a_frame(0))
    box.put(a_frame(STEP, key=True))
    assert [frame.ticks for frame in all_of(box)] == [STEP]
    assert (box.dropped, len(woken)) == (1, 1)


def test_who_is_three_seconds_behind_goes_on_at_the_next_idr() -> None:
    box, _ = an_outbox()
    for number in range(100):
        box.put(a_frame(number * STEP, key=number in (0, 90)))
    assert [frame.ticks // STEP for frame in all_of(box)] == list(range(90, 100))
    assert box.dropped == 90


def test_an_idr_that_finds_the_outbox_full_is_kept() -> None:
    box, _ = an_outbox()
    for number in range(77):
        box.put(a_frame(number * STEP, key=number in (0, 76)))
    assert [frame.ticks // STEP for frame in all_of(box)] == [76]


def test_large_pictures_fill_it_by_their_bytes() -> None:
    box, _ = an_outbox()
    size_bytes = outbox.MOST_BYTES // 3
    for number in range(5):
        box.put(a_frame(number, key=number in (0, 4), size_bytes=size_bytes))
    assert [frame.key for frame in all_of(box)] == [True]


def test_what_there_is_to_catch_up_with_lies_in_the_milliseconds_before_its_end() -> None:
    box, _ = an_outbox()
    box.catch_up([a_frame(number * STEP, key=number == 0) for number in range(50)])
    box.put(a_frame(50 * STEP))
    *early, last = all_of(box)
    assert early[-1].ticks == 49 * STEP
    assert all(b.ticks - a.ticks == MILLISECOND for a, b in pairwise(early))
    assert last.ticks == 50 * STEP


def test_at_a_cut_time_does_not_go_back() -> None:
    box, _ = an_outbox()
    box.put(a_frame(10 * STEP, key=True))
    box.put(a_frame(9 * STEP, key=True))
    box.put(a_frame(11 * STEP))
    assert [frame.ticks for frame in all_of(box)] == [
        10 * STEP,
        10 * STEP + MILLISECOND,
        11 * STEP,
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**7),
            st.booleans(),
            st.integers(0, outbox.MOST_BYTES),
            st.integers(0, 3),
        ),
        max_size=40,
    )
)
def test_whatever_comes_what_goes_out_is_bounded_rising_and_whole(
    steps: list[tuple[int, bool, int, int]],
) -> None:
    box, _ = an_outbox()
    put = taken = 0
    out: list[Frame] = []
    unbroken = True
    for ticks, key, size_bytes, takes in steps:
        dropped = box.dropped
        box.put(Frame(ticks, key, bytes(size_bytes)))
        put += 1
        unbroken = unbroken and box.dropped == dropped
        for _ in range(takes):
            if frame := box.take():
                out.append(frame)
                taken += 1
    assert put == taken + len(box) + box.dropped
    assert all(a.ticks < b.ticks for a, b in pairwise(out))
    assert not out or out[0].key
    assert box._size_bytes <= 2 * outbox.MOST_BYTES
