"""Publishers come, are replaced, fall silent, leave; what they send comes out whole."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import httpx
import psutil
import pytest
from aioice import ice
from aiortc import AudioStreamTrack, RTCCertificate, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import generate_certificate
from cryptography.hazmat.primitives.asymmetric import rsa

from streams.nalunits import NalType, nal_type, split_lengths
from streams.segments import AccessUnit, Lane
from streams.webrtc import publisher, tap, whip
from streams.webrtc.ingest import Created, IngestSettings
from streams.webrtc.whip import Refused
from tests.streams import cameras
from tests.streams.loopback_camera import GOP, a_connection, a_loopback_camera, an_offer, numbers
from tests.streams.whip_server import LOOPBACK, Recording, an_endpoint

pytestmark = pytest.mark.alone

SDP = {"Content-Type": "application/sdp"}
WITHIN_S = 30.0


def number_of(unit: AccessUnit) -> int:
    """Which of the camera's pictures this is."""
    (number,) = {numbers()[nal] for nal in split_lengths(unit.data) if nal in numbers()}
    return number


def open_sockets() -> int:
    return len([c for c in psutil.Process().net_connections("udp") if c.type == socket.SOCK_DGRAM])


def decoded_pictures(units: list[AccessUnit]) -> int:
    """How many pictures a strict decoder makes of video units."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.options = {"err_detect": "explode"}
    count = 0
    for unit in units:
        nals = split_lengths(unit.data)
        packet = av.Packet(b"".join(b"\0\0\0\1" + nal for nal in nals))
        count += len(decoder.decode(packet))
    return count + len(decoder.decode(None))


def check_lanes(recording: Recording) -> None:
    """What the contract with the packager says of both lanes."""
    video, audio = recording.lane(Lane.VIDEO), recording.lane(Lane.AUDIO)
    assert video[0].key
    assert all(a.dts_ticks < b.dts_ticks for a, b in pairwise(video))
    assert all(b.pts_ticks - a.pts_ticks == 1024 for a, b in pairwise(audio))
    for unit in video:
        kinds = [nal_type(nal) for nal in split_lengths(unit.data)]
        assert NalType.DELIMITER not in kinds
        if unit.key:
            assert kinds[:2] == [NalType.SPS, NalType.PPS]


async def test_pictures_arrive_whole_in_order_and_with_silence_beside_them() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest):
        recording = await endpoint.recording()
        async with asyncio.timeout(WITHIN_S):
            await recording.until_seconds(2.0)
            await recording.until_seconds(1.0, Lane.AUDIO)
        check_lanes(recording)
        sent = [number_of(unit) for unit in recording.lane(Lane.VIDEO)]
        assert sent[0] % GOP == 0
        assert all((b - a) % 90 == 1 for a, b in pairwise(sent))
        video, audio = recording.lane(Lane.VIDEO)[0], recording.lane(Lane.AUDIO)[0]
        assert audio.pts_ticks % 1024 == 0, "on the grid that clips keep"
        assert 0 <= audio.pts_ticks - video.pts_ticks * 8 // 15 < 1024


async def test_a_publisher_that_answers_no_questions_is_heard_for_as_long_as_it_sends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ice, "CONSENT_INTERVAL", 0.1)
    monkeypatch.setattr(ice, "CONSENT_FAILURES", 2)
    connection = a_connection()
    async with (
        an_endpoint() as endpoint,
        a_loopback_camera(endpoint.ingest, connection=connection),
    ):
        recording = await endpoint.recording()
        agent: Any = connection.getTransceivers()[0].sender.transport.transport.iceGatherer
        agent._connection.request_received = lambda *question: None
        async with asyncio.timeout(WITHIN_S):
            await recording.until_seconds(3.0)  # twice as long as it takes to despair
        assert len(endpoint.ingest.sessions) == 1


async def test_a_line_that_breaks_off_never_lets_a_broken_picture_through() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest) as (line, _):
        recording = await endpoint.recording()
        async with asyncio.timeout(WITHIN_S):
            for outage in range(3):
                await recording.until_seconds(1.2 * (outage + 1))
                # More than a sender remembers: asking again does not mend this.
                await line.lose(300)
            await recording.until_seconds(4.5)
        video = recording.lane(Lane.VIDEO)
        health = recording.session.publisher.health(time.monotonic())
    sent = [number_of(unit) for unit in video]
    for before, after in pairwise(sent):
        assert after % GOP == 0 or (after - before) % 90 == 1
    assert decoded_pictures(video) == len(video)
    assert health.packets_lost > 300
    assert health.pictures_dropped > 0


async def test_a_line_that_loses_a_tenth_is_mended_by_retransmission() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest) as (line, _):
        recording = await endpoint.recording()
        line.loss = 0.1
        async with asyncio.timeout(WITHIN_S):
            await recording.until_seconds(3.0)
        sent = [number_of(unit) for unit in recording.lane(Lane.VIDEO)]
    assert line.lost > 20
    assert all((b - a) % 90 == 1 for a, b in pairwise(sent))


async def test_a_second_publisher_with_the_same_key_takes_over_within_its_input() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest):
        first = await endpoint.recording()
        async with a_loopback_camera(endpoint.ingest, key="key-backup"):
            backup = await endpoint.recording(1)
            async with a_loopback_camera(endpoint.ingest):
                second = await endpoint.recording(2)
                async with asyncio.timeout(WITHIN_S):
                    assert await first.until_lost() == "replaced"
                    await second.until_seconds(0.5)
                    await backup.until_seconds(0.5)
                assert backup.lost is None
    assert first.session.place == second.session.place


def a_connection_with_rsa() -> RTCPeerConnection:
    """One that has an RSA certificate and knows no other, as GStreamer's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    made = RTCCertificate(key=key, cert=generate_certificate(key))  # type: ignore[arg-type]
    make = made._create_ssl_context

    def of_rsa(srtp_profiles: Any) -> Any:
        context = make(srtp_profiles)
        context.set_cipher_list(b"ECDHE-RSA-AES128-GCM-SHA256")
        return context

    made._create_ssl_context = of_rsa  # type: ignore[method-assign]
    connection = a_connection()
    setattr(connection, tap._CERTIFICATES, [made])
    return connection


