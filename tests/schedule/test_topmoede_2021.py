"""The seed day and the demo day, fact by fact."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from schedule.programme import Programme, faults
from schedule.programme_file import builtin, dump, load
from tests.schedule.days import at

SEED = builtin("topmoede_2021")
DEMO = builtin("demo_day")

SPINE = """
01 09.00 Introduktion til Børn & Unge Topmødet og dets form
02 09.15 Velkommen til årets Børn & Unge Topmøde
03 09.30 Sammenhænge i indsatser, økonomi og data
04 09.50 Parternes og politikernes blik på oplæg
05 10.00 Sammenhænge i kommunernes indsatser og reelle arbejde
06 10.20 Pause
07 10.35 Parternes og politikernes blik på oplæg
08 10.45 Gensidige afhængigheder på børne- og ungeområdet
09 11.05 Parternes og politikernes blik på oplæg
10 11.15 Pause
11 11.25 Samtale med oplægsholdere
12 11.45 Frokost og kommunale drøftelser
13 12.55 Velkommen tilbage fra frokost og introduktion til kommende programpunkter
14 13.00 Politiske oplæg
15 13.30 Pause og kommunale drøftelser
16 14.15 Hvad har vi gjort af Corona-erfaringer, og hvordan bruger vi dem politisk fremadrettet?
17 14.30 Temamøder og mulighed for kommunale drøftelser
19 15.40 Velkommen tilbage til KL-huset
20 15.45 Samtale mellem børne- og undervisningsminister Pernille Rosenkrantz-Theil og formand for \
KL's Børne- og Undervisningsudvalg, Thomas Gyldal Petersen
21 16.15 Afslutning
22 16.30 Tak for topmødet
"""

SIDES = {
    "18": "KL's Børne- og Undervisningsudvalg sidder klar ved chatten",
    "oplaeg-1": "Sammenhæng mellem de strukturelle rammer og børnenes læring, udvikling og trivsel "
    "i dagtilbuddet",
    "oplaeg-2": "Styring, ledelse og fagligt råderum i folkeskolen – hvordan finder vi den rigtige "
    "balance?",
    "oplaeg-3": "Syn på kommunale sammenhænge i unges vej til uddannelse og job",
    "tema-1": "Sammenhæng mellem evalueringskultur, tilsyn og faglig ledelse på dagtilbudsområdet",
    "tema-2": "Samarbejde mellem sundhedsplejen, pædagoger og forældre i overgangen til dagtilbud",
    "tema-3": "God og motiverende undervisning",
    "tema-4": "Sammenhæng mellem almen- og specialområdet",
    "tema-5": "Hvad skal der til for at nedbringe skolefravær?",
}


def test_the_spine_stands_as_printed() -> None:
    rows = [line.split(" ", 2) for line in SPINE.strip().splitlines()]
    expected = [(name, at(clock), title) for name, clock, title in rows]
    assert [(item.id, item.start, item.title) for item in SEED.spine] == expected


def test_side_items_stand_as_printed() -> None:
    assert {item.id: item.title for item in SEED.items if item.parent} == SIDES


def test_the_sums_are_those_of_the_seed_day() -> None:
    minutes: Counter[str] = Counter()
    for item in SEED.spine:
        key = item.id if item.kind == "discussion" else item.kind
        minutes[key] += round(item.length_s / 60)
    assert minutes == {"live": 210, "parallel": 100, "break": 25, "12": 70, "15": 45, "end": 0}
    assert SEED.item("14").length_s == 30 * 60
    assert SEED.item("17").length_s == 70 * 60
    assert sum(minutes.values()) == 450


def test_timing_is_as_decided() -> None:
    hard = {item.id for item in SEED.items if item.timing == "hard"}
    elastic = {item.id: item.minimum_s for item in SEED.items if item.timing == "elastic"}
    assert hard == {"01", "14", "17", "18", "20", "22"}
    assert elastic == {"06": 300, "10": 300, "12": 2700, "15": 1800}


def test_live_items_come_from_the_house_and_the_rest_from_films_or_nowhere() -> None:
    for item in SEED.items:
        assert (item.source == "kl-huset") == (item.kind == "live")
        assert (item.film is not None) == (item.kind == "recorded")


def test_sections_cover_their_items() -> None:
    covered = defaultdict(list)
    for item in SEED.spine:
        covered[item.section].append(item.id)
    assert covered[None] == ["01", "02"]
    assert covered["1"] == [f"{n:02}" for n in range(3, 13)]
    assert covered["2"] == [*(f"{n:02}" for n in range(13, 18)), "19", "20", "21", "22"]
    assert [section.title for section in SEED.sections] == [
        "Sammenhænge i kommunale indsatser og ledelsesopgaven",
        "Sammenhænge bredt på børne- og ungeområdet – politiske nedslag",
    ]


def test_people_are_those_named_with_the_role_of_the_item() -> None:
    named = {item.id: [person.name for person in item.people] for item in SEED.items}
    chairs = ["Thomas Gyldal Petersen", "Jens Ive"]
    assert named["02"] == named["21"] == chairs
    assert named["01"] == named["13"] == named["19"] == ["Anja Bo"]
    assert named["20"] == ["Pernille Rosenkrantz-Theil", "Thomas Gyldal Petersen"]
    assert not any(named[name] for name in ("03", "04", "07", "09", "14", "16", "17"))
    assert SEED.item("01").people[0].title == "journalist og moderator"
    assert SEED.item("11").people[2].role == "facilitator"


def test_a_spelling_leads_to_the_person() -> None:
    assert SEED.item("11").people[1].name == "Lotte Bøgh"
    assert SEED.person("Lotte Bøgh") == SEED.item("08").people[0].name


def test_people_and_content_are_pending_apart() -> None:
    pending = {i.id: (i.people_pending, i.content_pending) for i in SEED.items}
    assert pending["03"] == (True, True)
    assert pending["11"] == (False, True)
    assert not any(any(pending[item.id]) for item in SEED.items if item.id not in ("03", "11"))


def test_choices_and_recommendations() -> None:
    assert (SEED.item("14").choose, len(SEED.children("14"))) == (1, 3)
    assert SEED.item("17").choose == 3
    assert [item.id for item in SEED.children("17")] == [*(f"tema-{n}" for n in range(1, 6)), "18"]
    assert {i.id: i.recommends for i in SEED.items if i.recommends} == {
        "oplaeg-1": ("tema-1",),
        "oplaeg-2": ("tema-3",),
    }
    assert {i.on for i in SEED.children("14")} == {"channel"}
    assert {i.on for i in SEED.children("17") if i.film} == {"on_demand"}


def test_the_committees_window_overlaps_the_first_half_hour_of_the_theme_meetings() -> None:
    window = SEED.item("18")
    assert (window.start, window.end, window.parent) == (at("14.30"), at("15.00"), "17")


def test_the_long_title_of_a_theme_meeting_is_kept_beside_its_title() -> None:
    assert SEED.item("tema-4").long_title == (
        "Bedre sammenhæng mellem almen- og specialundervisning "
        "giver bedre uddannelses- og livsmuligheder"
    )


def test_a_newcomer_sees_live_film_and_break_within_two_minutes() -> None:
    first = [item for item in DEMO.spine if item.start < at("09.02")]
    assert {"live", "recorded", "break"} <= {item.kind for item in first}


def test_the_demo_day_has_every_kind_in_about_twenty_minutes() -> None:
    assert {i.kind for i in DEMO.items} == {i.kind for i in SEED.items} == set(_KINDS)
    length = DEMO.spine[-1].end - DEMO.spine[0].start
    assert 18 * 60 <= length.total_seconds() <= 22 * 60
    window = next(item for item in DEMO.items if item.kind == "committee_chat")
    assert window.length_s >= 180
    for item in DEMO.spine:
        if item.kind not in ("end",) and item.title != SEED.item("17").title:
            assert 30 <= item.length_s <= 90


def test_the_demo_days_people_are_the_seeds() -> None:
    def names(programme: Programme) -> set[str]:
        return {person.name for item in programme.items for person in item.people}

    assert names(DEMO) == names(SEED) - {"Lotte Bøgh Andersen"}


@pytest.mark.parametrize("programme", [SEED, DEMO])
def test_both_days_keep_the_rules_and_survive_a_round_trip(programme: Programme) -> None:
    assert faults(programme) == ()
    assert load(dump(programme)) == programme


_KINDS = ("live", "break", "discussion", "parallel", "recorded", "committee_chat", "end")
