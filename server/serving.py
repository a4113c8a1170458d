"""`topmoede serve`: production. Refuses an unsafe setting and says which.

Two processes: the front, which starts the other and keeps it alive, and the media process. Each can
also be started alone (`--part`), so that a new front does not touch the picture.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import uvloop

from schedule.errors import ProgrammeFaults
from server import logs
from server.clock import Clock
from server.errors import Unusable
from server.office import settings_of
from server.processes import Part
from server.programme_files import read_programme
from server.settings import Settings, unsafe


def serve(settings_file: Path | None, part: str | None = None, *, supervised: bool = False) -> int:
    """Runs the server by its settings until a signal ends it; returns the exit status.

    Args:
        part: `front` or `media` alone; None for a front that starts the media process.
        supervised: end when standard input ends.
    """
    settings = settings_of(settings_file)
    reasons = list(unsafe(settings))
    if reasons:
        raise Unusable("expected safe settings\n" + "\n".join(reasons))
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
    # Not before: importing it all takes seconds, and a refusal is told at once.
    from server import app
    from server.parts import Installation

    logs.set_up(settings.log_level)
    settings.data.mkdir(parents=True, exist_ok=True)
    _keep_the_database_private(settings)
    _take_all_the_files_allowed()
    installation = Installation(
        settings,
        programme,
        Clock(),
        part=Part(part or Part.FRONT),
        media_command=() if part else _media_command(settings_file),
        supervised=supervised,
    )
    uvloop.run(app.serve(installation))
    return 0


def _media_command(settings_file: Path | None) -> tuple[str, ...]:
    told = ("--settings", str(settings_file)) if settings_file else ()
    program = (sys.executable, "-m", "server.cli", "serve")
    return (*program, "--part", Part.MEDIA.value, "--supervised", *told)


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
