"""`topmoede archive`: the edition as a ZIP on this machine's disk, beside a server or without one.

It is the file that the secretariat gets from `/archive/edition.zip`, made from the same data. The
media's index and files are looked at and never written, so a server may run meanwhile. What is
written lies beside the target under the archive's tag; asked again, it goes on where it broke off,
as long as nothing has changed in between.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

from sqlalchemy.engine import make_url

from server.archivist import Archivist
from server.bare_house import bare_house
from server.cabinets import cabinet_of
from server.clock import Clock
from server.database import Database
from server.documents import FOLDER as DOCUMENTS
from server.documents import Documents
from server.errors import Unusable
from server.item_captions import ItemCaptions
from server.newest import library_of
from server.office import settings_of
from server.picture import Clips, bucket_address, constants_of
from server.published import PublishedQuestions
from server.recording_office import RECORDINGS
from server.settings import Settings
from server.zipping import Zip
from streams.answers import Answers
from streams.bucket import open_store, read_object
from streams.commands import ReportOnAir
from streams.desk import Desk
from streams.storage import INDEX, LookedAt

TOLD_EVERY_BYTES = 200_000_000


def archive(settings_file: Path | None, out: Path) -> int:
    """Writes the archive to a file; returns the exit status.

    Raises:
        Unusable: there is no edition here, no room for it, or a file in its place already.
    """
    settings = settings_of(settings_file)
    if out.exists():
        raise Unusable(f"expected no file at {out}; there is one")
    if not out.parent.is_dir():
        raise Unusable(f"expected a folder at {out.parent}; there is none")
    _must_be_there(settings)
    made = asyncio.run(_gathered(settings))
    write_archive(made, out)
    print(f"{out}: {len(made.members)} files, {made.size / 1e6:.1f} MB")
    return 0


def write_archive(made: Zip, out: Path) -> None:
    """Writes an archive, or the rest of one that was begun. Raises Unusable."""
    part = out.with_name(f"{out.name}.{made.tag[:12]}.part")
    try:
        for other in out.parent.glob(f"{out.name}.*.part"):
            if other != part:
                other.unlink()  # of an edition that has changed since
        there = part.stat().st_size if part.is_file() else 0
        _must_have_room(out, made.size - there)
        if there:
            print(f"Goes on at {there / 1e6:.0f} MB.", file=sys.stderr)
        _append(made, part, there)
        part.replace(out)
    except KeyboardInterrupt:
        print("Broken off. Asked again, it goes on from there.", file=sys.stderr)
        raise
    except OSError as error:
        raise Unusable(f"expected to read the edition and write {part}; {error}") from error
    except (KeyError, ValueError) as error:
        raise Unusable(
            f"expected every byte that the index names; {error}. Ask again: what has changed"
            " meanwhile is then as it is now"
        ) from error


def _append(made: Zip, part: Path, there: int) -> None:
    done, told = there, there
    with part.open("ab") as file:
        for piece in made.read(there) if there < made.size else ():
            file.write(piece)
            done += len(piece)
            if done - told >= TOLD_EVERY_BYTES:
                told = done
                print(f"{done / 1e6:.0f} of {made.size / 1e6:.0f} MB ...", file=sys.stderr)
        file.flush()
        os.fsync(file.fileno())


def _must_have_room(out: Path, size: int) -> None:
    free = shutil.disk_usage(out.parent).free
    if free < size:
        needed = f"{size / 1e6:.0f} MB free at {out.parent}"
        raise Unusable(f"expected {needed}; there are {free / 1e6:.0f}")


def _must_be_there(settings: Settings) -> None:
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
        raise Unusable(f"expected a database at {url.database}; there is none")


async def _gathered(settings: Settings) -> Zip:
    """The archive as it will be written; what is in it is read then, and needs nothing of this."""
    database = Database(settings.database)
    clips = Clips(settings.data / "films", None, Clock())
    try:
        house = await bare_house(settings, database)
        constants = constants_of(settings, house.journal.media_epoch)
        desk = Desk(_media(settings), clips, house.clock, constants, _tells_nobody)
        replays = Answers(desk).replays
        replays.recordings = (await house.dispatch.unit_of(RECORDINGS)).face(RECORDINGS)
        documents = Documents(lambda: library_of(house.dispatch), cabinet_of(settings, DOCUMENTS))
        questions = PublishedQuestions(house.board)
        folder = settings.data / "films" / "captions"
        captions = ItemCaptions(clips.films.captions_beside, folder, replays)
        made = Archivist(house, replays, desk.shelf, captions, questions, documents)
        return await made.archive()
    finally:
        clips.close()
        await database.close()


def _media(settings: Settings) -> LookedAt:
    folder = settings.data / "media"
    if not (folder / INDEX).is_file():
        raise Unusable(f"expected the media's index at {folder / INDEX}; there is none")
    if settings.bucket is None:
        return LookedAt(folder)
    store = open_store(bucket_address(settings.bucket))
    return LookedAt(folder, lambda path, offset, size: read_object(store, path, offset, size))


async def _tells_nobody(channel: str, report: ReportOnAir) -> None:
    """What is only looked at is not on air."""
