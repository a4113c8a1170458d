"""One client session, without I/O: what comes in, what must be done about it.

              hello              anything else     10 s
  AWAITING    welcome -> OPEN    4502 -> CLOSED    4502 -> CLOSED

              what can be read and is right    wrong      unreadable        60 s of silence
  OPEN        done as asked                    refused    4502 -> CLOSED    dropped -> CLOSED

  CLOSED      nothing, whatever comes

Invariants, whatever is received in whatever order:

* A session says `welcome` once, and says it first, unless the first word is wrong: then it says
  what was wrong with it and closes.
* Every object that is read is answered, or is a `leave`: never silence. After `Close` or `Drop`
  nothing more comes out.
* At most `limits.topics` topics are joined; the one that belongs to the person is not counted and
  is joined by itself.
* Too many objects are first refused, with the time to wait; only who goes on is closed (4004). A
  command among them is looked up by its id before it is refused: whoever asks again for what was
  accepted gets the answer, at any pace.

The caller acts on the effects in order and reports what it found with `denied`. Whether a person
may join or do something is not known here; neither is what a position means (`positions`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from server import client_frames, server_frames
from server.allowance import Allowance
from server.client_frames import Do, Hello, History, Join, Leave, Ping, Wrong
from server.errors import Refused

NORMAL = 1000
TOO_LARGE = 1009
RESTARTING = 1012
FULL = 1013
DRAINING = 4000
TOO_SLOW = 4001
TOO_FAST = 4004
SIGN_IN_EXPIRED = 4003
NOT_SIGNED_IN = 4500
REMOVED = 4501
ELSEWHERE = 4503
PROTOCOL_ERROR = 4502
OVER = 4504


@dataclass(frozen=True, slots=True)
class Limits:
    """What one session may cost."""

    message_bytes: int = client_frames.MESSAGE_BYTES
    topics: int = 32
    hello_s: float = 10.0
    beat_s: float = 25.0
    silence_s: float = 60.0
    words_per_s: float = 50.0
    words_burst: int = 200
    refusals_in_a_row: int = 100

    def on_the_wire(self) -> dict[str, int]:
        return {"message_bytes": self.message_bytes, "topics": self.topics}


@dataclass(frozen=True, slots=True)
class Send:
    """A JSON object to this client alone."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Welcome:
    pass


@dataclass(frozen=True, slots=True)
class Beat:
    """A protocol PING, and a beat that a page can see."""


@dataclass(frozen=True, slots=True)
class Close:
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """The client is gone: end without a word."""


@dataclass(frozen=True, slots=True)
class Recall:
    """A command too many: the answer if it was accepted before, else this refusal."""

    do: Do
    refused: Refused


Effect = Send | Welcome | Join | Leave | Do | Recall | History | Beat | Close | Drop


class State(enum.Enum):
    AWAITING = "awaiting"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(slots=True)
