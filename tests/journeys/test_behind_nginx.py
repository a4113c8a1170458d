"""The shipped site in front of both processes: TLS, HTTP/2, files from the disk, refusals."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from server.deploying import nginx_site
from server.settings import read_settings
from streams.segments import Lane
from tests.journeys.installation import Installation, an_installation, served
from tests.journeys.running_nginx import a_running_nginx, make_certificate, trusting
from tests.ports import a_free_port
from tests.streams.parsed_playlist import ReadPlaylist, parse

pytestmark = pytest.mark.whole

WITHIN_S = 120.0
VIDEO, AUDIO = (f"/hls/main/{lane}.m3u8" for lane in Lane)


@dataclass
class Behind:
    """An installation behind nginx: its two processes, and who is signed in.

    Args:
        viewer: signed in, by HTTP/2 through nginx.
        stranger: the same without a session.
        direct: signed in, at the front process itself.
    """

    here: Installation
    base: str
    tls: ssl.SSLContext
    front: asyncio.subprocess.Process
    media: asyncio.subprocess.Process
    viewer: httpx.AsyncClient
    stranger: httpx.AsyncClient
    direct: httpx.AsyncClient

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.viewer.cookies.items())

    async def playlist(self, path: str = VIDEO, query: str = "") -> ReadPlaylist:
        answer = await self.viewer.get(path + query)
        assert (answer.status_code, answer.http_version) == (200, "HTTP/2"), answer.text
        return parse(answer.text)


@asynccontextmanager
async def behind_nginx(folder: Path) -> AsyncIterator[Behind]:
    here, port, plain_port = an_installation(folder), a_free_port(), a_free_port()
    base = f"https://localhost:{port}"
    here.write(public_url=base)
    chain, key = make_certificate(folder)
    tls = trusting(chain)
    site = nginx_site(read_settings(here.settings), chain, key)
    media = await here.start("serve", "--part", "media")
    try:
        async with (
            served(here, "--part", "front") as front,
            a_running_nginx(folder / "nginx", site, plain_port),
            httpx.AsyncClient(base_url=base, verify=tls, http2=True, timeout=WITHIN_S) as viewer,
            httpx.AsyncClient(base_url=base, verify=tls, http2=True, timeout=WITHIN_S) as stranger,
        ):
            entered = await viewer.post(await invited(here))
            assert (entered.status_code, entered.http_version) == (303, "HTTP/2")
            cookie = entered.headers["set-cookie"].partition(";")[0]
            async with httpx.AsyncClient(
                base_url=here.base, headers={"cookie": cookie}, timeout=WITHIN_S
            ) as direct:
                yield Behind(here, base, tls, front, media, viewer, stranger, direct)
    finally:
        if media.returncode is None:
            media.kill()
        await media.communicate()


async def invited(here: Installation) -> str:
    """The path of a sign-in link of somebody who may come in."""
    people, links = here.folder / "people.csv", here.folder / "links.csv"
    people.write_text("key,name,role,municipality\nmette,Mette,member,Aalborg")
    status, said = await here.run("people", "import", str(people), "--links", str(links))
    assert status == 0, said
    link = links.read_text().splitlines()[-1].split(",")[-1]
    return link[link.index("/enter/") :]


async def two_segments(behind: Behind) -> ReadPlaylist:
    async with asyncio.timeout(WITHIN_S):
        while True:
            if (await behind.viewer.get(VIDEO)).status_code != 404:
                break
            await asyncio.sleep(0.05)  # another process's first picture: nothing to wait on
        playlist = await behind.playlist()
        while len([each for each in playlist.segments if each.uri]) < 2:
            newest = playlist.segments[-1].number
            playlist = await behind.playlist(query=f"?_HLS_msn={newest + 1}&_HLS_part=0")
    return playlist


async def test_the_day_behind_nginx(tmp_path: Path) -> None:
    async with behind_nginx(tmp_path) as behind:
        playlist = await two_segments(behind)
        await a_viewer_gets_what_the_media_process_has(behind, playlist)
        await a_stranger_gets_nothing(behind, playlist)
        await a_held_playlist_is_released_before_the_next_one_is(behind)
        await the_socket_upgrades(behind)
        keys_are_not_logged(behind)
        await without_a_front_the_picture_stays(behind)
        await without_a_media_process_there_is_a_problem_body(behind)


async def a_viewer_gets_what_the_media_process_has(behind: Behind, playlist: ReadPlaylist) -> None:
    whole = next(each for each in playlist.segments if each.uri)
    part = playlist.segments[-1].parts[-1]
    assert whole.uri
    assert whole.map_uri
    for uri in (whole.uri, whole.map_uri, part.uri):
        through, direct = await behind.viewer.get(uri), await behind.direct.get(uri)
        assert (through.status_code, direct.status_code) == (200, 200), uri
        assert through.http_version == "HTTP/2"
        assert through.content == direct.content
        for name in ("content-type", "cache-control", "access-control-allow-origin"):
            assert through.headers[name] == direct.headers[name], (uri, name)
    # Only files have a date of their own: the whole segment came from the disk.
    from_disk = {uri: "last-modified" in (await behind.viewer.get(uri)).headers
                 for uri in (whole.uri, part.uri)}  # fmt: skip
    assert from_disk == {whole.uri: True, part.uri: False}
    some = await behind.viewer.get(whole.uri, headers={"range": "bytes=4-7"})
    assert (some.status_code, some.content) == (206, b"moof")
    # Who asks the front as if they were nginx is not taken for it.
    asked = await behind.direct.get(whole.uri, headers={"x-accel-files": "/-stored"})
    assert len(asked.content) > 4
    assert "x-accel-redirect" not in asked.headers


async def a_stranger_gets_nothing(behind: Behind, playlist: ReadPlaylist) -> None:
    segment = next(each.uri for each in playlist.segments if each.uri)
    stored = segment.removeprefix("/media/main")
    for path in (VIDEO, segment, playlist.segments[-1].parts[-1].uri, "/api/sources/x.jpg"):
        refused = await behind.stranger.get(path)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in"), path
        assert "last-modified" not in refused.headers
    for client in (behind.stranger, behind.viewer):
        assert (await client.get("/-stored" + stored)).status_code == 404
        assert (await client.get("/metrics")).status_code == 404
    for elsewhere in ("/media/hall" + stored, "/media/main/hall/9/video/0.m4s"):
        assert (await behind.viewer.get(elsewhere)).status_code == 404, elsewhere
    # By HTTP/1.1: the client waits for room to send where HTTP/2 has answered already.
    async with httpx.AsyncClient(
        base_url=behind.base, verify=behind.tls, timeout=WITHIN_S
    ) as camera:
        assert (await camera.post("/whip/kl-huset", content=b"x" * 70_000)).status_code == 413
        assert (await camera.post("/whip/kl-huset", content=b"x" * 60_000)).status_code == 401


async def a_held_playlist_is_released_before_the_next_one_is(behind: Behind) -> None:
    newest = (await behind.playlist()).segments[-1].number

    def held(client: httpx.AsyncClient, number: int) -> asyncio.Task[httpx.Response]:
        return asyncio.create_task(client.get(f"{VIDEO}?_HLS_msn={number}&_HLS_part=0"))

    first, second = held(behind.viewer, newest + 1), held(behind.direct, newest + 2)
    done, _ = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
    assert done == {first}
    assert parse((await first).text).segments[-1].number == newest + 1
    assert (await second).status_code == 200


async def the_socket_upgrades(behind: Behind) -> None:
    uri = behind.base.replace("https:", "wss:") + "/rt"
    async with (
        connect(uri, ssl=behind.tls, additional_headers={"cookie": behind.cookie}) as line,
        asyncio.timeout(WITHIN_S),
    ):
        await line.send(json.dumps({"op": "hello", "v": 1, "topics": [{"topic": "show"}]}))
        heard = ""
        while '"joined"' not in heard:
            heard += str(await line.recv())
    assert '"welcome"' in heard


def keys_are_not_logged(behind: Behind) -> None:
    logs = [log.read_text() for log in (behind.here.folder / "nginx").glob("*.log")]
    links = (behind.here.folder / "links.csv").read_text()
    token = links.splitlines()[-1].rpartition("/")[2]
    assert '"POST /enter/-" 303' in "".join(logs)
    assert token not in "".join(logs)
    assert "_HLS_msn" not in "".join(logs)


async def without_a_front_the_picture_stays(behind: Behind) -> None:
    behind.front.send_signal(signal.SIGTERM)
    async with asyncio.timeout(WITHIN_S):
        await behind.front.communicate()
    newest = (await behind.playlist(AUDIO)).segments[-1].number
    await behind.playlist(AUDIO, f"?_HLS_msn={newest + 1}&_HLS_part=0")
    gone = await behind.viewer.get("/api/me")
    assert (gone.status_code, gone.json()["code"]) == (503, "front_down")
    assert (await behind.stranger.get(VIDEO)).status_code == 401


async def without_a_media_process_there_is_a_problem_body(behind: Behind) -> None:
    behind.media.send_signal(signal.SIGTERM)
    async with asyncio.timeout(WITHIN_S):
        said, _ = await behind.media.communicate()
    assert behind.media.returncode == 0
    assert b"Traceback" not in said, said.decode()
    gone = await behind.viewer.get(VIDEO)
    assert (gone.status_code, gone.json()["code"]) == (503, "media_down")
    assert gone.headers["retry-after"] == "1"
    assert gone.headers["content-type"] == "application/problem+json"
