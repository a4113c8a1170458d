from __future__ import annotations

from collections.abc import Callable

import pytest

from chat import moderation
from chat.errors import Refused
from chat.people import Author, author_of
from tests.chat.meeting import ANNA, BO, HANNE, HENRIK, MADS


def refusal(rule: Callable[..., object], *given: object) -> Refused:
    with pytest.raises(Refused) as caught:
        rule(*given)
    return caught.value


def test_a_text_is_edited_by_its_author_alone() -> None:
    moderation.refuse_edit(ANNA, ANNA.id)
    for other in (BO, HANNE, MADS):
        assert refusal(moderation.refuse_edit, other, ANNA.id).code == "not_yours"


def test_a_text_is_deleted_by_its_author_or_a_host() -> None:
    moderation.refuse_delete(ANNA, ANNA.id)
    moderation.refuse_delete(HANNE, ANNA.id)
    for other in (BO, MADS):
        assert refusal(moderation.refuse_delete, other, ANNA.id).code == "not_yours"


def test_who_has_a_badge_gets_no_time_out_nor_oneself() -> None:
    moderation.refuse_mute(HANNE, author_of(ANNA))
    for target in (author_of(HENRIK), author_of(MADS), Author(HANNE.id, HANNE.name)):
        assert refusal(moderation.refuse_mute, HANNE, target).code == "not_mutable"


def test_only_the_six_emoji_are_given() -> None:
    for emoji in moderation.EMOJI:
        moderation.refuse_emoji(emoji)
    refused = refusal(moderation.refuse_emoji, "<b>")
    assert refused.code == "unknown_emoji"
    assert refused.facts["allowed"] == list(moderation.EMOJI)


def test_time_outs_climb_the_ladder_and_stay_on_its_last_rung() -> None:
    climbed = [moderation.mute_minutes(None, times) for times in range(7)]
    assert climbed == [1, 5, 10, 30, 1440, 1440, 1440]


def test_a_host_names_the_minutes_within_a_day() -> None:
    assert moderation.mute_minutes(7, 0) == 7
    for minutes in (0, -1, 1441):
        refused = refusal(moderation.mute_minutes, minutes, 0)
        assert (refused.code, refused.facts) == ("out_of_range", {"least": 1, "most": 1440})


def test_a_pace_is_refused_with_the_wait() -> None:
    moderation.refuse_pace(0)
    refused = refusal(moderation.refuse_pace, 1200)
    assert (refused.code, refused.facts) == ("too_fast", {"retry_ms": 1200})
