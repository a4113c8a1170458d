"""The law of sync in files: what a reader has, what it hears, what it has then.

The browser's tests read the same files. `WRITE_GOLDENS=1` writes them anew; a difference in them is
a change of the wire.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from server import wire

GOLDENS = Path(__file__).parent / "wire"
FIRST = 7  # the seq of a golden file's first frame
LONG = 40  # more rows than this in one list, and a file is written without line breaks


def as_json(value: Any) -> Any:
    """What a reader gets of it."""
    return json.loads(json.dumps(value))


def event_frame(topic: str, seq: int, event: Any, at: datetime) -> dict[str, Any]:
    frame = {
        "op": "event",
        "topic": topic,
        "seq": seq,
        "name": wire.name_of(type(event)),
        "at": wire.rfc3339(at),
        "data": wire.data_of(event),
    }
    return {key: as_json(value) for key, value in frame.items()}


def a_golden(
    topic: str, before: Any, events: Iterable[Any], after: Any, at: datetime
) -> dict[str, Any]:
    """A file's content: two snapshots, and the frames that lead from the first to the second."""
    frames = [event_frame(topic, seq, event, at) for seq, event in enumerate(events, FIRST)]
    assert frames, "a case that leads to nothing shows nothing"
    return {"topic": topic, "before": as_json(before), "frames": frames, "after": as_json(after)}


def heard(golden: Mapping[str, Any], events: Mapping[str, type]) -> Iterator[tuple[Any, int]]:
    """The events of a golden's frames as their reader gets them, with their seq."""
    for frame in golden["frames"]:
        yield wire.recall(events[frame["name"]], frame["data"]), frame["seq"]


def kept(path: Path, golden: Mapping[str, Any]) -> Any:
    """What the file holds; written first where that was asked for."""
    if os.environ.get("WRITE_GOLDENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_written(golden), "utf-8")
    return json.loads(path.read_text("utf-8"))


def _written(golden: Mapping[str, Any]) -> str:
    rows = (len(part) for part in golden["before"].values() if isinstance(part, list))
    indent = None if max(rows, default=0) > LONG else 1
    return json.dumps(golden, ensure_ascii=False, indent=indent) + "\n"
