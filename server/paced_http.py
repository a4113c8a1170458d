"""HTTP connections that begin by the thousand in one instant are seen to some at a time.

A new connection's first bytes are its handshake, and reading that is half of what coming in costs.
Who has no turn is not read from until it comes; see `turns`.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.turns import TurnsOfLoops

ARRIVALS = TurnsOfLoops(16)


class PacedHttp(HttpToolsProtocol):
    """uvicorn's HTTP, whose connections are each given a turn; `uvicorn.Config(http=PacedHttp)`."""

    _begun = False
    _held = b""

    def data_received(self, data: bytes) -> None:
        if self._begun:
            super().data_received(data)
            return
        turns = ARRIVALS.of(self.loop)
        if not self._held and turns.take():
            self._begun = True
            super().data_received(data)
            return
        if not self._held:
            # Not at connection_made: there uvloop would begin to read afterwards.
            self.transport.pause_reading()
            turns.later(self._begin)
        self._held += data

    def _begin(self) -> None:
        self._begun = True
        held, self._held = self._held, b""
        if not self.transport.is_closing():
            self.transport.resume_reading()
            super().data_received(held)

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        # The socket has a protocol of its own now. This one and its parser hold each other, and
        # only the collector would find them, with all that was read of the handshake.
        del self.parser
