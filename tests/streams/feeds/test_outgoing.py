"""What a foreigner's URL may make us do, and what not; the canary on loopback must stay silent."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from streams.errors import Refused
from streams.feeds import outgoing
from streams.feeds.outgoing import LONGEST_URL, Limit, Outgoing, Pinned, target_of
from tests.streams.hostile_origin import Origin, an_origin, answer, endless

SMALL = Limit(64 * 1024, 5.0)
HASTY = Limit(64 * 1024, 0.5)


@pytest.fixture
async def canary() -> AsyncIterator[Origin]:
    async with an_origin() as origin:
        yield origin
        assert origin.connections == 0, "somebody made us speak to loopback"


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with an_origin() as origin:
        yield origin


async def code_of(url: str, limit: Limit = SMALL, intranet: str | None = None) -> str:
    """The code of a refusal, or `fetched`."""
    client = Outgoing(intranet)
    try:
        await client.fetch(url, limit)
    except Refused as refused:
        return refused.code
    finally:
        await client.close()
    return "fetched"


SPELLINGS = """
    127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 0 0.0.0.0
    localhost LOCALHOST localhost. [::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1]
    [::127.0.0.1] ①②⑦.⓪.⓪.① 127。0。0。1 １２７.0.0.1 [64:ff9b::7f00:1] [2002:7f00:1::] [fe80::1]
    169.254.169.254 10.0.0.1 192.168.1.1 100.100.100.200 [fd00:ec2::254] 168.63.129.16
"""


@pytest.mark.parametrize("host", SPELLINGS.split())
async def test_no_spelling_of_an_inner_address_is_followed(
    host: str, canary: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The port is let through, so that the address alone stands between us and the canary."""
    monkeypatch.setattr(outgoing, "PORTS", {canary.port})
    code = await code_of(f"https://{host}:{canary.port}/")
    assert code in ("private_address", "unresolved")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.dk/", "bad_scheme"),
        ("file:///etc/passwd", "bad_scheme"),
        ("concat:a|b", "bad_scheme"),
        ("subfile,,start,0,end,9,,:/etc/passwd", "bad_scheme"),
        ("data:text/plain,hej", "bad_scheme"),
        ("ftp://example.dk/", "bad_scheme"),
        ("rtmp://example.dk/", "bad_scheme"),
        ("//example.dk/", "bad_scheme"),
        ("", "bad_scheme"),
        ("https://", "bad_url"),
        ("https:///x", "bad_url"),
        ("https://name@example.dk/", "bad_url"),
        ("https://name:word@example.dk/", "bad_url"),
        ("https://127.0.0.1\\@example.dk/", "bad_url"),
        ("https://example.dk/\r\nHost: inner", "bad_url"),
        ("https://exa mple.dk/", "bad_url"),
        ("https://example.dk:99999/", "bad_url"),
        ("https://example.dk:x/", "bad_url"),
        ("https://[::1/", "bad_url"),
        ("https://[fe80::1%25eth0]/", "bad_url"),
        ("https://a" + ".dk" * LONGEST_URL, "bad_url"),
        ("https://" + "a" * 70 + ".dk/", "bad_url"),
        ("https://example.dk:22/", "bad_port"),
        ("https://example.dk:8443/", "bad_port"),
        ("https://example.dk:6379/", "bad_port"),
    ],
)
async def test_urls_that_are_no_public_https_are_not_followed(url: str, code: str) -> None:
    assert await code_of(url) == code


async def test_the_excepted_host_is_this_host_and_this_port_alone(
    origin: Origin, canary: Origin
) -> None:
    origin.put("/x", b"hej")
    assert await code_of(origin.base + "/x", intranet=origin.place) == "fetched"
    assert await code_of(canary.base + "/x", intranet=origin.place) == "bad_scheme"
    assert await code_of(f"http://localhost:{origin.port}/x", intranet=origin.place) == "bad_scheme"


class Recording(httpcore.AsyncMockBackend):
    """Notes where it is told to connect, and does not."""

    def __init__(self) -> None:
        super().__init__([])
        self.connected: list[str] = []

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.connected.append(host)
        raise httpcore.ConnectError


async def test_a_name_whose_answer_changes_is_asked_once_and_that_address_is_used() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    pinned = Pinned(resolve, None)
    pinned._inner = inner = Recording()  # type: ignore[assignment]
    with pytest.raises(httpcore.ConnectError):
        await pinned.connect_tcp("changing.example", 443)
    assert (asked, inner.connected) == (["changing.example"], ["93.184.216.34"])
    with pytest.raises(Refused) as refused:
        await pinned.connect_tcp("changing.example", 443)
    assert refused.value.code == "private_address"
    assert inner.connected == ["93.184.216.34"]


async def test_one_forbidden_address_among_public_ones_is_enough() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    with pytest.raises(Refused) as refused:
        await Pinned(resolve, None).connect_tcp("mixed.example", 443)
    assert refused.value.facts == {"why": "private"}


async def test_a_name_without_an_answer_is_unresolved() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return []

    with pytest.raises(Refused, match="exists"):
        await Pinned(resolve, None).connect_tcp("none.example", 443)


