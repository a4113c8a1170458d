"""Handing mail to the installation's own mail server, one after the other on one connection.

smtplib blocks, so every step of it runs in a thread, and each has a limit. A password goes out on
an encrypted line only: `smtps` from the start, `smtp` after STARTTLS, which only a server on this
machine may do without. Nothing here writes an address down, neither to the log nor anywhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import ssl
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from server.errors import Refused
from server.settings import Settings

STEP_WITHIN_S = 20.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Handed = Literal["sent", "refused", "later"]
"""Taken; refused for good; not now, by the server or the line."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in.

    Args:
        sender: the address that mail is sent from.
        secure: whether the line is encrypted from the start.
    """

    host: str
    port: int
    sender: str
    secure: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """As the settings say; None where they name no server."""
        url = urlsplit(settings.smtp_url.get_secret_value())
        if not url.hostname:
            return None
        secure = url.scheme == "smtps"
        port = url.port or (465 if secure else 587)
        user, password = unquote(url.username or ""), unquote(url.password or "")
        return cls(url.hostname, port, settings.mail_from, secure, user, password)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Line]:
        """A line to the server, closed with the block.

        Raises:
            Refused: `mail_down` where the server cannot be reached or does not let us in.
        """
        line = Line(self)
        try:
            await asyncio.to_thread(line.open)
        except (OSError, smtplib.SMTPException) as fault:
            await asyncio.to_thread(line.close)
            # The fault's own words may hold what the server said about the user.
            expected = "expected the mail server to take mail"
            raise Refused("mail_down", f"{expected}; {type(fault).__name__}") from None
        try:
            yield line
        finally:
            await asyncio.to_thread(line.close)


class Line:
    """One connection; opened again by itself where the server has hung up in between."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        # Whoever leaves in the middle closes the line while a thread may still be handing in.
        self._lock = threading.RLock()

    async def hand_in(self, message: EmailMessage, to: str) -> Handed:
        """Hand one mail in for one address."""
        message["Message-ID"] = make_msgid(domain=self._server.sender.partition("@")[2])
        return await asyncio.to_thread(self._hand_in, message.as_bytes(), to)

    def open(self) -> None:
        server, context = self._server, ssl.create_default_context()
        # Our own name is told, not looked up: smtplib would ask DNS, and may wait long for nothing.
        name = server.sender.partition("@")[2]
        if server.secure:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=STEP_WITHIN_S, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, name, timeout=STEP_WITHIN_S)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        if not server.secure and (smtp.has_extn("starttls") or server.host not in LOOPBACK):
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)

    def close(self) -> None:
        with self._lock:
            if self._smtp is not None:
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    self._smtp.quit()
                self._smtp.close()
            self._smtp = None

    def _hand_in(self, message: bytes, to: str) -> Handed:
        with self._lock:
            return self._step_by_step(message, to)

    def _step_by_step(self, message: bytes, to: str) -> Handed:
        try:
            smtp = self._standing()
            code, _ = smtp.mail(self._server.sender)
            if _is_taken(code):
                code, _ = smtp.rcpt(to)
            if _is_taken(code):
                code, _ = smtp.data(message)
            if not _is_taken(code):
                smtp.rset()
                return "refused" if code >= 500 else "later"
        except smtplib.SMTPResponseException as fault:
            return "refused" if fault.smtp_code >= 500 else "later"
        except (OSError, smtplib.SMTPException):
            self.close()
            return "later"
        return "sent"

    def _standing(self) -> smtplib.SMTP:
        """The connection, asked whether it still is one: a server may end a long one."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if self._smtp.noop()[0] == 250:
                    return self._smtp
            self.close()
        self.open()
        assert self._smtp is not None
        return self._smtp


def _is_taken(code: int) -> bool:
    return 200 <= code < 300
