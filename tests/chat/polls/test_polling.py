from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chat.errors import Refused
from chat.polls import polling
from chat.polls.commands import (
    CastBallot,
    ChangeDraft,
    ClosePoll,
    CountBallots,
    DraftPoll,
    DropDraft,
    HideResults,
    OpenPoll,
    PutPollAway,
    ReopenPoll,
    ShowResults,
)
from chat.polls.drafts import Tally
from chat.polls.events import (
    BY_TOPIC,
    BallotCast,
    BallotsCounted,
    BallotsTallied,
    DraftOpened,
    OwnBallotCast,
    PollClosed,
    PollOpened,
    PollPutAway,
    PollReopened,
    ResultsHidden,
    ResultsShown,
    hides_cause,
)
from tests.chat.meeting import (
    ANNA,
    BO,
    CARL,
    COFFEE,
    MADS,
    SYSTEM,
    THEMES,
    Meeting,
    somebody,
    the_polls,
)


def an_open_poll(draft: DraftPoll = COFFEE) -> Meeting:
    return the_polls(draft, is_open=True)


# --- drafts


def test_a_draft_is_the_moderators_until_it_is_opened() -> None:
    polls = the_polls(COFFEE)

    assert polls.snapshot("polls") == {"polls": []}
    assert [draft["question"] for draft in polls.snapshot("polls.desk")["drafts"]] == [
        "Kaffe eller te?"
    ]


def test_public_ids_count_no_drafts() -> None:
    polls = the_polls(COFFEE, THEMES, COFFEE)

    assert polls.do(OpenPoll("d3"), MADS) == [
        DraftOpened("d3", "p1"),
        PollOpened("p1", COFFEE.question, COFFEE.options, False),
    ]


def test_question_and_options_are_tidied() -> None:
    (drafted,) = the_polls().do(DraftPoll("  Ja?\t ", (" Ja", "Nej ")), MADS)

    assert (drafted.question, drafted.options) == ("Ja?", ("Ja", "Nej"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), "out_of_range"),
        (("Ja",), "out_of_range"),
        (tuple(map(str, range(11))), "out_of_range"),
        (("Ja", "ja "), "same_option"),
        (("Ja", " "), "text_empty"),
        (("Ja", "n" * 121), "text_too_long"),
    ],
)
def test_options_that_nobody_could_choose_between_are_refused(
    options: tuple[str, ...], code: str
) -> None:
    polls = the_polls(COFFEE)

    assert polls.refuses(DraftPoll("Ja?", options), MADS).code == code
    assert polls.refuses(ChangeDraft("d1", "Ja?", options), MADS).code == code


def test_a_question_is_bounded() -> None:
    assert the_polls().refuses(DraftPoll("?" * 301, ("Ja", "Nej")), MADS).code == "text_too_long"


def test_drafts_are_bounded() -> None:
    polls = the_polls(*[COFFEE] * 50)

    assert polls.refuses(COFFEE, MADS).code == "too_many_drafts"


def test_changing_a_draft_into_itself_changes_nothing() -> None:
    same = ChangeDraft("d1", COFFEE.question, COFFEE.options)

    assert the_polls(COFFEE).do(same, MADS) == []


@pytest.mark.parametrize("command", [OpenPoll("d9"), DropDraft("p1"), ChangeDraft("", "?", ())])
def test_a_draft_that_is_not_there_is_refused(command: object) -> None:
    assert an_open_poll().refuses(command, MADS).code == "unknown_draft"


# --- ballots


def test_the_first_ballot_is_told_at_once_and_names_nobody_in_public() -> None:
    assert an_open_poll().do(CastBallot("p1", (1,)), BO) == [
        BallotCast("p1", "bo", (1,)),
        OwnBallotCast("bo", "p1", (1,)),
        BallotsTallied("p1", 1, (0, 1, 0)),
        BallotsCounted("p1", 1),
    ]


def test_a_ballot_within_the_second_waits_for_the_count() -> None:
    polls = an_open_poll()
    polls.do(CastBallot("p1", (1,)), BO)

    assert polls.do(CastBallot("p1", (1,)), CARL, after_s=0.4) == [
        BallotCast("p1", "carl", (1,)),
        OwnBallotCast("carl", "p1", (1,)),
    ]
    assert polling.count_due(polls.state, polls.now) == polls.now + timedelta(seconds=0.6)
    assert polls.do(CountBallots(), SYSTEM, after_s=0.5) == []
    assert polls.do(CountBallots(), SYSTEM, after_s=0.1) == [
        BallotsTallied("p1", 2, (0, 2, 0)),
        BallotsCounted("p1", 2),
    ]
    assert polling.count_due(polls.state, polls.now) is None


def test_a_changed_mind_moves_the_ballot_and_not_the_number_of_voters() -> None:
    polls = an_open_poll()
    polls.do(CastBallot("p1", (0,)), BO)

    assert polls.do(CastBallot("p1", (2,)), BO, after_s=1) == [
        BallotCast("p1", "bo", (2,)),
        OwnBallotCast("bo", "p1", (2,)),
        BallotsTallied("p1", 1, (0, 0, 1)),
    ]


