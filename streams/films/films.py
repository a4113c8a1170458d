"""The films of an edition: which there are, which are being made, why one was refused.

A film is known by its id and lies in one folder: `ID.mp4`, ready to be played, its captions beside
it (`captionfiles.py`), and `ID.json`, what was found in the file that it came from. What somebody
puts into `incoming/` is taken in. Films are taken in and made one at a time, each in a process of
its own at low priority, so that the day's picture never waits for them.

Films that were made for a demonstration lie in a folder of their own, which many days share. They
are looked for second: a film from outside stands in their place and leaves them as they are.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av

from streams.films.captionfiles import DEFAULT, CaptionFiles
from streams.films.demofilm import DemoFilm
from streams.films.estimate import Estimate
from streams.films.film import Film

log = logging.getLogger("topmoede.films")

LONGEST_LINE = 4096
MOST_S = 5 * 3600.0
SILENT_AT_MOST_S = 900.0


@dataclass(frozen=True, slots=True)
class FilmState:
    """How a film stands.

    Args:
        state: missing, checking, making, ready or refused.
        progress: 0 to 1, while it is being made.
        left_s: how long that will still take; None while nothing can be said.
        code, detail: why it was refused.
    """

    state: str
    progress: float = 0.0
    left_s: int | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found in the file that a film came from.

    Args:
        name: of the file, as it was called where it came from.
        against: why its pictures were coded anew; empty where they were kept.
    """

    duration_s: float
    width: int
    height: int
    fps: float
    has_sound: bool
    against: tuple[str, ...] = ()
    name: str = ""


