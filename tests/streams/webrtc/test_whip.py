"""Each request gets the status that RFC 9725 and our keys ask for."""

from __future__ import annotations

import pytest

from streams.webrtc import whip
from streams.webrtc.whip import IceServer, Input, Refused

KEYS = {
    "k1": Input("kl-huset", "main"),
    "k2": Input("kl-huset", "backup"),
    "k3": Input("odense", "main"),
}


def refusal(call: object, *args: object, **kwargs: object) -> Refused:
    assert callable(call)
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize(
    ("source", "key", "code", "status"),
    [
        ("kl-huset", None, "no_key", 401),
        ("kl-huset", "", "no_key", 401),
        ("kl-huset", "guess", "wrong_key", 403),
        ("kl-huset", "k3", "wrong_key", 403),
        ("kl-huset", "kæ", "wrong_key", 403),
        ("aarhus", "k1", "unknown_source", 404),
    ],
)
def test_a_key_that_does_not_open_the_source_is_refused(
    source: str, key: str | None, code: str, status: int
) -> None:
    refused = refusal(whip.check_key, source, key, KEYS)
    assert (refused.code, refused.status) == (code, status)


def test_the_key_names_the_input() -> None:
    assert whip.check_key("kl-huset", "k2", KEYS) == Input("kl-huset", "backup")


def test_a_session_is_left_alone_by_the_key_of_the_input_beside_it() -> None:
    whip.check_same_key(Input("kl-huset", "main"), "k1", KEYS)
    assert refusal(whip.check_same_key, Input("kl-huset", "main"), "k2", KEYS).status == 403


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic abc", None),
        ("Bearer", None),
        ("", None),
        (None, None),
    ],
)
def test_the_key_is_a_bearer_token(header: str | None, key: str | None) -> None:
    assert whip.bearer(header) == key


@pytest.mark.parametrize("content_type", ["text/plain", None, "", "application/json"])
def test_another_media_type_is_refused(content_type: str | None) -> None:
    assert refusal(whip.check_body, content_type, "v=0", whip.OFFER).status == 415


def test_a_media_type_may_carry_parameters_and_capitals() -> None:
    whip.check_body("Application/SDP; charset=utf-8", "v=0", whip.OFFER)


def test_a_body_beyond_measure_is_refused() -> None:
    assert refusal(whip.check_body, whip.OFFER, "x" * 70_000, whip.OFFER).status == 413


def test_answers_tell_browsers_what_they_may_read() -> None:
    servers = [
        IceServer("stun:stun.topmoede.dk"),
        IceServer("turn:turn.topmoede.dk", "user", "pass"),
    ]
    headers = whip.created_headers("/whip/kl-huset/xyz", servers)
    assert headers["Location"] == "/whip/kl-huset/xyz"
    assert headers["Content-Type"] == "application/sdp"
    assert headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
    assert headers["Link"] == (
        '<stun:stun.topmoede.dk>; rel="ice-server", '
        '<turn:turn.topmoede.dk>; rel="ice-server"; username="user"; credential="pass"; '
        'credential-type="password"'
    )
    assert {"Location", "Link"} <= set(headers["Access-Control-Expose-Headers"].split(", "))


def test_preflight_says_what_is_taken() -> None:
    headers = whip.preflight_headers()
    assert headers["Accept-Post"] == "application/sdp"
    assert "DELETE" in headers["Access-Control-Allow-Methods"]
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert "Link" not in headers


def test_refusals_carry_the_headers_that_belong_to_them() -> None:
    assert Refused("too_many_sessions", "").headers["Retry-After"] == "5"
    assert Refused("taken_over", "").headers["Retry-After"] == "5"
    assert Refused("no_key", "").headers["WWW-Authenticate"].startswith("Bearer")
    assert Refused("no_h264", "").headers["Access-Control-Allow-Origin"] == "*"


def test_who_comes_too_early_or_too_many_is_told_when_to_ask_again() -> None:
    for code, status in [("nothing_on_air", 409), ("too_many_viewers", 503)]:
        refused = Refused(code, "")
        assert (refused.status, refused.headers["Retry-After"]) == (status, "5")
        assert "Retry-After" in refused.headers["Access-Control-Expose-Headers"]
