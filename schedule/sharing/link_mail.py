"""A share link as a mail: who may get it, and what it says.

Every address gets a mail of its own, so nobody sees who else was written to. What people typed goes
into the body; into the headers only what has been checked to be one line. An address that is not
plainly one is not written to at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from zoneinfo import ZoneInfo

MOST_ADDRESSES = 300
LONGEST_ADDRESS = 254
LONGEST_MESSAGE = 2000
ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""RFC 5321's dot-string at a host name, in ASCII: what every mail server takes."""
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class LinkMail:
    """What is written about a link.

    Args:
        municipality: by its full name; the mail comes from it.
        until: when the link ends.
        needs_code: whether it wants a code, which no mail tells.
        message: what the sender adds, of several lines.
    """

    municipality: str
    title: str
    address: str
    until: datetime
    needs_code: bool
    message: str


def is_address(text: str) -> bool:
    return len(text) <= LONGEST_ADDRESS and ADDRESS.fullmatch(text) is not None


def once_each(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses in their order, each once however it is written."""
    first: dict[str, str] = {}
    for address in addresses:
        first.setdefault(address.strip().lower(), address.strip())
    return tuple(first.values())


def written(mail: LinkMail, sender: str, to: str, at: datetime, zone: ZoneInfo) -> EmailMessage:
    """The mail to one address.

    Args:
        sender: the address it is sent from.
        at: when it was written, of wall time.
        zone: of the edition, in whose days the link's end is told.
    """
    message = EmailMessage(policy=SMTP)
    name, _, host = sender.partition("@")
    message["From"] = Address(_one_line(mail.municipality), name, host)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _one_line(f"{mail.title} – et link fra {mail.municipality}")
    message["Date"] = format_datetime(at)
    message.set_content(_text(mail, zone))
    return message


def _text(mail: LinkMail, zone: ZoneInfo) -> str:
    # The end itself is the first moment that is not inside any more.
    last = (mail.until - timedelta(seconds=1)).astimezone(zone)
    paragraphs = [
        _lines(mail.message),
        f"{_one_line(mail.municipality)} deler: {_one_line(mail.title)}",
        mail.address,
        f"Linket gælder til og med den {last:%d.%m.%Y}. Du skal ikke logge ind.",
        "Det åbnes med en kode, som du får for sig." if mail.needs_code else "",
        f"The link opens without signing in and is valid until {last:%d.%m.%Y}.",
    ]
    return "\n\n".join(each for each in paragraphs if each) + "\n"


def _lines(text: str) -> str:
    """Text without control signs, its lines kept."""
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _one_line(text: str) -> str:
    return " ".join(CONTROLS.sub(" ", text).split())
