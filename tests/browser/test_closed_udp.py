"""A speaker's Chromium behind a firewall that lets no UDP through, with a relay over TCP.

The browser is in a network namespace of its own, at the far end of a line that swallows every UDP
packet; server and relay are at this end. Whatever arrives has come through the relay.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest
from playwright.async_api import Page, expect

from streams.webrtc.whip import IceServer
from tests.browser.chromium import EXECUTABLE, a_chromium, on_the_camera_page
from tests.journeys.running_demo import Demo, a_demo
from tests.journeys.test_holding_an_input import told
from tests.streams.bad_line import HERE, BadLine, a_bad_line, why_no_line
from tests.streams.relay import a_relay

pytestmark = [pytest.mark.browser, pytest.mark.alone, pytest.mark.long]

AGE = re.compile(r"^\d+,\d sek. efter$")
# Every connection that the page makes, where a test can ask it for its way out.
KEPT = """window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};"""
WAYS = """() => Promise.all(window.connections.filter((one) => one.connectionState === "connected")
  .map(async (one) => {
    const report = [...(await one.getStats()).values()];
    const of = (id) => report.find((each) => each.id === id);
    const transport = report.find((each) => each.type === "transport");
    const local = of(of(transport.selectedCandidatePairId).localCandidateId);
    return [local.candidateType, local.relayProtocol ?? local.protocol];
  }))"""

SIZE = "() => [window.__topmoede.camera.health.width, window.__topmoede.camera.health.height]"


async def test_a_camera_page_without_udp_sends_and_watches_through_the_relay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := why_no_line():
        pytest.skip(reason)
    with a_bad_line() as line:
        line.close_udp()
        async with a_relay(tmp_path, HERE) as relay:
            monkeypatch.setenv("TOPMOEDE_ICE_SERVERS", as_setting(relay))
            async with (
                a_demo(tmp_path, "--host", "0.0.0.0") as demo,
                a_camera_there(tmp_path, line, demo) as page,
            ):
                await is_packaged(demo, page)
                await page.get_by_role("button", name="Vis det, der sendes ud nu").click()
                await expect(page.get_by_text(AGE)).to_be_visible()
                assert await page.evaluate(WAYS) == [["relay", "tcp"], ["relay", "tcp"]]
                assert line.dropped_udp() > 0, "the browser did try without the relay"
                assert demo.traces() == []


def as_setting(relay: IceServer) -> str:
    server = {"url": relay.url, "username": relay.username, "credential": relay.credential}
    return json.dumps([server])


@contextlib.asynccontextmanager
async def a_camera_there(folder: Path, line: BadLine, demo: Demo) -> AsyncIterator[Page]:
    """The camera page at the far end, sending; the server says that its picture arrives."""
    base = f"http://{HERE}:{demo.port}"
    script = line.camera_script(folder / "chromium-there", EXECUTABLE)
    secure = f"--unsafely-treat-insecure-origin-as-secure={base}"
    links = demo.links | {"base": base}
    async with (
        a_chromium(camera=True, more=(secure,), executable=script) as browser,
        on_the_camera_page(browser, links, "kl-huset", script=KEPT) as page,
    ):
        yield page


async def is_packaged(demo: Demo, page: Page) -> None:
    """The key's input is the source's picture, and what is packaged of it is the camera's own."""
    moderator = await demo.sign_in("moderator")
    await moderator.open("sources")
    await told(moderator, input="main")
    playlist = "/hls/source:kl-huset/video.m3u8"
    # The first map is that of the synthetic camera, which stood in until now.
    answer = await moderator.get_until(playlist, lambda each: newest(each.text) is not None)
    found = newest(answer.text)
    assert found is not None
    init, segment = [(await moderator.http.get(answer.url.join(uri))).content for uri in found]
    with av.open(io.BytesIO(init + segment), "r") as packaged:
        picture = next(packaged.decode(video=0))
    assert [picture.width, picture.height] == await page.evaluate(SIZE)


def newest(playlist: str) -> tuple[str, str] | None:
    """Init and newest segment behind the last map of several; None while there is none."""
    before, _, behind = playlist.rpartition('#EXT-X-MAP:URI="')
    init, *lines = behind.splitlines()
    segments = [line for line in lines if line and not line.startswith("#")]
    if "#EXT-X-MAP" not in before or not segments:
        return None
    return init.partition('"')[0], segments[-1]