class Session:
    """The session of one client.

    Args:
        own_topic: joined by itself after hello; None for who has none.
        now: seconds on a monotonic clock, as in every call below.
    """

    own_topic: str | None
    now: float
    limits: Limits = field(default_factory=Limits)
    state: State = State.AWAITING
    topics: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._opened_at = self._heard_at = self._wrote_at = self._beat_at = self.now
        self._due_at = self._earliest_due()
        self._allowance = Allowance(self.limits.words_per_s, self.limits.words_burst, self.now)

    _opened_at: float = field(init=False)
    _heard_at: float = field(init=False)
    _wrote_at: float = field(init=False)
    _beat_at: float = field(init=False)
    _due_at: float = field(init=False)
    _allowance: Allowance = field(init=False)

    def receive_message(self, message: str | bytes, now: float) -> list[Effect]:
        """Take one websocket message."""
        effects: list[Effect] = []
        for effect in self._react(message, now):
            effects.append(effect)
            if isinstance(effect, Close):
                self.state = State.CLOSED
                break
        return effects

    def receive_hello(self, topics: tuple[Join, ...]) -> Iterator[Effect]:
        """Open the session, however the client said what it wants to read."""
        self.state = State.OPEN
        self._due_at = self._earliest_due()
        yield Welcome()
        for join in topics:
            yield self._join(join)
        if self.own_topic is not None and self.own_topic not in self.topics:
            yield self._join(Join(self.own_topic))

    def receive_time(self, now: float, *, heard: bool, wrote: bool) -> list[Effect]:
        """Take the time; to be called about once a second.

        Args:
            heard: anything came from the client since the last call, a PONG too.
            wrote: anything was written to it.
        """
        if heard:
            self._heard_at = now
        if wrote:
            self._wrote_at = now
        if now < self._due_at:
            return []
        effects = list(self._react_to_time(now))
        if effects and not isinstance(effects[-1], Beat):
            self.state = State.CLOSED
        self._due_at = self._earliest_due()
        return effects

    @property
    def is_closed(self) -> bool:
        return self.state is State.CLOSED

    def receive_end(self) -> None:
        """The connection is over, whoever ended it."""
        self.state = State.CLOSED

    def denied(self, topic: str) -> None:
        """A topic that was asked for was not opened, or is not open any more."""
        self.topics.discard(topic)

    def _react(self, message: str | bytes, now: float) -> Iterator[Effect]:
        if self.state is State.CLOSED:
            return
        if isinstance(message, bytes):
            yield Close(PROTOCOL_ERROR, "expected a text frame, got a binary one")
            return
        if len(message.encode()) > self.limits.message_bytes:
            yield Close(TOO_LARGE, f"expected at most {self.limits.message_bytes} bytes")
            return
        words = client_frames.read(message)
        if isinstance(words, client_frames.Unreadable):
            yield Close(PROTOCOL_ERROR, _reason(words.detail))
            return
        for word in words:
            yield from self._admit(word, now)

    def _admit(self, word: client_frames.Word, now: float) -> Iterator[Effect]:
        wait_s = self._allowance.take(now)
        if not wait_s:
            yield from self._answer(word)
            return
        detail = f"expected at most {self.limits.words_per_s:g} objects a second"
        refused = Refused("too_fast", detail, retry_ms=int(wait_s * 1000) + 1)
        if self.state is State.OPEN and isinstance(word, Do):
            yield Recall(word, refused)
        else:
            # A refused join has no id: its topic says what is to be asked for again.
            topic = {"topic": word.topic} if isinstance(word, Join) else {}
            code, facts = refused.code, {**refused.facts, **topic}
            yield Send(server_frames.refused(_id_of(word), code, detail, facts))
        if self._allowance.refused_in_a_row >= self.limits.refusals_in_a_row:
            yield Close(TOO_FAST, detail)

    def _answer(self, word: client_frames.Word) -> Iterator[Effect]:
        match self.state, word:
            case State.AWAITING, Hello(topics):
                yield from self.receive_hello(topics)
            case State.AWAITING, Wrong(op="hello") as wrong:
                yield _refusal(wrong)
                yield Close(PROTOCOL_ERROR, _reason(wrong.detail))
            case State.AWAITING, _:
                yield Close(PROTOCOL_ERROR, "expected hello first")
            case _, Hello():
                yield Send(
                    server_frames.refused(
                        None, "already_open", "expected hello once, got it again", {}
                    )
                )
            case _, Join() as join:
                yield self._join(join)
            case _, Leave(topic) as leave:
                self.topics.discard(topic)
                yield leave
            case _, Ping():
                yield Send(server_frames.PONG)
            case _, Wrong() as wrong:
                yield _refusal(wrong)
            case _, Do() | History() as asked:
                yield asked

    def _join(self, join: Join) -> Effect:
        others = self.topics - {join.topic, self.own_topic}
        if join.topic != self.own_topic and len(others) >= self.limits.topics:
            return Send(server_frames.denied(join.topic, "too_many_topics"))
        self.topics.add(join.topic)
        return join

    def _react_to_time(self, now: float) -> Iterator[Effect]:
        if self.state is State.AWAITING and now - self._opened_at >= self.limits.hello_s:
            yield Close(PROTOCOL_ERROR, f"expected hello within {self.limits.hello_s:g} s")
        elif self.state is State.OPEN and now - self._heard_at >= self.limits.silence_s:
            yield Drop()
        elif self.state is State.OPEN and now - self._quiet_since() >= self.limits.beat_s:
            self._beat_at = now
            yield Beat()

    def _earliest_due(self) -> float:
        """A moment before which time brings nothing; what happens until then only delays it."""
        if self.state is State.AWAITING:
            return self._opened_at + self.limits.hello_s
        silent_at = self._heard_at + self.limits.silence_s
        return min(silent_at, self._quiet_since() + self.limits.beat_s)

    def _quiet_since(self) -> float:
        # Who only listens must still be heard, and who hears nothing must be told.
        return max(min(self._heard_at, self._wrote_at), self._beat_at)


def _refusal(wrong: Wrong) -> Send:
    return Send(server_frames.refused(wrong.id, wrong.code, wrong.detail, {}))


def _id_of(word: client_frames.Word) -> str | None:
    return word.id if isinstance(word, Do | History | Wrong) else None


def _reason(detail: str) -> str:
    """Cut to what a close frame holds: 123 bytes. RFC 6455, section 5.5."""
    return detail.encode()[:120].decode(errors="ignore")
