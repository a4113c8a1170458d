"""Subtitle renditions as text: pieces, their playlist, and the cues in each."""

from __future__ import annotations

import pytest

from streams.films.captions import Cue, read_webvtt
from streams.playlist import ListedSegment
from streams.recordings.spans import Span
from streams.recordings.subtitling import runs_on
from streams.subtitles import PIECE_S, Piece, pieces_of, playlist_of, text_of
from streams.timeline import VIDEO_HZ


def listed(*joints: int, duration_s: float = 6.0, dated: bool = True) -> list[ListedSegment]:
    """A segment for each discontinuity number."""
    return [
        ListedSegment(
            number,
            joint,
            "init.mp4",
            f"{number}.m4s",
            duration_s,
            f"2021-01-28T08:{number // 10:02}:{number % 10 * 6:02}.000Z" if dated else None,
        )
        for number, joint in enumerate(joints)
    ]


def spans(*at: tuple[float, float]) -> list[Span]:
    """Where each begins in the replay and on the event clock; two seconds long."""
    return [
        Span(
            int(at_s * VIDEO_HZ),
            int(clock_s * VIDEO_HZ),
            int((clock_s + 2) * VIDEO_HZ),
            None,  # type: ignore[arg-type]
            number,
            {},
        )
        for number, (at_s, clock_s) in enumerate(at)
    ]


def test_a_piece_is_a_minute_at_most_and_ends_at_a_joint() -> None:
    pieces = pieces_of(listed(*[0] * 12, 1, 1, 2))
    assert [(one.at_s, one.lasts_s, one.discontinuity) for one in pieces] == [
        (0.0, 60.0, 0),
        (60.0, 12.0, 0),
        (72.0, 12.0, 1),
        (84.0, 6.0, 2),
    ]
    assert max(one.lasts_s for one in pieces) <= PIECE_S
    assert [one.number for one in pieces] == [0, 1, 2, 3]
    assert pieces[2].began == "2021-01-28T08:01:12.000Z"


def test_the_playlist_is_finished_and_says_joints_and_dates_as_the_pictures_do() -> None:
    text = playlist_of(pieces_of(listed(0, 1)), "captions-da-made")
    assert text == (
        "#EXTM3U\n#EXT-X-VERSION:10\n#EXT-X-TARGETDURATION:60\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        "#EXT-X-PROGRAM-DATE-TIME:2021-01-28T08:00:00.000Z\n"
        "#EXTINF:6.00000,\ncaptions-da-made.0.vtt\n"
        "#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2021-01-28T08:00:06.000Z\n"
        "#EXTINF:6.00000,\ncaptions-da-made.1.vtt\n#EXT-X-ENDLIST\n"
    )
    assert "DATE-TIME" not in playlist_of(pieces_of(listed(0, dated=False)), "x")


def test_cues_stand_in_the_media_s_time_and_in_every_piece_they_are_seen_in() -> None:
    first, second = Piece(0, 0, None, 0.0, 60.0), Piece(1, 0, None, 60.0, 60.0)
    over, later = Cue(59.0, 61.0, "Hen over"), Cue(70.0, 72.0, "<Senere> & mere")
    text = text_of(first, (over, later), begins_s=18_000.5)
    assert text == (
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:01.000,MPEGTS:90000\n\n"
        "05:00:59.500 --> 05:01:01.500\nHen over\n\n"
    )
    told = text_of(second, (over, later), begins_s=0)
    assert read_webvtt(told) == (over, later)
    assert read_webvtt(text_of(Piece(2, 0, None, 120.0, 60.0), (over, later), 0)) == ()


@pytest.mark.parametrize(
    ("replay", "holds"),
    [
        pytest.param(
            spans((0, 100), (2, 102), (4, 104.04)), True, id="a joint that is a frame off"
        ),
        pytest.param(spans((0, 100), (2, 300)), False, id="two runs joined"),
        pytest.param(spans((0, 100), (2, 102.06), (4, 104.12)), False, id="joints that add up"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_text_stands_beside_a_replay_whose_time_does_not_jump(
    replay: list[Span], holds: bool
) -> None:
    assert runs_on(replay) is holds
