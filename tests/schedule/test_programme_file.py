"""Programme files: what is read, what is wrong with them, each fault at its line."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedule.errors import Fault, ProgrammeFaults
from schedule.programme import Person, PersonInItem, Programme
from schedule.programme_file import LARGEST_BYTES, builtin, dump, load
from tests.schedule.days import a_programme, an_item, at, with_fields

HEAD = """\
edition = "test"
title = "A day"
date = 2021-01-28
timezone = "Europe/Copenhagen"
version = "1"
"""


def a_file(items: str, head: str = HEAD) -> str:
    """A file whose items begin on line 7."""
    return head + "\n" + dedent(items).strip("\n") + "\n"


END = """
[[item]]
id = "z"
start = "10.00"
end = "10.00"
title = "End"
kind = "end"
"""


def faults_of(text: str | bytes) -> list[Fault]:
    with pytest.raises(ProgrammeFaults) as caught:
        load(text)
    return list(caught.value.faults)


def the_fault(text: str | bytes) -> Fault:
    found = faults_of(text)
    assert len(found) == 1, found
    return found[0]


def one_item(**lines: str) -> str:
    """One item from 09.00 and the end mark; keys are written in order from line 8 on."""
    values = {"id": '"a"', "start": '"09.00"', "title": '"A"', "kind": '"live"'} | lines
    body = "".join(f"{key} = {value}\n" for key, value in values.items() if value)
    return a_file("[[item]]\n" + body + END)


def test_a_file_is_read_with_all_it_says() -> None:
    text = a_file(
        """
        [[section]]
        id = "1"
        title = "Morning"

        [[person]]
        name = "Lotte Bøgh Andersen"
        spellings = ["Lotte Bøgh"]

        [[item]]
        id = "a"
        start = "09.00"
        duration_s = 90
        title = "Pause"
        kind = "break"
        timing = "elastic"
        minimum_s = 30
        section = "1"
        people = [{ name = "Anja Bo", role = "moderator" }]
        people_pending = true

        [[item]]
        id = "z"
        end = "09.01.30"
        title = "End"
        kind = "end"
        """
    )
    programme = load(text)
    item = programme.items[0]
    assert (item.start, item.end, item.minimum_s) == (at("09.00"), at("09.01.30"), 30.0)
    assert item.people == (PersonInItem("Anja Bo", None, "moderator"),)
    assert (item.people_pending, item.content_pending) == (True, False)
    assert programme.sections[0].title == "Morning"
    assert programme.persons == (Person("Lotte Bøgh Andersen", ("Lotte Bøgh",)),)
    assert programme.theme is None


def test_bytes_with_a_byte_order_mark_and_dos_lines_are_read() -> None:
    text = one_item().replace("\n", "\r\n")
    assert load(b"\xef\xbb\xbf" + text.encode()) == load(text)


def test_an_end_left_out_is_the_next_start_and_a_start_left_out_the_end_before() -> None:
    text = a_file(
        """
        [[item]]
        id = "a"
        start = "09.00"
        title = "A"
        kind = "live"
        [[item]]
        id = "b"
        start = "09.30"
        duration_s = 600
        title = "B"
        kind = "parallel"
        [[item]]
        id = "b-1"
        parent = "b"
        title = "B 1"
        kind = "recorded"
        [[item]]
        id = "b-2"
        parent = "b"
        start = "09.33"
        duration_s = 60
        title = "B 2"
        kind = "recorded"
        [[item]]
        id = "z"
        end = "09.40"
        title = "End"
        kind = "end"
        """
    )
    spans = {item.id: (item.start, item.end) for item in load(text).items}
    assert spans == {
        "a": (at("09.00"), at("09.30")),
        "b": (at("09.30"), at("09.40")),
        "b-1": (at("09.30"), at("09.40")),
        "b-2": (at("09.33"), at("09.34")),
        "z": (at("09.40"), at("09.40")),
    }


# --- files that are not programmes --------------------------------------------------------------


def test_broken_toml_is_told_with_its_line() -> None:
    fault = the_fault(HEAD + 'title = "again"\n')
    assert (fault.line, fault.expected) == (6, "TOML")
    assert the_fault(HEAD + "x = [1,\n\n").line == 8
    assert the_fault('edition = "x').line == 1


@pytest.mark.parametrize(
    "text", ["x = 2021-02-31", "x = " + "[" * 5000, "x = 1979-05-27T99:32:00Z"]
)
def test_toml_that_cannot_be_read_is_one_fault(text: str) -> None:
    assert the_fault(text).line == 1


def test_what_is_not_utf_8_is_told_with_its_line() -> None:
    fault = the_fault(HEAD.encode() + b'theme = "\xe6"\n')
    assert (fault.line, fault.expected, fault.came) == (6, "text in UTF-8", "byte 0xe6")
    assert the_fault("\ud800").expected == "text in UTF-8"


def test_a_huge_file_is_not_read() -> None:
    fault = the_fault("#" * (LARGEST_BYTES + 1))
    assert fault.came == f"{LARGEST_BYTES + 1} bytes"


def test_an_empty_file_lacks_everything() -> None:
    keys = [fault.key for fault in faults_of("")]
    assert keys == ["edition", "title", "timezone", "version", "date", "item"]


# --- faults of the head -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "key", "came"),
    [
        (1, "edition", "7"),
        (3, "date", "'2021-01-28'"),
        (3, "date", "datetime.datetime(2021, 1, 28, 9, 0)"),
        (4, "timezone", "'Europe/Nowhere'"),
        (4, "timezone", "'../etc/passwd'"),
        (4, "timezone", "'Europe'"),
    ],
)
def test_a_bad_head_is_told_at_its_key(line: int, key: str, came: str) -> None:
    written = came.replace("'", '"') if "datetime" not in came else "2021-01-28T09:00:00"
    lines = HEAD.splitlines()
    lines[line - 1] = f"{key} = {written}"
    text = one_item().replace(HEAD, "\n".join(lines) + "\n")
    fault = next(fault for fault in faults_of(text) if fault.key == key)
    assert (fault.line, fault.item, fault.came) == (line, None, came)


def test_an_unknown_key_of_the_head_is_told() -> None:
    fault = the_fault(one_item().replace("version =", "published = true\nversion ="))
    assert (fault.line, fault.key, fault.came) == (5, "published", "'published'")


def test_items_that_are_no_tables_are_told() -> None:
    fault = the_fault(HEAD + "item = 3\n")
    assert (fault.line, fault.key, fault.expected) == (6, "item", "[[item]] tables")


def test_items_written_inline_are_told_at_the_line_of_the_list() -> None:
    fault = faults_of(HEAD + 'item = [{ id = "a", title = "A", kind = "lively" }]\n')[0]
    assert (fault.line, fault.item) == (6, "a")


def test_too_many_items_are_not_read() -> None:
    found = [the_fault(HEAD + "[[item]]\n" * 501)]
    assert found[0].came == "501"


# --- faults of an item's keys -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        ("colour", '"red"', "one of choose, content_pending"),
        ("title", "7", "a text of 1 to"),
        ("title", '"  "', "a text of 1 to"),
        ("description", '"' + "x" * 2001 + '"', "a text of 1 to"),
        ("kind", '"lively"', "one of live, break"),
        ("timing", '"rubber"', "one of hard, soft, elastic"),
        ("on", '"paper"', "one of channel, on_demand"),
        ("start", '"9.00"', "an hour such as"),
        ("start", '"24.00"', "an hour such as"),
        ("start", '"09.60"', "an hour such as"),
        ("start", '"09.00.60"', "an hour such as"),
        ("start", '"٠٩.٠٠"', "an hour such as"),
        ("start", "09:00:00", "an hour such as"),
        ("end", "9.5", "an hour such as"),
        ("duration_s", "-3", "seconds, more than 0"),
        ("duration_s", "nan", "seconds, more than 0"),
        ("duration_s", "true", "seconds, more than 0"),
        ("minimum_s", '"5"', "seconds, more than 0"),
        ("people", '["Anja Bo"]', "people as { name"),
        ("people", '[{ title = "x" }]', "people as { name"),
        ("people", '[{ name = "x", age = 3 }]', "people as { name"),
        ("people", '[{ name = " " }]', "people as { name"),
        ("people", "3", "people as { name"),
        ("people_pending", '"yes"', "true or false"),
        ("content_pending", "1", "true or false"),
        ("choose", "true", "a whole number"),
        ("choose", "2.0", "a whole number"),
        ("recommends", '"tema-1"', "a list of texts"),
        ("recommends", "[1]", "a list of texts"),
        ("questions", '"Hvorfor?"', "a list of texts"),
    ],
)
def test_a_bad_value_is_told_at_its_key(key: str, written: str, expected: str) -> None:
    text = one_item(**{key: written})
    fault = the_fault(text)
    assert (fault.item, fault.key) == ("a", key)
    assert fault.expected.startswith(expected)
    assert text.splitlines()[(fault.line or 0) - 1].startswith(f"{key} =")


@pytest.mark.parametrize("key", ["title", "kind", "start"])
def test_a_key_left_out_is_told_at_the_items_header(key: str) -> None:
    fault = the_fault(one_item(**{key: ""}))
    assert (fault.line, fault.item, fault.key, fault.came) == (7, "a", key, "nothing")


def test_an_item_without_an_id_is_told_at_its_header() -> None:
    found = faults_of(one_item(id=""))
    assert [(fault.line, fault.item, fault.key) for fault in found] == [(7, None, "id")]


def test_an_end_that_nothing_implies_is_told() -> None:
    text = a_file('[[item]]\nid = "z"\nstart = "09.00"\ntitle = "End"\nkind = "end"')
    fault = the_fault(text)
    assert (fault.item, fault.key) == ("z", "end")


def test_end_and_duration_together_are_one_too_many() -> None:
    fault = the_fault(one_item(end='"10.00"', duration_s="3600"))
    assert (fault.key, fault.came) == ("duration_s", "both")


def test_an_hour_that_summer_time_skips_does_not_exist() -> None:
    text = one_item(start='"02.30"').replace("2021-01-28", "2021-03-28")
    assert the_fault(text).key == "start"


def test_a_section_and_a_person_need_their_keys() -> None:
    text = a_file(
        '[[section]]\nid = "1"\n\n[[person]]\nspellings = "x"\n' + one_item()[len(HEAD) :]
    )
    told = [(fault.line, fault.key) for fault in faults_of(text)]
    assert told == [(7, "title"), (10, "name"), (11, "spellings")]


# --- faults of meaning --------------------------------------------------------------------------


def test_faults_of_meaning_are_told_at_their_keys() -> None:
    text = a_file(
        """
        [[item]]
        id = "a"
        start = "09.00"
        end = "09.40"  # runs into b
        title = "A"
        kind = "live"
        section = "9"

        [[item]]
        id = "b"
        start = "09.30"
        end = "09.50"
        title = "B"
        kind = "break"
        timing = "elastic"
        recommends = ["nowhere"]

        [[item]]
        id = "b"
        parent = "nobody"
        start = "09.30"
        end = "09.40"
        title = "B again"
        kind = "recorded"

        [[item]]
        id = "z"
        start = "10.00"
        end = "09.50"
        title = "End"
        kind = "end"
        """
    )
    told = [(fault.line, fault.item, fault.key) for fault in faults_of(text)]
    assert told == [
        (13, "a", "section"),
        (15, "b", "minimum_s"),
        (17, "b", "start"),
        (22, "b", "recommends"),
        (25, "b", "id"),
        (26, "b", "parent"),
        (34, "z", "start"),
        (35, "z", "end"),
    ]


def test_an_hour_that_cannot_be_read_leads_to_no_further_faults() -> None:
    text = a_file(
        """
        [[item]]
        id = "a"
        start = "kl. 9"
        title = "A"
        kind = "live"
        [[item]]
        id = "b"
        start = "09.30"
        title = "B"
        kind = "live"
        """
        + END.replace('"10.00"\nend', '"10.00"\nend')
    )
    assert the_fault(text).item == "a"


def test_keys_inside_texts_are_not_taken_for_keys() -> None:
    text = a_file(
        '[[item]]\nid = "a"\ndescription = """\nstart = 3\n[[item]]\n"""\n'
        'people = [\n  { name = "x" },\n]\nstart = "nine"\ntitle = "A"\nkind = "live"\n' + END
    )
    fault = the_fault(text)
    assert text.splitlines()[(fault.line or 0) - 1] == 'start = "nine"'


def test_a_fault_says_where_what_was_expected_and_what_came() -> None:
    fault = the_fault(one_item(start='"9"'))
    hour = '"09.15" or "09.15.30"'
    assert str(fault) == f"line 9, item a, start: expected an hour such as {hour}, came '9'"
    assert str(Fault(None, None, None, "x", "y")) == "programme: expected x, came y"


def test_all_faults_are_the_message() -> None:
    with pytest.raises(ProgrammeFaults, match="line 9, item a"):
        load(one_item(start='"9"'))


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_anything_else_is_faults_and_never_a_crash(text: str | bytes) -> None:
    assert faults_of(text)


@given(st.data())
def test_a_damaged_seed_day_is_read_or_refused_with_lines(data: st.DataObject) -> None:
    lines = dump(builtin("demo_day")).splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at_line = data.draw(st.integers(0, len(lines) - 1))
        lines[at_line] = data.draw(
            st.sampled_from(["", "[[item]]", 'start = "09.03"', 'id = "01"', 'parent = "10"'])
        )
    try:
        load("\n".join(lines))
    except ProgrammeFaults as found:
        told = [fault.line or 0 for fault in found.faults]
        assert told == sorted(told)
        assert told[0] >= 1
        assert told[-1] <= len(lines) + 1


# --- writing ------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and text != ""
)


@given(words, words, words, st.booleans())
def test_what_is_written_is_read_back(title: str, name: str, role: str, pending: bool) -> None:
    item = with_fields(
        an_item("a", "09.00", "09.30.15"),
        title=title,
        description=name,
        people=(PersonInItem(name, title, role), PersonInItem(name)),
        people_pending=pending,
        content_pending=not pending,
    )
    end = an_item("z", "09.30.15", "09.30.15", "end")
    programme = a_programme(item, end, persons=(Person(name, (role,)),), theme=title)
    assert load(dump(programme)) == programme


def test_a_whole_number_of_seconds_is_written_as_one() -> None:
    item = an_item("a", "09.00", "12.00", "break", timing="elastic", minimum_s=1_000_000 / 97)
    long = with_fields(item, minimum_s=10_300.0)
    end = an_item("z", "12.00", "12.00", "end")
    for one in (item, long):
        assert _again(a_programme(one, end)).items[0].minimum_s == one.minimum_s
    assert "minimum_s = 10300\n" in dump(a_programme(long, end))


def _again(programme: Programme) -> Programme:
    return load(dump(programme))
