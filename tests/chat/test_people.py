from __future__ import annotations

import pytest

from chat.people import Author, author_of
from tests.chat.meeting import Somebody


@pytest.mark.parametrize("role", ["host", "committee", "moderator"])
def test_a_badge_comes_from_the_role(role: str) -> None:
    assert author_of(Somebody("a", "Anna", role)) == Author("a", "Anna", role)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["member", "staff", "individual", "secretariat", "system"])
def test_other_roles_have_no_badge_whatever_the_name(role: str) -> None:
    assert author_of(Somebody("a", "Host Moderator", role)).badge is None
