"""What a demonstration keeps beside its day."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from schedule.programme_file import builtin
from server.demo import source_keys


def test_a_day_s_keys_stay_whole_whenever_a_start_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every start looks at them, and a start may be killed at any instant."""
    day = builtin("demo_day")
    keys, file = source_keys(tmp_path, day), tmp_path / "source-keys.json"
    written = file.stat()
    assert stat.S_IMODE(written.st_mode) == 0o600
    assert source_keys(tmp_path, day) == keys
    assert file.stat().st_mtime_ns == written.st_mtime_ns, "what is known is not written again"
    more = replace(day, items=tuple(replace(one, source="scene") for one in day.items))
    with monkeypatch.context() as dying:
        dying.setattr(Path, "replace", _dies)
        with pytest.raises(InterruptedError):
            source_keys(tmp_path, more)
    assert source_keys(tmp_path, day) == keys
    file.write_text("")  # as an earlier build left it
    assert source_keys(tmp_path, day).keys() == keys.keys()


def _dies(new: Path, file: Path) -> None:
    raise InterruptedError
