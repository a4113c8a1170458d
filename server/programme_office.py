"""The programme's commands: check a file, compare two, export one, rehearse a day."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from schedule import frab, ical, programme_file
from schedule.errors import ProgrammeFaults
from schedule.events import Change
from schedule.programme import Programme
from schedule.versions import difference
from server import wire
from server.errors import Unusable
from server.programme_files import read_programme

Export = Callable[[Programme], bytes]
FORMATS: Mapping[str, Export] = {
    "ics": ical.dump,
    "xml": frab.dump_xml,
    "json": lambda programme: wire.to_json(frab.dump_json(programme)) + b"\n",
    "toml": lambda programme: programme_file.dump(programme).encode(),
}


def check(file: Path) -> int:
    """Prints every fault with its line; 1 when there is one."""
    try:
        programme = read_programme(file)
    except ProgrammeFaults as faults:
        for fault in faults.faults:
            print(f"{file}: {fault}")
        return 1
    print(f"{file}: {len(programme.items)} items, no faults")
    return 0


def export(file: Path, name: str, out: Path | None) -> int:
    """Writes the programme in another format."""
    data = FORMATS[name](_sound(file))
    if out is None:
        sys.stdout.buffer.write(data)
    else:
        out.write_bytes(data)
    return 0


def diff(before: Path, after: Path) -> int:
    """Prints what changed from one file to the other; 1 when anything did."""
    changes = difference(_sound(before), _sound(after))
    for change in changes:
        print("\n".join(_lines(change)))
    return 1 if changes else 0


def _sound(file: Path) -> Programme:
    try:
        return read_programme(file)
    except ProgrammeFaults as faults:
        raise Unusable(f"expected a programme without faults\n{faults}") from faults


def _lines(change: Change) -> list[str]:
    head = f"{change.what:<8} {change.item or 'programme'}  {change.title}"
    fields = [f"  {each.field}: {each.before} -> {each.after}" for each in change.fields]
    return [head, *fields]
