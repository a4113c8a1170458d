"""Who comes, from the files that links are kept in; and when they come back."""

from __future__ import annotations

import json
import resource

import pytest

from server.errors import Unusable
from server.load import descriptors
from server.load.coming_back import delay_s
from server.load.guests import Guest, cue_giver, read_demo, read_links, viewers
from server.load.line import target_of

CSV = """key,name,role,municipality,email,link
mette,"Nørgaard, Mette",member,aalborg,,https://day.example/enter/abc-DEF_1
ida,Ida,moderator,,,https://day.example/enter/m0d
niels,Niels,individual,,,https://day.example/enter/n1
"""


def test_links_are_read_as_people_import_writes_them() -> None:
    mette, ida, niels = read_links(CSV)
    assert mette == Guest("mette", "member", "aalborg", "abc-DEF_1")
    assert {"show", "committee", "room:aalborg", "channel:main"} < set(mette.topics)
    assert mette.room == "room:aalborg"
    assert niels.room is None
    assert "room:" not in " ".join(niels.topics)
    assert cue_giver((mette, ida, niels)) == ida
    assert cue_giver((mette,)) is None


def test_links_are_read_as_the_demo_writes_them() -> None:
    person = {"enter": "http://127.0.0.1:8000/enter/t0", "role": "host", "municipality": "aarhus"}
    (host,) = read_demo(json.dumps({"base": "x", "people": {"aarhus-host": person}}))
    assert host == Guest("aarhus-host", "host", "aarhus", "t0")


@pytest.mark.parametrize("text", ["[]", "{}", '{"people": {"a": {}}}', '{"people": [1]}', "x"])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="expected the JSON"):
        read_demo(text)


@pytest.mark.parametrize(
    "text",
    [
        "key,name\na,b\n",
        "",
        "key,role,municipality,link\na,member,aalborg,https://day.example/elsewhere/t\n",
        "key,role,municipality,link\na,member,aalborg,https://day.example/enter/../x\n",
    ],
)
def test_other_tables_are_refused(text: str) -> None:
    with pytest.raises(Unusable, match="expected"):
        read_links(text)


def test_municipalities_come_again_and_again_and_everybody_else_once() -> None:
    guests = read_links(CSV)
    assert [guest.key for guest in viewers(guests, None)] == ["mette", "niels"]
    assert [guest.key for guest in viewers(guests, 4)] == ["mette", "niels", "mette", "mette"]
    assert [guest.key for guest in viewers(guests, 1)] == ["mette"]


@pytest.mark.parametrize("count", [0, -1, 1002])
def test_more_than_the_links_give_is_refused(count: int) -> None:
    with pytest.raises(Unusable, match="expected 1 to 1001 viewers"):
        viewers(read_links(CSV), count)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("https://day.example", "https://day.example"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_target_is_scheme_host_and_port(url: str, base: str) -> None:
    assert target_of(url).base == base


@pytest.mark.parametrize(
    "url", ["day.example", "ftp://x", "http://", "http://x/y", "http://x:99999", "http://u@x"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(Unusable, match="expected http"):
        target_of(url)


@pytest.mark.parametrize(
    ("code", "tries", "drain_s", "least", "most"),
    [
        (1006, 0, None, 1, 2),
        (4001, 1, None, 1, 4),
        (1006, 30, None, 1, 30),
        (1013, 3, None, 5, 10),
        (4000, 0, 20.0, 0, 20),
        (1012, 0, None, 0, 10),
    ],
)
def test_page_comes_back_within_the_window_of_the_close(
    code: int, tries: int, drain_s: float | None, least: float, most: float
) -> None:
    assert [delay_s(code, tries, drain_s, drawn) for drawn in (0, 1)] == [least, most]


@pytest.mark.parametrize("code", [1000, 1001, 1009, 4003, 4500, 4501, 4503, 4504])
def test_final_close_is_the_end(code: int) -> None:
    assert delay_s(code, 0, None, 0.5) is None


def test_descriptors_are_raised_within_the_hard_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 1024))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: told.append(limits))
    assert descriptors.raised(200) == "needs 200 descriptors; 256 are allowed"
    assert told == []
    assert descriptors.raised(1000) == "needs 1000 descriptors; the limit was raised from 256"
    assert told == [(1000, 1024)]
    with pytest.raises(Unusable, match="came 1024"):
        descriptors.raised(1025)
