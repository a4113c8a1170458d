from __future__ import annotations

import pytest

from chat import groups
from chat.groupwords import (
    CloseGroup,
    DismissGuest,
    GroupOpened,
    GuestInvited,
    InviteGuest,
    LeaveGroup,
    MemberNamed,
    MemberRemoved,
    NameMember,
    OpenGroup,
    RemoveMember,
    RoomEntered,
    RoomLeft,
)
from chat.people import Author, author_of
from chat.roomwords import PinMessage, PostMessage, SetSlowMode
from tests.chat.meeting import (
    ANNA,
    BO,
    HANNE,
    IDA,
    KIM,
    MADS,
    Meeting,
    Somebody,
    a_municipality,
    a_room,
    invited,
    named,
    somebody,
)

TOPIC = "groups:aalborg"
ELSEWHERE = Somebody("åse", "Åse Lindholm", "host", "aarhus")


def members(aalborg: Meeting, group: int = 0) -> list[str]:
    return [one["id"] for one in aalborg.snapshot(TOPIC)["groups"][group]["members"]]


def test_the_host_who_opens_a_group_is_its_first_member() -> None:
    aalborg, host = a_municipality(), author_of(HANNE)
    assert aalborg.do(OpenGroup("udvalg", " Udvalget "), HANNE) == [
        GroupOpened("udvalg", "Udvalget", host),
        MemberNamed("udvalg", host, host),
        RoomEntered("hanne", "aalborg.udvalg", False, "Udvalget"),
    ]


@pytest.mark.parametrize("name", ["", "a.b", "Udvalg", "ø", "-a", "a-", "a" * 41, "a b", "a:b"])
def test_a_group_has_a_name_that_can_stand_in_a_topic(name: str) -> None:
    assert a_municipality().refuses(OpenGroup(name, "Udvalget"), HANNE).code == "bad_group"


def test_a_groups_title_is_judged_like_every_text() -> None:
    aalborg = a_municipality()
    assert aalborg.refuses(OpenGroup("udvalg", " "), HANNE).code == "text_empty"
    assert aalborg.refuses(OpenGroup("udvalg", "x" * 81), HANNE).code == "text_too_long"


def test_a_groups_name_is_never_used_again() -> None:
    aalborg = a_municipality(ANNA)
    assert aalborg.refuses(OpenGroup("udvalg", "Et andet"), HANNE).code == "group_taken"
    aalborg.do(CloseGroup("udvalg"), HANNE)
    assert aalborg.refuses(OpenGroup("udvalg", "Et andet"), HANNE).code == "group_taken"


def test_members_come_from_the_municipalitys_own_people() -> None:
    aalborg = a_municipality(ANNA)
    for stranger in (IDA, MADS, KIM, ELSEWHERE, Somebody("x", "X", "individual", "aalborg")):
        assert aalborg.refuses(named(stranger), HANNE).code == "unknown_person"
    assert members(aalborg) == ["hanne", "anna"]


def test_nobody_is_named_who_was_not_introduced() -> None:
    aalborg = a_municipality(ANNA)
    for asked in (NameMember("udvalg", "bo"), InviteGuest("ida"), InviteGuest("ida", "udvalg")):
        assert aalborg.refuses(asked, HANNE).code == "unknown_person"


def test_a_member_who_is_removed_is_told_that_they_are_out_and_nobody_elses_name() -> None:
    aalborg = a_municipality(ANNA, BO)
    aalborg.do(RemoveMember("udvalg", "anna"), HANNE)
    assert members(aalborg) == ["hanne", "bo"]
    assert [one.event for one in aalborg.log if one.topic == "person:anna"] == [
        RoomEntered("anna", "aalborg.udvalg", False, "Børne- og Ungeudvalget"),
        RoomLeft("anna", "aalborg.udvalg"),
    ]


def test_doing_again_what_is_done_changes_nothing() -> None:
    aalborg = a_municipality(ANNA)
    aalborg.do(invited(IDA), HANNE)
    for again in (
        named(ANNA),
        RemoveMember("udvalg", "bo"),
        invited(IDA),
        DismissGuest("bo"),
        DismissGuest("bo", "udvalg"),
    ):
        assert aalborg.do(again, HANNE) == []
    aalborg.do(CloseGroup("udvalg"), HANNE)
    assert aalborg.do(CloseGroup("udvalg"), HANNE) == []


def test_a_closed_group_lets_everybody_out_and_nobody_in() -> None:
    aalborg = a_municipality(ANNA)
    aalborg.do(invited(MADS, "udvalg"), HANNE)
    aalborg.do(CloseGroup("udvalg"), HANNE)
    left = [one.event.person for one in aalborg.log if isinstance(one.event, RoomLeft)]
    assert left == ["hanne", "anna", "mads"]
    for asked in (named(BO), invited(IDA, "udvalg"), RemoveMember("udvalg", "anna")):
        assert aalborg.refuses(asked, HANNE).code == "unknown_group"
    assert aalborg.refuses(DismissGuest("mads", "udvalg"), HANNE).code == "unknown_group"
    assert aalborg.refuses(named(BO, "findes-ikke"), HANNE).code == "unknown_group"


