"""The documents of items over HTTP: told and fetched where an item is open, added by the office."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import wire
from server.documents import DocumentIntake, file_name, told_of
from server.problems import NO_STORE
from server.routes.asking import told
from server.routes.files import as_download, chunks_of, length_of
from server.routes.json_answers import json_answer
from server.unlocking import absent
from server.viewers import Viewers

EDITORS = frozenset({"secretariat"})


@dataclass(frozen=True, slots=True)
class DocumentRoutes:
    """Handlers over the documents and the library's rule."""

    viewers: Viewers
    intake: DocumentIntake

    def routes(self) -> list[Route]:
        all_of_them = "/api/library/{item}/documents"
        return [
            Route(all_of_them, told(self.listed), methods=["GET"]),
            Route(all_of_them, told(self.add), methods=["POST"]),
            Route(f"{all_of_them}/{{document}}", told(self.fetch), methods=["GET"]),
        ]

    async def listed(self, request: Request) -> Response:
        """An item's documents, in their order."""
        entry = await self.viewers.entry(request, request.path_params["item"])
        documents = await self.intake.documents.of(entry.id)
        return json_answer({"item": entry.id, "documents": told_of(documents)})

    async def add(self, request: Request) -> Response:
        """Takes the body in, a PDF or a picture, as an item's document of the `title`."""
        asking = self.viewers.asking
        asking.must_be_ours(request)
        person = await asking.person(request)
        if person.role not in EDITORS:
            raise absent()
        entry = await self.viewers.entry(request, request.path_params["item"])
        title = request.query_params.get("title", "")
        added = await self.intake.add(person, entry, title, chunks_of(request), length_of(request))
        return Response(wire.to_json(wire.data_of(added)), 201, NO_STORE, "application/json")

    async def fetch(self, request: Request) -> Response:
        """A document, as a download."""
        entry = await self.viewers.entry(request, request.path_params["item"])
        found = await self.intake.documents.data(entry.id, request.path_params["document"])
        if found is None:
            raise absent()
        document, data = found
        return as_download(request, document.id, file_name(document), document.kind, data)
