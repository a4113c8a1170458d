"""The rules catch what they are for: each has a playlist that breaks it and nothing else."""

from __future__ import annotations

import pytest

from tests.streams.playlist_rules import PlaylistRules

HEAD = """#EXTM3U
#EXT-X-VERSION:10
#EXT-X-TARGETDURATION:6
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.000,HOLD-BACK=18.0,CAN-SKIP-UNTIL=36.0
#EXT-X-PART-INF:PART-TARGET=1.000
"""
TAIL = """#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{hint}"
#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=2,LAST-PART=1
"""


def uri(number: int, part: int | None = None, lane: str = "video", generation: int = 1) -> str:
    place = f"{number}" if part is None else f"{number}.{part}"
    return f"/media/main/hall/{generation}/{lane}/{place}.m4s"


def a_segment(
    number: int, *, parts: bool = True, ended: bool = True, lane: str = "video", generation: int = 1
) -> str:
    """Two seconds from an even second on."""
    lines = [f"#EXT-X-PROGRAM-DATE-TIME:2021-01-28T08:{number // 30:02}:{number % 30 * 2:02}.000Z"]
    if parts:
        for index in range(2):
            first = ",INDEPENDENT=YES" if index == 0 else ""
            lines.append(f'#EXT-X-PART:DURATION=1.0,URI="{uri(number, index, lane, generation)}"')
            lines[-1] += first
    if ended:
        lines += ["#EXTINF:2.00000,", uri(number, None, lane, generation)]
    return "\n".join(lines) + "\n"


def a_map(lane: str = "video", generation: int = 1) -> str:
    return f'#EXT-X-MAP:URI="/media/main/hall/{generation}/{lane}/init.mp4"\n'


def numbers(first: int = 0, discontinuity: int = 0) -> str:
    return f"#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuity}\n"


def a_playlist(first: int = 0, upto: int = 3, lane: str = "video") -> str:
    body = "".join(a_segment(number, lane=lane) for number in range(first, upto))
    return HEAD + numbers(first) + a_map(lane) + body + TAIL.format(hint=uri(upto, 0, lane))


def a_recording(kind: str = "VOD", upto: int = 3) -> str:
    head = "#EXTM3U\n#EXT-X-VERSION:10\n#EXT-X-TARGETDURATION:6\n"
    body = "".join(a_segment(number, parts=False) for number in range(upto))
    end = "#EXT-X-ENDLIST\n" if kind == "VOD" else ""
    return head + f"#EXT-X-PLAYLIST-TYPE:{kind}\n" + numbers() + a_map() + body + end


def a_delta(skipped: int, upto: int) -> str:
    whole = a_playlist(0, upto)
    kept = "".join(a_segment(number) for number in range(skipped, upto))
    return (
        HEAD
        + numbers()
        + f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n"
        + kept
        + whole[whole.index("#EXT-X-PRELOAD-HINT") :]
    )


def broken(*texts: str, name: str = "main/video") -> set[str]:
    rules = PlaylistRules()
    for text in texts:
        rules.receive(name, text)
    return {fault.rule for fault in rules.faults}


GOOD = a_playlist()
LAST = GOOD.index("#EXT-X-PRELOAD-HINT")


def test_a_good_day_breaks_nothing() -> None:
    rules = PlaylistRules()
    for upto in range(2, 60):
        first = max(0, upto - 30)
        rules.receive("main/video", a_playlist(first, upto))
        rules.receive("main/audio", a_playlist(first, upto, "audio"))
    rules.receive_delta("other/video", a_delta(11, 30), a_playlist(0, 30))
    rules.receive("replay/video", a_recording("EVENT", 2))
    rules.receive("replay/video", a_recording())
    rules.receive("replay/video", a_recording())
    rules.check()


