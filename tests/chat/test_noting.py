from __future__ import annotations

import base64
import random

import pytest
from pycrdt import Map, Text

from chat.errors import Refused
from chat.notes import noting
from chat.notes.commands import ChangeNotes, EmptyNotes
from chat.notes.events import NotesChanged, NotesPacked
from tests.chat.meeting import ANNA, BO, SYSTEM, Pen, the_notes


def test_two_who_write_at_once_come_to_the_same_text() -> None:
    notes, anna, bo = the_notes(), Pen(1), Pen(2)
    notes.do(anna.write("Pointer: "))
    bo.read(notes)
    changes = [anna.write("trivsel"), bo.write("økonomi", 0), anna.cut(0, 3), bo.write("!")]
    for change in changes:
        notes.do(change, BO)
    text = anna.read(notes)
    assert text == bo.read(notes) == noting.text_of(notes.state)
    assert "trivsel" in text
    assert "økonomi" in text


@pytest.mark.parametrize("seed", range(5))
def test_whoever_writes_and_reads_when_has_in_the_end_what_the_others_have(seed: int) -> None:
    chance, notes, pens = random.Random(seed), the_notes(), [Pen(number) for number in (1, 2, 3)]
    unsent: list[list[ChangeNotes]] = [[], [], []]
    for _ in range(3 * noting.PACK_AFTER):
        who = chance.randrange(3)
        pen, length = pens[who], len(pens[who].text)
        if length > 5 and chance.random() < 0.3:
            first = chance.randrange(length - 2)
            unsent[who].append(pen.cut(first, first + 2))
        else:
            unsent[who].append(pen.write(chance.choice("abc de"), 0))
        if chance.random() < 0.5:
            for change in unsent[who]:
                notes.do(change)
            unsent[who] = []
            pen.read(notes)
    for left in unsent:
        for change in left:
            notes.do(change)
    assert {pen.read(notes) for pen in pens} == {noting.text_of(notes.state)}
    assert len(notes.state.updates) <= noting.PACK_AFTER


def test_a_change_sent_twice_changes_nothing() -> None:
    notes, anna = the_notes(), Pen(1)
    change = anna.write("Hej")
    assert notes.do(change)
    assert notes.do(change) == []


def test_a_change_to_what_is_not_here_is_refused_until_it_is() -> None:
    notes, anna = the_notes(), Pen(1)
    first, second = anna.write("Hej "), anna.write("verden")
    assert notes.refuses(second).code == "notes_gap"
    notes.do(first)
    notes.do(second)
    assert noting.text_of(notes.state) == "Hej verden"


def test_many_changes_are_packed_and_what_they_said_leaves_the_log() -> None:
    notes, anna = the_notes(), Pen(1)
    decided = [notes.do(anna.write(f"{number},")) for number in range(noting.PACK_AFTER)]
    assert [type(one) for one in decided[-1]] == [NotesChanged, NotesPacked]
    assert len(notes.state.updates) == 1
    assert noting.text_of(notes.state).endswith("48,49,")
    said = [one.event.update for one in notes.stored if isinstance(one.event, NotesChanged)]
    assert said == [""] * noting.PACK_AFTER
    assert notes.restarted(noting.initial("aalborg")).state == notes.state


def test_emptied_notes_are_begun_anew() -> None:
    notes, anna = the_notes(), Pen(1)
    notes.do(anna.write("Hej"))
    notes.do(EmptyNotes(), SYSTEM)
    assert notes.state == noting.Notes("aalborg", emptied=1)
    assert noting.text_of(notes.state) == ""
    assert notes.do(EmptyNotes(), SYSTEM) == []
    assert notes.refuses(anna.write("!")).code == "notes_gap"
    notes.do(Pen(2).write("Nyt"), BO)
    assert noting.text_of(notes.state) == "Nyt"


def test_full_notes_take_only_what_makes_them_shorter() -> None:
    notes, anna = the_notes(), Pen(1)
    for _ in range(noting.TEXT_MOST // 4_000):
        notes.do(anna.write("x" * 4_000))
    long = anna.write("y")
    assert notes.refuses(long).code == "notes_full"
    other = Pen(2)
    other.read(notes)
    notes.do(other.cut(0, 100), BO)
    notes.do(long)
    assert noting.text_of(notes.state).endswith("y")


def test_whoever_deletes_a_letter_at_a_time_brings_no_more_than_letters_along() -> None:
    """What nobody sees is in the document too: a map beside the text, which a page never makes."""
    notes, anna = the_notes(), Pen(1)
    notes.do(anna.write("x" * 200))
    hidden = anna.document.get("hidden", type=Map)
    refused = ""
    for number in range(120):
        before = anna.document.get_state()
        with anna.document.transaction():
            del anna.document.get("notes", type=Text)[0]
            hidden[str(number)] = "y" * 4_600
        update = base64.b64encode(anna.document.get_update(before)).decode()
        try:
            notes.do(ChangeNotes(update))
        except Refused as told:
            refused = told.code
            break
    assert refused == "notes_full"
    assert sum(map(len, notes.state.updates)) < 3 * noting.DOCUMENT_MOST


@pytest.mark.parametrize("update", ["", "===", "æ", "AAA", "AQE=", "/////w==", "A" * 8_000])
def test_what_is_no_update_is_refused(update: str) -> None:
    assert the_notes().refuses(ChangeNotes(update), ANNA).code == "notes_update"


def test_bytes_of_any_kind_are_taken_or_refused() -> None:
    chance, notes = random.Random(7), the_notes()
    good = base64.b64decode(Pen(1).write("Hej verden").update)
    codes = set()
    for _ in range(300):
        bent = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        try:
            notes.do(ChangeNotes(base64.b64encode(bent).decode()))
        except Refused as refused:
            codes.add(refused.code)
        assert isinstance(noting.text_of(notes.state), str)
    assert codes <= {"notes_update", "notes_gap", "notes_full"}
