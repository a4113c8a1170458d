"""A connection's rules: from the greeting to a picture, and everything that ends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtmp import amf
from streams.rtmp.chunkstream import MOST_COMMAND_BYTES, Broken, Kind
from streams.rtmp.rtmpsession import (
    HANDSHAKE_BYTES,
    MOST_BYTES_BEFORE,
    OUR_CHUNK_BYTES,
    Event,
    Left,
    Metadata,
    PublishAsked,
    RtmpSession,
    State,
    Tag,
)
from tests.streams.rtmp_encoder import (
    HELLO,
    command,
    connect,
    heard,
    pieces,
    publish,
    say,
    statuses,
)

CHALLENGE = bytes(range(256)) * 5 + bytes(248)
KEY = "key-of-the-hall"


def a_session() -> RtmpSession:
    return RtmpSession(CHALLENGE)


def asked() -> RtmpSession:
    session = a_session()
    assert session.receive(HELLO + connect() + publish(KEY)) == [PublishAsked(KEY)]
    return session


def publishing() -> RtmpSession:
    session = asked()
    session.accept()
    session.data_to_send()
    return session


def test_the_greeting_answers_what_came() -> None:
    session = a_session()
    session.receive(HELLO[:1000])
    assert session.data_to_send() == b""
    session.receive(HELLO[1000 : 1 + HANDSHAKE_BYTES])
    said = session.data_to_send()
    assert said[:9] == b"\3" + bytes(8), "time zero, and no signature"
    assert said[9 : 1 + HANDSHAKE_BYTES] == CHALLENGE
    assert said[1 + HANDSHAKE_BYTES :] == HELLO[1 : 1 + HANDSHAKE_BYTES]


def test_an_encoder_gets_to_publish() -> None:
    session = asked()
    session.accept()
    assert session.state is State.PUBLISHING
    said = session.data_to_send()
    assert say(Kind.SET_CHUNK_SIZE, OUR_CHUNK_BYTES.to_bytes(4))[1:] in said
    messages = heard(said)
    assert [message.kind for message in messages[:2]] == [Kind.WINDOW_SIZE, Kind.PEER_BANDWIDTH]
    assert statuses(messages) == ["NetConnection.Connect.Success", "NetStream.Publish.Start"]
    created = [amf.decode(m.data) for m in messages if m.kind == Kind.COMMAND]
    assert ["_result", 4.0, None, 1.0] in created


@given(st.lists(st.integers(1, 700), max_size=12))
def test_it_does_not_matter_how_the_bytes_are_cut(sizes: list[int]) -> None:
    session = a_session()
    events: list[Event] = []
    for piece in pieces(HELLO + connect() + publish(KEY), sizes):
        events += session.receive(piece)
    assert events == [PublishAsked(KEY)]


def test_sound_picture_and_metadata_are_handed_out() -> None:
    session = publishing()
    about: dict[str, amf.Value] = {"width": 1280.0, "encoder": "obs"}
    said = amf.encode(["@setDataFrame", "onMetaData", about])
    received = session.receive(
        say(Kind.DATA, said) + say(Kind.AUDIO, b"\xaf\1", 5, 1) + say(Kind.VIDEO, b"\x17", 7, 1)
    )
    assert received == [
        Metadata(about),
        Tag(Kind.AUDIO, 5, b"\xaf\1"),
        Tag(Kind.VIDEO, 7, b"\x17"),
    ]


def test_metadata_that_cannot_be_read_ends_nothing() -> None:
    session = publishing()
    assert session.receive(say(Kind.DATA, b"\xff") + say(Kind.DATA_AMF3, b"\0")) == []
    assert session.state is State.PUBLISHING


def test_before_the_key_is_judged_nothing_is_handed_out() -> None:
    session = asked()
    assert session.receive(say(Kind.VIDEO, b"\x17", 7, 1)) == []


def test_a_wrong_key_is_told_and_ends_it() -> None:
    session = asked()
    session.refuse("Expected another key.")
    assert statuses(heard(session.data_to_send()))[-1] == "NetStream.Publish.BadName"
    assert session.receive(say(Kind.VIDEO, b"\x17", 7, 1)) == []
    session.accept()
    assert session.state is State.OVER


def test_what_cannot_be_used_is_told_with_its_reason_once() -> None:
    session = publishing()
    session.fail("expected a picture in H.264; came HEVC")
    session.fail("again")
    assert b"came HEVC" in (said := session.data_to_send())
    assert b"again" not in said


@pytest.mark.parametrize("last", ["deleteStream", "closeStream", "FCUnpublish"])
def test_an_encoder_that_leaves_is_over(last: str) -> None:
    session = publishing()
    for number in range(500):
        session.receive(say(Kind.AUDIO, b"\xaf\1", number, 1))
    said = command(last, 0, None, 1.0)
    assert session.receive(said + said) == [Left("left")]
    assert session.state is State.OVER


def test_leaving_before_publishing_means_nothing() -> None:
    session = a_session()
    assert session.receive(HELLO + connect() + command("deleteStream", 0, None, 1.0)) == []
    assert session.state is State.TALKING


def test_nothing_is_played_from_here() -> None:
    session = a_session()
    assert session.receive(HELLO + connect() + command("play", 0, None, KEY)) == [Left("play")]
    assert statuses(heard(session.data_to_send()))[-1] == "NetStream.Play.Failed"


def test_another_application_is_refused() -> None:
    session = a_session()
    assert session.receive(HELLO + connect("vod")) == [Left("wrong_application")]
    assert statuses(heard(session.data_to_send())) == ["NetConnection.Connect.Rejected"]


@pytest.mark.parametrize("app", ["live", "/live/", "live?fcpublish=1"])
def test_the_application_may_be_written_in_many_ways(app: str) -> None:
    session = a_session()
    assert session.receive(HELLO + connect(app) + publish(f"{KEY}?x=1")) == [PublishAsked(KEY)]


def test_an_unknown_command_is_answered_with_an_error_and_goes_on() -> None:
    session = a_session()
    session.receive(HELLO + connect() + command("_checkbw", 9, None))
    assert "NetConnection.Call.Failed" in statuses(heard(session.data_to_send()))
    assert session.receive(publish(KEY)) == [PublishAsked(KEY)]


def test_an_unknown_command_that_wants_no_answer_gets_none() -> None:
    session = publishing()
    about = amf.encode(["@setDataFrame", "onCuePoint", {"name": "x"}])
    assert session.receive(command("onSomething", 0, None) + say(Kind.DATA, about)) == []
    assert session.data_to_send() == b""


def test_a_command_in_the_newer_notation_is_read_as_well() -> None:
    session = a_session()
    session.receive(HELLO + connect())
    said = b"\0" + amf.encode(["publish", 5, None, KEY, "live"])
    assert session.receive(say(Kind.COMMAND_AMF3, said)) == [PublishAsked(KEY)]


def test_a_ping_is_answered_with_its_own_time() -> None:
    session = publishing()
    session.receive(say(Kind.USER_CONTROL, b"\0\6\1\2\3\4"))
    assert session.data_to_send().endswith(b"\0\7\1\2\3\4")


def test_each_full_window_is_acknowledged() -> None:
    session = publishing()
    session.receive(say(Kind.WINDOW_SIZE, (5000).to_bytes(4)))
    for number in range(4):
        session.receive(say(Kind.VIDEO, bytes(3000), number, 1))
    said = session.data_to_send()
    assert said.count(bytes([2, 0, 0, 0, 0, 0, 4, Kind.ACKNOWLEDGEMENT])) == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"\6", "version 3"),
        (b"GET / HTTP/1.1\r\n", "version 3"),
        (HELLO + publish(KEY), "connect first"),
        (HELLO + say(Kind.COMMAND, b"\xff"), "a command"),
        (HELLO + say(Kind.COMMAND, amf.encode(["connect"])), "a command"),
        (HELLO + say(Kind.COMMAND, amf.encode([1, 1])), "a command's name"),
        (HELLO + connect() + publish(KEY) + publish(KEY), "one publish"),
        (HELLO + say(Kind.VIDEO, bytes(MOST_COMMAND_BYTES + 1)), "65536 bytes at most"),
    ],
)
def test_what_is_no_rtmp_is_broken(said: bytes, why: str) -> None:
    with pytest.raises(Broken, match=why):
        a_session().receive(said)


def test_a_stranger_may_not_talk_for_ever() -> None:
    session = a_session()
    session.receive(HELLO + connect())
    talk = command("releaseStream", 2, None, "x" * 4000)
    for _ in range((MOST_BYTES_BEFORE - 2 * len(HELLO)) // len(talk)):
        session.receive(talk)
    assert session.kept_bytes < 2000
    with pytest.raises(Broken, match="to publish within"):
        session.receive(talk * 8)


def test_nor_may_it_say_many_small_things() -> None:
    session = a_session()
    session.receive(HELLO + connect())
    session.receive(say(Kind.AUDIO, b"", 0, 1) + b"\xc4" * 200)
    with pytest.raises(Broken, match="256 messages"):
        session.receive(b"\xc4" * 60)
