"""What a killed process left behind, made whole before anything goes on.

A segment that was growing is complete as far as its picture was stored. Sound is stored a little
later than the picture it belongs to; where it was cut off earlier it is silence to the end of the
picture, so that both lanes keep the same numbers and the same lengths. Sound without any picture
was never listed, and is forgotten.
"""

from __future__ import annotations

from streams.filling import Filling, Part, SegmentEnded
from streams.generations import Generation, Segment
from streams.segments import Lane
from streams.shelf import Shelf
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ, rescale_up


def mend(shelf: Shelf, part_ticks: int, silence: bytes) -> None:
    """Ends every segment that was cut off.

    Args:
        part_ticks: the part target, in video ticks.
        silence: one AAC frame of silence.
    """
    for generation, number in tuple(shelf.cut_off()):
        video = generation.lanes[Lane.VIDEO].get(number)
        if video is None or not video.parts:
            generation.lanes[Lane.AUDIO].pop(number, None)
            continue
        if generation.silent:
            shelf.end(generation, SegmentEnded(Lane.VIDEO, number))
            continue
        _fill_with_silence(shelf, generation, video, part_ticks, silence)
        for lane in Lane:
            if not generation.segment(lane, number).ended:
                shelf.end(generation, SegmentEnded(lane, number))


def _fill_with_silence(
    shelf: Shelf, generation: Generation, video: Segment, part_ticks: int, silence: bytes
) -> None:
    audio = generation.segment(Lane.AUDIO, video.number)
    if audio.ended:
        return
    filling = Filling(Lane.AUDIO, part_ticks)
    filling.begin_segment(video.number, _where_sound_stopped(audio, video), len(audio.parts))
    end = rescale_up(video.end_ticks, VIDEO_HZ, AUDIO_HZ)
    while filling.end_ticks < end:
        for part in filling.add(silence, filling.end_ticks, AAC_FRAME_TICKS, key=True):
            shelf.add(generation, part)
    for output in filling.end_segment():
        if isinstance(output, Part):
            shelf.add(generation, output)


def _where_sound_stopped(audio: Segment, video: Segment) -> int:
    if audio.parts:
        return audio.end_ticks
    start = rescale_up(video.start_ticks, VIDEO_HZ, AUDIO_HZ)
    return -(-start // AAC_FRAME_TICKS) * AAC_FRAME_TICKS
