from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

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


def test_an_exception_carries_its_trace_on_the_same_line(written: io.StringIO) -> None:
    try:
        raise ValueError("expected 1; came 2")
    except ValueError:
        logging.getLogger("topmoede.x").exception("failed")
    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    assert "expected 1; came 2" in json.loads(lines[0])["trace"]
