"""`topmoede serve`: production. Refuses an unsafe setting and says which."""

from __future__ import annotations

from pathlib import Path

import uvloop

from schedule.errors import ProgrammeFaults
from server import app, logs
from server.clock import Clock
from server.errors import Unusable
from server.office import settings_of
from server.programme_files import read_programme
from server.settings import unsafe


def serve(settings_file: Path | None) -> int:
    """Runs the server by its settings until a signal ends it; returns the exit status."""
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
    logs.set_up(settings.log_level)
    settings.data.mkdir(parents=True, exist_ok=True)
    uvloop.run(app.serve(app.Installation(settings, programme, Clock())))
    return 0
