"""What a channel refuses."""

from __future__ import annotations


class Refused(Exception):
    """A command that is not carried out; code, detail and facts as everywhere."""

    def __init__(self, code: str, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.facts: dict[str, object] = facts
