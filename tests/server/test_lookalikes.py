"""Names like those of people with roles are marked, and nobody else's is."""

from __future__ import annotations

import pytest

from chat.roomwords import PostMessage
from server.access.actor import Actor
from server.lookalikes import LookAlikes
from tests.chat.meeting import HANNE, Somebody, a_room


class Register:
    """Who has roles, without a database."""

    people: tuple[Actor, ...] = (
        Actor("mo", "Mads Nord", "moderator"),
        Actor("ha", "Hanne Holm", "host", "aalborg"),
        Actor("aa", "Åse Lind", "host", "aarhus"),
        Actor("ki", "Kim Lund", "committee"),
    )

    async def with_roles(self, roles: tuple[str, ...]) -> tuple[Actor, ...]:
        return tuple(one for one in self.people if one.role in roles)


@pytest.mark.parametrize(
    ("name", "role", "municipality", "like"),
    [
        ("Mads N0rd", "member", "aalborg", "moderator"),
        ("Маds Nord", "individual", None, "moderator"),
        ("Hanne Holm", "member", "aalborg", "host"),
        ("Hanne HoIm", "staff", "aalborg", "host"),
        ("Hanne Holm", "member", "aarhus", None),
        ("Kirn Lund", "member", "aarhus", "committee"),
        ("Mads Nord", "moderator", None, None),
        ("Hanne Holm", "host", "aarhus", None),
        ("Mads Nordby", "member", "aalborg", None),
    ],
)
async def test_a_name_is_like_that_of_somebody_with_a_role_here(
    name: str, role: str, municipality: str | None, like: str | None
) -> None:
    alike = LookAlikes(Register())  # type: ignore[arg-type]
    await alike.refresh()
    assert alike.of(Actor("x", name, role, municipality)) == like


def test_the_mark_stands_on_what_they_write_and_a_host_from_elsewhere_keeps_it() -> None:
    room = a_room()
    room.do(PostMessage("Hej"), Somebody("x", "Hanne HoIm", like="host"))
    room.do(PostMessage("Hej"), HANNE)
    room.do(PostMessage("Hej"), Somebody("y", "Åse", "host", "aarhus", "moderator"))
    authors = [one["author"] for one in room.snapshot("room:aalborg")["messages"]]
    assert [one.get("like") for one in authors] == ["host", None, "moderator"]
