"""Whatever comes in over HTTP, a clear code goes out; nothing is lost and nothing breaks.

One server meets all of it, one after the other, and has no traceback in its log at the end.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import raw_requests
from tests.journeys.running_demo import Demo, Visitor, a_demo, unhurried
from tests.streams.webrtc.test_offers import an_offer

pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]

_ids = itertools.count()
TRICKS = (
    b"..", b"../../../../etc/passwd", b"..%2f..%2f..%2f..%2fetc%2fpasswd", b"%2e%2e",
    b"%2e%2e/%2e%2e/%2e%2e/etc/passwd", b"%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    b"%252e%252e%252f%252e%252e%252fetc%252fpasswd", b"..%5c..%5c..%5cetc%5cpasswd",
    b"..\\..\\..\\etc\\passwd", b"%c0%ae%c0%ae%c0%afetc%c0%afpasswd", b"%e0%80%ae%e0%80%ae%2fetc",
    b"%uff0e%uff0e%2fetc", b"%ef%bc%8e%ef%bc%8e%ef%bc%8fetc", b"....//....//etc/passwd",
    b"/etc/passwd", b"%2fetc%2fpasswd", b"//etc/passwd", b"file:%2f%2f%2fetc%2fpasswd",
    b"%5c%5clocalhost%5cc$%5cwin.ini", b"c:%5cwin.ini", b"%00", b"01%00", b"01%00.m4s", b"%0a",
    b"%0d%0aSet-Cookie:%20x=1", b"%20", b"%7f", b"%ff%fe", b"~root", b".%00.", b"..;/", b"...",
    b"topmoede.db", b"..%2f..%2ftopmoede.db", b"..%2f..%2fsource-keys.json", b"%F0%9F%92%A9",
    b"a" * 5000, b"-1", b"99999999999999999999", b"0x1", b"1e9", b"%d9%a1", b"{item}", b"$(id)",
    b"'%20OR%201=1--", b"<script>alert(1)</script>", b"%", b"%zz", b"*", b"con", b"nul.m4s",
)  # fmt: skip
PARAMETERS = (
    "/hls/{}/index.m3u8", "/hls/main/{}.m3u8", "/hls/{}/video.m3u8", "/replay/{}/index.m3u8",
    "/replay/01/{}/video.m3u8", "/replay/01/1/{}.m3u8", "/media/{}/kl-huset/1/video/0.m4s",
    "/media/main/{}/1/video/0.m4s", "/media/main/kl-huset/{}/video/0.m4s",
    "/media/main/kl-huset/1/{}/0.m4s", "/media/main/kl-huset/1/video/{}",
    "/api/sources/{}.jpg", "/captions/{}.vtt", "/api/enter/{}", "/enter/{}", "/assets/{}",
    "/static/{}", "/{}", "/api/{}",
)  # fmt: skip
SECRETS = (b"root:x:", b"SQLite format", b"[project]", b'"kl-huset": "')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with a_demo(tmp_path_factory.mktemp("day"), *unhurried("09.08")) as running:
        yield running
        assert running.traces() == []
        assert running.process is not None
        assert running.process.returncode is None


async def cookie_of(visitor: Visitor) -> bytes:
    pairs = (f"{name}={value}" for name, value in visitor.http.cookies.items())
    return b"Cookie: " + "; ".join(pairs).encode()


# --- commands over HTTP ---


async def posted(visitor: Visitor, name: str, body: bytes, **headers: str) -> tuple[int, str]:
    key = {"Idempotency-Key": f"key-{next(_ids)}"}
    answer = await visitor.http.post(f"/api/commands/{name}", content=body, headers=key | headers)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


HOLD = b'{"topic":"show","data":{}}'


async def test_a_command_that_cannot_be_read_is_refused_with_a_code(demo: Demo) -> None:
    ida = await demo.sign_in("moderator")
    before = (await ida.http.get("/api/show")).json()
    for body, expected in (
        (b"", (400, "bad_request")),
        (b"hold", (400, "bad_request")),
        (b"\xff\xfe\x00", (400, "bad_request")),
        (b"[]", (400, "bad_request")),
        (b"null", (400, "bad_request")),
        (b'{"topic":"show"', (400, "bad_request")),
        (b'{"data":{}}', (400, "bad_request")),
        (b'{"topic":7,"data":{}}', (400, "bad_request")),
        (b'{"topic":"show","data":[]}', (400, "bad_request")),
        (b'{"topic":"show","data":null}', (400, "bad_request")),
        (b"[" * 60_000, (400, "bad_request")),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, (400, "bad_request")),
        (b'{"topic":"show","data":{"n":NaN}}', (400, "bad_request")),
        (b'{"topic":"show","data":{"role":"moderator"}}', (400, "bad_data")),
        (b'{"topic":"show","data":{"is_admin":true}}', (400, "bad_data")),
        (b'{"topic":"","data":{}}', (404, "not_found")),
        (b'{"topic":"show:","data":{}}', (404, "not_found")),
        (b'{"topic":"\\u0000","data":{}}', (404, "not_found")),
        (b'{"topic":"committee","data":{}}', (400, "unknown_command")),
        (b" " * 70_000, (413, "too_large")),
    ):
        assert await posted(ida, "hold", body) == expected, body[:60]
    assert await posted(ida, "no-such", HOLD) == (400, "unknown_command")
    assert await posted(ida, "%00", HOLD) == (400, "unknown_command")
    assert await posted(ida, "a" * 3000, HOLD) == (400, "unknown_command")
    after = (await ida.http.get("/api/show")).json()
    assert after["state"] == before["state"] == "running"


async def test_a_command_needs_a_key_and_a_page_of_ours(demo: Demo) -> None:
    ida = await demo.sign_in("moderator")
    for key in ("", "k" * 200):
        refused = await posted(ida, "hold", HOLD, **{"Idempotency-Key": key})
        assert refused == (400, "bad_request"), key
    for origin in ("https://evil.example", "null", f"{demo.base}.evil.example", "http://[::1"):
        assert await posted(ida, "hold", HOLD, Origin=origin) == (403, "foreign_origin"), origin
    assert await posted(ida, "hold", HOLD, **{"Sec-Fetch-Site": "cross-site"}) == (
        403,
        "foreign_origin",
    )
    async with demo.stranger() as stranger:
        for headers in ({}, {"Cookie": "topmoede=1"}, {"Authorization": "Bearer '--"}):
            answer = await stranger.post("/api/commands/hold", content=HOLD, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_the_same_key_with_another_body_is_refused(demo: Demo) -> None:
    ida = await demo.sign_in("moderator")
    key = {"Idempotency-Key": "once"}
    said = {"topic": "show", "data": {"text": "Én gang"}}
    first = await ida.http.post("/api/commands/announce", json=said, headers=key)
    again = await ida.http.post("/api/commands/announce", json=said, headers=key)
    assert (first.status_code, first.json()) == (200, again.json())
    other = b'{"topic":"show","data":{"text":"Noget andet"}}'
    assert await posted(ida, "announce", other, **key) == (409, "id_reused")


# --- cues ---


async def test_a_cue_that_does_not_fit_the_day_is_refused_and_moves_nothing(demo: Demo) -> None:
    ida = await demo.sign_in("moderator")
    (joined,) = await ida.open("show")
    now, head = joined["snapshot"]["now"], joined["head"]
    assert now == "11"
    past, never = "2021-01-28T07:00:00Z", "2021-01-28T07:00:00"
    for name, data, code in (
        ("take", {"item": "absent", "after": now}, "unknown_item"),
        ("take", {"item": "", "after": now}, "unknown_item"),
        ("take", {"item": now, "after": now}, "already_on_air"),
        ("take", {"item": "12", "after": "01"}, "stale"),
        ("take", {"item": "12"}, "stale"),
        ("take", {"item": "tema-1", "after": now}, "parent_not_on_air"),
        ("next", {"after": "10"}, "stale"),
        ("next", {}, "stale"),
        ("skip", {"item": "12"}, "stale"),
        ("back", {"from": "12"}, "stale"),
        ("end_item", {"item": "absent"}, "unknown_item"),
        ("end_item", {"item": "14"}, "not_on_air"),
        ("extend", {"item": "absent", "minutes": 1}, "unknown_item"),
        ("extend", {"item": now, "minutes": 0}, "bad_minutes"),
        ("extend", {"item": now, "minutes": -5}, "bad_minutes"),
        ("extend", {"item": now, "minutes": 1e300}, "number_too_large"),
        ("extend", {"item": now, "minutes": 1e9}, "bad_minutes"),
        ("extend", {"item": now, "minutes": "5"}, "bad_data"),
        ("extend", {"item": now}, "bad_data"),
        ("trim", {"item": now, "end": past}, "bad_time"),
        ("trim", {"item": now, "end": never}, "bad_data"),
        ("trim", {"item": now, "end": "i morgen"}, "bad_data"),
        ("move", {"item": now, "start": past}, "already_begun"),
        ("set_mode", {"mode": "manuel"}, "bad_mode"),
        ("announce", {"text": ""}, "bad_text"),
        ("announce", {"text": "x", "role": "moderator"}, "bad_data"),
        ("start_over", {"start": past}, "not_found"),
        ("reckon", {}, "not_found"),
        ("fly", {}, "unknown_command"),
    ):
        refused = await ida.do("show", name, **data)
        assert (refused["op"], refused.get("code")) == ("refused", code), (name, data, refused)
    (again,) = await (await demo.sign_in("aalborg")).open("show")
    assert (again["head"], again["snapshot"]["now"]) == (head, now)


async def test_the_same_cue_twice_moves_the_day_once(demo: Demo) -> None:
    ida = await demo.sign_in("moderator")
    await ida.open("show")
    cue = {"op": "do", "topic": "show", "name": "next", "data": {"after": "11"}}
    for id in ("cue-1", "cue-1", "cue-2"):
        await ida.say(cue | {"id": id})
    first, again, late = [await ida.hear_that(lambda f: "id" in f) for _ in range(3)]
    assert first == again
    assert (late["code"], late["now"]) == ("stale", "12")


# --- the socket ---


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('{"op":"fly"}', "unknown_op"),
        ('{"op":7}', "missing_field"),
        ("{}", "missing_field"),
        ('{"op":"join"}', "missing_field"),
        ('{"op":"join","topic":[]}', "wrong_type"),
        ('{"op":"do","id":"","topic":"show","name":"hold"}', "missing_field"),
        ('{"op":"do","id":"a","topic":"show","name":"hold","data":[]}', "wrong_type"),
        ('{"op":"do","id":"a","topic":"show","name":"hold","data":{"n":NaN}}', "not_a_number"),
        ('{"op":"do","id":"a","topic":"nowhere","name":"hold","data":{}}', "not_found"),
        ('{"op":"history","id":"a","topic":"room:aarhus","before":5,"limit":5}', "not_found"),
        ('{"op":"ping","op":"ping"}', "duplicate_key"),
        ('{"op":"do","id":"' + "x" * 500 + '","topic":"show","name":"hold"}', "too_long"),
        ('{"op":"hello","v":1,"topics":[]}', None),
    ],
)  # fmt: skip
async def test_an_object_that_is_wrong_is_refused_and_the_line_stays(
    demo: Demo, said: str, code: str | None
) -> None:
    mette = await demo.sign_in("aalborg")
    await mette.open("show")
    assert mette.socket is not None
    await mette.socket.send(said)
    refused = await mette.hear("refused")
    assert code is None or refused["code"] == code
    await mette.say({"op": "ping"})
    assert (await mette.hear("pong"))["op"] == "pong"


@pytest.mark.parametrize("said", ["", "hej", "[1]", "7", b"\xff\xff", '{"op":"ping"}\nx', "{" * 99])
async def test_what_cannot_be_read_closes_the_line(demo: Demo, said: str | bytes) -> None:
    mette = await demo.sign_in("aalborg")
    await mette.open("show")
    assert mette.socket is not None
    await mette.socket.send(said)
    async with asyncio.timeout(20):
        await mette.socket.wait_closed()
    assert mette.socket.close_code == 4502


async def test_a_frame_beyond_measure_closes_the_line(demo: Demo) -> None:
    mette = await demo.sign_in("aalborg")
    await mette.open("show")
    assert mette.socket is not None
    await mette.socket.send("x" * 100_000)
    async with asyncio.timeout(20):
        await mette.socket.wait_closed()
    assert mette.socket.close_code == 1009


# --- WHIP ---


async def test_an_offer_that_cannot_be_taken_is_refused_with_a_code(demo: Demo) -> None:
    source = demo.links["sources"]["kl-huset"]
    good = {"Authorization": f"Bearer {source['key']}", "Content-Type": "application/sdp"}
    async with demo.stranger() as camera:
        for path, headers, body, status, code in (
            ("/whip/kl-huset", {"Content-Type": "application/sdp"}, an_offer(), 401, "no_key"),
            ("/whip/kl-huset", good | {"Authorization": "Bearer x"}, an_offer(), 403, "wrong_key"),
            ("/whip/aarhus", good, an_offer(), 404, "unknown_source"),
            ("/whip/kl-huset", good, an_offer(video="VP8/90000"), 422, "no_h264"),
            ("/whip/kl-huset", good, an_offer(audio="PCMU/8000"), 422, "no_opus"),
            ("/whip/kl-huset", good, an_offer(direction="recvonly"), 422, "not_sending"),
            ("/whip/kl-huset", good, "", 400, "bad_offer"),
            ("/whip/kl-huset", good, "v=0\r\n" * 400, 400, "bad_offer"),
            ("/whip/kl-huset", good, "\x00\xff<html>", 400, "bad_offer"),
            ("/whip/kl-huset", good, "x" * 90_000, 413, "too_large"),
            ("/whip/kl-huset", good | {"Content-Type": "text/html"}, an_offer(), 415, None),
        ):
            answer = await camera.post(path, headers=headers, content=body)
            assert answer.status_code == status, (path, body[:40], answer.text)
            assert code is None or answer.json()["code"] == code, answer.text
        for method in ("PATCH", "DELETE"):
            answer = await camera.request(method, "/whip/kl-huset/nothing", headers=good)
            assert answer.status_code in (404, 415), (method, answer.text)


# --- addresses ---


async def test_no_name_in_an_address_leads_out_of_the_house(demo: Demo) -> None:
    ida = await demo.sign_in("moderator")
    cookie = await cookie_of(ida)
    for address in PARAMETERS:
        for trick in TRICKS:
            target = address.encode().replace(b"{}", trick)
            answer = await raw_requests.ask(demo.port, raw_requests.get(target, cookie))
            assert 200 <= answer.status < 500, (target[:200], answer.status)
            assert not any(secret in answer.body for secret in SECRETS), target[:200]


async def test_a_request_that_is_none_is_refused(demo: Demo) -> None:
    for request in (
        b"hej\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /watch HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /logout HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        raw_requests.get(b"/watch?" + b"y" * 200_000),
        raw_requests.get(b"/api/me", b"Cookie: topmoede=" + b"y" * 200_000),
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ):
        answer = await raw_requests.ask(demo.port, request)
        assert answer.status in (0, 200, 400, 401, 404, 414, 431), (request[:60], answer)


async def test_the_name_of_the_host_decides_nothing(demo: Demo) -> None:
    for host in (b"evil.example", b"", b"127.0.0.1:1", b"[::1", b"a" * 300, b"x/../y"):
        answer = await raw_requests.ask(demo.port, raw_requests.get(b"/", host=host))
        assert answer.status in (307, 400), (host, answer.status)
        assert b"evil.example" not in answer.body
        answer = await raw_requests.ask(demo.port, raw_requests.get(b"/api/me", host=host))
        assert answer.status in (400, 401), (host, answer.status)


async def test_directives_of_a_playlist_that_make_no_sense_are_refused(demo: Demo) -> None:
    mette = await demo.sign_in("aalborg")
    for query in (
        "_HLS_msn=x", "_HLS_msn=-1", "_HLS_msn=99999999", "_HLS_part=1", "_HLS_msn=1&_HLS_part=x",
        "_HLS_msn=" + "9" * 400, "_HLS_msn=1&_HLS_msn=2", "_HLS_msn=", "_HLS_msn=%00",
    ):  # fmt: skip
        answer = await mette.http.get(f"/hls/main/video.m3u8?{query}")
        assert answer.status_code in (200, 400, 404, 503), (query, answer.status_code)


@pytest.mark.patient
@pytest.mark.timeout(900)
async def test_a_fuzzer_with_the_description_in_hand_finds_no_fault(
    demo: Demo, tmp_path: Path
) -> None:
    ida = await demo.sign_in("moderator")
    cookie = (await cookie_of(ida)).decode()
    fuzzer = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "schemathesis"), "run",
        f"{demo.base}/api/openapi.json", "-H", cookie, "--checks", "not_a_server_error",
        "--phases", "coverage,fuzzing", "-n", "3", "--seed", "2021", "--request-timeout", "10",
        "--suppress-health-check", "all",
        # The first never ends, the second would sign the fuzzer out.
        "--exclude-path", "/rt/events", "--exclude-path", "/logout",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await fuzzer.communicate()
    assert fuzzer.returncode == 0, said.decode()[-4000:]
