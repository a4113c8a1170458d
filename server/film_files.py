"""`topmoede films take`: a film from this machine's disk, without a browser.

The file is copied into the films' `incoming/` folder under its film's name, where a running server
finds it within seconds, and one that is started later finds it then.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from schedule.errors import ProgrammeFaults
from schedule.programme import Item, Programme
from server.errors import Unusable
from server.office import settings_of
from server.programme_files import read_programme


def take(settings_file: Path | None, file: Path, id: str) -> int:
    """Gives the server a file to take in; returns the exit status.

    Args:
        id: of the item that shows the film.

    Raises:
        Unusable: there is no such file, no such item, or no room for it.
    """
    settings = settings_of(settings_file)
    item = _item(_programme(settings.programme), id)
    if not file.is_file():
        raise Unusable(f"expected a file at {file}; there is none")
    incoming = settings.data / "films" / "incoming"
    target = incoming / f"{item.film}{file.suffix.lower()}"
    copying = target.with_name(f"{target.name}.copying")
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copying)
        copying.replace(target)
    except OSError as error:
        copying.unlink(missing_ok=True)
        raise Unusable(f"expected to write {target}; {error.strerror}") from error
    print(f"{file.name} waits in {incoming} to become the film of {id}, {item.title}")
    return 0


def _programme(file: Path | None) -> Programme:
    if file is None:
        raise Unusable("programme: expected the path of a programme file; came none")
    try:
        return read_programme(file)
    except ProgrammeFaults as faults:
        raise Unusable(f"expected a programme without faults\n{faults}") from faults


def _item(programme: Programme, id: str) -> Item:
    for item in programme.items:
        if item.id == id and item.film:
            return item
    known = ", ".join(item.id for item in programme.items if item.film)
    raise Unusable(f"expected an item that shows a film, one of {known}; came {id!r}")
