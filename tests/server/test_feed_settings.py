from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from server.feed_settings import FeedSettings, plans_of
from server.settings import Settings, UnusableSettings, read_settings, unsafe
from streams.feeds.feeding import Place
from streams.feeds.hlsfeed import HlsPlan
from streams.feeds.srt import SrtPlan
from streams.feeds.tsudp import UdpPlan

SECRET = "en-lang-nok-frase-1234"
FILE = f"""
[feeds.kl-huset.main]
srt = "0.0.0.0:9000"
passphrase = "{SECRET}"

[feeds.kl-huset.backup]
udp = "10.1.0.5:5000"
sender = "10.1.0.7"

[feeds.folketinget.main]
hls = "https://live.example.dk/index.m3u8"
"""


def settings(**given: object) -> Settings:
    return Settings.model_validate({"public_url": "https://topmoede.example", **given})


def test_a_file_names_feeds_and_what_is_done_for_them(tmp_path: Path) -> None:
    file = tmp_path / "topmoede.toml"
    file.write_text(FILE)
    read = read_settings(file)
    assert plans_of(read.feeds) == {
        Place("kl-huset", "main"): SrtPlan("0.0.0.0", 9000, SECRET, 200),
        Place("kl-huset", "backup"): UdpPlan("10.1.0.5", 5000, "10.1.0.7"),
        Place("folketinget", "main"): HlsPlan("https://live.example.dk/index.m3u8"),
    }
    assert SECRET not in repr(read)


def test_a_file_with_an_impossible_feed_names_it(tmp_path: Path) -> None:
    file = tmp_path / "topmoede.toml"
    file.write_text(FILE + 'srt = "0.0.0.0:1"\n')
    with pytest.raises(UnusableSettings, match="exactly one of srt, udp, hls"):
        read_settings(file)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"srt": "0.0.0.0:9000", "udp": "0.0.0.0:9001"},
        {"srt": "localhost:9000"},
        {"srt": "0.0.0.0"},
        {"srt": "0.0.0.0:0"},
        {"srt": "0.0.0.0:70000"},
        {"srt": "0.0.0.0:9000", "passphrase": "kort"},
        {"srt": "0.0.0.0:9000", "passphrase": "x" * 80},
        {"srt": "0.0.0.0:9000", "latency_ms": 1},
        {"udp": "0.0.0.0:5000", "passphrase": SECRET},
        {"udp": "0.0.0.0:5000", "sender": "kl.dk"},
        {"srt": "0.0.0.0:9000", "sender": "10.0.0.1"},
        {"hls": "http://live.example.dk/x.m3u8"},
        {"hls": "https://name:word@live.example.dk/x.m3u8"},
        {"hls": "https://live.example.dk:8443/x.m3u8"},
        {"hls": "file:///etc/passwd"},
        {"hls": "http://10.0.0.1:8080/x", "intranet": "10.0.0.2:8080"},
        {"udp": "0.0.0.0:5000", "intranet": "10.0.0.1:80"},
        {"hls": "https://live.example.dk/x", "unknown": 1},
    ],
)
def test_what_cannot_be_done_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FeedSettings.model_validate(given)


def test_the_urls_own_host_may_be_excepted() -> None:
    feed = FeedSettings(hls="http://10.0.0.1:8080/x.m3u8", intranet="10.0.0.1:8080")
    assert feed.plan == HlsPlan("http://10.0.0.1:8080/x.m3u8", "10.0.0.1:8080")


@pytest.mark.parametrize(
    "feeds",
    [
        {"a": {"synthetic": {"udp": "127.0.0.1:5000"}}},
        {"a": {"main": {"udp": "127.0.0.1:5000"}, "backup": {"srt": "127.0.0.1:5000"}}},
        {"hall": {"main": {"udp": "127.0.0.1:5000"}}},
    ],
    ids=["no such input", "one port twice", "a key and a feed"],
)
def test_feeds_that_clash_are_refused(feeds: object) -> None:
    with pytest.raises(ValidationError):
        settings(feeds=feeds, sources={"hall": {"main": "k" * 24}})


@pytest.mark.parametrize(
    ("feed", "named"),
    [
        ({"srt": "0.0.0.0:9000"}, "passphrase"),
        ({"srt": "0.0.0.0:9000", "passphrase": "x" * 15}, "passphrase"),
        ({"srt": "[::]:9000"}, "passphrase"),
        ({"udp": "0.0.0.0:5000"}, "sender"),
    ],
)
def test_what_anybody_could_send_to_is_unsafe(feed: object, named: str) -> None:
    (reason,) = unsafe(settings(feeds={"hall": {"main": feed}}))
    assert reason.startswith("feeds.hall.main: ")
    assert named in reason


@pytest.mark.parametrize(
    "feed",
    [
        {"srt": "127.0.0.1:9000"},
        {"srt": "0.0.0.0:9000", "passphrase": "x" * 16},
        {"udp": "127.0.0.1:5000"},
        {"udp": "0.0.0.0:5000", "sender": "10.0.0.1"},
        {"hls": "https://live.example.dk/x.m3u8"},
    ],
)
def test_what_is_proven_or_stays_on_the_machine_is_safe(feed: object) -> None:
    assert list(unsafe(settings(feeds={"hall": {"main": feed}}))) == []
