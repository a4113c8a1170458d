"""Publishing versions, and what a municipality chooses from them."""

from __future__ import annotations

from typing import Any

import pytest

from schedule import commands as ask
from schedule import edition
from schedule.edition import Choice, Edition
from schedule.errors import Refused
from schedule.events import Chosen, ProgrammePublished
from schedule.programme import Programme
from schedule.programme_file import builtin, dump
from tests.schedule.days import Somebody, a_programme, an_item, at, with_fields

SEED = builtin("topmoede_2021")
AALBORG = Somebody("lone", "Lone", "host", "aalborg")
AARHUS = Somebody("per", "Per", "host", "aarhus")
OFFICE = Somebody("office", "Sekretariatet", "secretariat")


def after(state: Edition, command: object, by: Somebody = AALBORG, clock: str = "09.00") -> Edition:
    for event in edition.decide(state, command, by, at(clock)):
        state = edition.evolve(state, event, seq=1, at=at(clock))
    return state


def refused(state: Edition, command: object, by: Somebody = AALBORG) -> Refused:
    with pytest.raises(Refused) as caught:
        edition.decide(state, command, by, at("09.00"))
    return caught.value


def a_version(version: str, **fields: Any) -> Programme:
    names = {n: getattr(SEED, n) for n in SEED.__dataclass_fields__}
    return Programme(**names | {"version": version} | fields)


SEEDED = edition.initial(SEED)

# --- publishing ---------------------------------------------------------------------------------


def test_a_new_version_is_published_with_its_difference() -> None:
    items = tuple(with_fields(i, title="Ny") if i.id == "03" else i for i in SEED.items)
    state = after(SEEDED, ask.PublishProgramme(dump(a_version("15.12.2020", items=items))), OFFICE)
    assert state.programme is not None
    assert (state.programme.version, state.programme.item("03").title) == ("15.12.2020", "Ny")
    assert [(change.what, change.item) for change in state.difference] == [("changed", "03")]
    assert edition.restore_programme(edition.snapshot_programme(state)) == state


def test_the_first_version_differs_from_nothing() -> None:
    (event,) = edition.decide(Edition(), ask.PublishProgramme(dump(SEED)), OFFICE, at("09.00"))
    assert event == ProgrammePublished(SEED.version, SEED, ())


def test_publishing_what_is_published_does_nothing() -> None:
    assert edition.decide(SEEDED, ask.PublishProgramme(dump(SEED)), OFFICE, at("09.00")) == ()


def test_a_broken_programme_is_refused_with_all_its_faults() -> None:
    refusal = refused(SEEDED, ask.PublishProgramme("title = 3\n"), OFFICE)
    assert refusal.code == "bad_programme"
    faults = refusal.facts["faults"]
    assert isinstance(faults, list)
    assert {"line": 1, "item": None, "key": "title"}.items() <= faults[0].items() or len(faults) > 1


def test_two_versions_do_not_share_a_name() -> None:
    text = dump(a_version(SEED.version, title="Another"))
    assert refused(SEEDED, ask.PublishProgramme(text), OFFICE).code == "same_version"


def test_another_editions_programme_is_refused() -> None:
    text = dump(a_version("2", edition="butm-2022"))
    assert refused(SEEDED, ask.PublishProgramme(text), OFFICE).code == "other_edition"


# --- choosing -----------------------------------------------------------------------------------


def test_a_municipality_chooses_for_itself_alone() -> None:
    state = after(SEEDED, ask.Choose("14", ("oplaeg-1",)))
    state = after(state, ask.Choose("14", ("oplaeg-2",)), AARHUS)
    assert state.choices == {
        "aalborg": {"14": Choice(("oplaeg-1",), "lone", notice=False)},
        "aarhus": {"14": Choice(("oplaeg-2",), "per", notice=False)},
    }


def test_a_fourth_theme_meeting_is_never_refused() -> None:
    four = tuple(f"tema-{n}" for n in range(1, 5))
    assert after(SEEDED, ask.Choose("17", four)).choices["aalborg"]["17"].items == four


