"""What a file is, told by its own bytes."""

from __future__ import annotations

import pytest

from server.errors import Refused
from server.file_intake import kind_of
from tests.journeys.shared_files import a_pdf


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7\n" + b"x" * 5000, "file_unreadable"),
        (b"%PDF-1.7 %%EOF" + b"x" * 5000, "file_unreadable"),
        (b" %PDF-1.7 %%EOF", "file_kind"),
        (b"RIFF\0\0\0\0WAVE", "file_kind"),
        (b"\0\0\0\x18ftypmif1", "file_heic"),
        (b"\0\0\0\x18ftypisom", "file_kind"),
        (b"\xff\xd8", "file_kind"),
    ],
)
def test_a_file_is_what_its_own_bytes_say(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        kind_of(data)
    assert refused.value.code == code


def test_the_kinds_that_are_taken() -> None:
    assert kind_of(a_pdf()) == "pdf"
    for data in (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 "):
        assert kind_of(data) == "picture"