async def test_a_publisher_with_an_rsa_certificate_is_taken() -> None:
    async with (
        an_endpoint() as endpoint,
        a_loopback_camera(endpoint.ingest, connection=a_connection_with_rsa()),
    ):
        recording = await endpoint.recording()
        async with asyncio.timeout(WITHIN_S):
            await recording.until_seconds(0.3)


def described_once(offer: str) -> str:
    """The second section bundle-only, with no word of its transport (RFC 9143 7.1.3)."""
    first, second = offer.split("m=video")
    told = ("a=ice-", "a=fingerprint:", "a=setup:", "a=candidate:", "a=end-of-candidates")
    line, *kept = [each for each in second.splitlines() if not each.startswith(told)]
    types = line.split(maxsplit=1)[1]
    return first + "\r\n".join([f"m=video 0 {types}", *kept, "a=bundle-only", ""])


async def test_an_encoder_that_describes_its_transport_once_is_taken() -> None:
    """RFC 9725 4.4.1 asks for it; aiortc wants it told in every section."""
    camera = a_connection()
    try:
        camera.addTransceiver(AudioStreamTrack(), direction="sendonly")
        offer = described_once(await an_offer(camera))
        async with an_endpoint() as endpoint:
            created = await endpoint.ingest.offer("kl-huset", "key-main", whip.OFFER, offer)
            await camera.setRemoteDescription(RTCSessionDescription(created.answer, "answer"))
            recording = await endpoint.recording()
            async with asyncio.timeout(WITHIN_S):
                await recording.until_seconds(0.3)
                await recording.until_seconds(0.3, Lane.AUDIO)
    finally:
        async with asyncio.timeout(WITHIN_S):
            await camera.close()


async def test_an_offer_that_is_refused_takes_nothing_over() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest):
        recording = await endpoint.recording()
        with pytest.raises(Refused):
            await endpoint.ingest.offer("kl-huset", "key-main", "application/sdp", "v=0\r\nm=x\r\n")
        async with asyncio.timeout(WITHIN_S):
            await recording.until_seconds(0.5)
        assert recording.lost is None


async def test_of_two_offers_at_once_the_later_one_stays() -> None:
    async with an_endpoint() as endpoint:
        cameras = [a_connection() for _ in range(2)]
        offers = [await an_offer(camera) for camera in cameras]
        _, late = await asyncio.gather(
            *(endpoint.ingest.offer("kl-huset", "key-main", "application/sdp", o) for o in offers),
            return_exceptions=True,
        )
        for camera in cameras:
            await camera.close()
        assert isinstance(late, Created)
        assert [session.id for session in endpoint.ingest.sessions] == [late.session]


async def test_a_publisher_that_falls_silent_is_lost_soon() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest) as (line, _):
        recording = await endpoint.recording()
        async with asyncio.timeout(WITHIN_S):
            await recording.until_seconds(0.3)
        line.loss, silent_at = 1.0, time.monotonic()
        async with asyncio.timeout(WITHIN_S):
            assert await recording.until_lost() == "silent"
        assert recording.lost_at is not None
        assert recording.lost_at - silent_at < 2 * endpoint.ingest.settings.silent_s


