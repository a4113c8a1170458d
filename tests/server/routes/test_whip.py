"""WHIP as publishers meet it: every status, header and body over real HTTP (RFC 9725)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from streams.webrtc import whip
from streams.webrtc.ingest import IngestSettings
from streams.webrtc.whip import IceServer
from tests.streams.loopback_camera import a_connection, an_offer
from tests.streams.webrtc.test_offers import an_offer as a_written_offer
from tests.streams.whip_server import LOOPBACK, Endpoint, an_endpoint

MAIN = {"Authorization": "Bearer key-main"}
SDP = MAIN | {"Content-Type": "application/sdp"}
TRICKLE = MAIN | {"Content-Type": "application/trickle-ice-sdpfrag"}
STUN = IceServer("stun:stun.example.dk:3478")
TURN = IceServer("turn:turn.example.dk?transport=tcp", "camera", "secret")
BROWSER = {
    "Origin": "https://studio.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@asynccontextmanager
async def a_client(
    settings: IngestSettings | None = None,
) -> AsyncIterator[tuple[httpx.AsyncClient, Endpoint]]:
    async with (
        an_endpoint(settings) as endpoint,
        httpx.AsyncClient(base_url=endpoint.url, timeout=30) as client,
    ):
        yield client, endpoint


@asynccontextmanager
async def a_camera() -> AsyncIterator[tuple[RTCPeerConnection, str]]:
    camera = a_connection()
    try:
        yield camera, await an_offer(camera)
    finally:
        async with asyncio.timeout(20):
            await camera.close()


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


async def test_a_publisher_is_created_with_everything_that_it_needs() -> None:
    settings = IngestSettings(LOOPBACK, ice_servers=(STUN, TURN))
    async with a_client(settings) as (client, endpoint), a_camera() as (camera, offer):
        created = await client.post("/whip/kl-huset", content=offer, headers=SDP)
        assert created.status_code == 201
        assert created.headers["content-type"] == "application/sdp"
        assert created.headers["accept-patch"] == "application/trickle-ice-sdpfrag"
        assert created.headers["cache-control"] == "no-store"
        assert "etag" not in created.headers, "there is no ICE restart"
        assert created.headers["link"].split(", ") == [STUN.link, TURN.link]
        assert re.fullmatch(r"/whip/kl-huset/[\w-]{32}", created.headers["location"])
        answer = created.text
        assert "a=recvonly" in answer
        assert "a=rtcp-mux" in answer
        assert "a=candidate:" in answer
        await camera.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        recording = await endpoint.recording()
        async with asyncio.timeout(30):
            await recording.until_seconds(0.3)


async def test_two_sessions_have_urls_that_nobody_guesses() -> None:
    async with a_client() as (client, _), a_camera() as (_, offer):
        places = set()
        for _ in range(5):
            created = await client.post("/whip/kl-huset", content=offer, headers=SDP)
            places.add(created.headers["location"])
        assert len(places) == 5


async def test_a_session_ends_by_delete_and_once() -> None:
    async with a_client() as (client, endpoint), a_camera() as (_, offer):
        created = await client.post("/whip/kl-huset", content=offer, headers=SDP)
        place = created.headers["location"]
        assert (await client.delete(place)).status_code == 401
        other = {"Authorization": "Bearer key-backup"}
        assert (await client.delete(place, headers=other)).status_code == 403
        elsewhere = place.replace("kl-huset", "odense")
        assert (await client.delete(elsewhere, headers=MAIN)).status_code == 404
        assert [session.id for session in endpoint.ingest.sessions] == [place.rsplit("/", 1)[1]]
        tagged = MAIN | {"If-Match": '"never-given"'}
        assert (await client.delete(place, headers=tagged)).status_code == 200, (
            "no tag is asked for"
        )
        assert not endpoint.ingest.sessions
        assert (await client.delete(place, headers=MAIN)).status_code == 404


async def test_a_second_post_takes_over_within_its_input_and_the_first_url_is_gone() -> None:
    async with a_client() as (client, endpoint), a_camera() as (_, offer):
        backup = {**SDP, "Authorization": "Bearer key-backup"}
        places = [
            (await client.post("/whip/kl-huset", content=offer, headers=headers)).headers[
                "location"
            ]
            for headers in (SDP, backup, SDP)
        ]
        open_now = {session.id for session in endpoint.ingest.sessions}
        assert open_now == {place.rsplit("/", 1)[1] for place in places[1:]}
        assert (await client.delete(places[0], headers=MAIN)).status_code == 404


def fragments(offer: str) -> dict[str, str]:
    """What a publisher may send after its offer, by what it is."""
    ufrag, pwd = (
        found[1] for name in ("ufrag", "pwd") if (found := re.search(rf"a=ice-{name}:(\S+)", offer))
    )
    candidates = [line for line in offer.splitlines() if line.startswith("a=candidate")]
    head = [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{pwd}", "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0"]
    return {
        "trickle": "\r\n".join([*head, *candidates, "a=end-of-candidates", ""]),
        "restart": "\r\n".join(["a=ice-ufrag:new1", "a=ice-pwd:" + "p" * 24, *head[2:], ""]),
    }


async def test_candidates_come_by_patch_and_ice_is_not_started_over() -> None:
    async with a_client() as (client, endpoint), a_camera() as (camera, offer):
        early = "\r\n".join(line for line in offer.splitlines() if "candidate" not in line) + "\r\n"
        created = await client.post("/whip/kl-huset", content=early, headers=SDP)
        place, sent = created.headers["location"], fragments(offer)

        async def patched(fragment: str, **headers: str) -> int:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            answer = await client.patch(place, content=fragment, headers=TRICKLE | named)
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.status_code != 204 or not answer.content
            return answer.status_code

        assert await patched(sent["restart"], If_Match="*") == 422
        assert await patched(sent["restart"]) == 422
        assert await patched(sent["trickle"], If_Match='"not-ours"') == 412
        assert await patched(sent["trickle"], Content_Type="application/sdp") == 415
        assert await patched("a=candidate:what\r\n") == 400
        assert await patched("<html>") == 400
        assert await patched("a" * 70_000) == 413
        assert await patched(sent["trickle"], Authorization="Bearer key-backup") == 403
        assert await patched(sent["trickle"]) == 204
        assert await patched(sent["trickle"], If_Match="*") == 204
        nobody = await client.patch(
            place, content=sent["trickle"], headers={"Content-Type": TRICKLE["Content-Type"]}
        )
        assert nobody.status_code == 401
        # Whatever was refused did not hurt: the publisher connects.
        answer = RTCSessionDescription(created.text, "answer")
        await camera.setRemoteDescription(answer)
        recording = await endpoint.recording()
        async with asyncio.timeout(30):
            await recording.until_seconds(0.3)


@pytest.mark.parametrize(
    ("source", "headers", "body", "status", "code"),
    [
        ("kl-huset", {}, "v=0", 401, "no_key"),
        ("kl-huset", {"Authorization": "Basic key-main"}, "v=0", 401, "no_key"),
        ("kl-huset", {"Authorization": "Bearer guess"}, "v=0", 403, "wrong_key"),
        ("kl-huset", {"Authorization": "Bearer key-other"}, "v=0", 403, "wrong_key"),
        ("aarhus", MAIN, "v=0", 404, "unknown_source"),
        ("kl-huset", MAIN | {"Content-Type": "text/plain"}, "v=0", 415, "unsupported_type"),
        ("kl-huset", SDP, "garbage", 400, "bad_offer"),
        ("kl-huset", SDP, "v=0\r\n" + "a" * 70_000, 413, "too_large"),
        ("kl-huset", SDP, a_written_offer(video="VP8/90000"), 422, "no_h264"),
        ("kl-huset", SDP, a_written_offer(audio="PCMU/8000"), 422, "no_opus"),
        ("kl-huset", SDP, a_written_offer(direction="recvonly"), 422, "not_sending"),
        ("kl-huset", SDP, a_written_offer(bundle=False), 422, "no_bundle"),
    ],
)
async def test_a_refusal_has_its_status_a_code_and_is_readable_from_any_origin(
    source: str, headers: dict[str, str], body: str, status: int, code: str
) -> None:
    async with a_client() as (client, endpoint):
        answer = await client.post(f"/whip/{source}", content=body, headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json()["status"], answer.json()["code"]) == (status, code)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert ("www-authenticate" in answer.headers) == (status == 401)
        assert not endpoint.ingest.sessions


async def test_where_all_places_are_taken_a_publisher_is_told_when_to_come_again() -> None:
    settings = IngestSettings(LOOPBACK, most_sessions=1)
    async with a_client(settings) as (client, endpoint), a_camera() as (_, offer):
        await client.post("/whip/kl-huset", content=offer, headers=SDP)
        backup = SDP | {"Authorization": "Bearer key-backup"}
        answer = await client.post("/whip/kl-huset", content=offer, headers=backup)
        assert (answer.status_code, answer.json()["code"]) == (503, "too_many_sessions")
        assert int(answer.headers["retry-after"]) > 0
        again = await client.post("/whip/kl-huset", content=offer, headers=SDP)
        assert again.status_code == 201, "taking over needs no further place"
        assert len(endpoint.ingest.sessions) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_an_endpoint_takes_nothing_but_post_and_options(method: str) -> None:
    async with a_client() as (client, _):
        answer = await client.request(method, "/whip/kl-huset", headers=MAIN)
        assert answer.status_code == 405
        assert words(answer.headers["allow"]) == {"post", "options"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST"])
async def test_a_session_takes_nothing_but_patch_delete_and_options(method: str) -> None:
    async with a_client() as (client, _):
        answer = await client.request(method, "/whip/kl-huset/abc", headers=MAIN)
        assert answer.status_code == 405
        assert words(answer.headers["allow"]) == {"patch", "delete", "options"}


async def test_a_browser_elsewhere_may_publish_and_read_what_it_needs() -> None:
    async with a_client() as (client, _), a_camera() as (_, offer):
        for place in ("/whip/kl-huset", "/whip/kl-huset/abc"):
            before = await client.options(place, headers=BROWSER)
            assert before.status_code == 204
            assert before.headers["access-control-allow-origin"] == "*"
            methods = words(before.headers["access-control-allow-methods"])
            assert methods >= {"post", "patch", "delete"}
            allowed = words(before.headers["access-control-allow-headers"])
            assert allowed >= {"authorization", "content-type", "if-match"}
        origin = {"Origin": BROWSER["Origin"]}
        created = await client.post("/whip/kl-huset", content=offer, headers=SDP | origin)
        exposed = words(created.headers["access-control-expose-headers"])
        assert exposed >= {"location", "link", "accept-patch", "etag", "retry-after"}


async def test_options_says_what_is_taken_where() -> None:
    async with a_client() as (client, _):
        endpoint = await client.options("/whip/kl-huset")
        assert endpoint.headers["accept-post"] == whip.OFFER
        session = await client.options("/whip/kl-huset/abc")
        assert session.headers["accept-patch"] == whip.FRAGMENT
        assert "accept-post" not in session.headers


async def test_credentials_of_a_relay_are_told_to_nobody_without_a_key() -> None:
    settings = IngestSettings(LOOPBACK, ice_servers=(STUN, TURN))
    async with a_client(settings) as (client, _):
        for headers in ({}, {"Authorization": "Bearer guess"}, BROWSER):
            answer = await client.options("/whip/kl-huset", headers=headers)
            assert answer.headers["link"] == STUN.link
        answer = await client.options("/whip/kl-huset", headers=MAIN)
        assert answer.headers["link"] == f"{STUN.link}, {TURN.link}"


async def test_nobodys_server_is_told_of_unless_it_was_set() -> None:
    async with a_client() as (client, _), a_camera() as (_, offer):
        told = [
            await client.options("/whip/kl-huset", headers=MAIN),
            await client.post("/whip/kl-huset", content=offer, headers=SDP),
        ]
        assert all("link" not in answer.headers for answer in told)
        assert "stun" not in told[1].text
        assert "srflx" not in told[1].text
