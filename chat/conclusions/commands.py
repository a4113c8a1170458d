"""What may be asked of the board between municipalities."""

from __future__ import annotations

from dataclasses import dataclass

# --- hosts ---


@dataclass(frozen=True, slots=True)
class PublishConclusion:
    """Written for all to read. Without a theme it is about all of them."""

    text: str
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class EditConclusion:
    """The whole text and the theme as they shall be; by any host of the same municipality."""

    conclusion: str
    text: str
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawConclusion:
    conclusion: str


# --- everybody ---


@dataclass(frozen=True, slots=True)
class ReplyToConclusion:
    conclusion: str
    text: str


@dataclass(frozen=True, slots=True)
class WithdrawReply:
    """One's own."""

    reply: str


# --- moderators ---


@dataclass(frozen=True, slots=True)
class HideConclusion:
    conclusion: str


@dataclass(frozen=True, slots=True)
class HideReply:
    reply: str


BoardCommand = (
    PublishConclusion
    | EditConclusion
    | WithdrawConclusion
    | ReplyToConclusion
    | WithdrawReply
    | HideConclusion
    | HideReply
)

BY_TOPIC: dict[str, tuple[type, ...]] = {
    "board": (
        PublishConclusion,
        EditConclusion,
        WithdrawConclusion,
        ReplyToConclusion,
        WithdrawReply,
        HideConclusion,
        HideReply,
    ),
}