class Films:
    """Films in one folder.

    Args:
        changed: told a film's id when its state has changed.
        made: where films made for a demonstration lie; in the same folder unless told.
        seconds: a clock that never goes back; while it stands nothing is estimated.
        most_s: how long a film may take to be taken in.
    """

    def __init__(
        self,
        folder: Path,
        changed: Callable[[str], None] = lambda id: None,
        *,
        made: Path | None = None,
        seconds: Callable[[], float] = lambda: 0.0,
        most_s: float = MOST_S,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.states: dict[str, FilmState] = {}
        self.found: dict[str, Facts] = {}
        """Of films that are being taken in."""
        self.captions_beside = CaptionFiles(folder, made)
        self._folder = folder
        self._made = made or folder
        self._made.mkdir(parents=True, exist_ok=True)
        self._changed = changed
        self._seconds = seconds
        self._most_s = most_s
        self._open: dict[str, Film] = {}
        self._broken: dict[str, str | None] = {}
        self._turn = asyncio.Lock()
        self._sizes: dict[Path, int] = {}

    def film(self, id: str) -> Film | None:
        """A film that is ready, None while it is not."""
        if id not in self._open and (path := self.path(id)) is not None:
            version = self.version(id)
            if self._broken.get(id) == version:
                return None
            try:
                self._open[id] = Film.open(path)
            except (OSError, ValueError, IndexError, av.FFmpegError):
                log.exception("a film cannot be opened", extra={"source": id})
                self._broken[id] = version
                return None
            if id not in self.states:
                self._set(id, FilmState("ready", 1.0))
        return self._open.get(id)

    def path(self, id: str) -> Path | None:
        """Where a film lies; None where there is none."""
        name = _file_name(id)
        paths = (folder / name for folder in (self._folder, self._made))
        return next((path for path in paths if path.is_file()), None)

    def version(self, id: str) -> str | None:
        """Changes when a film is replaced; None where there is none."""
        if (path := self.path(id)) is None:
            return None
        status = path.stat()
        return f"{status.st_size:x}-{status.st_mtime_ns:x}"

    def facts(self, id: str) -> Facts | None:
        """What was found in the file that a film came from; None where nobody wrote it down."""
        try:
            return _facts(json.loads((self._folder / f"{id}.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def captions(self, id: str, language: str = DEFAULT) -> Path | None:
        """A film's captions as WebVTT, None where it has none in that language."""
        return self.captions_beside.file(id, language)

    async def make(self, film: DemoFilm) -> None:
        """Makes a demo film unless it is there."""
        if self.film(film.id) is not None:
            return
        words = (film.title, film.line, str(film.duration_s), str(film.number))
        await self._process(film.id, "streams.films.demofilm", str(self._made), film.id, *words)

    async def take_in(self, id: str, source: Path, name: str = "") -> bool:
        """Takes a film in from a file, coding anew only what must be; whether it is ready.

        The film that was there before stands until the new one is whole.
        """
        target = self._folder / _file_name(id)
        return await self._process(
            id, "streams.films.intake", str(source), str(target), name=name or source.name
        )

    async def take_in_what_lies_there(self, ids: Collection[str]) -> bool:
        """Takes in the files that somebody has put into `incoming/`, named by a film's id.

        A file is taken when it has not grown since the last look, and then renamed by how it went.

        Returns:
            Whether a film became ready.
        """
        ready = False
        sizes = {path: path.stat().st_size for path in self._waiting() if path.stem in ids}
        for path, size in sizes.items():
            if self._sizes.get(path) == size:
                taken = await self.take_in(path.stem, path)
                path.rename(path.with_name(f"{path.name}.{'taken' if taken else 'refused'}"))
                ready |= taken
        self._sizes = sizes
        return ready

    def _waiting(self) -> list[Path]:
        folder = self._folder / "incoming"
        folder.mkdir(exist_ok=True)
        done = (".taken", ".refused", ".copying")
        return sorted(
            each for each in folder.iterdir() if each.is_file() and each.suffix not in done
        )

    async def _process(self, id: str, module: str, *arguments: str, name: str = "") -> bool:
        """Runs one maker to its end; how it went is the film's state, and whether it is ready."""
        async with self._turn:
            self._set(id, FilmState("checking" if name else "making"))
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *arguments, stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST_LINE,
            )  # fmt: skip
            refused = FilmState("refused", code="unreadable", detail="expected a whole film")
            try:
                async with asyncio.timeout(self._most_s):
                    refused = await self._listen(id, process, name) or refused
                    status = await process.wait()
            except TimeoutError:
                status = 1
                detail = "expected a film that takes less time to read"
                refused = FilmState("refused", code="took_too_long", detail=detail)
            except (ValueError, TypeError, KeyError) as error:
                # What reads a hostile film may say anything.
                status = 1
                log.warning("a maker speaks nonsense: %s", error, extra={"source": id})
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            return self._end(id, refused if status else None)

    async def _listen(
        self, id: str, process: asyncio.subprocess.Process, name: str
    ) -> FilmState | None:
        """Follows what a maker says; returns why it refuses."""
        refused = None
        estimate = Estimate.begun(self._seconds())
        async for said in _lines(process):
            match said:
                case {"progress": int() | float() as done}:
                    estimate = estimate.after(self._seconds(), float(done))
                    self._set(id, FilmState("making", float(done), estimate.left_s))
                case {"found": dict(found)}:
                    self.found[id] = _facts(found | {"name": name})
                case {"refused": str(code), "detail": str(detail)}:
                    refused = FilmState("refused", code=code, detail=detail)
                case {"unconfined": str(what)}:
                    log.warning("a film is read by a process with %s", what, extra={"source": id})
        return refused

    def _end(self, id: str, refused: FilmState | None) -> bool:
        found = self.found.pop(id, None)
        if refused is None:
            self._open.pop(id, None)
            if found is not None:
                self._note(id, found)
            if self.film(id) is not None:
                self._set(id, FilmState("ready", 1.0))
                return True
            refused = FilmState("refused", code="unreadable", detail="expected a whole film")
        log.warning("a film was refused", extra={"source": id, "code": refused.code})
        self._set(id, refused)
        return False

    def _note(self, id: str, found: Facts) -> None:
        """Writes down what was found; the film is there without it, where the disk is full."""
        new = self._folder / f"{id}.json.new"
        try:
            new.write_text(json.dumps(asdict(found)), "utf-8")
            new.replace(self._folder / f"{id}.json")
        except OSError as error:
            log.warning("expected to write %s; %s", new.name, error.strerror)

    def _set(self, id: str, state: FilmState) -> None:
        if self.states.get(id) != state:
            self.states[id] = state
            self._changed(id)


def _facts(told: dict[str, Any]) -> Facts:
    """Facts as they were written. Raises TypeError, KeyError."""
    return Facts(**told | {"against": tuple(told["against"])})


def _file_name(id: str) -> str:
    """Ids come from the programme, where they are plain; a path is never made of others."""
    if not id or not id.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"expected a film's id, came {id!r:.60}")
    return f"{id}.mp4"


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[dict[str, object]]:
    """What a maker says; one that says nothing for long is given up. Raises TimeoutError."""
    assert process.stdout is not None
    while True:
        async with asyncio.timeout(SILENT_AT_MOST_S):
            line = await process.stdout.readline()
        if not line:
            return
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict):
            yield said
