"""Playlists as text, against the rules."""

from __future__ import annotations

from dataclasses import replace

from streams.playlist import (
    Kind,
    ListedPart,
    ListedSegment,
    Lower,
    MediaPlaylist,
    Report,
    Subtitles,
    delta,
    full,
    multivariant,
)
from tests.streams.parsed_playlist import parse
from tests.streams.playlist_rules import PlaylistRules


def a_segment(number: int, *, joint_at: int = 99, ended: bool = True) -> ListedSegment:
    generation = 1 + (number >= joint_at)
    folder = f"/media/main/hall/{generation}/video"
    parts = tuple(
        ListedPart(f"{folder}/{number}.{index}.m4s", 1.0, index == 0) for index in range(2)
    )
    began = f"2021-01-28T08:{number // 30:02}:{number % 30 * 2:02}.000Z"
    return ListedSegment(
        number,
        generation - 1,
        f"{folder}/init.mp4",
        f"{folder}/{number}.m4s",
        2.0 if ended else 1.0,
        began,
        parts if ended else parts[:1],
        ended,
    )


def a_playlist(count: int, first: int = 0, joint_at: int = 99) -> MediaPlaylist:
    segments = [a_segment(n, joint_at=joint_at) for n in range(first, first + count)]
    segments[-1] = a_segment(first + count - 1, joint_at=joint_at, ended=False)
    last = segments[-1]
    hint = last.parts[0].uri.replace(".0.m4s", ".1.m4s")
    report = Report("audio.m3u8", last.number, 0)
    return MediaPlaylist(Kind.LIVE, segments, 1.02, hint, (report,))


def test_a_live_playlist_keeps_the_rules_full_and_short() -> None:
    rules = PlaylistRules()
    for first in range(5):
        playlist = a_playlist(30, first, joint_at=3)
        short = delta(playlist)
        assert short is not None
        rules.receive_delta("main/video", short, full(playlist))
    rules.check()


def test_the_newest_three_target_durations_show_their_parts() -> None:
    read = parse(full(a_playlist(30)))
    assert [bool(segment.parts) for segment in read.segments] == [False] * 20 + [True] * 10
    assert read.segments[-1].uri is None
    assert read.hints == ["/media/main/hall/1/video/29.1.m4s"]


def test_a_short_playlist_has_no_delta() -> None:
    assert delta(a_playlist(19)) is None
    assert "SKIPPED-SEGMENTS=1\n" in (delta(a_playlist(20)) or "")
    finished = MediaPlaylist(Kind.LIVE, a_playlist(40).segments, 1.02, finished=True)
    assert delta(finished) is None
    assert delta(MediaPlaylist(Kind.EVENT, a_playlist(40).segments)) is None


def test_the_first_segment_listed_has_its_joint_in_the_header() -> None:
    rules = PlaylistRules()
    for first in (2, 3, 4):
        read = parse(full(a_playlist(12, first, joint_at=3)))
        assert read.first_discontinuity == int(first >= 3)
        assert [segment.joint for segment in read.segments].count(True) == int(first < 3)
        rules.receive("main/video", full(a_playlist(12, first, joint_at=3)))
    rules.check()


def test_a_joint_behind_the_skip_stands_in_the_delta() -> None:
    text = delta(a_playlist(30, joint_at=11)) or ""
    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=11\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:" in text
    assert "#EXT-X-MAP" not in (delta(a_playlist(30, joint_at=10)) or "")


def test_what_a_delta_leaves_is_long_enough_as_it_is_told() -> None:
    # Exactly 36.000004 s from the seventh on, and 35.99994 s by the lengths that are written.
    playlist = a_playlist(24)
    lengths = [2.0] * 6 + [2.99994] + [2.000004] * 16 + [1.0]
    segments = [
        replace(segment, duration_s=lasts_s)
        for segment, lasts_s in zip(playlist.segments, lengths, strict=True)
    ]
    left = parse(delta(replace(playlist, segments=segments)) or "").segments
    assert sum(each.lasts_s for each in left) >= 36


def test_a_finished_recording_says_so_and_marks_its_gaps() -> None:
    segments = [a_segment(0), a_segment(1)]
    gone = ListedSegment(
        2, 0, segments[0].map_uri, "/media/a/hall/1/video/2.m4s", 2.0, None, gap=True
    )
    text = full(MediaPlaylist(Kind.VOD, [*segments, gone], finished=True))
    assert "#EXT-X-PLAYLIST-TYPE:VOD\n" in text
    assert "#EXT-X-PART" not in text
    assert text.endswith(
        "#EXT-X-GAP\n#EXTINF:2.00000,\n/media/a/hall/1/video/2.m4s\n#EXT-X-ENDLIST\n"
    )
    rules = PlaylistRules()
    rules.receive("a/video", text)
    rules.check()


def test_a_short_live_playlist_shows_all_parts() -> None:
    assert all(segment.parts for segment in parse(full(a_playlist(4))).segments)


def test_nothing_shown_yet_is_a_playlist_too() -> None:
    read = parse(full(MediaPlaylist(Kind.EVENT, [])))
    assert (read.first_number, read.first_discontinuity, read.segments) == (0, 0, [])


def test_the_renditions_are_named_with_all_that_players_choose_by() -> None:
    text = multivariant("video.m3u8", "audio.m3u8")
    for piece in (
        'LANGUAGE="da"', 'URI="audio.m3u8"', "BANDWIDTH=", "RESOLUTION=1920x1080",
        "FRAME-RATE=60.000", 'CODECS="avc1.64002A,mp4a.40.2"', 'AUDIO="sound"', "\nvideo.m3u8\n",
    ):  # fmt: skip
        assert piece in text
    assert "SUBTITLES" not in text


def test_text_is_offered_beside_the_picture_and_turned_on_for_nobody() -> None:
    texts = (
        Subtitles("Dansk", "da", "1/captions-da-made.m3u8"),
        Subtitles("English (automatisk)", "en", "1/captions-en-automatic.m3u8", by_itself=False),
    )
    text = multivariant("video.m3u8", "audio.m3u8", Lower("low.m3u8", 360), texts)
    danish, english = (line for line in text.splitlines() if "TYPE=SUBTITLES" in line)
    assert danish == (
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="Dansk",LANGUAGE="da",DEFAULT=NO,'
        'AUTOSELECT=YES,FORCED=NO,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog",'
        'URI="1/captions-da-made.m3u8"'
    )
    assert english == (
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="English (automatisk)",'
        'LANGUAGE="en",DEFAULT=NO,AUTOSELECT=NO,FORCED=NO,URI="1/captions-en-automatic.m3u8"'
    )
    variants = [line for line in text.splitlines() if line.startswith("#EXT-X-STREAM-INF")]
    assert [line.endswith(',SUBTITLES="captions"') for line in variants] == [True, True]
