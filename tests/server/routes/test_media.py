from __future__ import annotations

import pytest

from server.routes.media import _ranged, _with_pass
from streams.answers import Answer

WHOLE = Answer(200, {"content-type": "video/mp4"}, b"0123456789")


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("", 200, b"0123456789", None),
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("bytes=-3", 200, b"0123456789", None),
        ("bytes=" + "9" * 40 + "-", 200, b"0123456789", None),
        ("chapters=1-2", 200, b"0123456789", None),
    ],
)
def test_one_range_is_answered_with_the_asked_bytes(
    asked: str, status: int, body: bytes, told: str | None
) -> None:
    answer = _ranged(WHOLE, asked)
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers.get("content-range") == told


def test_what_was_not_found_has_no_ranges() -> None:
    absent = Answer(404, {})
    assert _ranged(absent, "bytes=0-1") is absent


def test_a_pass_is_handed_on_to_every_uri_of_a_playlist_and_nothing_else() -> None:
    playlist = b'#EXTM3U\n#EXT-X-MAP:URI="/a/init.mp4"\n#EXTINF:2.0,\n/a/1.m4s\n\n'
    assert _with_pass(playlist, "hemmelig").decode().split("\n") == [
        "#EXTM3U",
        '#EXT-X-MAP:URI="/a/init.mp4?pass=hemmelig"',
        "#EXTINF:2.0,",
        "/a/1.m4s?pass=hemmelig",
        "",
        "",
    ]
