"""What this room refuses, and what may be wrong with a programme."""

from __future__ import annotations

from dataclasses import dataclass


class Refused(Exception):
    """A command that may not be carried out as things stand; nothing has changed.

    Args:
        code: stable, snake_case; what a program reads.
        detail: what was expected and what came; what a person reads.
        facts: JSON-able values that help the sender go on, such as `now`.
    """

    def __init__(self, code: str, detail: str, **facts: object) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.facts: dict[str, object] = facts


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a programme.

    Args:
        line: counted from 1 in the file; None for a programme that came without one.
        item: the item's id; None where the fault is not an item's.
        key: the key at fault; None where a whole table or the file is.
        expected: what would have been right.
        came: what stood there.
    """

    line: int | None
    item: str | None
    key: str | None
    expected: str
    came: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "programme"
        owner = f", item {self.item}" if self.item else ""
        key = f", {self.key}" if self.key else ""
        return f"{place}{owner}{key}: expected {self.expected}, came {self.came}"


class ProgrammeFaults(Exception):
    """Everything wrong with a programme, all at once and in the order of its lines."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
