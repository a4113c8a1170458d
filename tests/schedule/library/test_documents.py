"""The documents of an item: their order, their titles, and what is refused."""

from __future__ import annotations

import pytest

from schedule.errors import Refused
from schedule.library.documents import (
    LONGEST_TITLE,
    MOST_DOCUMENTS,
    Documents,
    decide,
    evolve,
)
from schedule.library.documentwords import (
    AddDocument,
    Document,
    DocumentCommand,
    MoveDocument,
    RemoveDocument,
    RenameDocument,
)
from schedule.library.library import decide as decide_library
from schedule.library.library import initial
from schedule.programme import KINDS, Kind
from tests.schedule.days import Somebody, a_day, a_programme, an_item, at


def a_document(id: str) -> Document:
    return Document(id, f"Om {id}", "pdf", 1_000)


def told(documents: Documents, *commands: DocumentCommand) -> Documents:
    for command in commands:
        for event in decide(documents, command):
            documents = evolve(documents, event)
    return documents


def refusal(documents: Documents, command: DocumentCommand) -> str:
    with pytest.raises(Refused) as refused:
        decide(documents, command)
    return refused.value.code


def with_documents(*ids: str) -> Documents:
    return told({}, *(AddDocument("a", a_document(id)) for id in ids))


def ids_of(documents: Documents) -> str:
    return "".join(one.id for one in documents.get("a", ()))


@pytest.mark.parametrize(
    ("kind", "may"),
    [(kind, kind in ("live", "recorded", "discussion")) for kind in KINDS if kind != "end"],
)
def test_what_is_seen_and_what_is_discussed_at_home_may_have_documents(
    kind: Kind, may: bool
) -> None:
    item = an_item("a", "09.00", "09.10", kind)
    library = initial(a_programme(item, an_item("z", "09.10", "09.10", "end")))
    command = AddDocument("a", a_document("one"))
    if may:
        assert decide_library(library, command, Somebody(), at("08.00"))
        return
    with pytest.raises(Refused) as refused:
        decide_library(library, command, Somebody(), at("08.00"))
    assert refused.value.code == "unknown_item"


@pytest.mark.parametrize(
    ("moved", "place", "order"),
    [("a", 2, "bca"), ("c", 0, "cab"), ("b", 0, "bac"), ("a", 99, "bca"), ("c", -1, "cab")],
)
def test_a_document_is_put_at_its_place_and_the_others_keep_theirs(
    moved: str, place: int, order: str
) -> None:
    assert ids_of(told(with_documents("a", "b", "c"), MoveDocument("a", moved, place))) == order


def test_what_changes_nothing_is_no_event() -> None:
    there = with_documents("a", "b")
    assert decide(there, AddDocument("a", a_document("a"))) == ()
    assert decide(there, MoveDocument("a", "b", 9)) == ()
    assert decide(there, RenameDocument("a", "a", " Om  a ")) == ()


def test_an_item_s_last_document_leaves_nothing_and_others_are_untouched() -> None:
    there = told(with_documents("a"), AddDocument("b", a_document("x")))
    assert told(there, RemoveDocument("a", "a")) == {"b": (a_document("x"),)}


def test_a_document_of_another_item_is_unknown_to_this_one() -> None:
    there = with_documents("a")
    for command in (
        RenameDocument("b", "a", "Slides"),
        MoveDocument("b", "a", 0),
        RemoveDocument("b", "a"),
    ):
        assert refusal(there, command) == "unknown_document"


def test_titles_are_of_a_length_that_can_be_read() -> None:
    there = with_documents("a")
    for title in ("", " \n", "x" * (LONGEST_TITLE + 1)):
        assert refusal(there, RenameDocument("a", "a", title)) == "bad_title"
        assert refusal(there, AddDocument("a", Document("b", title, "png", 1))) == "bad_title"


def test_an_item_has_so_many_documents_and_no_more() -> None:
    full = with_documents(*(f"{number:02}" for number in range(MOST_DOCUMENTS)))
    assert refusal(full, AddDocument("a", a_document("x"))) == "too_many"


def test_the_day_s_end_and_what_is_not_there_take_no_documents() -> None:
    day, by = initial(a_day()), Somebody()
    for item in ("z", "nothing"):
        with pytest.raises(Refused) as refused:
            decide_library(day, AddDocument(item, a_document("x")), by, at("09.00"))
        assert refused.value.code == "unknown_item"
