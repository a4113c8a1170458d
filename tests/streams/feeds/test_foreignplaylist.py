from __future__ import annotations

import contextlib
import time
import tracemalloc

import m3u8
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.errors import Refused
from streams.feeds.foreignplaylist import (
    LONGEST_LINE,
    MOST_BYTES,
    MOST_PIECES,
    Media,
    Multivariant,
    Piece,
    attributes,
    best_of,
    read_playlist,
)

LIVE = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-MAP:URI="init.mp4"
#EXTINF:6.006,titel, og mere
a.m4s?x=1
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init2.mp4"
#EXTINF:5.5,
#EXT-X-GAP

b.m4s
# en kommentar
#EXT-X-KEY:METHOD=NONE
#EXTINF:6
https://other.example/c.m4s
"""
MANY = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Dansk, tak",DEFAULT=NO,URI="da.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",DEFAULT=YES,URI="en.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="x",URI="s.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=640x360,AUDIO="a"
360.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,AUDIO="a"
1080.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=9000000,CODECS="hvc1.1.6.L120,mp4a.40.2",RESOLUTION=1920x1080
hevc.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=15000000,CODECS="avc1.640033,mp4a.40.2",RESOLUTION=3840x2160
2160.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2"
sound.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i.m3u8"
"""


def read_media(text: str) -> Media:
    read = read_playlist(text.encode())
    assert isinstance(read, Media)
    return read


def read_many(text: str) -> Multivariant:
    read = read_playlist(text.encode())
    assert isinstance(read, Multivariant)
    return read


def code_of(body: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_playlist(body)
    return refused.value.code


def test_pieces_have_their_numbers_maps_and_gaps() -> None:
    assert read_media(LIVE) == Media(
        6,
        (
            Piece(41, 3, "a.m4s?x=1", 6.006, "init.mp4"),
            Piece(42, 4, "b.m4s", 5.5, "init2.mp4", gap=True),
            Piece(43, 4, "https://other.example/c.m4s", 6.0, "init2.mp4"),
        ),
        ended=False,
    )


def test_an_independent_reader_reads_the_same() -> None:
    theirs = m3u8.loads(LIVE)
    assert [each.uri for each in theirs.segments] == [each.uri for each in read_media(LIVE).pieces]
    assert theirs.target_duration == read_media(LIVE).target_s
    variants = m3u8.loads(MANY).playlists
    assert [each.uri for each in variants] == [each.uri for each in read_many(MANY).variants]


def test_line_ends_of_windows_and_a_byte_order_mark_mean_nothing() -> None:
    told = b"\xef\xbb\xbf" + LIVE.replace("\n", "\r\n").encode()
    assert read_playlist(told) == read_media(LIVE)


def test_an_end_is_seen() -> None:
    assert read_media(LIVE + "#EXT-X-ENDLIST\n").ended


def test_the_best_picture_that_can_be_shown_is_chosen_with_its_default_sound() -> None:
    best, sound = best_of(read_many(MANY))
    assert (best.uri, sound) == ("1080.m3u8", "en.m3u8")


def test_a_rendition_that_says_nothing_of_itself_is_tried() -> None:
    best, sound = best_of(read_many("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nx.m3u8\n"))
    assert (best.uri, sound) == ("x.m3u8", None)


def test_hevc_alone_is_refused_in_words() -> None:
    only = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="hvc1.1.6,mp4a.40.2"\nx.m3u8\n'
    with pytest.raises(Refused, match="came hvc1"):
        best_of(read_many(only))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_playlist"),
        ("<!doctype html><html></html>", "no_playlist"),
        ('{"playlist": 1}', "no_playlist"),
        ("#EXTM3U\n", "no_playlist"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:six\n", "no_playlist"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:nan\na\n", "no_playlist"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:1e9\na\n", "no_playlist"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:" + "9" * 30, "no_playlist"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:-4\n", "no_playlist"),
        ("#EXTM3U\n" + "x" * (LONGEST_LINE + 1), "no_playlist"),
        (LIVE + '#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1/key"\n', "encrypted"),
        (LIVE + '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"\n', "encrypted"),
        (LIVE + "#EXT-X-BYTERANGE:10@0\n", "byte_ranges"),
        (LIVE + '#EXT-X-MAP:URI="i",BYTERANGE="9@0"\n', "byte_ranges"),
    ],
)
def test_what_is_not_read_is_refused_by_name(text: str, code: str) -> None:
    assert code_of(text.encode()) == code


def test_only_the_newest_pieces_are_kept() -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n" + "".join(
        f"#EXTINF:1\n{n}.ts\n" for n in range(10_000)
    )
    pieces = read_media(text).pieces
    assert [piece.number for piece in pieces] == list(range(10_000 - MOST_PIECES, 10_000))


def test_attributes_are_read_once_and_quotes_hide_commas() -> None:
    told = 'A=1,B="x,y=z",C=,D="never closed,E=2'
    assert dict(attributes(told)) == {"A": "1", "B": "x,y=z", "C": "", "D": "never closed,E=2"}


LINES = st.sampled_from(
    [
        *LIVE.splitlines(),
        *MANY.splitlines(),
        "#EXT-X-STREAM-INF:" + "A" * 8000,
        "#EXT-X-STREAM-INF:" + "A=," * 2700,
        "#EXT-X-MEDIA:" + 'A="' * 2700,
        "#EXT-X-KEY:" + "=" * 8000,
        "#EXT-X-MAP:" + '"' * 8000,
        "#EXTINF:" + "1" * 8000,
        "#EXT-X-TARGETDURATION:" + "9" * 8000,
        "../" * 2000,
        "file:///etc/passwd",
        "\x00\ufffe\u2028",
    ]
)


def check_reads(body: bytes) -> None:
    """It is read or refused within a second of work, however busy the machine is."""
    began = time.thread_time()
    try:
        read = read_playlist(body)
    except Refused:
        return
    finally:
        assert time.thread_time() - began < 1
    if isinstance(read, Multivariant):
        try:
            best_of(read)
        except Refused:
            pass
    else:
        assert len(read.pieces) <= MOST_PIECES


@given(st.lists(LINES, max_size=40))
def test_lines_in_any_order_are_read_or_refused(lines: list[str]) -> None:
    check_reads("\n".join(["#EXTM3U", *lines]).encode())


@given(st.binary(max_size=3000))
def test_noise_is_read_or_refused(noise: bytes) -> None:
    check_reads(b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + noise)


@pytest.mark.parametrize(
    "line", ["A" * 8000, "#EXTINF:1\na", '#EXT-X-MEDIA:TYPE=AUDIO,URI="' + "x" * 8000, "\n" * 8000]
)
def test_a_full_sized_playlist_of_anything_is_read_in_time_and_space(line: str) -> None:
    lines = f"{line}\n" * (MOST_BYTES // len(line) + 1)
    body = f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n{lines}".encode()
    check_reads(body[:MOST_BYTES])
    tracemalloc.start()
    with contextlib.suppress(Refused):
        read_playlist(body[:MOST_BYTES])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * MOST_BYTES
    assert code_of(body[: MOST_BYTES + 1]) == "no_playlist"


@pytest.mark.long
@settings(max_examples=20_000, deadline=1000)
@given(st.lists(st.one_of(LINES, st.text(max_size=200)), max_size=300))
def test_thousands_of_playlists_are_read_or_refused(lines: list[str]) -> None:
    check_reads("\n".join(["#EXTM3U", *lines]).encode("utf-8", "replace"))
