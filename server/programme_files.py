"""Programmes from the disk, or one that ships with the program."""

from __future__ import annotations

from pathlib import Path

from schedule import programme_file
from schedule.programme import Programme
from server.errors import Unusable


def read_programme(file: Path | None, default: str = "topmoede_2021") -> Programme:
    """The programme of a file, or one that ships with the program.

    Raises:
        ProgrammeFaults: every fault of the file.
        Unusable: there is no such file.
    """
    if file is None:
        return programme_file.builtin(default)
    try:
        return programme_file.load(file.read_bytes())
    except OSError as error:
        raise Unusable(f"expected a programme at {file}; {error.strerror}") from error
