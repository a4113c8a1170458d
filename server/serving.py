"""`topmoede serve`: production. Refuses an unsafe setting and says which.

Two processes: the front, which starts the other and keeps it alive, and the media process. Each can
also be started alone (`--part`), so that a new front does not touch the picture.

With `--workers N` there are N fronts, and a process above them that serves nobody: it starts them
and the media process, starts again what ends, and ends with all of them.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

import uvloop

from schedule.errors import ProgrammeFaults
from server import logs
from server.clock import Clock
from server.errors import Unusable
from server.office import settings_of
from server.processes import Part, must_be_free
from server.programme_files import read_programme
from server.settings import Settings, unsafe


@dataclass(frozen=True, slots=True)
class Serving:
    """What was asked on the command line.

    Args:
        part: `front` or `media` alone; None for a front that starts the media process.
        workers: how many fronts.
        worker: the number of one of several fronts; 0 for the only one.
        supervised: end when standard input ends.
    """

    part: str | None = None
    workers: int = 1
    worker: int = 0
    supervised: bool = False


def serve(settings_file: Path | None, asked: Serving) -> int:
    """Runs the server by its settings until a signal ends it; returns the exit status."""
    settings = settings_of(settings_file)
    reasons = list(unsafe(settings))
    if reasons:
        raise Unusable("expected safe settings\n" + "\n".join(reasons))
    if asked.workers > 1 or asked.worker:
        must_meet(settings)
    if settings.programme is None:
        raise Unusable("programme: expected the path of a programme file; came none")
    try:
        programme = read_programme(settings.programme)
    except ProgrammeFaults as faults:
        raise Unusable(f"expected a programme without faults\n{faults}") from faults
    if settings.edition != programme.edition:
        # People are registered under the setting's edition, and nobody could sign in.
        raise Unusable(
            f"edition: expected that of the programme, {programme.edition}; came {settings.edition}"
        )
    logs.set_up(settings.log_level)
    settings.data.mkdir(parents=True, exist_ok=True)
    _keep_the_database_private(settings)
    _take_all_the_files_allowed()
    media = () if asked.part else _command(settings_file, "--part", Part.MEDIA.value)
    # Not before: importing it all takes seconds, and a refusal is told at once.
    if asked.workers > 1 and asked.part != Part.MEDIA.value:
        from server.workforce import run_workforce

        must_be_free(settings)
        fronts = {
            number: _command(settings_file, "--part", Part.FRONT.value, "--worker", str(number))
            for number in range(1, asked.workers + 1)
        }
        uvloop.run(run_workforce(settings, Clock(), fronts, media))
        return 0
    from server import app
    from server.parts import Installation

    installation = Installation(
        settings,
        programme,
        Clock(),
        part=Part(asked.part or Part.FRONT),
        media_command=media,
        supervised=asked.supervised,
        worker=asked.worker,
    )
    uvloop.run(app.serve(installation))
    return 0


def must_meet(settings: Settings) -> None:
    """Raises Unusable, with a code, where several workers would not be one server."""
    if settings.database.startswith("sqlite"):
        raise Unusable(
            "workers_need_postgresql: expected database_url to name PostgreSQL for more than one"
            " worker; SQLite has one writer at a time and is made for one machine and one server"
        )
    if not settings.redis_url:
        raise Unusable(
            "workers_need_redis: expected redis_url for more than one worker; without it each"
            " would hear of the others' news seconds late, and not at all of who is where"
        )


def _command(settings_file: Path | None, *asked: str) -> tuple[str, ...]:
    told = ("--settings", str(settings_file)) if settings_file else ()
    return (sys.executable, "-m", "server.cli", "serve", *asked, "--supervised", *told)


def _keep_the_database_private(settings: Settings) -> None:
    """nginx is in the server's group, for the media files and nothing else."""
    if not settings.database_url:
        file = settings.data / "topmoede.db"
        file.touch(mode=0o600)
        file.chmod(0o600)


def _take_all_the_files_allowed() -> None:
    """A connection is an open file, two where it is passed on; the usual limit is made for less."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
