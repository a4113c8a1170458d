"""Sending a file to a room as the page does, and posting it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import httpx

_ids = itertools.count()

PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << >>\n%%EOF\n"


def a_pdf(canary: str = "") -> bytes:
    return PDF.replace(b"trailer", b"% " + canary.encode() + b"\ntrailer")


@dataclass(frozen=True)
class Sender:
    """A person's HTTP client, and the room they write in."""

    http: httpx.AsyncClient
    room: str = "aalborg"

    async def send(self, data: bytes) -> httpx.Response:
        return await self.http.post(f"/api/rooms/{self.room}/files", content=data)

    async def sent(self, data: bytes) -> str:
        answer = await self.send(data)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def post(self, text: str, *files: dict[str, Any]) -> httpx.Response:
        data = {"text": text, "files": list(files)}
        return await self.do(f"room:{self.room}", "post_message", data)

    async def do(self, topic: str, name: str, data: dict[str, Any]) -> httpx.Response:
        return await self.http.post(
            f"/api/commands/{name}",
            json={"topic": topic, "data": data},
            headers={"Idempotency-Key": f"file-{next(_ids)}"},
        )

    async def shared(self, data: bytes, name: str, **more: str) -> str:
        """Sends a file and posts it; returns its id."""
        id = await self.sent(data)
        answer = await self.post("Se her", {"id": id, "name": name, **more})
        assert answer.status_code == 200, answer.text
        return id

    def address(self, id: str) -> str:
        return f"/api/rooms/{self.room}/files/{id}"

    async def status(self, id: str) -> int:
        return (await self.http.get(self.address(id))).status_code
