from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from server.settings import Settings, UnusableSettings, read_settings, unsafe

A_KEY = "k" * 24


def settings(**given: object) -> Settings:
    return Settings.model_validate(given)


def test_settings_come_from_variables_over_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "topmoede.toml"
    file.write_text('port = 9001\nhost = "0.0.0.0"\n[sources.kl-huset]\nmain = "secret"\n')
    monkeypatch.setenv("TOPMOEDE_PORT", "9002")
    read = read_settings(file)
    assert (read.port, read.host) == (9002, "0.0.0.0")
    assert read.sources["kl-huset"]["main"].get_secret_value() == "secret"


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableSettings, match="there is none"):
        read_settings(tmp_path / "absent.toml")
    (tmp_path / "broken.toml").write_text("port = = 1")
    with pytest.raises(UnusableSettings, match="expected TOML"):
        read_settings(tmp_path / "broken.toml")


def test_an_unknown_or_impossible_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "topmoede.toml"
    file.write_text('prot = 1\nport = 70000\npublic_url = "kl.dk"\n')
    with pytest.raises(UnusableSettings) as refusal:
        read_settings(file)
    assert {line.split(":")[0] for line in str(refusal.value).splitlines()} == {
        "prot",
        "port",
        "public_url",
    }


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert A_KEY not in repr(settings(sources={"kl-huset": {"main": A_KEY}}))


def test_safe_settings_raise_no_word() -> None:
    safe = settings(public_url="https://topmoede.example", sources={"a": {"main": A_KEY}})
    assert list(unsafe(safe)) == []


BUCKET = {"name": "topmoede", "key_id": "id", "secret": "secret"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"bucket": BUCKET | {"endpoint": "http://s3.example.dk"}}, "bucket.endpoint"),
        ({"public_url": "http://topmoede.example"}, "public_url"),
        ({"public_url": "https://a.dk", "origins": ("http://b.dk",)}, "origins"),
        ({"sources": {"a": {"main": "short"}}}, "sources.a.main"),
        ({"sources": {"a": {"main": A_KEY, "backup": A_KEY}}}, "sources"),
        ({"public_url": "https://a.dk", "loopback_candidates": True}, "loopback_candidates"),
        ({"metrics_everywhere": True}, "metrics_everywhere"),
    ],
)
def test_each_unsafe_setting_is_refused_by_name(given: dict[str, object], named: str) -> None:
    assert [reason.split(":")[0] for reason in unsafe(settings(**given))] == [named]


def test_the_public_address_may_open_sockets_and_others_must_be_named() -> None:
    told = settings(public_url="https://a.dk/", origins=("https://b.dk",))
    assert told.allowed_origins == {"https://a.dk", "https://b.dk"}


def test_encoders_are_listened_for_where_there_is_a_source_and_a_port() -> None:
    sources = {"a": {"main": A_KEY}}
    assert settings(sources=sources).takes_rtmp
    assert not settings(sources=sources, rtmp_port=0).takes_rtmp
    assert not settings().takes_rtmp
    assert settings().rtmp_host == "127.0.0.1", "keys in clear leave the machine only when told to"


def test_ice_servers_are_urls_or_have_credentials_and_are_nobodys_unless_set() -> None:
    assert settings().ice_servers == ()
    turn = {"url": "turn:turn.kl.dk?transport=tcp", "username": "camera", "credential": A_KEY}
    given = settings(ice_servers=("stun:stun.kl.dk", turn))
    assert [each.url for each in given.ice_servers] == ["stun:stun.kl.dk", turn["url"]]
    assert A_KEY not in repr(given)


@pytest.mark.parametrize(
    "server",
    [
        "turn:turn.kl.dk",
        "https://kl.dk",
        'stun:a"; rel="x',
        {"url": "stun:stun.kl.dk", "username": "a", "credential": "b"},
        {"url": "turn:turn.kl.dk", "username": "a"},
        {"url": "turn:turn.kl.dk", "username": 'a"b', "credential": "b"},
    ],
)
def test_an_ice_server_that_is_none_is_refused(server: object) -> None:
    with pytest.raises(ValidationError):
        settings(ice_servers=(server,))


def test_udp_ports_and_public_addresses_must_be_possible() -> None:
    given = settings(udp_ports={"first": 50_000, "last": 50_100}, public_addresses=("203.0.113.7",))
    assert given.udp_ports is not None
    assert given.udp_ports.last == 50_100
    for wrong in ({"first": 50_000, "last": 49_000}, {"first": 80, "last": 90}, {"first": 50_000}):
        with pytest.raises(ValidationError):
            settings(udp_ports=wrong)
    with pytest.raises(ValidationError):
        settings(public_addresses=("kl.dk",))
