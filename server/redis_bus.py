"""The bus between machines: Redis Pub/Sub, which keeps nothing and promises nothing.

Everybody publishes to one channel and hears all of it, and has a channel of their own for what is
meant for them alone. Redis stores nothing of ours, so it may be killed, emptied or replaced at any
time: who comes says `hello`, and each of the others answers with the newest of its own states.

*Whether it carries* cannot be seen from a connection: a frozen Redis or a cut line look like
silence. But what one says comes back to oneself. Each end says something every BEAT_EVERY_S, and
who has heard nothing for SILENT_AT_MOST_S leaves and joins again, as after any other fault. While
it does not carry, heads are compared more often (`house.compare_heads`).

The outbox has the bounds of an Inbox. Reading never waits for anybody, so Redis has no cause to
cut us off for being slow.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server import wire
from server.bus import WAITING, Inbox, Message, State, States, message_of, written

log = logging.getLogger("topmoede.bus")

AT_ONCE = 256
LARGEST_BYTES = 1024 * 1024
BEAT_EVERY_S = 1.0
SILENT_AT_MOST_S = 4.0
ANSWER_WITHIN_S = 3.0
JOIN_AGAIN_AFTER_S = 0.2

Sleep = Callable[[float], Awaitable[None]]
PubSub = Any
"""redis-py's own is not typed."""


class RedisBus:
    """One worker's end.

    Args:
        url: `redis://…` or `rediss://…`, with the password where there is one.
        channel: what the workers of one installation share, and no other installation has.
        sleep: waits for so many wall seconds.
    """

    def __init__(self, url: str, channel: str, sleep: Sleep) -> None:
        self._url = url
        self._channel = channel
        self._sleep = sleep
        self._id = secrets.token_hex(4)
        self._inbox = Inbox()
        self._outbox = Inbox()
        self._own = States()
        self._heard = States()
        self._said: list[tuple[str, dict[str, Any]]] = []
        self._called = asyncio.Event()
        self.joined = asyncio.Event()

    @property
    def carries(self) -> bool:
        return self.joined.is_set()

    def publish(self, message: Message) -> None:
        if isinstance(message, State):
            self._own.put(message)
        self._outbox.put(message)
        self._called.set()

    async def receive(self) -> Message:
        return await self._inbox.take()

    def receive_now(self) -> Message | None:
        return self._inbox.take_now()

    async def run(self) -> None:
        """Be joined to Redis for as long as the process lives."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep(self._listen))
            tasks.create_task(self._keep(self._speak))

    async def _keep(self, part: Callable[[Redis], Awaitable[None]]) -> None:
        """Do it on one line after the other; a line that failed is left."""
        while True:
            redis = _client(self._url)
            try:
                await part(redis)
            except (RedisError, OSError) as fault:
                self._note(fault)
            finally:
                await redis.aclose()
            _give_way()
            await self._sleep(JOIN_AGAIN_AFTER_S)

    def _note(self, fault: Exception) -> None:
        """One line an outage, without the address: it may hold a password."""
        if self.joined.is_set():
            self.joined.clear()
            log.warning("Redis is away: %s", type(fault).__name__)

    def _door_of(self, worker: str) -> str:
        return f"{self._channel}:{worker}"

    # --- hearing ---

    async def _listen(self, redis: Redis) -> None:
        listening: PubSub = redis.pubsub()
        async with contextlib.aclosing(listening):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await listening.subscribe(self._channel, self._door_of(self._id))
            while True:
                _give_way()
                async with asyncio.timeout(SILENT_AT_MOST_S):
                    message = await listening.get_message(timeout=None)
                match message:
                    case {"type": "subscribe", "data": 2}:
                        self._greet()
                    case {"type": "message", "channel": bytes(channel), "data": bytes(data)}:
                        self._hear(data, mine=channel.decode() != self._channel)

    def _greet(self) -> None:
        """Both channels are ours: tell everybody what they may have missed, and ask for theirs."""
        self.joined.set()
        log.info("joined to Redis")
        self._heard = States()
        self._said.append((self._channel, {"hello": True}))
        self._say_states(self._channel)

    def _hear(self, data: bytes, *, mine: bool) -> None:
        try:
            said = wire.from_json(data) if len(data) <= LARGEST_BYTES else None
            match said:
                case {"from": self._id}:
                    return
                case {"from": str(worker), "hello": True}:
                    self._say_states(self._door_of(worker))
                case {"from": str(), "beat": True}:
                    return
                case _:
                    self._take_in(message_of(said), mine=mine)
        except ValueError as error:
            log.warning("a message of the bus cannot be read: %s", error)

    def _take_in(self, message: Message, *, mine: bool) -> None:
        # Who says hello is answered also what has been told to all in the meantime.
        known = isinstance(message, State) and not self._heard.put(message)
        if not (known and mine):
            self._inbox.put(message)

    # --- saying ---

    def _say_states(self, channel: str) -> None:
        if len(self._said) < WAITING:
            self._said += [(channel, written(state)) for state in self._own.all()]
        self._called.set()

    async def _speak(self, redis: Redis) -> None:
        while True:
            _give_way()
            waiting = await self._waiting()
            async with asyncio.timeout(ANSWER_WITHIN_S), redis.pipeline(transaction=False) as pipe:
                for channel, said in waiting:
                    pipe.publish(channel, wire.to_json({"from": self._id, **said}))
                await pipe.execute()

    async def _waiting(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """What there is to say, at least once in BEAT_EVERY_S."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_EVERY_S):
                await self._called.wait()
        while len(self._said) < AT_ONCE and (message := self._outbox.take_now()) is not None:
            self._said.append((self._channel, written(message)))
        said, self._said = self._said[:AT_ONCE], self._said[AT_ONCE:]
        if len(said) < AT_ONCE:
            self._called.clear()
        return said or [(self._channel, {"beat": True})]


async def fault_of(url: str) -> str:
    """Why this Redis is of no use, without its password; "" where it answers."""
    try:
        redis = _client(url)
    except ValueError as error:
        return str(error)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await redis.publish("topmoede:check", b"")
    except (RedisError, OSError) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    finally:
        await redis.aclose()
    return ""


def _give_way() -> None:
    """Ends who was told to end: a library may take our end for the end of its own wait."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _client(url: str) -> Redis:
    """A client that never joins again by itself: what was said meanwhile would be missed."""
    return Redis.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=ANSWER_WITHIN_S,
        socket_timeout=ANSWER_WITHIN_S,
        client_name="topmoede",
    )