def test_faults_are_raised_together_and_silence_is_one() -> None:
    rules = PlaylistRules()
    with pytest.raises(AssertionError, match="none"):
        rules.check()
    rules.receive("main/video", GOOD.replace("DURATION=1.0,", "DURATION=1.1,"))
    with pytest.raises(AssertionError, match=r"part_within_target: main/video: .* lasts 1\.1"):
        rules.check()


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("readable", "#EXTINF:2,\n"),
        ("readable", GOOD + "#EXT-X-UNHEARD-OF:1\n"),
        ("readable", HEAD + numbers() + a_map()),
        ("version", a_delta(1, 30).replace("VERSION:10", "VERSION:8")),
        (
            "discontinuity_sequence_present",
            GOOD.replace("#EXT-X-DISCONTINUITY-SEQUENCE:0\n", ""),
        ),
        ("vod_is_ended", a_recording().replace("#EXT-X-ENDLIST\n", "")),
        ("map_first", GOOD.replace(a_map(), "")),
        ("can_block_reload", GOOD.replace("CAN-BLOCK-RELOAD=YES,", "")),
        ("control_values", GOOD.replace("PART-HOLD-BACK=3.000", "PART-HOLD-BACK=2.5")),
        ("control_values", GOOD.replace("CAN-SKIP-UNTIL=36.0", "CAN-SKIP-UNTIL=30.0")),
        ("control_values", GOOD.replace("HOLD-BACK=18.0,", "HOLD-BACK=17.0,")),
        ("parts_of_one_segment", GOOD.replace(f"#EXTINF:2.00000,\n{uri(1)}\n", "")),
        ("date_time_rises", GOOD.replace("08:00:04", "08:00:01")),
        ("map_needs_discontinuity", GOOD.replace(
            a_segment(2), a_map(generation=2) + a_segment(2))),
        ("tags_before_parts", GOOD.replace(
            f'"{uri(2, 0)}",INDEPENDENT=YES\n',
            f'"{uri(2, 0)}",INDEPENDENT=YES\n#EXT-X-PROGRAM-DATE-TIME:2021-01-28T08:00:04.000Z\n')),
        ("map_after_discontinuity", GOOD.replace(
            a_segment(2), "#EXT-X-DISCONTINUITY\n" + a_segment(2))),
        ("date_time_after_discontinuity", GOOD.replace(
            a_segment(2),
            "#EXT-X-DISCONTINUITY\n" + a_map() + a_segment(2).partition("\n")[2])),
        ("segment_within_target", a_recording().replace("2.00000,", "6.50000,", 1)),
        ("part_within_target", GOOD.replace("DURATION=1.0,", "DURATION=1.1,", 1)),
        ("part_not_too_short", GOOD.replace(",INDEPENDENT=YES", "").replace(
            f'1.0,URI="{uri(2, 0)}"', f'0.8,URI="{uri(2, 0)}"')),
        ("parts_make_the_segment", GOOD.replace("2.00000,", "1.90000,", 1)),
        ("hint_always_there", GOOD[:LAST] + GOOD[LAST:].partition("\n")[2]),
        ("hint_is_new", GOOD.replace(uri(3, 0), uri(2, 1))),
        ("reports_always_there", GOOD[: GOOD.index("#EXT-X-RENDITION")]),
        ("endlist_final", GOOD + "#EXT-X-ENDLIST\n"),
    ],
)  # fmt: skip
def test_one_playlist_that_breaks_a_rule(rule: str, text: str) -> None:
    assert rule in broken(text)


