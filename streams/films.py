"""The films of an edition: which there are, which are being made, why one was refused.

A film is known by its id and lies in one folder: `ID.mp4`, ready to be played, and `ID.vtt`, its
captions. What somebody puts into `incoming/` is taken in. Films are taken in and made one at a
time, each in a process of its own at low priority, so that the day's picture never waits for them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import av

from streams.demofilm import DemoFilm
from streams.film import Film

log = logging.getLogger("topmoede.films")

LONGEST_LINE = 4096


@dataclass(frozen=True, slots=True)
class FilmState:
    """How a film stands.

    Args:
        state: missing, making, ready or refused.
        progress: 0 to 1, while it is being made.
        code, detail: why it was refused.
    """

    state: str
    progress: float = 0.0
    code: str | None = None
    detail: str | None = None


class Films:
    """Films in one folder.

    Args:
        changed: told a film's id when its state has changed.
    """

    def __init__(self, folder: Path, changed: Callable[[str], None] = lambda id: None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.states: dict[str, FilmState] = {}
        self._folder = folder
        self._changed = changed
        self._open: dict[str, Film] = {}
        self._turn = asyncio.Lock()
        self._sizes: dict[Path, int] = {}

    def film(self, id: str) -> Film | None:
        """A film that is ready, None while it is not."""
        if id not in self._open and (path := self._path(id)).is_file():
            try:
                self._open[id] = Film.open(path)
            except (OSError, ValueError, IndexError, av.FFmpegError):
                log.exception("a film cannot be opened", extra={"source": id})
                return None
            self._set(id, FilmState("ready", 1.0))
        return self._open.get(id)

    def captions(self, id: str) -> Path | None:
        """A film's captions as WebVTT, None where it has none."""
        path = self._path(id).with_suffix(".vtt")
        return path if path.is_file() else None

    async def make(self, film: DemoFilm) -> None:
        """Makes a demo film unless it is there."""
        if self.film(film.id) is not None:
            return
        words = (film.title, film.line, str(film.duration_s), str(film.number))
        await self._process(film.id, "streams.demofilm", str(self._folder), film.id, *words)

    async def take_in(self, id: str, source: Path) -> None:
        """Takes a film in from a file, coding anew only what must be."""
        self._open.pop(id, None)
        await self._process(id, "streams.intake", str(source), str(self._path(id)))

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
                await self.take_in(path.stem, path)
                taken = self.states[path.stem].state == "ready"
                path.rename(path.with_name(f"{path.name}.{'taken' if taken else 'refused'}"))
                ready |= taken
        self._sizes = sizes
        return ready

    def _waiting(self) -> list[Path]:
        folder = self._folder / "incoming"
        folder.mkdir(exist_ok=True)
        done = (".taken", ".refused")
        return sorted(
            each for each in folder.iterdir() if each.is_file() and each.suffix not in done
        )

    async def _process(self, id: str, module: str, *arguments: str) -> None:
        """Runs one maker to its end; how it went is the film's state."""
        async with self._turn:
            self._set(id, FilmState("making"))
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *arguments,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST_LINE,
            )  # fmt: skip
            refused = FilmState("refused", code="unreadable", detail="expected a whole film")
            try:
                async for said in _lines(process):
                    if "progress" in said:
                        self._set(id, FilmState("making", float(str(said["progress"]))))
                    elif "refused" in said:
                        code, detail = str(said["refused"]), str(said["detail"])
                        refused = FilmState("refused", code=code, detail=detail)
                status = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            if status != 0 or self.film(id) is None:
                log.warning("a film was refused", extra={"source": id, "code": refused.code})
                self._set(id, refused)

    def _set(self, id: str, state: FilmState) -> None:
        if self.states.get(id) != state:
            self.states[id] = state
            self._changed(id)

    def _path(self, id: str) -> Path:
        """Ids come from the programme, where they are plain; a path is never made of others."""
        if not id or not id.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"expected a film's id, came {id!r:.60}")
        return self._folder / f"{id}.mp4"


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[dict[str, object]]:
    assert process.stdout is not None
    async for line in process.stdout:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict):
            yield said