def test_a_guest_comes_from_outside_and_wears_no_hosts_badge() -> None:
    aalborg = a_municipality(ANNA)
    assert aalborg.refuses(invited(BO), HANNE).code == "not_a_guest"
    aalborg.do(invited(ELSEWHERE), HANNE)
    aalborg.do(invited(MADS, "udvalg"), HANNE)
    guests = [one.event.guest for one in aalborg.log if isinstance(one.event, GuestInvited)]
    assert guests == [Author("åse", "Åse Lindholm"), Author("mads", "Mads Nord", "moderator")]


def test_those_in_a_room_see_who_else_was_let_in() -> None:
    aalborg = a_municipality(ANNA)
    aalborg.do(invited(MADS), HANNE)
    own, committee = (groups.people_of(group) for _, group in aalborg.state.rooms())
    assert own == {"guests": [{"id": "mads", "name": "Mads Nord", "badge": "moderator"}]}
    assert [one["id"] for one in committee["members"]] == ["hanne", "anna"]
    assert (committee["title"], committee["guests"]) == ("Børne- og Ungeudvalget", [])


def test_everything_is_bounded() -> None:
    aalborg = a_municipality()
    for number in range(groups.GROUPS_PER_PERSON):
        aalborg.do(OpenGroup(f"g{number}", "Gruppe"), HANNE)
    assert aalborg.refuses(OpenGroup("flere", "Gruppe"), HANNE).code == "in_too_many_groups"
    for number in range(groups.GROUPS_PER_PERSON):
        aalborg.do(named(ANNA, f"g{number}"), HANNE)
    hosts = [Somebody(f"h{number}", "Vært", "host") for number in range(9)]
    aalborg.do(OpenGroup("én-til".replace("é", "e"), "Gruppe"), hosts[0])
    assert aalborg.refuses(named(ANNA, "en-til"), HANNE).code == "in_too_many_groups"
    for number in range(groups.GROUPS_OPEN - groups.GROUPS_PER_PERSON - 1):
        aalborg.do(OpenGroup(f"x{number}", "Gruppe"), hosts[1 + number // 6])
    assert aalborg.refuses(OpenGroup("flere", "Gruppe"), hosts[8]).code == "too_many_groups"
    for number in range(groups.MEMBERS - 2):
        aalborg.do(named(somebody(number), "g0"), HANNE)
    assert aalborg.refuses(named(BO, "g0"), HANNE).facts == {"most": groups.MEMBERS}
    for number in range(groups.GUESTS):
        aalborg.do(invited(Somebody(f"u{number}", "Gæst", "individual", None)), HANNE)
    assert aalborg.refuses(invited(IDA), HANNE).code == "too_many_guests"


def test_a_host_elsewhere_is_no_host_here() -> None:
    room = a_room(slow_mode_s=60)
    room.do(PostMessage("Hej"), ELSEWHERE)
    assert room.refuses(PostMessage("Igen"), ELSEWHERE, after_s=1).code == "slow_mode"
    assert "badge" not in room.snapshot("room:aalborg")["messages"][0]["author"]
    room.do(PinMessage("m1"), HANNE)
    room.do(SetSlowMode(0), HANNE)


def test_a_member_leaves_by_itself_and_the_hosts_see_who() -> None:
    aalborg = a_municipality(ANNA, BO)
    left = aalborg.do(LeaveGroup("udvalg"), ANNA)

    me = author_of(ANNA)
    assert left == [MemberRemoved("udvalg", "anna", me), RoomLeft("anna", "aalborg.udvalg")]
    assert members(aalborg) == ["hanne", "bo"]
    assert aalborg.snapshot(TOPIC)["groups"][0]["left"] == [{"id": "anna", "name": me.name}]
    assert aalborg.snapshot("person:anna")["rooms"] == []


def test_whoever_is_named_again_has_not_left() -> None:
    aalborg = a_municipality(ANNA)
    aalborg.do(LeaveGroup("udvalg"), ANNA)
    aalborg.do(named(ANNA), HANNE)
    assert "left" not in aalborg.snapshot(TOPIC)["groups"][0]


def test_a_host_s_removing_is_no_leaving() -> None:
    aalborg = a_municipality(ANNA)
    aalborg.do(RemoveMember("udvalg", "anna"), HANNE)
    assert "left" not in aalborg.snapshot(TOPIC)["groups"][0]


def test_whoever_is_not_in_a_group_is_told_nothing_of_it() -> None:
    aalborg = a_municipality(ANNA)
    there, absent = (aalborg.refuses(LeaveGroup(group), BO) for group in ("udvalg", "intet"))
    assert (there.code, str(there)) == (absent.code, str(absent))


def test_those_who_left_are_remembered_up_to_a_number() -> None:
    people = [somebody(number) for number in range(groups.LEFT_KEPT + 1)]
    aalborg = a_municipality(*people)
    for one in people:
        aalborg.do(LeaveGroup("udvalg"), one)
    left = [one["id"] for one in aalborg.snapshot(TOPIC)["groups"][0]["left"]]
    assert left == [one.id for one in people[1:]]
