"""Every address, asked for by everybody, against a table written by hand.

What somebody may not fetch answers word for word as what does not exist. Topics and commands are
asked for in `test_who_may_what.py`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from tests.journeys.permission_table import ROLES, let_in
from tests.journeys.running_demo import Demo, a_demo, unhurried
from tests.streams.rtmp_encoder import a_wire_encoder, statuses

STRANGER = "stranger"
ANYBODY = frozenset({STRANGER, *ROLES})
SIGNED_IN = frozenset(ROLES)
BACKSTAGE = frozenset({"moderator", "secretariat"})
OF_AALBORG = frozenset({"aalborg", "aalborg-host", "staff"})
IN_AALBORG = OF_AALBORG | {"individual"}
MUNICIPAL = OF_AALBORG | {"aarhus", "aarhus-host"}
NOBODY = frozenset[str]()
# By the path as it is described: an address of that kind, and who is let in.
ADDRESSES: dict[str, tuple[str, frozenset[str]]] = {
    "/": ("/", ANYBODY),
    "/watch": ("/watch", ANYBODY),
    "/backstage": ("/backstage", ANYBODY),
    "/camera": ("/camera", ANYBODY),
    "/films": ("/films", ANYBODY),
    "/recordings": ("/recordings", ANYBODY),
    "/recordings/{item}": ("/recordings/02", ANYBODY),
    "/adgang": ("/adgang", ANYBODY),
    "/desk": ("/desk", ANYBODY),
    "/screen": ("/screen", ANYBODY),
    "/questions/{item}": ("/questions/18", ANYBODY),
    "/enter/{token}": ("/enter/unknown", ANYBODY),
    "/healthz": ("/healthz", ANYBODY),
    "/readyz": ("/readyz", ANYBODY),
    "/metrics": ("/metrics", ANYBODY),
    "/api/programme.ics": ("/api/programme.ics", ANYBODY),
    "/api/programme.xml": ("/api/programme.xml", ANYBODY),
    "/api/programme.json": ("/api/programme.json", ANYBODY),
    "/api/support": ("/api/support", ANYBODY),
    "/proev": ("/proev", ANYBODY),
    "/proev/taler": ("/proev/taler", ANYBODY),
    "/api/trial/clip/{name}": ("/api/trial/clip/unknown", ANYBODY),
    "/api/trial/bytes": ("/api/trial/bytes", ANYBODY),
    "/api/trial/clock": ("/api/trial/clock", ANYBODY),
    "/api/library": ("/api/library", ANYBODY),
    "/api/library/table": ("/api/library/table", BACKSTAGE),
    "/api/library/{item}/questions": ("/api/library/tema-1/questions", BACKSTAGE),
    "/api/viewings": ("/api/viewings", SIGNED_IN),
    "/api/search": ("/api/search?q=hej", ANYBODY),
    "/bibliotek": ("/bibliotek", ANYBODY),
    "/bibliotek/{item}": ("/bibliotek/01", ANYBODY),
    "/del/{token}": ("/del/unknown", ANYBODY),
    "/api/shares": ("/api/shares", frozenset({"aalborg-host", "aarhus-host", "staff"})),
    "/del/{token}/indlejret": ("/del/unknown/indlejret", ANYBODY),
    "/deling": ("/deling", ANYBODY),
    "/api/shares/mail": ("/api/shares/mail", frozenset({"aalborg-host", "aarhus-host", "staff"})),
    "/api/shared/{token}": ("/api/shared/unknown", ANYBODY),
    "/api/shared/{token}/qr.svg": ("/api/shared/unknown/qr.svg", ANYBODY),
    "/api/me": ("/api/me", SIGNED_IN),
    "/api/municipalities": ("/api/municipalities", SIGNED_IN),
    "/api/show": ("/api/show", SIGNED_IN),
    "/api/programme": ("/api/programme", SIGNED_IN),
    "/api/questions/{item}": ("/api/questions/18", SIGNED_IN),
    "/api/history": ("/api/history?topic=room:aalborg&before=1&limit=9", IN_AALBORG),
    "/api/people": ("/api/people?name=m", MUNICIPAL),
    "/api/people/outside": (
        "/api/people/outside?name=m",
        frozenset({"aalborg-host", "aarhus-host"}),
    ),
    "/api/rooms/{room}/transcript": ("/api/rooms/aalborg/transcript", IN_AALBORG),
    "/api/rooms/{room}/notes": ("/api/rooms/aalborg/notes", IN_AALBORG),
    # Real ones are asked for by every role in test_shared_files.
    "/api/rooms/{room}/files/{file}": ("/api/rooms/aalborg/files/unknown", NOBODY),
    "/api/rooms/{room}/files/{file}/small": ("/api/rooms/aalborg/files/unknown/small", NOBODY),
    "/api/rooms/{room}/search": ("/api/rooms/aalborg/search?q=hej", IN_AALBORG),
    "/hls/{channel}/index.m3u8": ("/hls/source:kl-huset/index.m3u8", BACKSTAGE),
    "/hls/{channel}/{lane}.m3u8": ("/hls/main/video.m3u8", SIGNED_IN),
    "/replay/{item}/index.m3u8": ("/replay/tema-1/index.m3u8", BACKSTAGE),
    "/replay/{item}/{cut}/{lane}.m3u8": ("/replay/tema-1/1/video.m3u8", BACKSTAGE),
    # Of a theme meeting that is locked: its film has a replay for those backstage alone.
    "/replay/{item}/storyboard.json": ("/replay/tema-1/storyboard.json", BACKSTAGE),
    "/replay/{item}/{cut}/storyboard-{sheet}.jpg": (
        "/replay/tema-1/1/storyboard-0.jpg",
        BACKSTAGE,
    ),
    "/replay/{item}/{cut}/captions-{track}.m3u8": (
        "/replay/tema-1/1/captions-da-made.m3u8",
        BACKSTAGE,
    ),
    "/replay/{item}/{cut}/captions-{track}.{number}.vtt": (
        "/replay/tema-1/1/captions-da-made.0.vtt",
        BACKSTAGE,
    ),
    "/replay/{item}/download.json": ("/replay/tema-1/download.json", BACKSTAGE),
    "/replay/{item}/{cut}/recording.mp4": ("/replay/tema-1/1/recording.mp4", BACKSTAGE),
    "/api/recordings/{item}": ("/api/recordings/tema-1", BACKSTAGE),
    "/day/index.m3u8": ("/day/index.m3u8", SIGNED_IN),
    "/day/chapters.json": ("/day/chapters.json", SIGNED_IN),
    "/day/{day}/{lane}.m3u8": ("/day/unknown/video.m3u8", SIGNED_IN),
    "/media/{via}/{source}/{generation}/{lane}/{name}": ("/media/main/x/1/video/0.m4s", NOBODY),
    "/api/sources/{source}.jpg": ("/api/sources/kl-huset.jpg", BACKSTAGE),
    "/replay/{item}/record.html": ("/replay/tema-1/record.html", BACKSTAGE),
    "/replay/{item}/sound.m4a": ("/replay/tema-1/sound.m4a", BACKSTAGE),
    "/feeds/sound.xml": ("/feeds/sound.xml", ANYBODY),
    "/feeds/video.xml": ("/feeds/video.xml", ANYBODY),
    "/archive/edition.zip": ("/archive/edition.zip", frozenset({"secretariat"})),
    "/api/films": ("/api/films", BACKSTAGE),
    "/api/films/{film}.mp4": ("/api/films/tema-1.mp4", BACKSTAGE),
    "/api/uploads/{upload}": ("/api/uploads/unknown", NOBODY),
    "/captions/{film}.vtt": ("/captions/unknown.vtt", NOBODY),
    "/captions/item/{item}.json": ("/captions/item/tema-1.json", BACKSTAGE),
    "/api/library/{item}/documents": ("/api/library/tema-1/documents", BACKSTAGE),
    "/api/library/{item}/documents/{document}": ("/api/library/tema-1/documents/x", BACKSTAGE),
    "/captions/item/{item}.vtt": ("/captions/item/tema-1.vtt", BACKSTAGE),
    "/undertekster": ("/undertekster", ANYBODY),
    "/undertekster/{item}": ("/undertekster/18", ANYBODY),
    "/api/enter/{token}": ("/api/enter/unknown", NOBODY),
}
# They take their time: the socket's fallback is tried elsewhere, the trial's in the browser.
STREAMS = {"/rt/events", "/api/trial/events"}
# Who may watch by WebRTC; whoever may not is answered as if nothing were there.
WATCHED = {"/whep/main": BACKSTAGE, "/whep/source:kl-huset": BACKSTAGE, "/whep/tema-1": BACKSTAGE}
# What the demo tells of to who publishes or steers; a relay's credential is told to nobody else.
RELAY = {"url": "turn:turn.example:443?transport=tcp", "username": "u", "credential": 'a "secret"'}
ICE_SERVERS = ["stun:stun.example", RELAY]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TOPMOEDE_ICE_SERVERS", json.dumps(ICE_SERVERS))
        async with a_demo(tmp_path_factory.mktemp("day"), *unhurried("09.08")) as running:
            await let_in(running)
            yield running
            assert running.traces() == []


async def described(demo: Demo) -> dict[str, set[str]]:
    async with demo.stranger() as http:
        paths = (await http.get("/api/openapi.json")).json()["paths"]
    return {path: {verb.upper() for verb in verbs} for path, verbs in paths.items()}


async def test_every_address_lets_in_whom_the_table_names(demo: Demo) -> None:
    paths = await described(demo)
    addresses = {path for path, verbs in paths.items() if "GET" in verbs} - STREAMS
    assert addresses == ADDRESSES.keys()
    people = {key: (await demo.sign_in(key)).http for key in ROLES}
    async with demo.stranger() as stranger:
        for key, http in {STRANGER: stranger, **people}.items():
            for path, (address, who) in ADDRESSES.items():
                answer = await http.get(address)
                told = (key, address, answer.status_code)
                if key in who:
                    assert answer.status_code in (200, 307, 404), told
                elif key == STRANGER and path != "/api/enter/{token}":
                    assert answer.status_code == 401, told
                else:
                    assert answer.status_code in (403, 404), told
                assert "code" in answer.json() if answer.status_code in (401, 403) else True, told


async def test_an_encoder_publishes_with_its_input_s_key_and_with_nothing_else(demo: Demo) -> None:
    link = demo.links["sources"]["kl-huset"]
    address = urlsplit(link["rtmp"])
    assert (address.scheme, address.path) == ("rtmp", f"/live/{link['key']}")
    assert address.port is not None
    person = (await demo.sign_in("moderator")).http
    tries = {
        link["key"]: "NetStream.Publish.Start",
        "kl-huset": "NetStream.Publish.BadName",
        link["key"][:-1]: "NetStream.Publish.BadName",
        next(iter(person.cookies.values())): "NetStream.Publish.BadName",
    }
    for key, told in tries.items():
        async with a_wire_encoder(address.port) as encoder:
            await encoder.publish(key)
            assert statuses(encoder.said)[-1] == told, key


async def test_watching_by_webrtc_is_open_to_whom_the_table_names(demo: Demo) -> None:
    sdp = {"content-type": "application/sdp"}
    people = {key: (await demo.sign_in(key)).http for key in ROLES}
    async with demo.stranger() as stranger:
        for key, http in {STRANGER: stranger, **people}.items():
            absent = await http.post("/whep/nothing", content="v=0", headers=sdp)
            nowhere = await http.post("/whep/source:nowhere", content="v=0", headers=sdp)
            for address, who in WATCHED.items():
                answer = await http.post(address, content="v=0", headers=sdp)
                told = (key, address, answer.status_code)
                if key in who:
                    # They may: what is wrong is the offer.
                    assert (answer.status_code, answer.json()["code"]) == (400, "bad_offer"), told
                else:
                    assert answer.status_code == (401 if key == STRANGER else 404), told
                    assert answer.content == absent.content == nowhere.content, told
                session = await http.delete(f"{address}/guess")
                assert session.status_code == (401 if key == STRANGER else 404), told


async def test_a_publisher_s_key_opens_what_goes_out_and_its_own_source_and_nothing_else(
    demo: Demo,
) -> None:
    keys = {name: source["key"] for name, source in demo.links["sources"].items()}
    own = keys["kl-huset"]
    session = next(iter((await demo.sign_in("aalborg")).http.cookies.values()))
    async with demo.stranger() as http:

        async def ask(address: str, key: str, method: str = "POST") -> httpx.Response:
            headers = {"content-type": "application/sdp", "authorization": f"Bearer {key}"}
            return await http.request(method, address, content="v=0", headers=headers)

        for address in ("/whep/main", "/whep/source:kl-huset"):
            answer = await ask(address, own)
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_offer"), address
            guessed = await ask(f"{address}/guess", own, "DELETE")
            assert (guessed.status_code, guessed.json()["code"]) == (404, "unknown_session")
            for wrong in (own[:-1], "kl-huset", "x"):
                answer = await ask(address, wrong)
                assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
                assert "bearer" in answer.headers["www-authenticate"].lower()
        nothing = await ask("/whep/nothing", own)
        assert nothing.status_code == 404
        others = [f"/whep/source:{name}" for name in keys.keys() - {"kl-huset"}]
        # What a member's session is answered is what a key is answered.
        assert (await ask("/whep/main", session)).content == nothing.content
        for address in ("/whep/source:nowhere", "/whep/tema-1", "/whep/02", *others):
            assert (await ask(address, own)).content == nothing.content, address
        # And a key is no way in anywhere else.
        for address in (
            "/hls/main/index.m3u8",
            "/api/me",
            "/api/show",
            "/api/sources/kl-huset.jpg",
        ):
            assert (await ask(address, own, "GET")).status_code == 401, address


async def test_another_site_s_page_cannot_watch_with_somebody_s_cookie(demo: Demo) -> None:
    http = (await demo.sign_in("moderator")).http
    foreign = {"content-type": "application/sdp", "origin": "https://elsewhere.example"}
    answer = await http.post("/whep/main", content="v=0", headers=foreign)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    preflight = await http.options("/whep/main")
    assert (preflight.status_code, preflight.headers["accept-post"]) == (204, "application/sdp")


async def test_a_stranger_cannot_tell_what_is_there(demo: Demo) -> None:
    async with demo.stranger() as stranger:
        for there, absent in (
            ("/hls/source:kl-huset/index.m3u8", "/hls/source:nowhere/index.m3u8"),
            ("/replay/tema-1/index.m3u8", "/replay/nothing/index.m3u8"),
            ("/media/source:kl-huset/a/1/video/0.m4s", "/media/source:nowhere/a/1/video/0.m4s"),
            ("/media/tema-1/a/1/video/0.m4s", "/media/nothing/a/1/video/0.m4s"),
            ("/api/sources/kl-huset.jpg", "/api/sources/nowhere.jpg"),
            ("/captions/tema-1.vtt", "/captions/nothing.vtt"),
            ("/replay/tema-1/storyboard.json", "/replay/nothing/storyboard.json"),
            ("/replay/tema-1/1/recording.mp4", "/replay/nothing/1/recording.mp4"),
            ("/api/recordings/tema-1", "/api/recordings/nothing"),
            ("/captions/item/tema-1.vtt", "/captions/item/nothing.vtt"),
            (
                "/replay/tema-1/1/captions-da-made.0.vtt",
                "/replay/nothing/1/captions-da-made.0.vtt",
            ),
            ("/captions/item/tema-1.json", "/captions/item/nothing.json"),
            ("/api/library/tema-1/documents", "/api/library/nothing/documents"),
            ("/api/films/tema-1.mp4", "/api/films/nothing.mp4"),
            ("/api/uploads/" + 32 * "0", "/api/uploads/nothing"),
        ):
            answers = [await stranger.get(address) for address in (there, absent)]
            assert [answer.status_code for answer in answers] == [401, 401], there
            assert answers[0].content == answers[1].content


async def test_a_camera_is_tried_by_those_who_are_signed_in(demo: Demo) -> None:
    async with demo.stranger() as stranger:
        for ask in (
            no_offer(stranger),
            stranger.delete("/api/trial/whip/x"),
        ):
            assert (await ask).status_code == 401
    for key in ROLES:
        http = (await demo.sign_in(key)).http
        assert (await no_offer(http)).json()["code"] == "bad_offer"
        assert (await http.delete("/api/trial/whip/x")).json()["code"] == "unknown_session"
        foreign = {"origin": "https://elsewhere.example"}
        assert (await http.delete("/api/trial/whip/x", headers=foreign)).status_code == 403


async def test_a_relay_s_credential_is_told_to_who_may_send_or_steer_and_to_nobody_else(
    demo: Demo,
) -> None:
    async def told(http: httpx.AsyncClient, path: str, **headers: str) -> tuple[bool, bool]:
        links = (await http.options(path, headers=headers)).headers.get("link", "")
        return "stun:stun.example" in links, r'credential="a \"secret\""' in links

    everything, the_open_one, nothing = (True, True), (True, False), (False, False)
    key = f"Bearer {demo.links['sources']['kl-huset']['key']}"
    foreign = "https://elsewhere.example"
    for who in ROLES:
        http = (await demo.sign_in(who)).http
        steers = everything if who in BACKSTAGE else the_open_one
        for path in ("/whep/main", "/whep/source:kl-huset"):
            assert await told(http, path) == steers, (who, path)
            assert await told(http, path, origin=foreign) == the_open_one, (who, path)
        assert await told(http, "/whip/kl-huset") == the_open_one, who
        assert await told(http, "/api/trial/whip") == everything, who
        assert await told(http, "/api/trial/whip", origin=foreign) == nothing, who
    async with demo.stranger() as stranger:
        for path in ("/whip/kl-huset", "/whep/main", "/whep/source:kl-huset"):
            assert await told(stranger, path) == the_open_one, path
            assert await told(stranger, path, authorization="Bearer x") == the_open_one, path
            assert await told(stranger, path, authorization=key) == everything, path
        assert await told(stranger, "/whep/tema-1", authorization=key) == the_open_one
        assert await told(stranger, "/api/trial/whip", authorization=key) == nothing
        assert (await stranger.options("/api/trial/whip")).status_code == 401


async def no_offer(http: httpx.AsyncClient) -> httpx.Response:
    kind = {"content-type": "application/sdp"}
    return await http.post("/api/trial/whip", content="no offer", headers=kind)


async def test_every_other_method_is_refused_everywhere(demo: Demo) -> None:
    person = (await demo.sign_in("moderator")).http
    for path, verbs in (await described(demo)).items():
        address = (
            ADDRESSES[path][0] if path in ADDRESSES else path.replace("{", "").replace("}", "")
        )
        known = verbs | ({"HEAD"} if "GET" in verbs else set())
        own = ("/whip", "/whep", "/api/uploads", "/api/trial/whip")
        known |= {"OPTIONS"} if path.startswith(own) else set()
        known |= {"GET", "POST", "HEAD"} if "/enter/" in path else set()
        for method in set(METHODS) - known:
            answer = await person.request(method, address)
            assert answer.status_code == 405, (method, address, answer.status_code)


async def test_what_a_cut_leaves_out_and_files_to_take_home_are_for_those_backstage(
    demo: Demo,
) -> None:
    moderator = await demo.sign_in("moderator")
    now = (await moderator.http.get("/api/show")).json()["now"]
    taken = await moderator.http.post(
        "/api/commands/take",
        json={"topic": "show", "data": {"item": "02", "after": now}},
        headers={"Idempotency-Key": "take-02"},
    )
    assert taken.status_code == 200, taken.text
    await moderator.get_until("/replay/02/1/video.m3u8", lambda each: "#EXTINF" in each.text)
    people = {key: (await demo.sign_in(key)).http for key in ROLES}
    async with demo.stranger() as stranger:
        for key, http in {STRANGER: stranger, **people}.items():
            seen = await http.get("/replay/02/index.m3u8")
            assert seen.status_code == (401 if key == STRANGER else 200), key
            for address in (
                "/replay/02/whole/index.m3u8",
                "/replay/02/whole/video.m3u8",
                "/replay/02/storyboard.json?whole",
                "/replay/02/download.json",
                "/api/recordings/02",
            ):
                answer = await http.get(address)
                wanted = 401 if key == STRANGER else 200 if key in BACKSTAGE else 404
                assert answer.status_code == wanted, (key, address)
            made = await http.post("/replay/02/download")
            wanted = 401 if key == STRANGER else 409 if key in BACKSTAGE else 404
            assert made.status_code == wanted, (key, made.text)
            foreign = {"origin": "https://elsewhere.example"}
            assert (await http.post("/replay/02/download", headers=foreign)).status_code == 403
