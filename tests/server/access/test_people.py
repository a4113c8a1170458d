from __future__ import annotations

import pytest

from server.access.municipalities import register
from server.access.people import PeopleFaults, Person, display_name, read_people


def people(text: str) -> tuple[Person, ...]:
    return read_people(text.encode(), register())


def faults(data: bytes | str) -> list[str]:
    with pytest.raises(PeopleFaults) as refusal:
        read_people(data.encode() if isinstance(data, str) else data, register())
    return str(refusal.value).splitlines()


def test_people_come_in_with_role_and_municipality_by_name_or_slug() -> None:
    found = people("name,role,municipality\nMette Nørgaard,member,Ærø\nBo Lund,host,aalborg\n")
    assert found == (
        Person("mette-noergaard", "Mette Nørgaard", "member", "aeroe"),
        Person("bo-lund", "Bo Lund", "host", "aalborg"),
    )


def test_a_spreadsheet_with_semicolons_and_a_byte_order_mark_is_read() -> None:
    data = "\ufeffName;Role;Email\nIb;moderator;ib@example.dk\n".encode()
    assert read_people(data, register()) == (
        Person("ib", "Ib", "moderator", None, "ib@example.dk"),
    )


def test_namesakes_get_keys_of_their_own() -> None:
    found = people("name,role\nIb,moderator\nIb,committee\n")
    assert [each.key for each in found] == ["ib", "ib-2"]


def test_every_fault_is_told_at_once_with_its_line() -> None:
    told = faults(
        "name,role,municipality\n,member,aalborg\nIb,king,\nBo,member,\nLi,individual,aarhus\n"
    )
    assert [line.split(":")[0] for line in told] == ["line 2", "line 3", "line 4", "line 5"]


def test_a_key_twice_is_a_fault() -> None:
    assert "a key used once" in faults("key,name,role\nib,Ib,moderator\nib,Bo,moderator\n")[0]


def test_a_key_with_foreign_signs_is_a_fault() -> None:
    assert "a key of" in faults("key,name,role\n../x,Ib,moderator\n")[0]


def test_a_file_without_the_right_header_is_refused() -> None:
    assert "header row" in faults("navn,rolle\nIb,moderator\n")[0]
    assert "header row" in faults("name,role,is_admin\nIb,moderator,1\n")[0]
    assert "header row" in faults("")[0]


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    assert faults(b"name,role\n\xff\xfe,member\n")[0].startswith("line 2: expected UTF-8")


def test_a_huge_file_is_refused() -> None:
    assert "at most 4000000 bytes" in faults(b"x" * 4_000_001)[0]


def test_names_lose_signs_that_could_disguise_them() -> None:
    assert display_name("  Anja\u202e  Bo\u0000 ") == "Anja Bo"
