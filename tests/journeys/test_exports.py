"""What lasts of a day: pages, feeds, sound files and the archive, of a whole server."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import httpx
import pytest
import pytest_asyncio

from schedule.programme_file import dump
from server.cli import main
from streams.cabinet import Cabinet
from streams.films.captions import Cue, read_webvtt, write_webvtt
from streams.segments import Lane
from streams.timeline import VIDEO_HZ
from tests.journeys.moved_day import MovedDay, a_moved_day, make_films, uris
from tests.journeys.shared_files import a_pdf
from tests.journeys.test_unlock_table import a_short_day, lanes_of
from tests.schedule.days import at
from tests.streams.snapshots import a_photo

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
        await day.documented("film", "Oplæg: 1/2")
        await day.documented("film", "Til drøftelse", a_photo(64, 48))
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


async def test_the_library_offers_a_file_to_whom_the_edition_lets_take_one_home(
    day: MovedDay,
) -> None:
    for key, wanted in (("aalborg", set()), ("secretariat", {"film", "done"})):
        items = (await (await day.sign_in(key)).get("/api/library")).json()["items"]
        assert {one["item"] for one in items if "download" in one} == wanted, key


async def test_an_item_s_page_says_what_was_asked_and_said_without_a_script(day: MovedDay) -> None:
    member = await day.sign_in("aalborg")
    live = (await member.get("/replay/done/record.html")).text
    assert "<tr><th>0.00</th><td>Sagt i salen</td></tr>" in live
    assert "Nie gesagt" not in live, "nobody has read it"
    page = await member.get("/replay/film/record.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Item film</h1>" in page.text
    assert "<tr><th>0.00</th><td>Clip</td></tr>" in page.text
    link = re.search(r'<a href="([^"]+)">Oplæg: 1/2</a>', page.text)
    assert link is not None
    assert (await (await day.sign_in("aalborg")).get(link[1])).content == a_pdf()
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
    beside = tmp_path / "punkter" / "09.00 film"
    assert (beside / "dokumenter" / "01 Oplæg: 1-2.pdf").read_bytes() == a_pdf()
    links = re.findall(r'<a href="([^"]+)">', (beside / "side.html").read_text())
    assert [(beside / unquote(link)).suffix for link in links] == [".pdf", ".jpg"]
    assert all((beside / unquote(link)).is_file() for link in links)
    texts = {name for name in names if name.startswith("punkter/09.20 done/undertekster")}
    assert texts == {"punkter/09.20 done/undertekster.da.vtt"}
    as_run = json.loads((tmp_path / "forloeb.json").read_bytes())["items"]
    assert {one["id"]: one["state"] for one in as_run}["done"] == "done"
    for item in ("09.00 film", "09.20 done"):
        streams, lasts_s = await probed(tmp_path / "punkter" / item / "video" / "index.m3u8")
        assert (sorted(streams), lasts_s > 1) == (["audio", "video"], True)
        await decoded(tmp_path / "punkter" / item / "video" / "index.m3u8")


async def test_the_archive_tells_what_was_taken_and_when(day: MovedDay) -> None:
    whole = await (await day.sign_in("secretariat")).get("/archive/edition.zip")
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        log = json.loads(archive.read("forloeb.json"))["log"]
        text = archive.read("forloeb.txt").decode()
    started = [line["details"].split()[0] for line in log if line["name"] == "item_started"]
    assert started == ["film", "done", "z"]
    assert all(line["at"].startswith("2021-01-28T07:5") for line in log)
    assert {line["topic"] for line in log} == {"show"}
    assert "times_reckoned" not in text
    assert len(text.splitlines()) == len(log)


async def test_the_command_line_makes_the_same_archive_beside_the_server_and_goes_on_with_it(
    day: MovedDay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = await (await day.sign_in("secretariat")).get("/archive/edition.zip")
    file, out = tmp_path / "topmoede.toml", tmp_path / "udgave.zip"
    data = day.parts.house.database.url.database
    assert data is not None
    programme = tmp_path / "program.toml"
    await asyncio.to_thread(programme.write_text, dump(a_short_day()))
    told = f'data = "{Path(data).parent}"\nprogramme = "{programme}"\nedition = "test-day"\n'
    await asyncio.to_thread(file.write_text, told)

    async def ask() -> int:
        arguments = ["archive", "--out", str(out), "--settings", str(file)]
        return await asyncio.to_thread(main, arguments)

    index = Path(data).parent / "media" / "index.jsonl"
    before = await asyncio.to_thread(index.read_bytes)
    assert await ask() == 0, capsys.readouterr().err
    assert await asyncio.to_thread(out.read_bytes) == whole.content
    assert await ask() == 2
    assert f"expected no file at {out}" in capsys.readouterr().err
    tag = whole.headers["etag"].strip('"')[:12]
    begun, stale = (tmp_path / f"udgave.zip.{each}.part" for each in (tag, "0" * 12))
    await asyncio.to_thread(out.unlink)
    await asyncio.to_thread(begun.write_bytes, whole.content[:70_000])
    await asyncio.to_thread(stale.write_bytes, b"of yesterday")
    assert await ask() == 0
    assert "Goes on at 0 MB" in capsys.readouterr().err
    assert await asyncio.to_thread(out.read_bytes) == whole.content
    left = await asyncio.to_thread(lambda: {each.name for each in tmp_path.iterdir()})
    assert left == {*("topmoede.toml", "program.toml", "udgave.zip")}
    assert (await asyncio.to_thread(index.read_bytes)).startswith(before)


async def test_documents_are_the_secretariat_s_to_add_and_are_gone_from_the_disk_when_removed(
    day: MovedDay,
) -> None:
    path, query = "/api/library/done/documents", {"title": "Slides"}
    for key in ("aalborg", "aalborg-host", "staff", "moderator", "committee"):
        http = await day.sign_in(key)
        assert (await http.post(path, params=query, content=a_pdf())).status_code == 404, key
    assert (await day.somebody().post(path, params=query, content=a_pdf())).status_code == 401
    http = await day.sign_in("secretariat")
    elsewhere = {"origin": "https://elsewhere.example"}
    for title, data, headers, code in (
        ("Slides", a_pdf(), elsewhere, "foreign_origin"),
        ("Slides", b"MZ" + bytes(90), {}, "file_kind"),
        (" ", a_pdf(), {}, "bad_title"),
    ):
        answer = await http.post(path, params={"title": title}, content=data, headers=headers)
        assert answer.json()["code"] == code
    answer = await http.post(path.replace("done", "z"), params=query, content=a_pdf())
    assert answer.json()["code"] == "unknown_item"
    address = await day.documented("done", "Slides")
    id = address.rsplit("/", 1)[1]
    kept = day.parts.documents.cabinet
    assert await asyncio.to_thread(kept.get, f"items/{id}") == a_pdf()
    fetched = await day.somebody().get(address)
    assert fetched.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert fetched.headers["content-disposition"].startswith('attachment; filename="Slides.pdf"')
    again = {"if-none-match": fetched.headers["etag"]}
    assert (await day.somebody().get(address, headers=again)).status_code == 304
    await day.done("secretariat", "library.documents", "remove_document", item="done", document=id)
    assert (await http.get(address)).status_code == 404
    await gone_from(kept, f"items/{id}")


async def gone_from(cabinet: Cabinet, name: str) -> None:
    for _ in range(500):
        if name not in await asyncio.to_thread(lambda: [each for each, _ in cabinet.names()]):
            return
        await asyncio.sleep(0.02)  # the task that removes it says nothing when it has
    raise AssertionError(f"{name} stayed")


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


async def test_a_film_s_text_follows_the_cut_of_its_recording_and_stays_beside_the_film(
    day: MovedDay,
) -> None:
    """Shown on a channel, it is seen again as the channel's recording, and never from the film."""
    member = await day.sign_in("aalborg")
    assert day.parts.picture is not None
    replays = day.parts.picture.answers.replays
    assert replays.film("film") is None, "only what is watched on demand is packaged by itself"
    keys = [
        part.start_ticks
        for span in replays.spans("film")
        for part in span.generation.lanes[Lane.VIDEO][span.segment].parts
        if part.independent
    ]
    cut = {"item": "film", "cut": 0, "start_ticks": keys[1]}
    await day.done("secretariat", "recordings", "nudge_cut", **cut)
    begins_s = (keys[1] - keys[0]) / VIDEO_HZ
    left_s = sum(span.duration_ticks for span in replays.spans("film")) / VIDEO_HZ
    (whole, *_) = read_webvtt((await member.get("/captions/clip.vtt")).text)
    assert (whole.start_s, whole.end_s > begins_s) == (0.0, True)
    (first, *_) = read_webvtt((await member.get("/captions/item/film.vtt")).text)
    assert (first.start_s, first.text) == (0.0, whole.text)
    assert first.end_s == pytest.approx(min(whole.end_s - begins_s, left_s), abs=0.002)
    index = (await member.get("/replay/film/index.m3u8")).text
    (texts,) = (uri for uri in lanes_of(index) if "captions-" in uri)
    (piece,) = uris((await member.get(f"/replay/film/{texts}")).text)
    said = (await member.get(f"/replay/film/{texts.rsplit('/', 1)[0]}/{piece}")).text
    (seen, *_) = read_webvtt(said)
    assert seen.text == first.text
    assert seen.end_s - seen.start_s == pytest.approx(first.end_s, abs=0.002)


