"""Rounds of load and kill -9 against one database file, and the ledger that judges them.

Each round forks a child, which opens the house and posts, cues and deletes as fast as it can. It
writes a line to a pipe before it asks for something and another when it has its answer. After a
moment the child is killed with SIGKILL. The ledger then holds every acknowledgement; the database
is read by hand, with nothing of the program, and must agree:

    what was acknowledged stands there once, at the seq that was told
    what was asked and not acknowledged stands there once or not at all
    every log is without a hole, and every topic's head is its last seq

The next round's child asks again for everything that was left unanswered, with the same ids.
Run as a program of its own: a fork must not meet the threads of somebody else.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schedule.programme_file import builtin
from server.access.actor import Actor
from server.clock import Clock, ShowMap
from server.database import Database
from server.errors import Refusal
from server.house import open_house

HOST = "host"
MODERATOR = "moderator"
WRITERS = 8
LONGEST_LIFE_S = 0.5


def actor_of(person: str) -> Actor:
    """Whoever is neither the host nor the moderator is a member; nobody writes often enough
    to be told to slow down."""
    role = person if person in (HOST, MODERATOR) else "member"
    return Actor(person, "Navn", role, None if role == MODERATOR else "aalborg")


class NoFanout:
    def publish(self, topic: str, seq: int, frame: bytes) -> None: ...

    def publish_state(self, topic: str, frame: bytes) -> None: ...

    def rewrite(self, topic: str, seq: int, frame: bytes) -> None: ...


@dataclass
class Ledger:
    """What was asked and what was told, over all rounds.

    Args:
        asked: (person, topic, name, data) by id.
        acked: (topic, seq) by id.
    """

    asked: dict[str, list[Any]] = field(default_factory=dict)
    acked: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    rounds: int = 0

    def unanswered(self) -> dict[str, list[Any]]:
        return {
            id: what
            for id, what in self.asked.items()
            if id not in self.acked and id not in self.refused
        }

    def note(self, line: str) -> None:
        word, id, told = json.loads(line)
        if word == "asked":
            self.asked[id] = told
        elif word == "acked":
            assert self.acked.setdefault(id, tuple(told)) == tuple(told), "an answer changed"
        else:
            self.refused.add(id)


class Child:
    """The process that is killed."""

    def __init__(self, file: Path, pipe: int, number: int, unanswered: dict[str, Any]) -> None:
        self._file = file
        self._pipe = pipe
        self._number = number
        self._unanswered = unanswered

    async def live(self) -> None:
        programme = builtin("topmoede_2021")
        clock = Clock(ShowMap(Clock().wall(), programme.items[0].start))
        database = Database(f"sqlite:///{self._file}")
        house = await open_house(database, programme, clock, ["aalborg"], NoFanout())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(house.dispatch.run())
            self._say("ready", "", None)
            self._dispatch = house.dispatch
            for id, (person, topic, name, data) in self._unanswered.items():
                tasks.create_task(self._ask(person, id, topic, name, data))
            for writer in range(WRITERS):
                tasks.create_task(self._chat(writer))
            tasks.create_task(self._cue())

    async def _chat(self, writer: int) -> None:
        room, n = "room:aalborg", 0
        while True:
            n += 1
            id = f"{self._number}-{writer}-{n}"
            await self._ask(f"p{id}", id, room, "post_message", {"text": f"besked {id}"})
            if n % 5 == 0:
                delete = {"message": f"m{random.randint(1, 50)}"}
                await self._ask(HOST, f"{id}-d", room, "delete_message", delete)

    async def _cue(self) -> None:
        n = 0
        while True:
            n += 1
            name = "hold" if n % 2 else "resume"
            await self._ask(MODERATOR, f"cue-{self._number}-{n}", "show", name, {})
            await asyncio.sleep(0.01)

    async def _ask(self, person: str, id: str, topic: str, name: str, data: Any) -> None:
        self._say("asked", id, [person, topic, name, data])
        try:
            done = await self._dispatch.do(actor_of(person), id, topic, name, data)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            self._say("refused", id, error.code)
        else:
            self._say("acked", id, [done.topic, done.seq])

    def _say(self, word: str, id: str, told: Any) -> None:
        os.write(self._pipe, json.dumps([word, id, told]).encode() + b"\n")


def one_round(file: Path, ledger: Ledger) -> None:
    """Fork a child, let it live for a moment, kill it, note what it has said."""
    ledger.rounds += 1
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        random.seed(ledger.rounds)
        asyncio.run(Child(file, writing, ledger.rounds, ledger.unanswered()).live())
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.readline()
        assert said, "the child died by itself"
        signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, 0.001 + random.random() * LONGEST_LIFE_S)
        # Line by line: reading all at once may never come back to run the handler.
        lines = [line for line in pipe]  # noqa: C416
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child died by itself"
    # A line that was cut off by the kill was never finished, so it was never said.
    for line in lines:
        if line.endswith(b"\n"):
            ledger.note(line.decode())


def faults(file: Path, ledger: Ledger) -> list[str]:
    """Everything in the database that contradicts the ledger."""
    connection = sqlite3.connect(file)
    try:
        found = [*_broken_logs(connection), *_broken_promises(connection, ledger)]
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        return found if sound == "ok" else [*found, f"integrity: {sound}"]
    finally:
        connection.close()


def _broken_logs(connection: sqlite3.Connection) -> list[str]:
    heads = dict(connection.execute("SELECT name, head FROM topic"))
    logs: dict[str, list[int]] = {}
    for topic, seq in connection.execute("SELECT topic, seq FROM event ORDER BY id"):
        logs.setdefault(topic, []).append(seq)
    holes = [t for t, seqs in logs.items() if seqs != list(range(1, len(seqs) + 1))]
    astray = [t for t, seqs in logs.items() if heads.get(t) != seqs[-1]]
    return [f"a hole in {t}" for t in holes] + [f"the head of {t} is not its last" for t in astray]


def _broken_promises(connection: sqlite3.Connection, ledger: Ledger) -> list[str]:
    rows = connection.execute("SELECT cause, topic, seq, name FROM event").fetchall()
    places = {(cause, topic, seq) for cause, topic, seq, _ in rows}
    times = Counter((cause, topic, name) for cause, topic, _, name in rows)
    lost = [
        f"{id} was acknowledged at {topic} {seq} and is not there"
        for id, (topic, seq) in ledger.acked.items()
        if seq is not None and (id, topic, seq) not in places
    ]
    doubled = [f"{key} stands there {count} times" for key, count in times.items() if count > 1]
    invented = {cause for cause, *_ in rows} - ledger.asked.keys()
    refused = {cause for cause, *_ in rows} & (ledger.refused - ledger.acked.keys())
    return [
        *lost,
        *doubled,
        *(f"{id} was never asked for" for id in invented),
        *(f"{id} was refused and is there" for id in refused),
    ]


def main(folder: str, rounds: str, seed: str) -> None:
    random.seed(int(seed))
    file, ledger = Path(folder) / "day.db", Ledger()
    found: list[str] = []
    while ledger.rounds < int(rounds) and not found:
        one_round(file, ledger)
        found = faults(file, ledger)
    print(json.dumps({"rounds": ledger.rounds, "acked": len(ledger.acked), "faults": found[:20]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