async def test_nobody_is_lost_because_the_server_itself_stood_still() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest):
        recording = await endpoint.recording()
        async with asyncio.timeout(WITHIN_S):
            await recording.until_seconds(0.3)
            asyncio.get_running_loop().call_soon(
                time.sleep, endpoint.ingest.settings.silent_s + 0.5
            )
            await recording.until_seconds(endpoint.ingest.settings.silent_s + 1.5)
        assert recording.lost is None


async def test_a_session_that_never_connects_expires() -> None:
    settings = IngestSettings(LOOPBACK, connect_within_s=0.3)
    async with an_endpoint(settings) as endpoint:
        camera = a_connection()
        offer = await an_offer(camera)
        await endpoint.ingest.offer("kl-huset", "key-main", "application/sdp", offer)
        gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        endpoint.ingest.sessions[0].on_lost = gone.set_result
        async with asyncio.timeout(WITHIN_S):
            assert await gone == "never_connected"
        assert endpoint.ingest.sessions == ()
        await camera.close()
        assert endpoint.recordings == []


async def test_after_close_no_thread_task_or_socket_stays() -> None:
    tasks, threads = len(asyncio.all_tasks()), set(threading.enumerate())
    sockets = open_sockets()
    async with an_endpoint() as endpoint:
        async with (
            a_loopback_camera(endpoint.ingest),
            a_loopback_camera(endpoint.ingest, key="key-backup"),
        ):
            recording = await endpoint.recording(1)
            async with asyncio.timeout(WITHIN_S):
                await recording.until_seconds(0.5)
        recording.session.close()
    assert len(asyncio.all_tasks()) == tasks
    assert open_sockets() == sockets
    begun = set(threading.enumerate()) - threads
    assert [each.name for each in begun if not each.name.startswith("asyncio_")] == []


async def test_too_many_publishers_are_sent_away_for_a_while() -> None:
    async with an_endpoint(IngestSettings(LOOPBACK, most_sessions=1)) as endpoint:
        async with a_loopback_camera(endpoint.ingest):
            camera = a_connection()
            offer = await an_offer(camera)
            with pytest.raises(Refused) as refused:
                await endpoint.ingest.offer("odense", "key-other", "application/sdp", offer)
            await camera.close()
        assert refused.value.status == 503


@pytest.mark.parametrize(
    ("source", "key", "body", "status"),
    [
        ("kl-huset", "key-main", "garbage", 400),
        ("kl-huset", "key-main", "v=0\r\nm=video 9 X 1\r\n", 422),
        ("kl-huset", None, "v=0", 401),
        ("kl-huset", "guess", "v=0", 403),
        ("kl-huset", "key-other", "v=0", 403),
        ("aarhus", "key-main", "v=0", 404),
    ],
)
async def test_bad_requests_get_their_status_over_http(
    source: str, key: str | None, body: str, status: int
) -> None:
    async with an_endpoint() as endpoint, httpx.AsyncClient(timeout=WITHIN_S) as client:
        headers = SDP | ({"Authorization": f"Bearer {key}"} if key else {})
        answer = await client.post(f"{endpoint.url}/whip/{source}", content=body, headers=headers)
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert endpoint.ingest.sessions == ()


async def test_an_offer_of_vp8_alone_is_refused() -> None:
    async with an_endpoint() as endpoint:
        camera = a_connection()
        offer = await an_offer(camera, codec="video/VP8")
        with pytest.raises(Refused) as refused:
            await endpoint.ingest.offer("kl-huset", "key-main", "application/sdp", offer)
        await camera.close()
        assert refused.value.code == "no_h264"


async def test_an_offer_cut_anywhere_is_taken_or_refused_and_never_breaks() -> None:
    async with an_endpoint() as endpoint:
        camera = a_connection()
        lines = (await an_offer(camera)).splitlines()
        await camera.close()
        taken, statuses = 0, set()
        for cut in range(len(lines)):
            without = "\r\n".join([*lines[:cut], *lines[cut + 1 :], ""])
            try:
                await endpoint.ingest.offer("kl-huset", "key-main", "application/sdp", without)
                taken += 1
            except Refused as refused:
                statuses.add(refused.status)
        assert statuses == {400, 422}, "unreadable, or a BUNDLE that names a section cut away"
        assert 0 < taken < len(lines)
        assert len(endpoint.ingest.sessions) == 1


