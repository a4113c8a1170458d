"""What a municipality's links decide and refuse; snapshot + events = snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schedule.errors import Refused
from schedule.sharing import commands as ask
from schedule.sharing import events as did
from schedule.sharing import sharing
from schedule.sharing.sharing import SCHOOLS, Shares, school_year_end
from server import wire
from tests.golden import GOLDENS, a_golden, as_json, heard, kept
from tests.schedule.days import Somebody, at

SIV = Somebody("siv", "Siv Skov", "staff", "aalborg")
NOW = at("16.40")
SUMMER = datetime(2021, 7, 31, 22, tzinfo=UTC)
EVENTS = wire.names_of(did.EVENTS)
EMPTY = sharing.initial("aalborg")
SCHOOL = ask.MakeShare("Til skolerne", ("tema-1", "tema-3"), "school")
WITH_CODE = ask.MakeShare("Til dagtilbud", ("tema-2",), "day_care", at("18.00"), " 4711 ")


def told(start: Shares, *commands: object, now: datetime = NOW) -> Shares:
    for command in commands:
        for event in sharing.decide(start, command, SIV, now):
            start = sharing.evolve(start, event, seq=1, at=now)
    return start


def refusal(start: Shares, command: object) -> str:
    with pytest.raises(Refused) as refused:
        sharing.decide(start, command, SIV, NOW)
    return refused.value.code


@dataclass(frozen=True)
class Case:
    name: str
    state: Shares
    command: object

    @property
    def path(self) -> Path:
        return GOLDENS / "shares" / f"{self.name}.json"


ONE = told(EMPTY, WITH_CODE)
CASES = [
    Case("make_share", EMPTY, SCHOOL),
    Case("make_share_with_code", told(EMPTY, SCHOOL), WITH_CODE),
    Case("change_share", ONE, ask.ChangeShare("s1", "Til alle", SUMMER)),
    Case("change_share_s_code", ONE, ask.ChangeShare("s1", "Til dagtilbud", SUMMER, "1234")),
    Case("revoke_share", ONE, ask.RevokeShare("s1")),
    Case("set_embedding", ONE, ask.SetEmbedding((" https://Intranet.aalborg.dk",))),
    Case("count_visits", ONE, ask.CountVisits("s1", "2021-01-28", 3)),
    Case(
        "count_visits_again",
        told(ONE, ask.CountVisits("s1", "2021-01-28", 3)),
        ask.CountVisits("s1", "2021-01-28", 2),
    ),
]


def golden_of(case: Case) -> dict[str, Any]:
    events = sharing.decide(case.state, case.command, SIV, NOW)
    draw, after = sharing.snapshot, told(case.state, case.command)
    return a_golden("shares:aalborg", draw(case.state), events, draw(after), NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_snapshot_and_events_give_the_next_snapshot(case: Case) -> None:
    golden = golden_of(case)
    state = sharing.restore(golden["before"])
    for event, seq in heard(golden, EVENTS):
        state = sharing.evolve(state, event, seq=seq, at=NOW)
    assert as_json(sharing.snapshot(state)) == golden["after"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_wire_is_as_in_the_golden_file(case: Case) -> None:
    golden = golden_of(case)
    assert kept(case.path, golden) == golden


def test_every_command_has_a_case_every_event_occurs_and_no_file_is_left_behind() -> None:
    assert {type(case.command) for case in CASES} == set(ask.COMMANDS)
    assert {f["name"] for case in CASES for f in golden_of(case)["frames"]} == set(EVENTS)
    assert {case.path for case in CASES} == set((GOLDENS / "shares").iterdir())


@pytest.mark.parametrize(
    "command",
    [
        replace(SCHOOL, title="  "),
        replace(SCHOOL, title="x" * 121),
        replace(SCHOOL, items=()),
        replace(SCHOOL, items=("../etc",)),
        replace(SCHOOL, items=tuple(f"i{number}" for number in range(51))),
        replace(SCHOOL, until=NOW),
        replace(SCHOOL, until=NOW + timedelta(days=1100)),
        replace(SCHOOL, code="123"),
        replace(SCHOOL, code="x" * 21),
    ],
)
def test_a_link_that_makes_no_sense_is_refused(command: ask.MakeShare) -> None:
    assert refusal(EMPTY, command) == "bad_share"


@pytest.mark.parametrize(
    "origin",
    ["http://intranet.dk", "https://", "https://a.dk/path", "*", "https://*.dk", "javascript:x"],
)
def test_only_whole_https_sites_may_embed(origin: str) -> None:
    assert refusal(EMPTY, ask.SetEmbedding((origin,))) == "bad_origin"


def test_a_link_is_open_until_its_end_or_until_it_is_revoked() -> None:
    share = ONE.links["s1"]
    assert share.is_open(NOW)
    assert not share.is_open(at("18.00"))
    assert not told(ONE, ask.RevokeShare("s1")).links["s1"].is_open(NOW)


def test_what_is_over_stays_over() -> None:
    over = told(ONE, ask.RevokeShare("s1"))
    assert refusal(over, ask.ChangeShare("s1", "Igen", SUMMER)) == "share_ended"
    assert sharing.decide(over, ask.RevokeShare("s1"), SIV, NOW) == ()
    assert refusal(ONE, ask.RevokeShare("s2")) == "unknown_share"


def test_a_municipality_has_so_many_links_and_no_more() -> None:
    full = Shares({f"s{n}": ONE.links["s1"] for n in range(sharing.MOST_SHARES)})
    assert refusal(full, SCHOOL) == "too_many"


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (datetime(2021, 1, 28, tzinfo=UTC), 2021),
        (datetime(2021, 4, 30, tzinfo=UTC), 2021),
        (datetime(2021, 6, 1, tzinfo=UTC), 2022),
        (datetime(2021, 10, 1, tzinfo=UTC), 2022),
    ],
)
def test_a_link_lasts_to_the_end_of_the_school_year(day: datetime, end: int) -> None:
    assert school_year_end(day) == datetime(end, 7, 31, 22, tzinfo=UTC)
    last = school_year_end(day) - timedelta(seconds=1)
    assert f"{last.astimezone(SCHOOLS):%d.%m.%Y %H.%M}" == f"31.07.{end} 23.59"