def test_a_change_is_free_until_the_slot_starts_and_carries_a_notice_later() -> None:
    state = after(SEEDED, ask.Choose("14", ("oplaeg-1",)), clock="12.59.59")
    assert not state.choices["aalborg"]["14"].notice
    assert (
        after(state, ask.Choose("14", ("oplaeg-2",)), clock="13.00").choices["aalborg"]["14"].notice
    )


def test_a_choice_can_be_taken_back() -> None:
    state = after(SEEDED, ask.Choose("14", ("oplaeg-1",)))
    assert after(state, ask.Choose("14", ())).choices["aalborg"]["14"].items == ()


def test_choosing_the_same_again_does_nothing() -> None:
    state = after(SEEDED, ask.Choose("14", ("oplaeg-1",)))
    assert edition.decide(state, ask.Choose("14", ("oplaeg-1",)), AALBORG, at("09.00")) == ()
    assert edition.decide(state, ask.Choose("17", ()), AALBORG, at("09.00")) == ()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (ask.Choose("nope", ()), "unknown_item"),
        (ask.Choose("01", ()), "nothing_to_choose"),
        (ask.Choose("14", ("tema-1",)), "not_in_slot"),
        (ask.Choose("14", ("nope",)), "not_in_slot"),
        (ask.Choose("14", ("oplaeg-1", "oplaeg-1")), "chosen_twice"),
        (ask.Hold(), "unknown_command"),
    ],
)
def test_what_cannot_be_chosen(command: object, code: str) -> None:
    assert refused(SEEDED, command).code == code


def test_the_committees_window_is_not_a_theme_meeting() -> None:
    assert refused(SEEDED, ask.Choose("17", ("18",))).code == "not_in_slot"


def test_only_who_acts_for_a_municipality_chooses() -> None:
    assert refused(SEEDED, ask.Choose("14", ()), OFFICE).code == "no_municipality"


def test_nothing_can_be_chosen_before_there_is_a_programme() -> None:
    assert refused(Edition(), ask.Choose("14", ())).code == "unknown_item"


def test_a_choice_suggests_its_follow_up_and_nothing_else() -> None:
    state = after(SEEDED, ask.Choose("14", ("oplaeg-2",)))
    assert edition.suggested(state, "aalborg", "17") == ("tema-3",)
    assert edition.suggested(state, "aarhus", "17") == ()
    assert edition.suggested(state, "aalborg", "14") == ()
    assert edition.suggested(Edition(), "aalborg", "14") == ()
    assert "17" not in state.choices["aalborg"]


# --- snapshots ----------------------------------------------------------------------------------


def test_each_topic_restores_its_half() -> None:
    state = after(SEEDED, ask.Choose("14", ("oplaeg-1",)))
    by_programme = edition.restore_programme(edition.snapshot_programme(state))
    by_choice = edition.restore_choice(edition.snapshot_choice(state))
    assert by_programme == SEEDED
    assert by_choice == Edition(choices=state.choices)
    assert edition.restore_programme(edition.snapshot_programme(Edition())) == Edition()


def test_events_of_other_topics_change_nothing() -> None:
    assert edition.evolve(SEEDED, "else", seq=1, at=at("09.00")) == SEEDED


def test_a_choice_survives_a_programme_that_no_longer_has_it() -> None:
    state = after(SEEDED, ask.Choose("14", ("oplaeg-1",)))
    bare = a_programme(an_item("z", "09.00", "09.00", "end"))
    state = edition.evolve(state, ProgrammePublished("2", bare, ()), seq=2, at=at("09.00"))
    assert edition.suggested(state, "aalborg", "17") == ()
    chosen = Chosen("aalborg", "14", (), "lone", notice=False)
    assert edition.evolve(state, chosen, seq=3, at=at("09.00")).choices["aalborg"]["14"].items == ()