async def test_redirects_are_looked_at_again_and_three_are_the_most(
    origin: Origin, canary: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "PORTS", {canary.port})
    origin.put("/end", b"hej")
    for number in range(6):
        origin.send_to(f"/{number}", f"/{number - 1}" if number else "/end")
    place = origin.place
    assert await code_of(origin.base + "/2", intranet=place) == "fetched"
    assert await code_of(origin.base + "/3", intranet=place) == "too_many_redirects"
    origin.send_to("/round", "/round")
    assert await code_of(origin.base + "/round", intranet=place) == "too_many_redirects"
    for status in ("301 Moved", "303 See Other", "307 Temporary", "308 Permanent"):
        origin.send_to("/inner", f"https://localhost:{canary.port}/", status)
        assert await code_of(origin.base + "/inner", intranet=place) == "private_address"
    origin.send_to("/plain", canary.base)
    assert await code_of(origin.base + "/plain", intranet=place) == "bad_scheme"
    origin.send_to("/file", "file:///etc/passwd")
    assert await code_of(origin.base + "/file", intranet=place) == "bad_scheme"


async def test_nothing_is_told_about_us_and_nothing_is_kept(origin: Origin) -> None:
    origin.answers["/a"] = answer(b"hej", Set_Cookie="who=me")
    client = Outgoing(origin.place)
    for _ in range(2):
        await client.fetch(origin.base + "/a", SMALL)
    await client.close()
    names = {
        line.split(b":")[0].lower()
        for head in origin.headers
        for line in head.split(b"\r\n")[1:]
        if line
    }
    assert names == {b"host", b"user-agent", b"accept", b"accept-encoding"}


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TEN_GB = b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n"
UNSTATED = b"HTTP/1.0 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("told", "limit", "code"),
    [
        (endless(TEN_GB, b"x" * 65_536), SMALL, "too_large"),
        (endless(UNSTATED, b"x" * 65_536), SMALL, "too_large"),
        (endless(CHUNKED, b"4000\r\n" + b"x" * 0x4000 + b"\r\n"), SMALL, "too_large"),
        (endless(CHUNKED, b"1\r\nx\r\n", 0.05), HASTY, "too_slow"),
        (endless(CHUNKED, b"", 0.05), HASTY, "too_slow"),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 1000), SMALL, "unreachable"),
        (endless(b"HTTP/1.1 ", b"1" * 65_536), SMALL, "unreachable"),
        (answer(gzip.compress(bytes(10_000_000)), Content_Encoding="gzip"), SMALL, "packed"),
        (answer(b"x" * 70_000), SMALL, "too_large"),
        (answer(b"", "404 Not Found"), SMALL, "not_found"),
        (answer(b"", "503 Busy"), SMALL, "bad_status"),
        (answer(b"", "206 Partial"), SMALL, "bad_status"),
        (b"nonsense\r\n\r\n", SMALL, "unreachable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n", SMALL, "unreachable"),
        (CHUNKED + b"zz\r\n", SMALL, "unreachable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", SMALL, "unreachable"),
        (answer(b"", "302 Found", Location="https://[nowhere"), SMALL, "bad_url"),
    ],
)
async def test_what_comes_is_bounded_in_size_and_time(
    origin: Origin, told: Any, limit: Limit, code: str
) -> None:
    origin.answers["/x"] = told
    assert await code_of(origin.base + "/x", limit, origin.place) == code


async def test_a_connection_that_is_refused_or_closed_is_unreachable(origin: Origin) -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    origin.answers["/x"] = hang_up
    assert await code_of(origin.base + "/x", intranet=origin.place) == "unreachable"
    assert await code_of("http://127.0.0.1:1/x", intranet="127.0.0.1:1") == "unreachable"


def a_certificate(folder: Path, address: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an origin")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "origin.pem"
    file.write_bytes(
        made.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.mark.parametrize(
    ("named", "trusted", "code"),
    [("127.0.0.1", True, "fetched"), ("127.0.0.2", True, "unreachable"),
     ("127.0.0.1", False, "unreachable")],
)  # fmt: skip
async def test_tls_proves_the_name(tmp_path: Path, named: str, trusted: bool, code: str) -> None:
    file = a_certificate(tmp_path, named)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(file)
    trust = ssl.create_default_context()
    if trusted:
        trust.load_verify_locations(file)
    async with an_origin(serving) as origin:
        origin.put("/x", b"hej")
        client = Outgoing(origin.place, trust=trust)
        try:
            await client.fetch(f"https://{origin.place}/x", SMALL)
            came = "fetched"
        except Refused as refused:
            came = refused.code
        finally:
            await client.close()
    assert came == code


def test_a_target_has_one_spelling() -> None:
    assert target_of("https://EXAMPLE.dk/a?b#c").url == "https://example.dk:443/a?b"
    assert target_of("https://blåbær.dk/").host == "xn--blbr-roah.dk"
    assert target_of("https://example.dk/å%20?c=ø").path == "/%C3%A5%20?c=%C3%B8"
    assert target_of("https://[2606:4700::1]/").url == "https://[2606:4700::1]:443/"
