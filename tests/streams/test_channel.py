"""A channel's rules, its law of sync, and its golden files, which the browser reads too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import wire
from streams import channel
from streams import commands as ask
from streams import events as did
from streams.channel import Channel
from streams.commands import Content, PutOnAir, ReportOnAir, Reword
from streams.errors import Refused
from tests.golden import GOLDENS, a_golden, as_json, heard, kept

FILES = GOLDENS / "channel"
NOW = datetime(2021, 1, 28, 8, 30, tzinfo=UTC)
EVENTS = wire.names_of(did.EVENTS)
LIVE = Content("live", source="kl-huset", title="Vi er straks tilbage", text="Velkomst")
FILM = Content("film", film="velkomst", title="Vi er straks tilbage")
PAUSE = Content("slate", title="Pause", text="Vi er tilbage kl. 10.00")
CHOICE = Content("slate", title="Oplæg", text="Vælg", choices=("Dagtilbud", "Skole"))


class Media:
    """The system, which alone speaks to a channel."""

    id = "system"


def after(state: Channel, *commands: object) -> Channel:
    for seq, command in enumerate(commands, 1):
        for event in channel.decide(state, command, Media(), NOW):
            state = channel.evolve(state, event, seq=seq, at=NOW)
    return state


def shown(number: int, after_s: float = 0, kind: str = "live") -> ReportOnAir:
    at = NOW + timedelta(seconds=after_s)
    return ReportOnAir("welcome", 1, kind, "kl-huset", 1, number, at)


EMPTY = channel.initial("main")
ON_LIVE = after(EMPTY, PutOnAir(LIVE, "welcome", 1), shown(4))
ON_SLATE = after(EMPTY, PutOnAir(PAUSE, "pause", 1), shown(4, kind="slate"))


@dataclass(frozen=True)
class Case:
    name: str
    state: Channel
    command: object

    @property
    def path(self) -> Path:
        return FILES / f"{self.name}.json"


CASES = [
    Case("put_first", EMPTY, PutOnAir(PAUSE)),
    Case("put_live", ON_SLATE, PutOnAir(LIVE, "welcome", 1)),
    Case("put_film", ON_LIVE, PutOnAir(FILM, "film", 2)),
    Case("put_choice", ON_LIVE, PutOnAir(CHOICE, "oplaeg", 1)),
    Case("put_again_in_the_next_run", ON_LIVE, PutOnAir(LIVE, "welcome", 2)),
    Case("reword", ON_SLATE, Reword("Pause", "Vi er tilbage kl. 10.05")),
    Case("reword_choices", ON_SLATE, Reword("Oplæg", "Vælg", ("Skole",))),
    Case("report_first", after(EMPTY, PutOnAir(LIVE, "welcome", 1)), shown(0)),
    Case("report_stand_in", ON_LIVE, shown(9, 12.34, "slate")),
    Case("report_after_media_were_lost", ON_LIVE, shown(0, 60)),
]


def golden_of(case: Case) -> dict[str, Any]:
    events = channel.decide(case.state, case.command, Media(), NOW)
    draw, then = channel.snapshot, after(case.state, case.command)
    return a_golden("channel:main", draw(case.state), events, draw(then), NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_snapshot_and_events_give_the_next_snapshot(case: Case) -> None:
    golden = golden_of(case)
    state = channel.restore(golden["before"])
    assert state == case.state
    for event, seq in heard(golden, EVENTS):
        state = channel.evolve(state, event, seq=seq, at=NOW)
    assert as_json(channel.snapshot(state)) == golden["after"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_wire_is_as_in_the_golden_file(case: Case) -> None:
    golden = golden_of(case)
    assert kept(case.path, golden) == golden


def test_every_command_and_every_event_has_a_case_and_every_file_too() -> None:
    assert {type(case.command) for case in CASES} == set(ask.COMMANDS)
    names = {frame["name"] for case in CASES for frame in golden_of(case)["frames"]}
    assert names == set(EVENTS)
    assert set(FILES.iterdir()) == {case.path for case in CASES}


def test_what_is_so_already_leads_to_nothing() -> None:
    for state, command in (
        (ON_LIVE, PutOnAir(LIVE, "welcome", 1)),
        (ON_SLATE, Reword(PAUSE.title, PAUSE.text)),
        (ON_LIVE, shown(4)),
        (ON_LIVE, shown(3, -10)),
    ):
        assert channel.decide(state, command, Media(), NOW) == ()


@pytest.mark.parametrize(
    ("state", "command", "code"),
    [
        (EMPTY, PutOnAir(Content("dance")), "bad_content"),
        (EMPTY, PutOnAir(Content("live")), "bad_content"),
        (EMPTY, PutOnAir(Content("film", source="kl-huset")), "bad_content"),
        (EMPTY, PutOnAir(Content("slate", text="uden titel")), "bad_content"),
        (EMPTY, PutOnAir(replace(PAUSE, text="x" * 301)), "bad_content"),
        (EMPTY, PutOnAir(replace(PAUSE, choices=("x",) * 21)), "bad_content"),
        (ON_SLATE, Reword("", "uden titel"), "bad_content"),
        (EMPTY, Reword("Pause", ""), "no_slate"),
        (ON_LIVE, Reword("Pause", ""), "no_slate"),
        (EMPTY, "dance", "unknown_command"),
    ],
)
def test_what_cannot_be_done_is_refused(state: Channel, command: object, code: str) -> None:
    with pytest.raises(Refused, match="expected") as caught:
        channel.decide(state, command, Media(), NOW)
    assert (caught.value.code, caught.value.facts) == (code, {})


def test_an_unknown_event_changes_nothing() -> None:
    assert channel.evolve(ON_LIVE, object(), seq=1, at=NOW) is ON_LIVE
    assert channel.evolve(EMPTY, did.SlateReworded("a", "b"), seq=1, at=NOW) is EMPTY
