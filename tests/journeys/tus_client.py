"""A client of tus 1.0.0, written from the protocol's text and not from our server."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import httpx

VERSION = {"Tus-Resumable": "1.0.0"}


@dataclass
class TusUpload:
    """An upload of some bytes, which can be gone on with after anything."""

    http: httpx.AsyncClient
    data: bytes
    location: str = ""

    async def begin(self, **metadata: str) -> httpx.Response:
        said = [
            f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items()
        ]
        length = {"Upload-Length": str(len(self.data)), "Upload-Metadata": ",".join(said)}
        answer = await self.http.post("/api/uploads", headers=VERSION | length)
        self.location = answer.headers.get("location", "")
        return answer

    async def offset(self) -> int:
        answer = await self.http.head(self.location, headers=VERSION)
        assert answer.status_code == 200, answer.status_code
        assert answer.headers["upload-length"] == str(len(self.data))
        assert answer.headers["cache-control"] == "no-store"
        return int(answer.headers["upload-offset"])

    async def send(self, start: int, end: int | None = None, **headers: str) -> httpx.Response:
        piece = self.data[start:end]
        checksum = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        told = VERSION | {
            "Upload-Offset": str(start),
            "Upload-Checksum": f"sha256 {checksum}",
            "Content-Type": "application/offset+octet-stream",
        }
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.patch(self.location, headers=told, content=piece)

    def digest(self) -> str:
        """Of the whole file (RFC 9530)."""
        return f"sha-256=:{base64.b64encode(hashlib.sha256(self.data).digest()).decode()}:"
