"""What is reordered comes out in order, small, and decodable from its first picture."""

from __future__ import annotations

from dataclasses import replace

import av
import pytest

from streams.timeline import VIDEO_HZ
from streams.webrtc.outbox import Frame
from streams.webrtc.proxy import BEHIND, ProxyCoder, small_size
from tests.streams.broadcast import FILM, Look, coded

STEP = VIDEO_HZ // FILM.fps


def shown(frames: list[Frame]) -> list[av.VideoFrame]:
    decoder = av.CodecContext.create("h264", "r")
    pictures: list[av.VideoFrame] = []
    for frame in frames:
        packet = av.Packet(frame.data)
        packet.pts = frame.ticks
        pictures += decoder.decode(packet)
    return pictures + decoder.decode(None)


def test_every_picture_of_a_reordered_group_comes_out_in_the_order_it_is_shown() -> None:
    coder = ProxyCoder()
    frames = [frame for unit in coded(FILM) for frame in coder.receive(unit, 0)]
    held_back = len(coded(FILM)) - len(frames)
    assert 0 <= held_back <= 3
    assert [frame.ticks for frame in frames] == [number * STEP for number in range(len(frames))]
    pictures = shown(frames)
    assert len(pictures) == len(frames)
    assert {(picture.width, picture.height) for picture in pictures} == {(FILM.width, FILM.height)}
    assert [picture.pts for picture in pictures] == [frame.ticks for frame in frames]


def test_an_idr_comes_at_first_every_two_seconds_and_when_it_is_wanted() -> None:
    coder = ProxyCoder()
    frames: list[Frame] = []
    for number, unit in enumerate(coded(FILM)):
        if number == 30:
            coder.want_key()
        frames += coder.receive(unit, 0)
    keys = [frame.ticks // STEP for frame in frames if frame.key]
    assert keys[0] == 0
    assert 25 < keys[1] <= 30
    assert keys[2:] == [keys[1] + 60]


def test_what_waits_in_numbers_is_decoded_and_not_coded() -> None:
    coder = ProxyCoder()
    group = coded(FILM)
    frames: list[Frame] = []
    for number, unit in enumerate(group):
        frames += coder.receive(unit, len(group) - 1 - number)
    assert 0 < len(frames) <= BEHIND + 1
    assert frames[0].key
    assert len(shown(frames)) == len(frames)


@pytest.mark.parametrize("data", [b"", bytes((0, 0, 0, 4, 0x41, 0xFF, 0x00, 0xFF))])
def test_a_broken_picture_is_left_out(data: bytes) -> None:
    coder = ProxyCoder()
    first, second, *rest = coded(FILM)
    broken = replace(second, data=data)
    frames = [f for unit in (first, broken, *rest) for f in coder.receive(unit, 0)]
    assert len(frames) > 100


def test_a_large_picture_is_made_small_and_keeps_its_shape() -> None:
    coder = ProxyCoder()
    units = coded(Look(1280, 720, gop_s=0.4, b_frames=2))
    pictures = shown([frame for unit in units for frame in coder.receive(unit, 0)])
    assert {(picture.width, picture.height) for picture in pictures} == {(852, 480)}


@pytest.mark.parametrize(
    ("size", "small"),
    [((640, 360), (640, 360)), ((1920, 1080), (852, 480)), ((1080, 1920), (270, 480))],
)
def test_small_sizes_are_even_and_within_bounds(
    size: tuple[int, int], small: tuple[int, int]
) -> None:
    assert small_size(*size) == small
