"""What lasts of a day: pages, feeds, sound files and the archive, of a whole server."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
import pytest_asyncio

from tests.journeys.moved_day import MovedDay, a_moved_day, make_films
from tests.journeys.test_unlock_table import a_short_day
from tests.schedule.days import at

pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MovedDay]:
    folder = tmp_path_factory.mktemp("day")
    make_films(folder / "films", "clip", bare="bare")
    async with a_moved_day(folder, a_short_day(), at("08.55")) as day:
        await day.done("moderator", "show", "take", item="film")
        await day.shown("film")
        await day.done("moderator", "show", "take", item="done", after="film")
        await day.shown("done", segments=2)
        await day.done("moderator", "show", "take", item="z", after="done")
        http = await day.sign_in("secretariat")
        for path, text in (("da", "Sagt i salen"), ("de?kind=automatic", "Nie gesagt")):
            said = f"WEBVTT\n\n00:00.500 --> 00:01.500\n{text}\n"
            put = await http.put(f"/api/captions/done/{path}", content=said)
            assert put.status_code == 200, put.text
        await day.done("secretariat", "library", "open_now", item="done", audience="everybody")
        await day.until("secretariat", "/feeds/sound.xml", lambda a: "sound.m4a" in a.text)
        yield day


async def test_the_feeds_are_sound_rss_of_what_is_open_to_everybody(day: MovedDay) -> None:
    stranger = day.somebody()
    for path, kind in (("sound", "audio/mp4"), ("video", "application/vnd.apple.mpegurl")):
        answer = await stranger.get(f"/feeds/{path}.xml")
        assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
        root = ElementTree.fromstring(answer.content)
        channel = root.find("channel")
        assert (root.tag, root.get("version")) == ("rss", "2.0")
        assert channel is not None
        for needed in ("title", "link", "description", "language"):
            assert channel.findtext(needed), needed
        (item,) = channel.findall("item")
        assert (item.findtext("title"), len(channel.findall("item"))) == ("Item done", 1)
        assert parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo is not None
        enclosure = item.find("enclosure")
        assert enclosure is not None
        assert enclosure.get("type") == kind
        fetched = await stranger.get(enclosure.get("url") or "")
        assert fetched.status_code == 200
        if path == "sound":
            assert int(enclosure.get("length") or 0) == len(fetched.content)


async def test_the_sound_of_an_item_is_one_file_with_ranges(day: MovedDay, tmp_path: Path) -> None:
    stranger = day.somebody()
    whole = await stranger.get("/replay/done/sound.m4a")
    part = await stranger.get("/replay/done/sound.m4a", headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    file = tmp_path / "sound.m4a"
    await asyncio.to_thread(file.write_bytes, whole.content)
    streams, lasts_s = await probed(file)
    assert streams == ["audio"]
    assert lasts_s > 2
    assert (await (await day.sign_in("aalborg")).get("/replay/film/sound.m4a")).status_code == 404


async def test_an_item_s_page_says_what_was_asked_and_said_without_a_script(day: MovedDay) -> None:
    member = await day.sign_in("aalborg")
    live = (await member.get("/replay/done/record.html")).text
    assert "<tr><th>0.00</th><td>Sagt i salen</td></tr>" in live
    assert "Nie gesagt" not in live, "nobody has read it"
    page = await member.get("/replay/film/record.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Item film</h1>" in page.text
    assert "<tr><th>0.00</th><td>Clip</td></tr>" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_other_programmes_learn_where_a_recording_is_that_is_open_to_all(
    day: MovedDay,
) -> None:
    stranger = day.somebody()
    for path in ("ics", "xml", "json"):
        text = (await stranger.get(f"/api/programme.{path}")).text.replace("\r\n ", "")
        assert "/bibliotek/done" in text, path
        assert "/bibliotek/film" not in text, path


async def test_the_archive_holds_the_day_and_goes_on_where_it_broke_off(
    day: MovedDay, tmp_path: Path
) -> None:
    http = await day.sign_in("secretariat")
    whole = await http.get("/archive/edition.zip")
    assert int(whole.headers["content-length"]) == len(whole.content)
    middle = len(whole.content) // 2
    ranges = {"range": f"bytes={middle}-", "if-range": whole.headers["etag"]}
    rest = await http.get("/archive/edition.zip", headers=ranges)
    assert rest.status_code == 206
    size = len(whole.content)
    assert rest.headers["content-range"] == f"bytes {middle}-{size - 1}/{size}"
    assert whole.content[:middle] + rest.content == whole.content
    stale = await http.get("/archive/edition.zip", headers=ranges | {"if-range": '"other"'})
    assert stale.status_code == 200
    beyond = await http.get("/archive/edition.zip", headers={"range": f"bytes={10**12}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "bad_range")
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        await asyncio.to_thread(archive.extractall, tmp_path)
    assert {"program.toml", "forloeb.json", "spoergsmaal.json"} <= names
    assert "punkter/09.00 film/undertekster.da.vtt" in names
    assert "punkter/09.20 done/side.html" in names
    texts = {name for name in names if name.startswith("punkter/09.20 done/undertekster")}
    assert texts == {"punkter/09.20 done/undertekster.da.vtt"}
    as_run = json.loads((tmp_path / "forloeb.json").read_bytes())["items"]
    assert {one["id"]: one["state"] for one in as_run}["done"] == "done"
    for item in ("09.00 film", "09.20 done"):
        streams, lasts_s = await probed(tmp_path / "punkter" / item / "video" / "index.m3u8")
        assert (sorted(streams), lasts_s > 1) == (["audio", "video"], True)
        await decoded(tmp_path / "punkter" / item / "video" / "index.m3u8")


async def test_the_archive_is_the_secretariat_s(day: MovedDay) -> None:
    async def asked(http: httpx.AsyncClient) -> int:
        return (await http.get("/archive/edition.zip")).status_code

    for key in ("aalborg", "aalborg-host", "moderator", "committee"):
        assert await asked(await day.sign_in(key)) == 404, key
    assert await asked(day.somebody()) == 401


async def probed(file: Path) -> tuple[list[str], float]:
    """What streams ffprobe finds, and how long they last."""
    told = ("-show_entries", "stream=codec_type:format=duration", "-of", "json")
    said = json.loads(await ran("ffprobe", "-v", "error", *told, file))
    kinds = [stream["codec_type"] for stream in said["streams"]]
    return list(dict.fromkeys(kinds)), float(said["format"]["duration"])


async def decoded(file: Path) -> None:
    """Has ffmpeg decode all of it; any error of reading fails.

    Pictures that come at another rate than the first ones may share an instant of what is written.
    """
    said = (await ran("ffmpeg", "-v", "error", "-i", file, "-f", "null", "-")).decode()
    assert [line for line in said.splitlines() if not line.startswith("[null ")] == []


async def ran(*told: str | Path) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *map(str, told), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said
