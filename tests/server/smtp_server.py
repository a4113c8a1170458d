"""A mail server on this machine: takes mail over SMTP (RFC 5321) and keeps it to be looked at."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP


@dataclass
class Letter:
    """One mail as it was handed in."""

    sender: str
    to: tuple[str, ...]
    message: EmailMessage


@dataclass
class Postbox:
    """What the server does and what it got.

    Args:
        refused: addresses that it does not know.
        later: addresses for which it is too busy.
        login: who may hand in; None for everybody.
        hangs_up_after: mails after which a connection is ended.
    """

    refused: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    login: tuple[str, str] | None = None
    hangs_up_after: int = 1000
    port: int = 0
    letters: list[Letter] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(*lines: str) -> None:
            writer.write("".join(f"{line}\r\n" for line in lines).encode())

        sender, to, taken, is_in = "", list[str](), 0, self.login is None
        say("220 postbox")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    say("250-postbox", "250-8BITMIME", "250 AUTH PLAIN")
                case "AUTH":
                    given = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")
                    is_in = self.login is not None and tuple(given[1:]) == self.login
                    say("235 in" if is_in else "535 who are you")
                case "MAIL" if is_in:
                    sender, to = rest.partition("<")[2].partition(">")[0], []
                    say("250 from")
                case "RCPT":
                    address = rest.partition("<")[2].partition(">")[0]
                    if address in self.refused:
                        say("550 nobody of that name")
                    elif address in self.later:
                        say("451 later")
                    else:
                        to.append(address)
                        say("250 to")
                case "DATA":
                    say("354 go on")
                    body = await reader.readuntil(b"\r\n.\r\n")
                    message = message_from_bytes(
                        body[:-3].replace(b"\r\n..", b"\r\n."), policy=SMTP
                    )
                    self.letters.append(Letter(sender, tuple(to), message))
                    taken += 1
                    say("250 taken")
                case "RSET" | "NOOP":
                    say("250 yes")
                case "QUIT":
                    say("221 bye")
                    return
                case _:
                    say("502 what")
            if taken >= self.hangs_up_after:
                return


@contextlib.asynccontextmanager
async def a_postbox(box: Postbox) -> AsyncIterator[Postbox]:
    """The server on a free port, until the block ends."""
    server = await asyncio.start_server(box.receive, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        async with server:
            yield box
    finally:
        for writer in box.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
