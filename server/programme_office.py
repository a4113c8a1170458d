"""The programme's commands: check a file, compare two, export one, rehearse a day."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from schedule import frab, ical, programme_file
from schedule.errors import ProgrammeFaults
from schedule.events import Change
from schedule.programme import Programme
from schedule.show import initial
from schedule.versions import difference
from server import rehearsal, wire
from server.access.actor import Actor
from server.access.municipalities import register
from server.clock import Clock
from server.database import Database
from server.emergency_page import emergency_page, write_emergency_page
from server.errors import Refused, Unusable
from server.house import open_house
from server.office import settings_of
from server.programme_files import read_programme
from server.rehearsal import NoFanout, read_fault
from server.support import Support

SECRETARIAT = Actor("command-line", "Sekretariatet", "secretariat")

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


def publish(settings_file: Path | None, file: Path) -> int:
    """Publishes a file as the edition's programme; a running server takes it up by itself."""
    settings, programme = settings_of(settings_file), _sound(file)
    text = file.read_text("utf-8")

    async def run() -> None:
        database = Database(settings.database)
        try:
            house = await open_house(database, programme, Clock(), register(), NoFanout())
            async with asyncio.TaskGroup() as tasks:
                deciding = tasks.create_task(house.dispatch.run())
                id = f"import:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
                await house.dispatch.do(
                    SECRETARIAT, id, "programme", "publish_programme", {"text": text}
                )
                deciding.cancel()
        finally:
            await database.close()

    settings.data.mkdir(parents=True, exist_ok=True)
    asyncio.run(run())
    print(f"{file}: published as version {programme.version!r}")
    return 0


def write_page(settings_file: Path | None, out: Path) -> int:
    """Writes the emergency page by the settings' programme, without a running server."""
    settings = settings_of(settings_file)
    if settings.programme is None:
        raise Unusable("programme: expected the path of a programme file; came none")
    page = emergency_page(initial(_sound(settings.programme)), Support.of(settings))
    try:
        write_emergency_page(out, page)
    except OSError as error:
        raise Unusable(f"expected to write {out}; {error.strerror}") from error
    print(f"{out}: written; let the proxy show it on 502, 503 and 504")
    return 0


def rehearse(
    file: Path | None, seed: int | None, faults: Sequence[str], json_out: Path | None
) -> int:
    """Runs the day on a virtual clock and prints its as-run log."""
    try:
        struck = [read_fault(fault) for fault in faults]
    except Refused as refused:
        raise Unusable(refused.detail) from refused
    day = _sound(file) if file else read_programme(None)
    as_run = rehearsal.rehearse(day, seed=seed, faults=struck)
    print(as_run.text(), end="")
    if json_out is not None:
        json_out.write_bytes(wire.to_json(as_run.as_json()))
    return 0


def _sound(file: Path) -> Programme:
    try:
        return read_programme(file)
    except ProgrammeFaults as faults:
        raise Unusable(f"expected a programme without faults\n{faults}") from faults


def _lines(change: Change) -> list[str]:
    head = f"{change.what:<8} {change.item or 'programme'}  {change.title}"
    fields = [f"  {each.field}: {each.before} -> {each.after}" for each in change.fields]
    return [head, *fields]
