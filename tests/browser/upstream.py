"""A web server that somebody else runs: it gives what FFmpeg writes, until it is made to fail.

missing      404 for everything
wrong_type   a page of HTML where a piece of the stream should be
slow         a byte every now and then, without an end
loops        a playlist of playlists, which names itself
"""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_LOOP = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nindex.m3u8\n"
_EVERY_S = 0.2


@dataclass
class Upstream:
    """What the server is told; its threads read it.

    Args:
        place: its `host:port`.
    """

    place: str = ""
    fault: str | None = None
    _mended: threading.Event = field(default_factory=threading.Event)
    _asked: list[datetime] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.place}/index.m3u8"

    def fail(self, fault: str) -> None:
        self._mended.clear()
        self.fault = fault

    def mend(self) -> None:
        """Answers well from now on; answers that have begun are broken off."""
        self._asked.clear()
        self.fault = None
        self._mended.set()

    def first_asked(self) -> datetime:
        """When it was first asked for the playlist since it was mended."""
        return self._asked[0]

    def note(self, path: str) -> None:
        if path.endswith(".m3u8"):
            self._asked.append(datetime.now(UTC))

    def until_mended(self) -> Iterator[None]:
        """Turns of a moment, as long as it fails."""
        while not self._mended.wait(_EVERY_S):
            yield


@contextlib.contextmanager
def an_upstream(folder: Path) -> Iterator[Upstream]:
    """A server for what lies in a folder, on a free port of loopback."""
    upstream = Upstream()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, directory=str(folder), **named)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

        def do_GET(self) -> None:
            playlist = self.path.endswith(".m3u8")
            match upstream.fault:
                case "missing":
                    self.send_error(404)
                case "wrong_type" if not playlist:
                    self._answer(b"<html>Please sign in</html>", "text/html")
                case "loops" if playlist:
                    self._answer(_LOOP, "application/vnd.apple.mpegurl")
                case "slow":
                    self._trickle()
                case _:
                    upstream.note(self.path)
                    super().do_GET()

        def _answer(self, body: bytes, type: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _trickle(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                for _ in upstream.until_mended():
                    self.wfile.write(b"#")

    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        upstream.place = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield upstream
        finally:
            upstream.mend()
            server.shutdown()
            thread.join()
