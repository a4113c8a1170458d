"""An edition's house without a server around it, for what is done on the command line."""

from __future__ import annotations

from schedule.errors import ProgrammeFaults
from server.access.municipalities import register
from server.clock import Clock
from server.database import Database
from server.errors import Unusable
from server.house import House, open_house
from server.programme_files import read_programme
from server.rehearsal import NoFanout
from server.settings import Settings


async def bare_house(settings: Settings, database: Database) -> House:
    """The house of the settings' edition. Raises Unusable where its programme is another's."""
    try:
        programme = read_programme(settings.programme)
    except ProgrammeFaults as faults:
        raise Unusable(f"expected a programme without faults\n{faults}") from faults
    if settings.edition != programme.edition:
        raise Unusable(
            f"edition: expected that of the programme, {programme.edition}; came {settings.edition}"
        )
    return await open_house(database, programme, Clock(), register(), NoFanout())
