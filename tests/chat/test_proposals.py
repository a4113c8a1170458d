from __future__ import annotations

import json

import pytest

from chat import proposals
from chat.committeewords import VoteCounted
from chat.proposals import PER_PERSON, PER_ROOM, municipality_of, room_of
from chat.proposalwords import (
    BackProposal,
    MarkReturned,
    MarkSent,
    ProposalBacked,
    ProposalCounted,
    ProposalUnbacked,
    Propose,
    UnbackProposal,
    WithdrawProposal,
)
from tests.chat.meeting import (
    ANNA,
    BO,
    CARL,
    HANNE,
    SYSTEM,
    Meeting,
    a_room_with_proposals,
    somebody,
)

FIRST = "aalborg.p1"


def proposed() -> Meeting:
    room = a_room_with_proposals()
    room.do(Propose(" Hvad koster det? "), ANNA)
    return room


def listed(room: Meeting) -> list[dict[str, object]]:
    found: list[dict[str, object]] = room.snapshot("proposals:aalborg")["proposals"]
    return found


def test_a_proposal_is_named_after_its_room() -> None:
    assert listed(proposed())[0]["id"] == FIRST
    group = a_room_with_proposals("aalborg.udvalg")
    group.do(Propose("Og os?"), ANNA)
    id = group.snapshot("proposals:aalborg.udvalg")["proposals"][0]["id"]
    assert (room_of(id), municipality_of(id)) == ("aalborg.udvalg", "aalborg")
    assert municipality_of(FIRST) == "aalborg"


def test_each_person_counts_once() -> None:
    room = proposed()
    assert ProposalCounted(FIRST, 1) in room.do(BackProposal(FIRST), BO)
    assert room.do(BackProposal(FIRST), BO) == []
    room.do(BackProposal(FIRST), CARL)
    assert ProposalCounted(FIRST, 1) in room.do(UnbackProposal(FIRST), BO)
    assert room.do(UnbackProposal(FIRST), BO) == []
    assert listed(room)[0]["votes"] == 1


def test_the_room_learns_the_sum_and_each_person_their_own_mark() -> None:
    room = proposed()
    events = room.do(BackProposal(FIRST), BO)
    assert VoteCounted("bo", FIRST, True) in events
    assert room.snapshot("person:bo")["votes"] == [FIRST]
    told = [one for one in events if not isinstance(one, (ProposalBacked, VoteCounted))]
    assert told == [ProposalCounted(FIRST, 1)]
    assert room.snapshot("proposals.ballots:aalborg") == {}


def test_what_is_sent_is_voted_for_no_more() -> None:
    room = proposed()
    room.do(MarkSent(FIRST), SYSTEM)
    assert listed(room)[0]["sent"] is True
    assert room.do(MarkSent(FIRST), SYSTEM) == []
    for command in (BackProposal(FIRST), UnbackProposal(FIRST)):
        assert room.refuses(command, BO).code == "proposal_sent"


def test_what_comes_back_may_be_voted_for_again() -> None:
    room = proposed()
    assert room.do(MarkReturned(FIRST), SYSTEM) == []
    room.do(MarkSent(FIRST), SYSTEM)
    room.do(MarkReturned(FIRST), SYSTEM)
    assert room.do(BackProposal(FIRST), BO)


@pytest.mark.parametrize("by", [ANNA, HANNE])
def test_one_takes_back_ones_own_and_a_host_any(by: object) -> None:
    room = proposed()
    assert room.refuses(WithdrawProposal(FIRST), BO).code == "not_yours"
    room.do(WithdrawProposal(FIRST), by)  # type: ignore[arg-type]
    assert listed(room) == []
    assert "koster" not in json.dumps([str(entry.event) for entry in room.stored])
    assert room.refuses(BackProposal(FIRST), BO).code == "unknown_proposal"


def test_an_id_is_never_given_twice() -> None:
    room = proposed()
    room.do(WithdrawProposal(FIRST), ANNA)
    room.do(Propose("Og nu?"), BO)
    assert listed(room)[0]["id"] == "aalborg.p2"


def test_three_proposals_a_minute_are_the_pace() -> None:
    room = a_room_with_proposals()
    for _ in range(3):
        room.do(Propose("Og?"), ANNA, after_s=10)
    assert room.refuses(Propose("Og?"), ANNA).code == "too_fast"
    assert room.do(Propose("Og?"), ANNA, after_s=40)


def test_a_person_has_few_and_a_room_has_room_for_some() -> None:
    room = a_room_with_proposals()
    for _ in range(PER_PERSON):
        room.do(Propose("Og?"), ANNA, after_s=30)
    assert room.refuses(Propose("Og?"), ANNA, after_s=30).code == "too_many_waiting"
    for number in range(PER_ROOM - PER_PERSON):
        room.do(Propose("Og?"), somebody(number))
    assert room.refuses(Propose("Og?"), BO).code == "room_full"


def test_a_vote_for_what_is_not_known_changes_nothing() -> None:
    before = proposals.initial("aalborg")
    for event in (ProposalBacked("aalborg.p9", "bo"), ProposalUnbacked("aalborg.p9", "bo")):
        assert proposals.evolve(before, event, seq=1, at=proposed().now) == before


def test_the_room_comes_back_from_what_is_stored() -> None:
    room = proposed()
    room.do(BackProposal(FIRST), BO)
    room.do(Propose("Hvem betaler?"), BO)
    room.do(WithdrawProposal("aalborg.p2"), BO)
    assert room.restarted(proposals.initial("aalborg")).state == room.state
