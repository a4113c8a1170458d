"""What the server refuses. Same three attributes as every room's refusals: code, detail, facts."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Refusal(Protocol):
    """What a refusal of any room carries; told to the sender, never logged as an error."""

    code: str
    detail: str
    facts: dict[str, object]


class Refused(Exception):
    """A command or a request that is not carried out, and why."""

    def __init__(self, code: str, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.facts = facts


def not_found(topic: str) -> Refused:
    """The same words for what does not exist and what is not yours: neither can be told apart."""
    return Refused("not_found", f"expected a topic that is open to you, got {topic!r:.80}")


def id_reused(command_id: str) -> Refused:
    return Refused(
        "id_reused",
        f"expected a new id for a new command, got {command_id!r:.80}, which stands for another",
    )


def storage_busy() -> Refused:
    """Whether it was stored is not known; the same id may be sent again."""
    return Refused(
        "storage_busy", "expected the storage to answer in time, it did not", retry_ms=2_000
    )


class Unusable(Exception):
    """What the command line asked cannot be done; the message says what was expected."""
