"""What a process is opened with, and what it is made of when it stands."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from schedule.programme import Programme
from server.access.signing_in import SigningIn
from server.bus import Arrived, Ended, Here, Message
from server.cheering import Cheering
from server.clock import Clock
from server.documents import Documents
from server.fanout import Fanout
from server.file_sweeping import FileSweep
from server.gateway import Gateway
from server.house import House
from server.passing import Passing
from server.picture import Picture
from server.presence import Presence
from server.processes import Part
from server.routes.asking import Asking
from server.settings import Settings
from server.shared_files import SharedFiles
from server.trial import Trial
from server.trial_ingest import TrialIngest
from server.visits import Visits
from streams.films.demofilm import DemoFilm


@dataclass(frozen=True, slots=True)
class Installation:
    """What a process is opened with.

    Args:
        start_over_after: a demonstration's pause before the day goes round; None for a real day.
        synthetic: sources with a synthetic camera as their last input.
        demo_films: films to be made here, kept in `films_folder`.
        rtmp_listener: listens for encoders already; by the settings where it is None.
        part: what of the program this process is.
        media_command: what the front starts the media process with; empty where another does.
        supervised: whether the process ends when its standard input does.
        worker: the number of one of several fronts; 0 for the only one.
    """

    settings: Settings
    programme: Programme
    clock: Clock
    start_over_after: timedelta | None = None
    synthetic: tuple[str, ...] = ()
    demo_films: tuple[DemoFilm, ...] = ()
    films_folder: Path | None = None
    rtmp_listener: socket.socket | None = None
    part: Part = Part.WHOLE
    media_command: tuple[str, ...] = ()
    supervised: bool = False
    worker: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """The opened parts that others look at: the demo, the tests.

    Args:
        picture: None in a front process.
        files, sweep: None in a media process.
        documents: of the programme's items.
        passing: None elsewhere.
    """

    house: House
    signing_in: SigningIn
    gateway: Gateway
    fanout: Fanout
    presence: Presence
    cheering: Cheering
    asking: Asking
    trial: Trial
    trial_cameras: TrialIngest
    visits: Visits
    picture: Picture | None
    passing: Passing | None
    documents: Documents
    files: SharedFiles | None = None
    sweep: FileSweep | None = None

    def hear(self, message: Message) -> None:
        """What another worker says of people."""
        match message:
            case Here() as here:
                self.presence.hear(here)
            case Ended(session):
                self.revoke(session)
            case Arrived() as arrived:
                self.gateway.end_elsewhere(arrived)

    def revoke(self, session: str) -> None:
        """Closes every transport of a session here: sockets, and pictures by WebRTC."""
        self.signing_in.forget(session)
        self.gateway.revoke(session)
        if self.picture is not None:
            self.picture.whep.revoke(session)
