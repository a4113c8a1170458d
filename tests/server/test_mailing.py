"""Mail handed in at a mail server, one address after the other, on a line that may end."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from schedule.sharing.link_mail import LinkMail, written
from server.errors import Refused
from server.mailing import MailServer
from server.settings import Settings
from tests.ports import a_free_port
from tests.server.smtp_server import Postbox, a_postbox

SENDER = "topmoede@kl.dk"
NOON = datetime(2021, 1, 28, 11, tzinfo=UTC)


def a_mail(to: str) -> EmailMessage:
    about = LinkMail("Aalborg Kommune", "Trivsel", "https://x.dk/del/a", NOON, False, ".\n..\nHej")
    return written(about, SENDER, to, NOON, ZoneInfo("Europe/Copenhagen"))


def server_at(port: int, *, user: str = "", password: str = "") -> MailServer:
    return MailServer("127.0.0.1", port, SENDER, user=user, password=password)


async def test_every_address_gets_a_mail_of_its_own() -> None:
    async with a_postbox(Postbox()) as box, server_at(box.port).opened() as line:
        for to in ("a@skole.dk", "b@skole.dk"):
            assert await line.hand_in(a_mail(to), to) == "sent"
    assert [letter.to for letter in box.letters] == [("a@skole.dk",), ("b@skole.dk",)]
    assert [letter.message["To"] for letter in box.letters] == ["a@skole.dk", "b@skole.dk"]
    assert {letter.sender for letter in box.letters} == {SENDER}
    assert "b@skole.dk" not in box.letters[0].message.as_string()
    ids = {letter.message["Message-ID"] for letter in box.letters}
    assert len(ids) == 2
    assert all(id.endswith("@kl.dk>") for id in ids)
    assert box.letters[0].message.get_content().startswith(".\r\n..\r\nHej\r\n\r\nAalborg")
    assert box.connections == 1


async def test_an_address_that_is_not_taken_keeps_no_other_from_its_mail() -> None:
    box = Postbox(refused=frozenset({"a@skole.dk"}), later=frozenset({"b@skole.dk"}))
    async with a_postbox(box), server_at(box.port).opened() as line:
        told = [await line.hand_in(a_mail(to), to) for to in ("a@skole.dk", "b@skole.dk", "c@k.dk")]
    assert told == ["refused", "later", "sent"]
    assert [letter.to for letter in box.letters] == [("c@k.dk",)]


async def test_a_server_that_hangs_up_in_between_is_called_again() -> None:
    box = Postbox(hangs_up_after=2)
    async with a_postbox(box), server_at(box.port).opened() as line:
        told = [await line.hand_in(a_mail(f"{n}@k.dk"), f"{n}@k.dk") for n in range(5)]
    assert told == ["sent"] * 5
    assert len(box.letters) == 5
    assert box.connections == 3


async def test_a_server_that_is_gone_takes_mail_later() -> None:
    async with a_postbox(Postbox(hangs_up_after=1)) as box:
        stack = server_at(box.port).opened()
        line = await stack.__aenter__()
        assert await line.hand_in(a_mail("a@k.dk"), "a@k.dk") == "sent"
    assert await line.hand_in(a_mail("b@k.dk"), "b@k.dk") == "later"
    await stack.__aexit__(None, None, None)


async def test_a_server_that_wants_a_password_gets_it_and_one_that_does_not_know_us_is_down() -> (
    None
):
    async with a_postbox(Postbox(login=("kl", "hemmelig:/@"))) as box:
        async with server_at(box.port, user="kl", password="hemmelig:/@").opened() as line:
            assert await line.hand_in(a_mail("a@k.dk"), "a@k.dk") == "sent"
        with pytest.raises(Refused) as refused:
            async with server_at(box.port, user="kl", password="forkert").opened():
                pass
    assert refused.value.code == "mail_down"
    assert "forkert" not in refused.value.detail


async def test_a_server_that_does_not_answer_is_down() -> None:
    with pytest.raises(Refused, match="ConnectionRefusedError"):
        async with server_at(a_free_port()).opened():
            pass


async def test_a_server_elsewhere_is_spoken_to_on_an_encrypted_line_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.mailing.LOOPBACK", frozenset[str]())
    async with a_postbox(Postbox()) as box:
        with pytest.raises(Refused, match="SMTPNotSupportedError"):
            async with server_at(box.port).opened():
                pass
    assert box.letters == []


def test_the_settings_name_the_server_with_its_usual_ports() -> None:
    def of(url: str) -> MailServer | None:
        return MailServer.of(Settings(smtp_url=url, mail_from=SENDER))

    assert MailServer.of(Settings()) is None
    assert of("smtp://post.kl.dk") == MailServer("post.kl.dk", 587, SENDER)
    assert of("smtps://post.kl.dk") == MailServer("post.kl.dk", 465, SENDER, secure=True)
    told = of("smtp://kl:p%40ss@post.kl.dk:2525")
    assert told == MailServer("post.kl.dk", 2525, SENDER, user="kl", password="p@ss")
    assert "p@ss" not in repr(told)


@pytest.mark.parametrize(
    ("url", "sender"),
    [("http://post.kl.dk", SENDER), ("smtp://", SENDER), ("smtp://post.kl.dk", "")],
)
def test_a_mail_server_needs_an_address_and_a_sender(url: str, sender: str) -> None:
    with pytest.raises(ValidationError, match=r"smtp_url|mail_from"):
        Settings(smtp_url=url, mail_from=sender)