async def test_a_link_s_page_and_the_archive_give_a_moved_cut_s_text_as_the_library_does(
    day: MovedDay,
) -> None:
    """Its beginning or its end is nudged; there is no second reading of captions anywhere."""
    assert day.parts.picture is not None
    replays, office = day.parts.picture.answers.replays, await day.sign_in("secretariat")

    async def nudge(**cut: int) -> None:
        number = replays.recordings.items["film"].cut.number
        await day.done("secretariat", "recordings", "nudge_cut", item="film", cut=number, **cut)

    await nudge()
    said = (Cue(0.0, 0.7, "Først"), Cue(0.7, 60.0, "Så"))
    answer = await office.put("/api/captions/film/da", content=write_webvtt(said))
    assert answer.status_code == 200, answer.text
    stranger, shared = day.somebody(), await pass_of_a_link_to(day, "film")
    parts = [
        part
        for span in replays.spans("film", whole=True)
        for part in span.generation.lanes[Lane.VIDEO][span.segment].parts
    ]
    begins = next(part.start_ticks for part in parts[1:] if part.independent)
    ends = parts[0].start_ticks + parts[0].duration_ticks
    for cut, wanted in (
        ({"end_ticks": ends}, ["Først", "Så"]),
        ({"start_ticks": begins}, ["Så"]),
    ):
        await nudge(**cut)
        library = (await office.get("/captions/item/film.vtt")).text
        cues = read_webvtt(library)
        assert [cue.text for cue in cues] == wanted
        lasts_s = sum(span.duration_ticks for span in replays.spans("film")) / VIDEO_HZ
        assert cues[-1].end_s == pytest.approx(lasts_s, abs=0.002), "it ends with the picture"

        there = await stranger.get("/captions/item/film.vtt", params={"pass": shared})
        assert there.text == library
        record = (await office.get("/replay/film/record.html")).text
        whole = await office.get("/archive/edition.zip")
        with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
            folder = "punkter/09.00 film"
            assert archive.read(f"{folder}/undertekster.da.vtt").decode() == library
            page = archive.read(f"{folder}/side.html").decode()
        lines = re.findall(r"<tr><th>.*?</tr>", page)
        assert lines == re.findall(r"<tr><th>.*?</tr>", record)
        assert len(lines) == len(wanted)


async def pass_of_a_link_to(day: MovedDay, item: str) -> str:
    """What the page behind a share link fetches everything with; so does the one that embeds it."""
    await day.done("secretariat", "library", "open_now", item=item, audience="link")
    share = {"title": "Til skolerne", "items": [item], "institution": "school"}
    await day.done("aalborg-host", "shares:aalborg", "make_share", **share)
    (address,) = (await (await day.sign_in("aalborg-host")).get("/api/shares")).json().values()
    opened = await day.somebody().get(f"/api/shared/{address.rsplit('/', 1)[1]}")
    return str(opened.json()["pass"])
