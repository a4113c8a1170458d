"""All media of an offer get the transport of the section that their group names first."""

from __future__ import annotations

import pytest

from streams.webrtc.sharedtransport import SharedTransport, read_transport

SHA_256 = "sha-256 " + ":".join(["AB"] * 32)
SHA_512 = "SHA-512 " + ":".join(["cd"] * 64)
WHOLE = SharedTransport("name", "word", "actpass", (SHA_256,))


def described(transport: SharedTransport) -> list[str]:
    own = [f"a=ice-ufrag:{transport.ufrag}", f"a=ice-pwd:{transport.pwd}"]
    own += [f"a=setup:{transport.setup}"]
    return own + [f"a=fingerprint:{each}" for each in transport.fingerprints]


OTHER = SharedTransport("other", "secret", "passive", (SHA_512,))


def test_the_section_that_the_group_names_first_describes_it() -> None:
    lines = ["v=0", "m=audio", "a=mid:a", *described(OTHER), "m=video", "a=mid:b"]
    lines += described(WHOLE)
    assert read_transport(lines, "b") == WHOLE
    assert read_transport(lines, "a") == OTHER
    assert read_transport(lines, None) == OTHER


def test_what_the_section_leaves_open_the_description_says_for_all() -> None:
    lines = ["v=0", *described(WHOLE), "m=audio", "a=mid:a", "a=ice-ufrag:own"]
    assert read_transport(lines, "a") == SharedTransport("own", "word", "actpass", (SHA_256,))


def test_fingerprints_of_a_section_stand_in_the_place_of_those_for_all() -> None:
    lines = ["v=0", f"a=fingerprint:{SHA_512}", "m=audio", f"a=fingerprint:{SHA_256}"]
    assert read_transport(lines, None).fingerprints == (SHA_256,)


def test_it_is_written_into_every_section_and_stands_nowhere_else() -> None:
    lines = ["v=0", *described(OTHER), "m=audio", "a=mid:a", *described(WHOLE), "a=sendonly"]
    lines += [" a=setup:holdconn", "m=video", "a=mid:b", *described(OTHER)]
    written = WHOLE.written_into(lines)
    audio = ["m=audio", "a=mid:a", "a=sendonly", *described(WHOLE)]
    assert written == ["v=0", *audio, "m=video", "a=mid:b", *described(WHOLE)]


def test_only_fingerprints_that_can_be_checked_count() -> None:
    unknown = ["sha-1 " + ":".join(["AB"] * 20), "sha-256 AB:CD", "sha-256", SHA_256 + ":AB", "x y"]
    lines = ["m=audio", *(f"a=fingerprint:{each}" for each in [*unknown, SHA_256, SHA_512])]
    assert read_transport(lines, None).fingerprints == (SHA_256, SHA_512)


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ("ice-ufrag", "no_ice"),
        ("ice-pwd", "no_ice"),
        ("setup", "no_dtls"),
        ("fingerprint", "no_dtls"),
    ],
)
@pytest.mark.parametrize("value", [None, "", "holdconn"])
def test_what_has_to_be_there_is_missed(attribute: str, code: str, value: str | None) -> None:
    lines = [line for line in described(WHOLE) if not line.startswith(f"a={attribute}:")]
    lines += [] if value is None else [f"a={attribute}:{value}"]
    lacks = read_transport(["m=audio", *lines], None).lacks
    if value and code == "no_ice":
        assert lacks is None
    else:
        assert lacks is not None
        assert lacks[0] == code
        assert attribute in lacks[1]


def test_a_transport_that_is_whole_lacks_nothing() -> None:
    assert WHOLE.lacks is None
    assert OTHER.lacks is None