@pytest.mark.parametrize(
    ("rule", "first", "then"),
    [
        ("constants", GOOD, GOOD.replace("DURATION:6", "DURATION:7")),
        ("constants", GOOD, GOOD.replace("PART-TARGET=1.000", "PART-TARGET=1.001")),
        ("constants", GOOD, GOOD.replace("HOLD-BACK=18.0", "HOLD-BACK=19.0")),
        ("media_sequence_rises", a_playlist(5, 20), a_playlist(4, 20)),
        ("event_forgets_nothing", a_recording("EVENT"), a_recording("EVENT").replace(
            "MEDIA-SEQUENCE:0", "MEDIA-SEQUENCE:1")),
        ("nothing_is_taken_back", a_playlist(0, 4), a_playlist(0, 3)),
        ("nothing_is_taken_back", a_playlist(0, 4), HEAD + numbers() + TAIL.format(hint="x")),
        ("window_long_enough", a_playlist(0, 12), a_playlist(4, 12)),
        ("part_keeps_its_place", a_playlist(0, 3), a_playlist(0, 3).replace(
            uri(2, 0), uri(2, 9)).replace(uri(2, 1), uri(2, 0))),
        ("uri_immutable", GOOD, GOOD.replace(uri(1), uri(7))),
        ("duration_immutable", a_recording("EVENT"), a_recording().replace("2.000", "2.100", 1)),
        ("discontinuity_immutable", a_playlist(0, 30), a_playlist(1, 30).replace(
            "DISCONTINUITY-SEQUENCE:0", "DISCONTINUITY-SEQUENCE:1")),
        ("map_immutable", GOOD, GOOD.replace(a_map(), a_map(generation=2))),
        ("date_time_immutable", GOOD, GOOD.replace("08:00:04.000", "08:00:04.500")),
        ("place_immutable", GOOD, GOOD.replace("/hall/1/video/1", "/hall/2/video/1")),
        ("endlist_final", a_recording(), a_recording(upto=4)),
    ],
)  # fmt: skip
def test_two_playlists_that_break_a_rule(rule: str, first: str, then: str) -> None:
    assert not broken(first)
    assert rule in broken(first, then)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("delta_skips", a_playlist(0, 30)),
        ("delta_boundary", a_delta(13, 30)),
        ("delta_equals_full", a_delta(10, 30).replace("08:00:44.000", "08:00:44.001")),
        ("delta_equals_full", a_delta(10, 30).replace("SEQUENCE:0", "SEQUENCE:1")),
        ("readable", "nothing"),
    ],
)
def test_a_delta_that_breaks_a_rule(rule: str, text: str) -> None:
    rules = PlaylistRules()
    rules.receive_delta("main/video", text, a_playlist(0, 30))
    assert rule in {fault.rule for fault in rules.faults}


def test_a_finished_playlist_gives_no_delta() -> None:
    rules = PlaylistRules()
    whole = a_playlist(0, 30)
    ended = whole[: whole.index("#EXT-X-PRELOAD")] + "#EXT-X-ENDLIST\n"
    short = a_delta(10, 30)
    short = short[: short.index("#EXT-X-PRELOAD")] + "#EXT-X-ENDLIST\n"
    rules.receive_delta("main/video", short, ended)
    assert {fault.rule for fault in rules.faults} == {"delta_boundary"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/hall/1/audio/1", "/hall/2/audio/1"),
        ("/audio/1", "/audio/4"),
        ("DISCONTINUITY-SEQUENCE:0", "DISCONTINUITY-SEQUENCE:1"),
    ],
)
def test_lanes_that_part_are_found(old: str, new: str) -> None:
    rules = PlaylistRules()
    rules.receive("main/video", a_playlist())
    rules.receive("main/audio", a_playlist(lane="audio").replace(old, new))
    found = {fault.rule for fault in rules.faults}
    assert found == {"lanes_aligned"}


@pytest.mark.parametrize(
    ("old", "new"),
    [("08:00:02.000", "08:00:02.001"), ("#EXTINF:2.00000", "#EXTINF:1.99467")],
)
def test_lanes_that_place_a_segment_differently_are_found(old: str, new: str) -> None:
    rules = PlaylistRules()
    rules.receive("main/video", a_playlist())
    rules.receive("main/audio", a_playlist(lane="audio").replace(old, new))
    assert "lanes_tell_the_same" in {fault.rule for fault in rules.faults}


def test_sound_alone_may_end_a_frame_beside_the_end_that_is_told() -> None:
    told, picture, sound = "#EXTINF:1.99", a_playlist(), a_playlist(lane="audio")
    assert not broken(sound.replace("#EXTINF:2.00", told))
    assert broken(picture.replace("#EXTINF:2.00", told)) == {"parts_make_the_segment"}
    assert broken(sound.replace("#EXTINF:2.00", "#EXTINF:1.97")) == {"parts_make_the_segment"}


def test_a_segment_that_begins_before_the_one_before_has_ended_is_found() -> None:
    assert broken(GOOD.replace("08:00:02.000", "08:00:01.990")) == {"time_never_overlaps"}


def test_hints_that_came_and_hints_that_did_not_are_told_apart() -> None:
    rules = PlaylistRules()
    rules.receive("main/video", a_playlist(0, 2))
    rules.receive("main/video", a_playlist(0, 3).replace(uri(3, 0), uri(9, 0)))
    rules.receive("main/video", a_playlist(0, 4))
    assert rules.abandoned_hints("main/video") == [uri(9, 0)]
    assert rules.meaning("main/video")[1].uri == uri(1)
