"""Strangers' bytes, and a right key's: nothing hangs, nothing grows, nothing falls over.

Every piece goes through all that an encoder reaches: session, chunk stream, commands, tags and
publisher. What is refused or broken ends the connection, as it does at the edge (rtmp.py); anything
else that is raised is a fault. The short round is for every day, `make long` mutates for minutes.
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.errors import Refused
from streams.rtmp.chunkstream import MOST_WAITING_BYTES, Broken, Kind
from streams.rtmp.flvpublisher import FlvPublisher
from streams.rtmp.rtmpsession import PublishAsked, RtmpSession, State, Tag
from streams.segments import Lane
from streams.webrtc.publisher import Now
from tests.streams.broadcast import Look
from tests.streams.rtmp.test_flvpublisher import EVENT, Recoder
from tests.streams.rtmp_encoder import (
    AAC_MONO_44K,
    HELLO,
    command,
    connect,
    pieces,
    publish,
    say,
    tags,
)

LONGEST_PIECE_S = 1.0
MOST_BYTES = MOST_WAITING_BYTES + 16 * 1024 * 1024


class Victim:
    """A connection without its socket; one that has ended takes no more."""

    def __init__(self) -> None:
        self.session = RtmpSession(bytes(1528))
        self.publisher = FlvPublisher(Now(0.0, EVENT), 0.0, Recoder)
        self.ended = False
        self.now_s = 0.0
        self.tags = 0
        self._last_dts: dict[Lane, int] = {}

    def receive(self, data: bytes) -> None:
        began = time.process_time()
        try:
            for event in () if self.ended else self.session.receive(data):
                self._take(event)
        except (Broken, Refused):
            self.ended = True
        assert time.process_time() - began < LONGEST_PIECE_S
        assert self.session.kept_bytes <= MOST_WAITING_BYTES + len(data)
        assert len(self.session.data_to_send()) <= 40 * len(data) + 8192
        self.ended = self.ended or self.session.state is State.OVER

    def _take(self, event: object) -> None:
        match event:
            case PublishAsked():
                self.session.accept()
            case Tag():
                self.tags += 1
                self.now_s += 0.01
                for unit in self.publisher.receive(event, self.now_s):
                    assert unit.dts_ticks > self._last_dts.get(unit.lane, -1)
                    assert abs(unit.pts_ticks - unit.dts_ticks) < 4 * 90_000
                    self._last_dts[unit.lane] = unit.dts_ticks


def a_conversation(look: Look = Look(gop_s=1.0), seconds: int = 1) -> list[bytes]:  # noqa: B008
    """What an encoder says, message by message, its greeting first."""
    said = [HELLO, connect(), publish("key")]
    for config in (None, AAC_MONO_44K):
        said += [say(kind, tag, at, 1) for kind, at, tag in tags(look, seconds, 0, config)]
    said += [say(Kind.SET_CHUNK_SIZE, (4096).to_bytes(4)), say(Kind.USER_CONTROL, b"\0\6abcd")]
    said += [say(kind, tag, 2000 + at, 1, 4096) for kind, at, tag in tags(look, seconds)[:20]]
    return [*said, command("deleteStream", 0, None, 1.0)]


CONVERSATION = a_conversation()


def mutated(chance: random.Random, said: list[bytes]) -> list[bytes]:
    """Some messages changed, cut, said twice, swapped or made up."""
    said = list(said)
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(1 if chance.random() < 0.9 else 0, len(said))
        match chance.randrange(6):
            case 0:
                changed = bytearray(said[at])
                for _ in range(chance.randrange(1, 9)):
                    if changed:
                        changed[chance.randrange(len(changed))] = chance.randrange(256)
                said[at] = bytes(changed)
            case 1:
                said[at] = said[at][: chance.randrange(len(said[at]) + 1)]
            case 2:
                said.insert(at, said[chance.randrange(len(said))])
            case 3:
                other = chance.randrange(1, len(said))
                said[at], said[other] = said[other], said[at]
            case 4:
                said.insert(at, chance.randbytes(chance.randrange(1, 300)))
            case 5:
                kind, time_ms = chance.choice(list(Kind)), chance.randrange(1 << 32)
                body = chance.choice((b"\x17\1", b"\x27\1", b"\x17\0", b"\xaf\0", b"\xaf\1", b""))
                said.insert(at, say(kind, body + chance.randbytes(40), time_ms, 1))
    return said


def rounds(seed: int, count: int) -> Iterator[Victim]:
    chance = random.Random(seed)
    for _ in range(count):
        victim = Victim()
        data = b"".join(mutated(chance, CONVERSATION))
        sizes = [chance.choice((1, 7, 100, 1460, 32_768)) for _ in range(60)]
        for piece in pieces(data, sizes):
            victim.receive(piece)
        yield victim


def test_the_conversation_itself_goes_through() -> None:
    victim = Victim()
    for piece in CONVERSATION:
        victim.receive(piece)
    assert victim.tags > 100
    assert victim.session.state is State.OVER


def test_a_mutated_conversation_ends_or_goes_on() -> None:
    ended = [victim.ended for victim in rounds(1, 60)]
    assert any(ended)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_thousands_of_mutated_conversations_end_or_go_on_in_the_same_memory(seed: int) -> None:
    for _ in rounds(100 + seed, 5):
        pass
    tracemalloc.start()
    for victim in rounds(seed, 2500):
        assert victim.session.kept_bytes <= MOST_WAITING_BYTES
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MOST_BYTES


@given(st.lists(st.binary(min_size=1, max_size=400), max_size=8))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_after_the_greeting_end_or_wait(data: list[bytes]) -> None:
    for before in (b"", HELLO, HELLO + connect(), HELLO + connect() + publish("key")):
        victim = Victim()
        victim.receive(before)
        for piece in data:
            victim.receive(piece)


@given(
    st.sampled_from([Kind.AUDIO, Kind.VIDEO]), st.binary(max_size=200), st.integers(0, 2**32 - 1)
)
def test_any_tag_is_taken_or_refused(kind: Kind, body: bytes, time_ms: int) -> None:
    victim = Victim()
    for piece in CONVERSATION[:30]:
        victim.receive(piece)
    assert victim.tags > 20
    victim.receive(say(kind, body, time_ms, 1))
    victim.receive(say(kind, (b"\x17\1\0\0\0" if kind is Kind.VIDEO else b"\xaf\1") + body, 0, 1))


@pytest.mark.parametrize(
    "piece",
    [
        say(Kind.VIDEO, b"\x27\1\0\0\0" + (1).to_bytes(4) * 60_000, 5, 1, 1 << 20),
        say(Kind.VIDEO, b"\x17\1\0\0\0" + b"\0\0\0\2\x67\0" * 40_000, 5, 1, 1 << 20),
        say(Kind.COMMAND, b"\x0a\0\0\4\0" * 12_000),
        say(Kind.DATA, b"\x03\0\1a" * 16_000),
        say(Kind.USER_CONTROL, b"\0\6\1\2\3\4") * 5000,
        say(Kind.AUDIO, b"", 0, 1) + b"\xc4" * 60_000,
    ],
    ids=["many-nals", "many-sets", "arrays", "objects", "pings", "empty-messages"],
)
def test_what_is_dear_to_read_is_read_in_time(piece: bytes) -> None:
    victim = Victim()
    for said in (*CONVERSATION[:30], say(Kind.SET_CHUNK_SIZE, (1 << 20).to_bytes(4)), piece):
        victim.receive(said)
