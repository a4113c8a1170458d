"""The programme as conference apps read it."""

from __future__ import annotations

import json
from uuid import UUID
from xml.etree import ElementTree

from schedule.frab import dump_json, dump_xml
from schedule.programme_file import builtin
from tests.schedule.days import a_day

SEED = builtin("topmoede_2021")
URL = "https://topmoede.example/program"
JSON = dump_json(SEED, URL)["schedule"]
XML = ElementTree.fromstring(dump_xml(SEED, URL))
EVENTS = {e["slug"]: e for room in JSON["conference"]["days"][0]["rooms"].values() for e in room}


def test_every_item_is_an_event_in_a_room() -> None:
    assert set(EVENTS) == {f"butm-2021-{item.id}" for item in SEED.items}
    rooms = JSON["conference"]["days"][0]["rooms"]
    assert {"KL-huset", "Egen kommune", "Chat", "Oplæg 1: Dagtilbud"} <= set(rooms)


def test_hours_are_local_and_days_carry_their_offset() -> None:
    event = EVENTS["butm-2021-12"]
    assert (event["start"], event["duration"]) == ("11:45", "01:10")
    assert event["date"] == "2021-01-28T11:45:00+01:00"
    assert JSON["conference"]["days"][0]["day_end"] == "2021-01-28T16:30:00+01:00"


def test_seconds_are_kept_where_there_are_some() -> None:
    demo = dump_json(builtin("demo_day"), URL)["schedule"]["conference"]["days"][0]["rooms"]
    assert {e["duration"] for room in demo.values() for e in room} >= {"00:00:30", "00:05", "00:00"}


def test_numbers_and_guids_are_unique_and_fixed_for_ever() -> None:
    assert len({event["id"] for event in EVENTS.values()}) == len(SEED.items)
    assert UUID(EVENTS["butm-2021-01"]["guid"]) == UUID("7009b551-34a4-5e78-8b56-4f795ed9a4bd")


def test_a_follow_up_is_a_related_link_and_a_placeholder_says_so() -> None:
    assert EVENTS["butm-2021-oplaeg-1"]["links"] == [
        {
            "type": "related",
            "title": SEED.item("tema-1").title,
            "url": f"{URL}#tema-1",
        }
    ]
    assert EVENTS["butm-2021-03"]["abstract"] == "Opdateres"


def test_sections_are_tracks_and_spellings_lead_to_one_person() -> None:
    assert EVENTS["butm-2021-03"]["track"] == SEED.sections[0].title
    assert EVENTS["butm-2021-01"]["track"] == SEED.title
    names = [person["public_name"] for person in EVENTS["butm-2021-11"]["persons"]]
    assert names == ["Carsten Hornstrup", "Lotte Bøgh Andersen", "Anja Bo"]


def test_xml_and_json_say_the_same() -> None:
    assert json.loads(json.dumps(JSON)) == JSON
    assert XML.findtext("conference/acronym") == "butm-2021"
    read = {event.findtext("slug"): event for event in XML.iter("event")}
    assert set(read) == set(EVENTS)
    for slug, event in EVENTS.items():
        element = read[slug]
        assert (element.get("guid"), element.get("id")) == (event["guid"], str(event["id"]))
        for key in ("room", "title", "type", "date", "start", "duration", "track"):
            assert element.findtext(key) == event[key]
        assert [p.text for p in element.iter("person")] == [
            person["public_name"] for person in event["persons"]
        ]
        assert [link.get("href") for link in element.iter("link")] == [
            link["url"] for link in event["links"]
        ]


def test_the_stage_has_a_name_even_where_no_place_is_given() -> None:
    rooms = dump_json(a_day(), URL)["schedule"]["conference"]["days"][0]["rooms"]
    assert set(rooms) == {"main", "Item p-1", "Item p-2", "Item w"}
