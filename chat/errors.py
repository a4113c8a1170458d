"""What a room or the desk says when it will not do a thing."""

from __future__ import annotations


class Refused(Exception):
    """A command that the rules turn down; a normal answer, never logged as a fault.

    Args:
        code: stable snake_case word that clients choose their own words by.
        detail: one English sentence: what was expected and what came.
        facts: JSON-able values a client can act on, e.g. ``retry_ms``, ``opens``.
    """

    def __init__(self, code: str, detail: str, **facts: object) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.facts = facts
