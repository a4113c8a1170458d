"""The coder alone, in this process and in its own: every picture comes out, in order, smaller."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

import pytest

from streams.parameters import parameters_of
from streams.rungcoder import HEAD, LARGEST_BODY, Coder, Message, read_message
from streams.segments import AccessUnit
from tests.streams.broadcast import Look, pictures

TALL = Look(320, 180)
LEANING = Look(320, 180, gop_s=2.0, b_frames=2)


def asked(look: Look, count: int) -> Iterator[Message]:
    """A generation of `count` pictures in segments of a group each."""
    yield Message(b"G")
    segment = -1
    for unit in islice(pictures(look, 0, lambda: False), count):
        if unit.key:
            if segment >= 0:
                yield Message(b"E", segment)
            segment += 1
            yield Message(b"B", segment)
        yield as_message(unit)
    yield Message(b"E", segment)


def as_message(unit: AccessUnit) -> Message:
    return Message(b"U", unit.pts_ticks, int(unit.key), unit.data)


def answers(coder: Coder, messages: Iterator[Message]) -> list[Message]:
    return [answer for message in messages for answer in coder.answer(message)]


@pytest.mark.parametrize("look", [TALL, LEANING], ids=["plain", "b-frames"])
def test_every_picture_comes_out_before_the_end_of_its_segment(look: Look) -> None:
    said = answers(Coder(90), asked(look, 150))
    ends = [index for index, each in enumerate(said) if each.kind == b"E"]
    assert [said[index].number for index in ends] == [0, 1, 2]
    assert [ends[0], ends[1] - ends[0], ends[2] - ends[1]] == [50, 51, 51]
    shown = [each.number for each in said if each.kind == b"U"]
    assert shown == sorted(shown)
    assert len(shown) == 150


def test_each_segment_begins_with_an_idr_of_the_smaller_size() -> None:
    said = answers(Coder(90), asked(LEANING, 100))
    firsts = [said[0], said[51]]
    for first in firsts:
        assert first.flag == 1
        parameters = parameters_of(first.body)
        assert parameters is not None
        assert (parameters.width, parameters.height) == (160, 90)
    assert sum(each.flag for each in said if each.kind == b"U") == 2


def test_another_generation_may_have_another_shape() -> None:
    coder = Coder(90)
    answers(coder, asked(TALL, 10))
    said = answers(coder, asked(Look(240, 180), 10))
    parameters = parameters_of(said[0].body)
    assert parameters is not None
    assert (parameters.width, parameters.height) == (120, 90)


def test_what_cannot_be_decoded_is_left_out_until_the_next_idr() -> None:
    coder = Coder(90)
    units = list(islice(pictures(TALL, 0, lambda: False), 60))
    said = answers(coder, map(as_message, units[10:]))
    assert [each.number for each in said] == [unit.pts_ticks for unit in units[50:]]
    broken = Message(b"U", 0, 1, b"\0\0\0\2\x65\xff")
    assert answers(coder, iter([broken])) == []


def test_it_reads_and_answers_as_a_process_and_ends_with_its_input() -> None:
    text = b"".join(message.packed() for message in asked(TALL, 50))
    done = subprocess.run(
        [sys.executable, "-m", "streams.rungcoder", "90"],
        input=text, stdout=subprocess.PIPE, timeout=30, check=True,
    )  # fmt: skip
    out, said = BytesIO(done.stdout), list[Message]()
    while (message := read_message(out)) is not None:
        said.append(message)
    assert [each.kind for each in said] == [b"U"] * 50 + [b"E"]


def test_a_message_that_is_cut_off_is_none_and_a_huge_one_is_refused() -> None:
    whole = Message(b"U", 7, 1, b"abc").packed()
    assert read_message(BytesIO(whole)) == Message(b"U", 7, 1, b"abc")
    assert read_message(BytesIO(whole[:-1])) is None
    assert read_message(BytesIO(whole[:5])) is None
    with pytest.raises(ValueError, match="at most"):
        read_message(BytesIO(HEAD.pack(b"U", 0, 0, LARGEST_BODY + 1)))
