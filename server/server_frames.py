"""What the server says on a socket, one function for each kind of frame but `event` and `state`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from server.access.actor import Actor
from server.board import Done, Position
from server.wire import rfc3339

BEAT = b'{"op":"beat"}'
PONG = b'{"op":"pong"}'


def welcome(
    connection: str,
    actor: Actor,
    clock: Mapping[str, object],
    beat_s: float,
    limits: Mapping[str, int],
    retry: Mapping[str, int],
) -> bytes:
    person = {
        "id": actor.id,
        "name": actor.name,
        "role": actor.role,
        "municipality": actor.municipality,
    }
    return orjson.dumps(
        {
            "op": "welcome",
            "v": 1,
            "connection": connection,
            "clock": clock,
            "beat_s": beat_s,
            "limits": limits,
            "retry": retry,
            "person": person,
        }
    )


def clock_now(wall: datetime, show: datetime, speed: float) -> dict[str, object]:
    return {"wall": rfc3339(wall), "show": rfc3339(show), "speed": speed}


def joined_log(topic: str, mode: str, seq: int, position: Position) -> bytes:
    """The client stands at `seq`; every event after it follows."""
    return orjson.dumps(_joined(topic, mode, seq, position))


def joined_snapshot(topic: str, position: Position, snapshot: bytes) -> bytes:
    frame = _joined(topic, "snapshot", position.head, position)
    frame["snapshot"] = orjson.Fragment(snapshot)
    return orjson.dumps(frame)


def _joined(topic: str, mode: str, seq: int, position: Position) -> dict[str, Any]:
    return {
        "op": "joined",
        "topic": topic,
        "epoch": position.epoch,
        "mode": mode,
        "seq": seq,
        "head": position.head,
    }


def joined_state(topic: str) -> bytes:
    return orjson.dumps({"op": "joined", "topic": topic, "mode": "state"})


def denied(topic: str, code: str = "not_found") -> bytes:
    return orjson.dumps({"op": "denied", "topic": topic, "code": code})


def done(id: str, done: Done) -> bytes:
    frame: dict[str, object] = {"op": "done", "id": id, "topic": done.topic}
    if done.seq is not None:
        frame["seq"] = done.seq
    if done.held:
        frame["held"] = True
    return orjson.dumps(frame)


def refused(id: str | None, code: str, detail: str, facts: Mapping[str, object]) -> bytes:
    # The facts never stand in for the frame's own fields.
    frame = {**facts, "op": "refused", "id": id, "code": code, "detail": detail}
    return orjson.dumps(frame, default=str)


def history(id: str, topic: str, items: list[dict[str, Any]], more: bool) -> bytes:
    return orjson.dumps({"op": "history", "id": id, "topic": topic, "items": items, "more": more})


def drain(within_ms: int) -> bytes:
    return orjson.dumps({"op": "drain", "within_ms": within_ms})
