"""The documents of the programme's items: which there are, and their bytes.

    taken in    from the secretariat, as `file_intake` takes a file; put into the cabinet, then told
                to the library, which may still refuse
    told        where the item is open, to whom it is open (`viewers`); to open pages of everybody
                registered by `DocumentTeller`
    removed     when the secretariat says so (`DocumentRemoved`), and once more by the sweep

Every process reads them; only a front takes them in.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chat.files import tidy_name
from schedule.library import documents as rules
from schedule.library.documentwords import (
    AddDocument,
    Document,
    DocumentRemoved,
)
from schedule.library.library import Library
from schedule.show import ShowItem
from server import cabinets, wire
from server.access.actor import SYSTEM, Actor
from server.dispatch import Dispatch
from server.entries import Entry
from server.file_intake import FileIntake
from server.sweeping import Sweep
from streams.cabinet import Cabinet

FOLDER = "documents"
TOPIC = "library.documents"
KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of an edition, as they stand at the moment."""

    library: Callable[[], Awaitable[Library]]
    cabinet: Cabinet
    _kept: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    """What was fetched last, by id: a hall that fetches one thing at once holds it in memory once.
    Beyond KEPT_BYTES the one that nobody has asked for the longest is let go."""

    async def of(self, item: str) -> tuple[Document, ...]:
        """An item's, in their order."""
        return (await self.library()).documents.get(item, ())

    async def data(self, item: str, id: str) -> tuple[Document, bytes] | None:
        """A document of an item; None where there is none. Raises Refused `storage_failed`."""
        found = next((one for one in await self.of(item) if one.id == id), None)
        if found is None:
            return None
        data = self._kept.pop(id, None) or await cabinets.fetched(self.cabinet, name_of(id))
        if data is None:
            return None
        self._keep(id, data)
        return found, data

    def read(self, document: Document) -> bytes:
        """Its bytes, for who is in a thread. Raises OSError."""
        return self.cabinet.get(name_of(document.id))

    def _keep(self, id: str, data: bytes) -> None:
        self._kept[id] = data
        while sum(map(len, self._kept.values())) > KEPT_BYTES:
            self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class DocumentIntake:
    """Takes documents in."""

    documents: Documents
    dispatch: Dispatch
    intake: FileIntake

    async def add(
        self,
        person: Actor,
        entry: ShowItem,
        title: str,
        chunks: AsyncIterator[bytes],
        said_bytes: int | None,
    ) -> Document:
        """A document for an item.

        Raises:
            Refused: `bad_title`, `too_many`, `unknown_item`, or what taking a file in refuses.
        """
        with self.intake.place(person.id):
            # Who is refused now need not send ten megabytes first.
            rules.refuse_full(await self.documents.of(entry.id))
            title = rules.tidy_title(title)
            made = await self.intake.made(chunks, said_bytes)
            document = Document(secrets.token_hex(16), title, made.kind, len(made.data))
            name = name_of(document.id)
            await cabinets.put(self.documents.cabinet, name, made)
            try:
                await self._ask(AddDocument(entry.id, document))
            except BaseException:
                await cabinets.remove(self.documents.cabinet, name)
                raise
        return document

    async def _ask(self, command: AddDocument) -> None:
        name, data = wire.name_of(AddDocument), wire.data_of(command)
        id = f"{name}:{command.document.id}"
        await self.dispatch.do(SYSTEM, id, TOPIC, name, data, command)


def name_of(id: str) -> str:
    """What a document's bytes are called in the cabinet."""
    return f"items/{id}"


def file_name(document: Document) -> str:
    """What a document is called where it is kept as a file."""
    return tidy_name(document.title.replace("/", "-").replace("\\", "-"), document.kind)


def told_of(documents: Sequence[Document]) -> list[wire.Data]:
    """As a page is told of them."""
    return [wire.data_of(one) for one in documents]


def document_sweep(dispatch: Dispatch, documents: Documents) -> Sweep:
    """Removes the bytes of what was removed, and of what no log knows."""

    async def is_kept(name: str) -> bool:
        kept = (await documents.library()).documents.values()
        return any(name == name_of(one.id) for own in kept for one in own)

    return Sweep(dispatch, documents.cabinet, _removed_by, is_kept)


def _removed_by(entry: Entry) -> Iterator[str]:
    if entry.envelope.name == wire.name_of(DocumentRemoved):
        yield name_of(entry.data["document"])
