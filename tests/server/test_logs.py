from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.set_up("info", stream)
    yield stream
    root.handlers[:], root.level = before, level


def test_a_record_is_one_json_object_with_the_fields_that_are_allowed(
    written: io.StringIO,
) -> None:
    logging.getLogger("topmoede.x").info(
        "refused %s", "slow_mode", extra={"code": "slow_mode", "text": "hemmeligt"}
    )
    line = json.loads(written.getvalue())
    assert line["what"] == "refused slow_mode"
    assert line["code"] == "slow_mode"
    assert "hemmeligt" not in written.getvalue()


def test_whose_socket_was_accepted_is_not_logged(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a server leaves it that was started with uvicorn's own settings.
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", False)
    logs.set_up("info", written)
    said = logging.getLogger("uvicorn.error")
    said.info('%s - "WebSocket %s" [accepted]', "192.0.2.7:5000", "/rt?pass=hemmeligt")
    assert written.getvalue() == ""
    said.error("Exception in ASGI application")
    assert "ASGI" in written.getvalue()


def test_an_exception_carries_its_trace_on_the_same_line(written: io.StringIO) -> None:
    try:
        raise ValueError("expected 1; came 2")
    except ValueError:
        logging.getLogger("topmoede.x").exception("failed")
    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    assert "expected 1; came 2" in json.loads(lines[0])["trace"]


def test_every_field_that_is_logged_is_allowed() -> None:
    house = Path(logs.__file__).parents[1]
    logged = {
        key.value
        for room in ("server", "streams", "chat", "schedule")
        for file in (house / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.keyword)
        and node.arg == "extra"
        and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    }
    assert {"cause", "reason"} <= logged
    assert logged <= set(logs.FIELDS)