def test_the_same_ballot_again_is_nothing() -> None:
    polls = an_open_poll(THEMES)
    polls.do(CastBallot("p1", (0, 2)), BO)

    assert polls.do(CastBallot("p1", (2, 0)), BO) == []
    assert polls.do(CastBallot("p1", ()), CARL) == []


def test_no_choices_take_the_ballot_back() -> None:
    polls = an_open_poll()
    polls.do(CastBallot("p1", (0,)), BO)
    polls.do(CastBallot("p1", ()), BO, after_s=1)

    assert polls.do(ShowResults("p1"), MADS)[-1] == ResultsShown("p1", 0, (0, 0, 0))


@pytest.mark.parametrize("choices", [(3,), (-1,), (0, 1), (0, 0), (0, 99)])
def test_a_ballot_for_what_there_is_not_or_for_too_much_is_refused(
    choices: tuple[int, ...],
) -> None:
    refused = an_open_poll().refuses(CastBallot("p1", choices), BO)

    assert (refused.code, refused.facts) == ("bad_choice", {"most": 1})


def test_of_several_each_choice_counts_and_the_person_once() -> None:
    polls = an_open_poll(THEMES)
    polls.do(CastBallot("p1", (0, 2)), BO)
    polls.do(CastBallot("p1", (2,)), CARL)

    assert polls.do(ShowResults("p1"), MADS)[-1] == ResultsShown("p1", 2, (1, 0, 2))


def test_five_thousand_ballots_within_a_second_are_told_twice() -> None:
    polls = an_open_poll()
    for number in range(5_000):
        polls.do(CastBallot("p1", (number % 3,)), somebody(number), after_s=0.0001)
    polls.do(CountBallots(), SYSTEM, after_s=1)
    told = [entry.event for entry in polls.log if entry.topic == "polls"]

    assert told[1:] == [BallotsCounted("p1", 1), BallotsCounted("p1", 5_000)]
    assert polls.state.boxes["p1"].sums.counts == (1667, 1667, 1666)


def test_a_clock_set_back_does_not_hold_a_sum_up() -> None:
    polls = an_open_poll()
    polls.do(CastBallot("p1", (0,)), BO)

    assert BallotsCounted("p1", 2) in polls.do(CastBallot("p1", (0,)), CARL, after_s=-3600)


def test_nothing_that_can_be_read_says_who_voted_what() -> None:
    polls = an_open_poll()
    polls.do(CastBallot("p1", (1,)), BO)
    polls.do(ShowResults("p1"), MADS)
    read = [entry for entry in polls.log if entry.topic in ("polls", "polls.desk")]

    assert not any("bo" in map(str, fields_of(entry.event)) for entry in read)
    assert polls.snapshot("polls.ballots") == {}
    told = {
        entry.event for entry in read if isinstance(entry.event, BallotsCounted | BallotsTallied)
    }
    assert told
    assert all(map(hides_cause, told))


def fields_of(event: Any) -> list[object]:
    return [getattr(event, field.name) for field in fields(event)]


# --- the stage


def test_one_poll_is_open_at_a_time() -> None:
    polls = the_polls(COFFEE, THEMES, is_open=True)

    refused = polls.refuses(OpenPoll("d2"), MADS)
    assert (refused.code, refused.facts) == ("another_poll_open", {"poll": "p1"})


def test_an_open_poll_keeps_the_stage() -> None:
    polls = the_polls(COFFEE, THEMES, is_open=True)
    polls.do(ClosePoll("p1"), MADS)
    polls.do(OpenPoll("d2"), MADS)

    assert polls.refuses(ShowResults("p1"), MADS).code == "another_poll_open"
    assert polls.refuses(ReopenPoll("p1"), MADS).code == "another_poll_open"
    assert polls.refuses(PutPollAway("p2"), MADS).code == "poll_open"


def test_closing_tells_the_last_sums_however_soon() -> None:
    polls = an_open_poll()
    polls.do(CastBallot("p1", (0,)), BO)
    polls.do(CastBallot("p1", (0,)), CARL)

    assert polls.do(ClosePoll("p1"), MADS) == [
        BallotsTallied("p1", 2, (2, 0, 0)),
        PollClosed("p1", 2),
    ]
    assert polling.count_due(polls.state, polls.now) is None


def test_a_closed_poll_takes_no_ballots_until_it_is_reopened() -> None:
    polls = an_open_poll()
    polls.do(ClosePoll("p1"), MADS)

    assert polls.refuses(CastBallot("p1", (0,)), ANNA).code == "poll_closed"
    assert polls.do(ReopenPoll("p1"), MADS) == [PollReopened("p1")]
    assert polls.do(CastBallot("p1", (0,)), ANNA)


def test_who_knows_the_result_does_not_vote_again() -> None:
    polls = an_open_poll()
    polls.do(ShowResults("p1"), MADS)

    assert polls.refuses(ReopenPoll("p1"), MADS).code == "results_shown"
    assert polls.refuses(CastBallot("p1", (0,)), ANNA).code == "poll_closed"


