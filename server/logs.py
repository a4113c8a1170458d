"""Structured logs: one JSON object a line on stderr, with ids and codes, never people's words.

What may be logged is an allow-list: the message's template arguments are ids, codes and numbers
by convention, and `extra` fields outside FIELDS are dropped. Query strings are never logged,
because passes can stand in them.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

import orjson

FIELDS = (
    "person", "session", "connection", "topic", "command", "cause", "code", "reaction",
    "source", "channel", "item", "status", "path", "duration_ms", "count", "unit", "seq", "event",
    "again_in_s", "reason",
)  # fmt: skip


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "what": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def set_up(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Sends every log record of the process to one stream as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # uvicorn tells of every socket with its address, and that is a person's.
    for noisy in ("aioice", "aiortc", "libav", "asyncio", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn").propagate = True
    # Paths with their query strings, and one line a request, are the proxy's business.
    logging.getLogger("uvicorn.access").disabled = True
