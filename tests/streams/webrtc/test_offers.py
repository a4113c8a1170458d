"""Offers are taken whole or refused with the code of what they lack; so are fragments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.webrtc import offers
from streams.webrtc.offers import Candidate
from streams.webrtc.whip import Refused

TRANSPORT = (
    "a=ice-ufrag:abcd",
    "a=ice-pwd:secret",
    "a=setup:actpass",
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
)


def an_offer(
    *,
    video: str = "H264/90000",
    audio: str | None = "opus/48000/2",
    mode: str = "packetization-mode=1",
    direction: str = "sendonly",
    bundle: bool = True,
    more: tuple[str, ...] = (),
) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    lines += ["a=group:BUNDLE 0 1"] if bundle else []
    if audio is not None:
        lines += ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", f"a={direction}"]
        lines += [*TRANSPORT, f"a=rtpmap:111 {audio}"]
    lines += ["m=video 9 UDP/TLS/RTP/SAVPF 102", "a=mid:1", f"a={direction}", *TRANSPORT]
    lines += [f"a=rtpmap:102 {video}", f"a=fmtp:102 {mode};profile-level-id=42e01f"]
    return "\r\n".join([*lines, *more, ""])


def refusal(call: object, *args: object, **kwargs: object) -> Refused:
    assert callable(call)
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def test_an_offer_of_h264_and_opus_is_taken() -> None:
    offer = offers.read_offer(an_offer())
    assert offer.kinds == ("audio", "video")
    assert offer.ufrag == "abcd"


def test_a_picture_without_sound_is_taken() -> None:
    assert offers.read_offer(an_offer(audio=None, bundle=False)).kinds == ("video",)


def test_media_that_say_nothing_of_their_transport_are_on_the_one_that_is_described() -> None:
    """So the media of an encoder look that keeps to RFC 9725 4.4.1 and RFC 9143 7.1.3."""
    head, video = an_offer().split("m=video 9")
    for line in TRANSPORT:
        video = video.replace(f"{line}\r\n", "")
    offer = offers.read_offer(f"{head}m=video 0{video}a=bundle-only\r\n")
    assert [offer.sdp.count(line) for line in TRANSPORT] == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("offer", "code", "status"),
    [
        (an_offer(video="VP8/90000"), "no_h264", 422),
        (an_offer(mode="packetization-mode=0"), "no_h264", 422),
        (an_offer(mode="level-asymmetry-allowed=1"), "no_h264", 422),
        (an_offer().partition("m=video")[0], "no_h264", 422),
        (an_offer(audio="PCMU/8000"), "no_opus", 422),
        (an_offer(direction="recvonly"), "not_sending", 422),
        (an_offer(direction="inactive"), "not_sending", 422),
        (an_offer(bundle=False), "no_bundle", 422),
        (an_offer().replace("BUNDLE 0 1", "BUNDLE 0"), "no_bundle", 422),
        (an_offer().replace("a=fingerprint:sha-256", "a=fingerprint:md5"), "no_dtls", 422),
        (an_offer().replace("a=ice-pwd:secret\r\n", ""), "no_ice", 422),
        (an_offer(more=("m=video 9 UDP/TLS/RTP/SAVPF 99",)), "too_many_media", 422),
        (an_offer(more=("m=application 9 UDP/DTLS/SCTP x",)), "too_many_media", 422),
        ("", "bad_offer", 400),
        ("hello", "bad_offer", 400),
        ('{"sdp": "v=0"}', "bad_offer", 400),
        ("v=0\r\ns=-\r\n", "bad_offer", 400),
        (an_offer(more=("what is this",)), "bad_offer", 400),
    ],
)
def test_an_offer_that_cannot_be_used_whole_is_refused(offer: str, code: str, status: int) -> None:
    refused = refusal(offers.read_offer, offer)
    assert (refused.code, refused.status) == (code, status)


def test_candidates_behind_hidden_names_are_left_out_and_addresses_kept() -> None:
    hidden = "a=candidate:1 1 udp 2 3f2a.local 5000 typ host"
    shown = "a=candidate:2 1 udp 2 192.0.2.7 5000 typ host"
    sdp = offers.read_offer(an_offer(more=(hidden, shown, "a=end-of-candidates"))).sdp
    assert shown in sdp
    assert hidden not in sdp
    assert "end-of-candidates" not in sdp


@pytest.mark.parametrize(
    "place", ["192.0.2.7 65536", "192.0.2.7 99999", "192.0.2.7 0", "192.0.2.7 ٣٤", "fe80::1%lo 9"]
)
def test_candidates_that_nothing_can_be_sent_to_are_left_out(place: str) -> None:
    """A port beyond all ports ended the socket that it was to be reached from."""
    line = f"a=candidate:1 1 udp 2 {place} typ host"
    assert line not in offers.read_offer(an_offer(more=(line,))).sdp
    assert offers.read_fragment(f"a=mid:0\r\n{line}\r\n", None) == ()


def test_a_fragment_brings_candidates_for_its_media_sections() -> None:
    fragment = "\r\n".join(
        [
            "a=ice-ufrag:abcd",
            "a=ice-pwd:secret",
            "m=audio 9 RTP/AVP 0",
            "a=mid:0",
            "a=candidate:1 1 udp 2 192.0.2.7 5000 typ host",
            "m=video 9 RTP/AVP 0",
            "a=mid:1",
            "a=candidate:1 1 udp 2 hidden.local 5000 typ host",
            "a=end-of-candidates",
        ]
    )
    assert offers.read_fragment(fragment, "abcd") == (
        Candidate("0", "1 1 udp 2 192.0.2.7 5000 typ host"),
    )


def test_a_fragment_that_starts_ice_over_is_refused() -> None:
    assert refusal(offers.read_fragment, "a=ice-ufrag:other\r\n", "abcd").code == "no_restart"


def test_a_fragment_of_garbage_is_refused() -> None:
    assert refusal(offers.read_fragment, "<html>", "abcd").status == 400


@given(st.text(max_size=300))
def test_no_text_is_anything_but_an_offer_or_a_refusal(text: str) -> None:
    for body in (text, "v=0\r\n" + text, an_offer() + text):
        try:
            offers.read_offer(body)
        except Refused:
            pass


def test_an_offer_to_watch_is_read() -> None:
    offer = offers.read_viewer_offer(an_offer(direction="recvonly"))
    assert (offer.kinds, offer.ufrag) == (("audio", "video"), "abcd")


@pytest.mark.parametrize(
    ("offer", "code", "status"),
    [
        ("garbage", "bad_offer", 400),
        ("v=0", "bad_offer", 400),
        (an_offer(direction="sendonly"), "not_receiving", 422),
        (an_offer(direction="inactive"), "not_receiving", 422),
        (an_offer(direction="recvonly", bundle=False), "no_bundle", 422),
        (an_offer(direction="recvonly").replace("a=setup", "a=x"), "no_dtls", 422),
        (an_offer(direction="recvonly").replace("a=ice-ufrag", "a=x"), "no_ice", 422),
        (an_offer(direction="recvonly", more=("m=application 9 X 1",)), "too_many_media", 422),
        (an_offer(direction="recvonly", video="VP8/90000"), "plays_no_h264", 406),
        (an_offer(direction="recvonly", mode="packetization-mode=0"), "plays_no_h264", 406),
        (an_offer(direction="recvonly", audio="PCMU/8000"), "plays_no_opus", 406),
    ],
)
def test_an_offer_that_cannot_be_watched_with_is_refused(
    offer: str, code: str, status: int
) -> None:
    refused = refusal(offers.read_viewer_offer, offer)
    assert (refused.code, refused.status) == (code, status)
