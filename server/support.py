"""Whom to ask when something does not work: what an edition says on its pages about help."""

from __future__ import annotations

from dataclasses import dataclass

from schedule.backup import backup_address
from schedule.show import Show
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Support:
    """Who helps, and where to go if the pages fail; "" for what an edition does not have.

    Args:
        backup: a whole https address, known to every page before anybody announces it.
    """

    name: str = ""
    mail: str = ""
    phone: str = ""
    backup: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Support:
        """As the settings say; an address that is none was refused when they were read."""
        return cls(
            settings.support_name,
            settings.support_mail,
            settings.support_phone,
            backup_address(settings.backup_address) or "",
        )

    def backup_in(self, show: Show) -> str:
        """The address that holds now: what was announced, else the one that was set."""
        return show.backup or self.backup
