"""Whose pages may open a socket."""

from __future__ import annotations

import pytest

from server.origins import Origins

OURS = Origins(["https://topmoede.example", "http://127.0.0.1:8000", "http://*.localhost:8000"])


@pytest.mark.parametrize(
    "origin",
    [
        "https://topmoede.example",
        "https://topmoede.example:443",
        "HTTPS://Topmoede.Example",
        "http://127.0.0.1:8000",
        "http://aalborg-host.localhost:8000",
    ],
)
def test_our_own_pages_may(origin: str) -> None:
    assert OURS.allow({"origin": origin})
    assert OURS.allow_request({"origin": origin})


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "http://topmoede.example",
        "https://topmoede.example:8443",
        "https://topmoede.example.evil.example",
        "https://eviltopmoede.example",
        "https://topmoede.example@evil.example",
        "https://evil.example/https://topmoede.example",
        "https://topmoede.example/",
        "https://topmoede.example?",
        "https://sub.topmoede.example",
        "http://127.0.0.1:8001",
        "http://localhost:8000",
        "http://.localhost:8000",
        "http://a.b.localhost:8000",
        "http://aalborg.localhost:8000.evil.example",
        "http://127.0.0.1:80x",
        "http://127.0.0.1:99999999",
        "https://[::1",
        "javascript://topmoede.example",
        "https://topmoede.example, https://evil.example",
    ],
)
def test_foreign_null_and_look_alike_pages_may_not(origin: str) -> None:
    assert not OURS.allow({"origin": origin})
    assert not OURS.allow_request({"origin": origin})


def test_client_that_is_no_browser_needs_no_origin() -> None:
    assert OURS.allow({"host": "topmoede.example"})


def test_browser_without_an_origin_is_refused() -> None:
    assert not OURS.allow({"sec-fetch-site": "cross-site"})
    assert not OURS.allow_request({"sec-fetch-site": "cross-site"})


def test_own_page_reads_events_without_naming_its_origin() -> None:
    assert OURS.allow_request({"sec-fetch-site": "same-origin"})


def test_strict_list_refuses_every_handshake_without_an_origin() -> None:
    assert not Origins(["https://topmoede.example"], without=False).allow({})


def test_list_that_cannot_be_read_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="expected an origin"):
        Origins(["topmoede.example"])