async def test_the_url_of_a_session_alone_ends_nothing() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest) as (_, created):
        recording = await endpoint.recording()
        for key, code in [(None, "no_key"), ("key-backup", "wrong_key"), ("x", "wrong_key")]:
            with pytest.raises(Refused) as refused:
                await endpoint.ingest.delete("kl-huset", created.session, key)
            assert refused.value.code == code
        assert recording.lost_at is None
        await endpoint.ingest.delete("kl-huset", created.session, "key-main")
        assert recording.lost == "deleted"
        with pytest.raises(Refused) as refused:
            await endpoint.ingest.delete("kl-huset", created.session, "key-main")
        assert refused.value.status == 404


async def test_candidates_may_come_after_the_offer() -> None:
    async with an_endpoint() as endpoint:
        camera = a_connection()
        offer = await an_offer(camera)
        candidates = [line for line in offer.splitlines() if line.startswith("a=candidate")]
        early = "\r\n".join(line for line in offer.splitlines() if "candidate" not in line) + "\r\n"
        created = await endpoint.ingest.offer("kl-huset", "key-main", "application/sdp", early)
        fragment = "\r\n".join(["a=mid:0", *candidates, "a=end-of-candidates", ""])
        patch = ("application/trickle-ice-sdpfrag", fragment)
        await endpoint.ingest.patch("kl-huset", created.session, "key-main", *patch)
        for key, content_type, body, status in [
            ("key-main", "text/plain", fragment, 415),
            ("key-main", patch[0], "a=candidate:what", 400),
            ("key-main", patch[0], "a=ice-ufrag:other", 422),
            ("key-other", patch[0], fragment, 403),
        ]:
            with pytest.raises(Refused) as refused:
                await endpoint.ingest.patch("kl-huset", created.session, key, content_type, body)
            assert refused.value.status == status
        await camera.close()


async def test_ffmpeg_publishes_and_leaves_with_delete(tmp_path: Path) -> None:
    async with an_endpoint() as endpoint:
        async with cameras.an_ffmpeg_camera(endpoint.url, tmp_path, seconds=3):
            async with asyncio.timeout(WITHIN_S):
                recording = await endpoint.recording()
                await recording.until_seconds(2.0)
                await recording.until_seconds(1.5, Lane.AUDIO)
                assert await recording.until_lost() == "deleted"
        check_lanes(recording)
        assert decoded_pictures(recording.lane(Lane.VIDEO)) == len(recording.lane(Lane.VIDEO))


WHAT_THE_LINE_CARRIES = """async () => {
  for (const [, one] of await window.connection.getStats())
    if (one.type === "candidate-pair" && one.nominated) return one.availableOutgoingBitrate;
}"""


@pytest.mark.browser
async def test_a_chromium_camera_arrives_with_keyframes_every_two_seconds() -> None:
    async with an_endpoint() as endpoint:
        async with cameras.a_chromium_camera(endpoint.url) as page:
            assert await page.title() == "publishing"
            async with asyncio.timeout(WITHIN_S):
                recording = await endpoint.recording()
                await recording.until_seconds(6.5)
                await recording.until_seconds(6.0, Lane.AUDIO)
            health = recording.session.publisher.health(time.monotonic())
            line_bps = await page.evaluate(WHAT_THE_LINE_CARRIES)
        killed_at = time.monotonic()
        async with asyncio.timeout(WITHIN_S):
            await recording.until_lost()
        assert recording.lost_at is not None
        assert recording.lost_at - killed_at < 2 * endpoint.ingest.settings.silent_s
        check_lanes(recording)
        video = recording.lane(Lane.VIDEO)
        assert decoded_pictures(video) == len(video)
        keys = [unit.pts_ticks for unit in video if unit.key]
        assert all(b - a < 2.5 * 90_000 for a, b in pairwise(keys))
        assert (health.width, health.height) == (640, 360)
        assert line_bps > 1_000_000, "with REMB alone it would have come from 0.3 to 0.6 by now"
        assert health.lip_error_ms is not None
        assert abs(health.lip_error_ms) < 40


@pytest.mark.browser
async def test_a_chromium_that_is_asked_for_a_keyframe_sends_one_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publisher, "KEYFRAME_EVERY_S", 600.0)  # nobody asks again but this test
    async with an_endpoint() as endpoint, cameras.a_chromium_camera(endpoint.url):
        async with asyncio.timeout(WITHIN_S):
            recording = await endpoint.recording()
            await recording.until_seconds(1.0)
        keys = sum(unit.key for unit in recording.lane(Lane.VIDEO))
        recording.session.request_keyframe()
        async with asyncio.timeout(WITHIN_S):
            while sum(unit.key for unit in recording.lane(Lane.VIDEO)) == keys:
                recording.changed.clear()
                await recording.changed.wait()