def test_results_of_an_open_poll_are_shown_after_it_is_closed() -> None:
    polls = an_open_poll()

    assert polls.do(ShowResults("p1"), MADS) == [
        PollClosed("p1", 0),
        ResultsShown("p1", 0, (0, 0, 0)),
    ]


def test_hidden_results_are_nowhere_in_public() -> None:
    polls = an_open_poll()
    polls.do(CastBallot("p1", (0,)), BO)
    polls.do(ShowResults("p1"), MADS)

    assert polls.do(HideResults("p1"), MADS) == [ResultsHidden("p1")]
    assert "counts" not in polls.snapshot("polls")["polls"][0]


def test_a_result_put_away_can_be_looked_up_and_shown_again() -> None:
    polls = an_open_poll()
    polls.do(ShowResults("p1"), MADS)

    assert polls.do(PutPollAway("p1"), MADS) == [PollPutAway("p1")]
    assert polls.do(PutPollAway("p1"), MADS) == []
    assert polls.snapshot("polls")["polls"][0]["state"] == "shown"
    assert polls.do(ShowResults("p1"), MADS) == [ResultsShown("p1", 0, (0, 0, 0))]
    assert polls.do(ShowResults("p1"), MADS) == []


@pytest.mark.parametrize(
    "command",
    [ClosePoll("d1"), ShowResults("p2"), HideResults(""), CastBallot("p9", (0,)), ReopenPoll("x")],
)
def test_a_poll_that_is_not_there_is_refused(command: object) -> None:
    assert an_open_poll().refuses(command, MADS).code == "unknown_poll"


def test_commands_without_effect_lead_to_nothing() -> None:
    polls = an_open_poll()

    assert polls.do(ReopenPoll("p1"), MADS) == []
    assert polls.do(HideResults("p1"), MADS) == []
    assert polls.do(ClosePoll("p1"), MADS)
    assert polls.do(ClosePoll("p1"), MADS) == []
    assert polls.do(CountBallots(), SYSTEM) == []


def test_events_of_what_is_forgotten_change_nothing() -> None:
    polls = an_open_poll()
    before = polls.state
    for event in (
        BallotCast("p9", "bo", (0,)),
        BallotsTallied("p9", 1, (1,)),
        DraftOpened("d9", "p9"),
    ):
        polls.fold(event)

    assert polls.state == before


class PollMachine(RuleBasedStateMachine):
    """Whatever is asked in whatever order: the sums are those of the last ballots."""

    def __init__(self) -> None:
        super().__init__()
        self.polls = the_polls(THEMES, COFFEE, THEMES)
        self.ballots: dict[str, dict[str, tuple[int, ...]]] = {}

    def ask(self, command: Any, by: Any = MADS) -> bool:
        try:
            events = self.polls.unit.decide(self.polls.state, command, by, self.polls.now)
        except Refused:
            return False
        for event in events:
            self.polls.fold(event)
        return True

    @rule(draft=st.sampled_from(["d1", "d2", "d3"]))
    def open(self, draft: str) -> None:
        self.ask(OpenPoll(draft))

    @rule(
        name=st.sampled_from([ClosePoll, ReopenPoll, ShowResults, HideResults, PutPollAway]),
        poll=st.sampled_from(["p1", "p2", "p3"]),
    )
    def turn(self, name: type, poll: str) -> None:
        self.ask(name(poll))

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, -30.0]))
    def wait(self, seconds: float) -> None:
        self.polls.now += timedelta(seconds=seconds)
        self.ask(CountBallots(), SYSTEM)

    @precondition(lambda self: self.polls.state.stage.open)
    @rule(who=st.integers(0, 4), choices=st.sets(st.integers(0, 2), max_size=3).map(tuple))
    def cast(self, who: int, choices: tuple[int, ...]) -> None:
        poll = self.polls.state.stage.open.id
        if self.ask(CastBallot(poll, choices), somebody(who)):
            self.ballots.setdefault(poll, {})[f"p{who}"] = choices

    @invariant()
    def sums_are_those_of_the_last_ballots(self) -> None:
        for id, box in self.polls.state.boxes.items():
            cast = [chosen for chosen in self.ballots.get(id, {}).values() if chosen]
            counts = tuple(
                sum(place in chosen for chosen in cast) for place in range(len(box.sums.counts))
            )
            assert box.sums == Tally(len(cast), counts)

    @invariant()
    def what_is_public_keeps_its_rules(self) -> None:
        stage = self.polls.state.stage
        states = [poll.state for poll in stage.polls]
        assert states.count("open") <= 1
        assert stage.open is None or stage.on_stage == stage.open.id
        for poll in stage.polls:
            box = self.polls.state.boxes[poll.id]
            assert (poll.counts is not None) is (poll.state == "shown")
            assert poll.counts in (None, box.sums.counts)
            assert poll.state == "open" or poll.ballots == box.sums.ballots

    @invariant()
    def coming_back_from_the_log_changes_nothing(self) -> None:
        again = self.polls.restarted(polling.initial())
        assert again.state == self.polls.state


TestPollMachine = PollMachine.TestCase
TestPollMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_every_event_has_one_home() -> None:
    homes = [event for group in BY_TOPIC.values() for event in group]
    assert len(homes) == len(set(homes))
