"""The files people share in rooms: taken in, found again, removed.

    taken in    as `file_intake` takes it; put into the cabinet, then told to the room's decider,
                which may still refuse
    found       by whoever may see the message it stands with: all of the room; while it waits for
                the host its author and the hosts; before it is posted its author alone
    removed     when the room says so (`FilesDropped`), and once more by the sweep, which also
                finds what a killed process left

Where a whole file is, is nobody's secret but the room's: who may not have it is told the same as
of a file that does not exist.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat import files as rules
from chat.files import Files, Kept
from chat.filewords import DropFile, FileKind, KeepFile
from server import cabinets, wire
from server.access.actor import SYSTEM, Actor
from server.dispatch import Dispatch
from server.errors import not_found
from server.file_intake import FileIntake
from server.settings import FileLimits
from streams.cabinet import Cabinet

FOLDER = "rooms"


@dataclass(frozen=True, slots=True)
class Found:
    """A file that somebody may have."""

    kind: FileKind
    name: str
    data: bytes


class SharedFiles:
    """The files of all rooms of an edition."""

    def __init__(
        self,
        dispatch: Dispatch,
        cabinet: Cabinet,
        limits: FileLimits,
        now: Callable[[], datetime],
    ) -> None:
        """
        Args:
            now: wall time.
        """
        self.cabinet = cabinet
        self._now = now
        self.limits = limits
        self._dispatch = dispatch
        self.intake = FileIntake(limits)

    async def receive(
        self, person: Actor, room: str, chunks: AsyncIterator[bytes], said_bytes: int | None
    ) -> dict[str, Any]:
        """Take a file in; what the room keeps of it, for the message to come.

        Args:
            room: one that the person may read.
            said_bytes: how large the sender says it is.

        Raises:
            Refused: `too_large` with `most`, `file_kind`, `file_heic`, `file_unreadable`,
                `picture_too_large`, `files_full`, `files_too_fast`, `too_slow`, `busy`,
                `storage_failed`.
        """
        with self.intake.place(person.id):
            await self._refuse_full(person, room, said_bytes or 1)
            made = await self.intake.made(chunks, said_bytes)
            id = secrets.token_hex(16)
            await cabinets.put(self.cabinet, f"{room}/{id}", made)
            keep = self._keep(person, id, made.kind, len(made.data), made.width, made.height)
            try:
                await self._ask(room, keep)
            except BaseException:
                await self.remove(room, (id,))
                raise
        found = {"id": id, "kind": made.kind, "size": len(made.data)}
        return found | ({"width": made.width, "height": made.height} if made.width else {})

    async def find(self, person: Actor, room: str, id: str, *, small: bool, hosts: bool) -> Found:
        """A file's bytes, for somebody who may read the room.

        Args:
            small: the small picture beside it.
            hosts: whether the person is one of the room's hosts.

        Raises:
            Refused: `not_found`.
        """
        files, held = await self._state(room)
        kept = files.kept.get(id)
        if kept is None or not _may_have(person, kept, held, hosts=hosts):
            raise not_found(f"room:{room}")
        name = f"{room}/{id}"
        data = await cabinets.fetched(self.cabinet, cabinets.small(name) if small else name)
        if data is None:
            raise not_found(f"room:{room}")
        called = kept.shown.name if kept.shown else rules.tidy_name("", kept.kind)
        return Found("jpeg" if small else kept.kind, called, data)

    async def drop(self, person: Actor, room: str, id: str) -> None:
        """Let go of a file that was sent and not posted. Raises Refused `not_found`."""
        try:
            await self._ask(room, DropFile(id, person.id))
        except Exception as refusal:
            if getattr(refusal, "code", "") != "unknown_file":
                raise
            raise not_found(f"room:{room}") from None

    async def remove(self, room: str, ids: Sequence[str]) -> None:
        """Remove bytes, in the cabinet's own thread; what fails is left to the sweep."""
        for id in ids:
            await cabinets.remove(self.cabinet, f"{room}/{id}")

    # What the room says.

    async def _state(self, room: str) -> tuple[Files, frozenset[str]]:
        state = (await self._dispatch.unit_of(f"room:{room}")).fold.state
        return state.files, frozenset(one.id for one in state.hosting.held)

    async def _ask(self, room: str, command: KeepFile | DropFile) -> None:
        name = wire.name_of(type(command))
        id = f"{name}:{room}:{command.file}"
        data = wire.data_of(command)
        await self._dispatch.do(SYSTEM, id, f"room.files:{room}", name, data, command)

    async def _refuse_full(self, person: Actor, room: str, size: int) -> None:
        """Before anything is read; who is refused now need not send ten megabytes first."""
        files, _ = await self._state(room)
        rules.refuse_size(files, self._keep(person, "", "pdf", size, None, None), self._now())

    def _keep(
        self,
        person: Actor,
        id: str,
        kind: FileKind,
        size: int,
        width: int | None,
        height: int | None,
    ) -> KeepFile:
        most = self.limits
        return KeepFile(id, person.id, kind, size, most.room_bytes, most.hour_bytes, width, height)


def _may_have(person: Actor, kept: Kept, held: frozenset[str], *, hosts: bool) -> bool:
    if kept.by == person.id:
        return True
    return kept.on is not None and (hosts or kept.on not in held)
