"""A share link as a mail: what it says, and what cannot get into it."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedule.sharing.link_mail import LinkMail, is_address, once_each, written

ZONE = ZoneInfo("Europe/Copenhagen")
AT = datetime(2021, 1, 28, 11, tzinfo=UTC)
UNTIL = datetime(2021, 7, 31, 22, tzinfo=UTC)
LINK = "https://topmoede.dk/del/aalborg-s1-x"
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}


def a_mail(
    *, title: str = "Trivsel", message: str = "", municipality: str = "Aalborg Kommune",
    needs_code: bool = False,
) -> LinkMail:  # fmt: skip
    return LinkMail(municipality, title, LINK, UNTIL, needs_code, message)


def text_of(mail: LinkMail) -> str:
    return str(written(mail, "topmoede@kl.dk", "a@skole.dk", AT, ZONE).get_content())


def test_a_mail_says_whose_link_it_is_where_it_leads_and_until_when() -> None:
    text = text_of(a_mail(message="Se den sammen."))
    assert text.startswith("Se den sammen.\n\nAalborg Kommune deler: Trivsel\n\n" + LINK)
    assert "til og med den 31.07.2021" in text
    assert "valid until 31.07.2021" in text
    assert "kode" not in text


def test_a_mail_tells_that_there_is_a_code_and_never_which() -> None:
    assert "Det åbnes med en kode, som du får for sig." in text_of(a_mail(needs_code=True))


def test_a_mail_comes_from_the_municipality_by_the_installation_s_address() -> None:
    mail = written(a_mail(), "topmoede@kl.dk", "a@skole.dk", AT, ZONE)
    assert mail["From"] == "Aalborg Kommune <topmoede@kl.dk>"
    assert mail["Subject"] == "Trivsel – et link fra Aalborg Kommune"
    assert mail["Date"] == "Thu, 28 Jan 2021 11:00:00 +0000"


@given(title=st.text(max_size=200), message=st.text(max_size=300), name=st.text(max_size=60))
def test_nothing_that_is_typed_becomes_a_header_or_another_recipient(
    title: str, message: str, name: str
) -> None:
    mail = a_mail(title=title, message=message, municipality=name)
    raw = written(mail, "topmoede@kl.dk", "a@skole.dk", AT, ZONE).as_bytes()
    read = message_from_bytes(raw, policy=SMTP)
    assert set(read.keys()) == HEADERS
    assert len(read.keys()) == len(HEADERS)
    assert read["To"] == "a@skole.dk"
    assert LINK in read.get_content()


def test_a_line_break_in_a_title_is_a_space() -> None:
    mail = written(
        a_mail(title="Trivsel\r\nBcc: alle@skole.dk"), "topmoede@kl.dk", "a@skole.dk", AT, ZONE
    )
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("Trivsel Bcc: alle@skole.dk")


@pytest.mark.parametrize(
    "text",
    ["a@skole.dk", "mette.holm+skole@aalborg.dk", "o'hara@skole.co.uk", "a_b-c@x-y.dk"],
)
def test_an_address_is_known(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@b", "@skole.dk", "a@", "a b@skole.dk", "a@skole.dk\r\nRCPT TO:<b@skole.dk>",
        "a@skole.dk\n", "<a@skole.dk>", "a@skole.dk,b@skole.dk", "å@skole.dk", "a@skole..dk",
        ".a@skole.dk", "a.@skole.dk", "a@-skole.dk", '"a b"@skole.dk', f"{'a' * 250}@x.dk",
        "a@[127.0.0.1]", "a@skole.d\x00k",
    ],
)  # fmt: skip
def test_what_is_not_plainly_an_address_is_none(text: str) -> None:
    assert not is_address(text)


def test_an_address_is_written_to_once_however_it_is_written() -> None:
    assert once_each([" a@skole.dk", "A@Skole.dk", "b@skole.dk"]) == ("a@skole.dk", "b@skole.dk")
