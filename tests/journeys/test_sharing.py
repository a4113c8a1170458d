"""A municipality passes an item on: whoever has the link sees it, without a name, until it ends."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.journeys.running_demo import Demo, a_demo
from tests.server.smtp_server import Postbox, a_postbox

pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]

LIVE = "01"
FILM = "tema-1"
_ids = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def post() -> AsyncIterator[Postbox]:
    async with a_postbox(Postbox(refused=frozenset({"ukendt@skole.dk"}))) as box:
        yield box


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory, post: Postbox) -> AsyncIterator[Demo]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TOPMOEDE_SMTP_URL", f"smtp://127.0.0.1:{post.port}")
        environment.setenv("TOPMOEDE_MAIL_FROM", "topmoede@kl.dk")
        async with a_demo(
            tmp_path_factory.mktemp("day"),
            *("--programme", "schedule/topmoede_2021.toml", "--at", "09.02"),
        ) as running:
            yield running
            assert running.traces() == []


@pytest_asyncio.fixture(loop_scope="module")
async def stranger(demo: Demo) -> AsyncIterator[httpx.AsyncClient]:
    async with demo.stranger() as http:
        yield http


async def ask(http: httpx.AsyncClient, topic: str, name: str, **data: Any) -> httpx.Response:
    return await http.post(
        f"/api/commands/{name}",
        json={"topic": topic, "data": data},
        headers={"Idempotency-Key": f"ask-{next(_ids)}"},
    )


async def done(http: httpx.AsyncClient, topic: str, name: str, **data: Any) -> None:
    answer = await ask(http, topic, name, **data)
    assert answer.status_code == 200, answer.text


async def a_link(demo: Demo, key: str = "aalborg-host", **fields: Any) -> tuple[str, str]:
    """The id and the path of a new link to the live item and a film that is not open yet."""
    http = (await demo.sign_in(key)).http
    slug = key.removesuffix("-host").replace("staff", "aalborg")
    known = set((await http.get("/api/shares")).json())
    share = {"title": "Til skolerne", "items": [LIVE, FILM], "institution": "school"}
    await done(http, f"shares:{slug}", "make_share", **(share | fields))
    addresses = (await http.get("/api/shares")).json()
    (id,) = addresses.keys() - known
    assert addresses[id].startswith(f"{demo.base}/del/{slug}-")
    return id, addresses[id].removeprefix(demo.base)


def told_at(path: str) -> str:
    return path.replace("/del/", "/api/shared/")


async def passed_on(demo: Demo) -> None:
    """The secretariat lets share links show what is on air, once it is."""
    secretariat = await demo.sign_in("secretariat")
    await done(secretariat.http, "library", "open_now", item=LIVE, audience="link")
    index = f"/replay/{LIVE}/index.m3u8"
    replay = await secretariat.get_until(index, lambda a: a.status_code == 200)
    lane = next(line for line in replay.text.splitlines() if "video.m3u8" in line)
    await secretariat.get_until(f"/replay/{LIVE}/{lane}", lambda a: "/media/" in a.text)


async def test_a_link_opens_what_it_was_made_for_and_nothing_else(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    await passed_on(demo)
    _, path = await a_link(demo, "staff")
    opened = (await stranger.get(told_at(path))).json()
    assert opened["title"] == "Til skolerne"
    assert opened["municipality"] == "Aalborg Kommune"
    states = {item["item"]: item["state"] for item in opened["items"]}
    assert states == {LIVE: "open", FILM: "locked"}
    query = {"pass": opened["pass"]}
    replay = await stranger.get(f"/replay/{LIVE}/index.m3u8", params=query)
    assert replay.status_code == 200
    lane = next(line for line in replay.text.splitlines() if "video.m3u8" in line)
    playlist = await stranger.get(f"/replay/{LIVE}/{lane}")
    segment = next(line for line in playlist.text.splitlines() if line.startswith("/media/"))
    assert f"?pass={opened['pass']}" in segment
    assert (await stranger.get(segment)).status_code == 200
    assert (await stranger.get(segment.partition("?")[0])).status_code == 401
    secretariat = await demo.sign_in("secretariat")
    said = "WEBVTT\n\n00:01.000 --> 00:02.000\nHej\n"
    put = await secretariat.http.put(f"/api/captions/{LIVE}/da", content=said)
    assert put.status_code == 200, put.text
    seen, locked = (await stranger.get(told_at(path), params=query)).json()["items"]
    assert seen["captions"] == ["da"]
    assert seen["captions_version"] != opened["items"][0]["captions_version"]
    assert "captions_version" not in locked
    text = await stranger.get(f"/captions/item/{LIVE}.vtt", params=query)
    assert (text.status_code, "Hej" in text.text) == (200, True)
    elsewhere = {
        f"/captions/item/{FILM}.json": 403,
        f"/replay/{FILM}/index.m3u8": 403,
        "/replay/02/index.m3u8": 404,
        "/hls/main/video.m3u8": 401,
    }
    for address, status in elsewhere.items():
        assert (await stranger.get(address, params=query)).status_code == status, address


async def test_a_film_that_opens_later_is_locked_for_the_link_s_holder(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    _, path = await a_link(demo)
    opened = (await stranger.get(told_at(path))).json()
    locked = await stranger.get(f"/replay/{FILM}/index.m3u8", params={"pass": opened["pass"]})
    assert (locked.status_code, locked.json()["code"]) == (403, "locked")


async def test_a_revoked_link_is_over_with_the_next_request(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    await passed_on(demo)
    id, path = await a_link(demo)
    query = {"pass": (await stranger.get(told_at(path))).json()["pass"]}
    assert (await stranger.get(f"/replay/{LIVE}/index.m3u8", params=query)).status_code == 200
    await done((await demo.sign_in("staff")).http, "shares:aalborg", "revoke_share", share=id)
    assert (await stranger.get(f"/replay/{LIVE}/index.m3u8", params=query)).status_code == 401
    assert (await stranger.get(told_at(path))).status_code == 404


async def test_whatever_is_wrong_with_a_link_is_answered_the_same(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    id, path = await a_link(demo)
    _, other = await a_link(demo, "aarhus-host")
    await done((await demo.sign_in("staff")).http, "shares:aalborg", "revoke_share", share=id)
    stem, seal = told_at(path).rsplit("-", 1)
    mixed = f"{told_at(other).rsplit('-', 1)[0]}-{seal}"
    wrong = (told_at(path), mixed, f"{stem}-{'a' * len(seal)}", "/api/shared/x", f"{stem}-")
    answers = {(await stranger.get(address)).text for address in wrong}
    assert len(answers) == 1
    assert '"not_found"' in answers.pop()


async def test_a_link_with_a_code_tells_nothing_before_it_and_lets_few_be_tried(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    id, path = await a_link(demo, code="kastanje")
    closed = (await stranger.get(told_at(path))).json()
    assert closed["needs_code"] is True
    assert closed.keys().isdisjoint({"items", "pass"})
    wrong = await stranger.post(told_at(path), json={"code": "eg"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_code")
    opened = (await stranger.post(told_at(path), json={"code": " kastanje "})).json()
    assert opened["pass"]
    refused = [await stranger.post(told_at(path), json={"code": str(n)}) for n in range(12)]
    assert refused[-1].json()["code"] == "too_fast"
    host = (await demo.sign_in("aalborg-host")).http
    until = opened["until"]
    await done(
        host, "shares:aalborg", "change_share", share=id, title="Til alle", until=until, code="nyt1"
    )
    stale = await stranger.get(f"/replay/{LIVE}/index.m3u8", params={"pass": opened["pass"]})
    assert stale.status_code == 401


async def test_a_municipality_s_links_are_its_hosts_and_staff_s_alone(demo: Demo) -> None:
    id, _ = await a_link(demo)
    for key in ("aalborg", "aarhus-host", "secretariat", "moderator", "individual"):
        http = (await demo.sign_in(key)).http
        refused = await ask(http, "shares:aalborg", "revoke_share", share=id)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found"), key
        listed = await http.get("/api/shares")
        assert listed.status_code == 404 or id not in listed.text or key == "aarhus-host", key


async def test_visits_are_counted_by_link_and_day_and_never_by_person(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    id, path = await a_link(demo)
    for _ in range(3):
        opened = (await stranger.get(told_at(path))).json()
    for _ in range(4):  # whether the link holds: that is no visit
        await stranger.get(told_at(path), params={"pass": opened["pass"]})
    visitor = await demo.sign_in("aalborg-host")
    (joined,) = await visitor.open("shares:aalborg")
    if joined["snapshot"]["links"][id]["visits"] == {}:
        event = await visitor.hear_that(
            lambda f: f.get("name") == "visits_counted" and f["data"]["share"] == id
        )
        assert event["data"] == {"share": id, "day": "2021-01-28", "visits": 3}
    else:
        assert joined["snapshot"]["links"][id]["visits"] == {"2021-01-28": 3}


async def test_the_address_can_be_printed_as_a_picture(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    _, path = await a_link(demo)
    drawn = await stranger.get(f"{told_at(path)}/qr.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.text.startswith("<svg")


async def test_a_page_asks_whether_its_link_holds_without_telling_the_code_again(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    id, path = await a_link(demo, code="kastanje")
    opened = (await stranger.post(told_at(path), json={"code": "kastanje"})).json()
    query = {"pass": opened["pass"]}
    for _ in range(3):
        again = (await stranger.get(told_at(path), params=query)).json()
        assert again["items"] == opened["items"]
    _, other = await a_link(demo)
    foreign = (await stranger.get(told_at(other))).json()["pass"]
    asked = (await stranger.get(told_at(path), params={"pass": foreign})).json()
    assert asked["needs_code"] is True
    assert "pass" not in asked
    await done((await demo.sign_in("staff")).http, "shares:aalborg", "revoke_share", share=id)
    assert (await stranger.get(told_at(path), params=query)).status_code == 404


async def mail(
    http: httpx.AsyncClient, share: str, addresses: list[str], message: str = ""
) -> httpx.Response:
    body = {"addresses": addresses, "message": message}
    return await http.post(f"/api/shares/{share}/mail", json=body)


def results(answer: httpx.Response) -> dict[str, str]:
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return {line["address"]: line["result"] for line in lines}


async def test_a_link_is_mailed_to_a_list_and_the_addresses_are_kept_nowhere(
    demo: Demo, post: Postbox
) -> None:
    id, path = await a_link(demo, code="kastanje")
    http = (await demo.sign_in("staff")).http
    asked = ["leder@nordskolen.dk", "ukendt@skole.dk", "LEDER@nordskolen.dk", "ikke en adresse"]
    told = results(await mail(http, id, asked, "Se den sammen\r\nBcc: alle@skole.dk"))
    assert told == {
        "leder@nordskolen.dk": "sent",
        "ukendt@skole.dk": "refused",
        "ikke en adresse": "no_address",
    }
    (letter,) = post.letters
    assert letter.to == ("leder@nordskolen.dk",)
    text = letter.message.get_content()
    assert f"{demo.base}{path}" in text
    assert "kastanje" not in text
    assert letter.message["Bcc"] is None
    assert "nordskolen" not in demo.log()
    kept = [each for each in (demo.folder / "data").rglob("*") if each.is_file()]
    assert kept
    assert [each for each in kept if b"nordskolen" in each.read_bytes()] == []


async def test_only_those_who_look_after_a_link_mail_it(demo: Demo, post: Postbox) -> None:
    id, _ = await a_link(demo)
    before = len(post.letters)
    for key in ("aalborg", "aarhus-host", "secretariat", "moderator", "individual", "committee"):
        http = (await demo.sign_in(key)).http
        refused = await mail(http, "s999" if key == "aarhus-host" else id, ["a@skole.dk"])
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found"), key
    async with demo.stranger() as http:
        assert (await mail(http, id, ["a@skole.dk"])).status_code == 401
    host = (await demo.sign_in("aalborg-host")).http
    foreign = await host.post(
        f"/api/shares/{id}/mail", json={}, headers={"origin": "https://elsewhere.example"}
    )
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    wrong: tuple[tuple[list[str], str], ...] = (
        (["a@k.dk"] * 301, ""),
        ([], ""),
        (["a@k.dk"], "x" * 2001),
    )
    for addresses, message in wrong:
        assert (await mail(host, id, addresses, message)).json()["code"] == "bad_request"
    await done(host, "shares:aalborg", "revoke_share", share=id)
    over = await mail(host, id, ["a@skole.dk"])
    assert (over.status_code, over.json()["code"]) == (409, "share_ended")
    assert len(post.letters) == before


async def test_a_municipality_mails_so_many_and_then_waits(demo: Demo, post: Postbox) -> None:
    id, _ = await a_link(demo, "aarhus-host")
    http = (await demo.sign_in("aarhus-host")).http
    before = len(post.letters)
    told = [
        results(await mail(http, id, [f"{part}-{n}@skole.dk" for n in range(300)]))
        for part in "abc"
    ]
    assert set(told[0].values()) == {"sent"}
    assert "too_many" in told[2].values()
    sent = sum(result == "sent" for part in told for result in part.values())
    assert 600 <= sent < 660
    assert len(post.letters) - before == sent


async def test_a_link_may_be_framed_by_the_municipality_s_own_sites_alone(
    demo: Demo, stranger: httpx.AsyncClient
) -> None:
    id, path = await a_link(demo, "aarhus-host")
    host = (await demo.sign_in("aarhus-host")).http

    async def ancestors(path: str) -> str:
        answer = await stranger.get(path)
        assert "x-frame-options" not in answer.headers
        policy = answer.headers["content-security-policy"]
        (told,) = [each for each in policy.split("; ") if each.startswith("frame-ancestors")]
        return told

    frame, nowhere = f"{path}/indlejret", "frame-ancestors 'none'"
    assert await ancestors(frame) == nowhere
    origins = ["https://intranet.aarhus.dk", "https://aarhus.dk:8443"]
    await done(host, "shares:aarhus", "set_embedding", origins=origins)
    assert await ancestors(frame) == f"frame-ancestors {' '.join(origins)}"
    assert await ancestors(path) == nowhere
    assert await ancestors("/del/aarhus-s1-x/indlejret") == nowhere
    await done(host, "shares:aarhus", "revoke_share", share=id)
    assert await ancestors(frame) == nowhere
