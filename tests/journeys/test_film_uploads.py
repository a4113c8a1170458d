"""A film sent to a running server: killed on the way, gone on with, taken in, watched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.journeys.running_demo import Demo, Visitor, a_demo
from tests.journeys.tus_client import VERSION, TusUpload
from tests.streams.filmfiles import PICTURE, SINE, a_file

SRT = "1\n00:00:00,500 --> 00:00:02,000\nGoddag fra Aalborg\n"
BACKSTAGE = ("moderator", "secretariat")
OTHERS = ("aalborg", "aalborg-host", "aarhus", "committee", "staff", "individual")

pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with a_demo(tmp_path_factory.mktemp("day"), "--at", "09.02") as running:
        yield running
        assert running.traces() == []


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("film")
    return a_file(folder, *PICTURE, *SINE, "-c:v", "mpeg4", "-b:v", "4M", name="x.mov").read_bytes()


async def stands(visitor: Visitor, film: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """What is told of a film once it stands as wanted."""

    def found(answer: httpx.Response) -> dict[str, Any]:
        told: dict[str, Any] = answer.json()["films"][film]
        return told

    answer = await visitor.get_until("/api/films", lambda a: wanted.items() <= found(a).items())
    return found(answer)


async def test_a_film_survives_a_killed_server_and_is_watched(demo: Demo, film: bytes) -> None:
    office = await demo.sign_in("secretariat")
    upload = TusUpload(office.http, film)
    begun = await upload.begin(item="tema-1", filename="../Temamøde 1.mov")
    assert begun.status_code == 201, begun.text
    third = len(film) // 3
    assert (await upload.send(0, third)).status_code == 204
    assert await upload.offset() == third
    told = await stands(office, "tema-1", {"state": "uploading"})
    assert told["upload"]["name"] == "Temamøde 1.mov"
    assert told["upload"]["offset"] == third

    await demo.kill()
    await demo.start_again()
    assert await upload.offset() == third
    done = await upload.send(third, None, Repr_Digest=upload.digest())
    assert done.status_code == 204, done.text
    assert done.headers["upload-offset"] == str(len(film))

    told = await stands(office, "tema-1", {"state": "ready", "upload": None})
    assert told["duration_s"] == pytest.approx(4.0, abs=0.1)
    assert told["file"]["name"] == "Temamøde 1.mov"
    assert told["file"]["against"][0] == "another_codec"
    assert told["fit"]["over_s"] == 0
    await office.get_until(
        "/replay/tema-1/1/video.m3u8",
        lambda answer: answer.text.count("#EXTINF") == 2 and "#EXT-X-ENDLIST" in answer.text,
    )
    picture = await office.http.get("/api/films/tema-1.mp4", headers={"Range": "bytes=4-7"})
    assert (picture.status_code, picture.content) == (206, b"ftyp")


async def test_what_is_no_film_is_refused_and_says_why(demo: Demo) -> None:
    office = await demo.sign_in("moderator")
    upload = TusUpload(office.http, b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x\n")
    assert (await upload.begin(film="tema-2", filename="x.mp4")).status_code == 201
    assert (await upload.send(0)).status_code == 204
    told = await stands(office, "tema-2", {"upload": None, "state": "ready"})
    assert told["refused"]["code"] == "unreadable"
    assert told["refused"]["name"] == "x.mp4"
    again = TusUpload(office.http, b"x")
    assert (await again.begin(film="tema-2", filename="y.mp4")).status_code == 201
    await stands(office, "tema-2", {"refused": None})
    assert (await office.http.delete(again.location, headers=VERSION)).status_code == 204


async def test_every_kind_of_nonsense_has_its_code(demo: Demo) -> None:
    office = await demo.sign_in("secretariat")
    http = office.http
    film = "film dGVtYS0z"  # tema-3
    for headers, status, code in (
        ({"Upload-Length": "10", "Upload-Metadata": film}, 412, "wrong_protocol"),
        (VERSION | {"Upload-Metadata": film}, 400, "bad_request"),
        (VERSION | {"Upload-Length": "-1", "Upload-Metadata": film}, 400, "bad_request"),
        (VERSION | {"Upload-Length": "1" * 30, "Upload-Metadata": film}, 400, "bad_request"),
        (VERSION | {"Upload-Length": "10", "Upload-Metadata": "film %%"}, 400, "bad_request"),
        (VERSION | {"Upload-Length": "10", "Upload-Metadata": "x" * 5000}, 400, "bad_request"),
        (VERSION | {"Upload-Length": "0", "Upload-Metadata": film}, 409, "empty"),
        (VERSION | {"Upload-Length": "9" * 15, "Upload-Metadata": film}, 413, "too_large"),
        (VERSION | {"Upload-Length": "10"}, 404, "not_found"),
        (VERSION | {"Upload-Length": "10", "Upload-Metadata": "film Li4veA=="}, 404, "not_found"),
    ):
        answer = await http.post("/api/uploads", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), headers
        assert answer.headers["tus-resumable"] == "1.0.0"
    upload = TusUpload(http, b"0123456789")
    assert (await upload.begin(film="tema-3", filename="f.mp4")).status_code == 201
    second = await TusUpload(http, b"x").begin(film="tema-3", filename="f.mp4")
    assert (second.status_code, second.json()["code"]) == (409, "upload_exists")
    assert second.json()["upload"] == upload.location.rsplit("/", 1)[1]
    for headers, status, code in (
        ({"Upload_Offset": "5"}, 409, "wrong_offset"),
        ({"Upload_Offset": "x"}, 400, "bad_request"),
        ({"Content_Type": "video/mp4"}, 415, "wrong_type"),
        ({"Upload_Checksum": "md5 AAAA"}, 400, "bad_request"),
        ({"Upload_Checksum": "sha1 " + "A" * 27 + "="}, 460, "checksum_mismatch"),
        ({"Tus_Resumable": "0.2.2"}, 412, "wrong_protocol"),
    ):
        told = {name: str(value) for name, value in headers.items()}
        answer = await upload.send(0, 4, **told)
        assert (answer.status_code, answer.json()["code"]) == (status, code), headers
    assert await upload.offset() == 0
    long = TusUpload(http, b"0" * 20, upload.location)
    assert (await long.send(0)).json()["code"] == "too_large"
    wrong = await upload.send(0, None, Repr_Digest="sha-256=:" + "A" * 43 + "=:")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "file_mismatch")
    assert (await http.head(upload.location, headers=VERSION)).status_code == 404
    for path in ("/api/uploads/..%2f..%2fx", "/api/uploads/%00", "/api/films/..%2fx.mp4"):
        assert (await http.get(path)).status_code in (400, 404), path


async def test_captions_come_in_by_language_and_their_faults_by_line(demo: Demo) -> None:
    office = await demo.sign_in("secretariat")
    path = "/api/films/tema-3/captions/"
    taken = await office.http.put(path + "da", content=SRT.encode("cp1252"))
    assert (taken.status_code, taken.json()) == (200, {"cues": 1, "end_s": 2.0})
    shown = await office.http.get("/captions/tema-3.vtt")
    assert shown.text == "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nGoddag fra Aalborg\n"
    assert (await office.http.get("/captions/tema-3.vtt?language=en")).status_code == 404
    assert (await office.http.put(path + "en", content=SRT)).status_code == 200
    assert (await office.http.get("/captions/tema-3.vtt?language=en")).status_code == 200
    faulty = await office.http.put(path + "da", content="1\n00:00:03,000 --> 00:00:02,000\nx\n")
    assert (faulty.status_code, faulty.json()["code"]) == (422, "caption_faults")
    assert faulty.json()["faults"][0]["line"] == 2
    huge = await office.http.put(path + "da", content=b" " * (2 * 1024 * 1024 + 1))
    assert huge.status_code == 413
    assert (await office.http.put(path + "..%2fx", content=SRT)).status_code in (404, 409)
    assert (await office.http.put("/api/films/x/captions/da", content=SRT)).status_code == 404
    assert (await office.http.get("/captions/tema-3.vtt")).text == shown.text
    assert (await office.http.delete(path + "en")).status_code == 204
    assert (await office.http.delete(path + "en")).status_code == 404


async def test_only_those_behind_the_scene_send_films(demo: Demo) -> None:
    office = await demo.sign_in("moderator")
    upload = TusUpload(office.http, b"0123456789")
    assert (await upload.begin(film="tema-4", filename="f.mp4")).status_code == 201
    asked: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("POST", "/api/uploads", {"Upload-Length": "10", "Upload-Metadata": "film dGVtYS01"}),
        ("GET", upload.location, {}),
        ("PATCH", upload.location, {"Upload-Offset": "0"}),
        ("DELETE", upload.location, {}),
        ("GET", "/api/films", {}),
        ("GET", "/api/films/tema-1.mp4", {}),
        ("PUT", "/api/films/tema-1/captions/da", {}),
        ("DELETE", "/api/films/tema-1/captions/da", {}),
    )
    foreign = {"Origin": "https://elsewhere.example"}
    async with demo.stranger() as stranger:
        for method, path, headers in asked:
            told = VERSION | headers
            answer = await stranger.request(method, path, headers=told)
            assert answer.status_code == 401, (method, path)
            for key in OTHERS:
                visitor = await demo.sign_in(key)
                answer = await visitor.http.request(method, path, headers=told)
                assert answer.json()["code"] == "not_found", (key, method, path)
            if method != "GET":
                answer = await office.http.request(method, path, headers=told | foreign)
                assert answer.json()["code"] == "foreign_origin", (method, path)
    assert await upload.offset() == 0
    for key in BACKSTAGE:
        visitor = await demo.sign_in(key)
        assert (await visitor.open("films"))[0]["op"] == "joined"
        assert (await visitor.http.get(upload.location)).json()["film"] == "tema-4"
    member = await demo.sign_in("aalborg")
    assert (await member.open("films"))[0]["op"] == "denied"


async def test_a_film_that_is_on_air_is_not_replaced(demo: Demo) -> None:
    moderator = await demo.sign_in("moderator")
    await moderator.open("show")
    await moderator.do("show", "set_mode", mode="manual")
    now = (await moderator.http.get("/api/show")).json()["now"]
    taken = await moderator.do("show", "take", item="03", after=now)
    assert taken["op"] == "done", taken
    begun = await TusUpload(moderator.http, b"x").begin(film="indsatser", filename="f.mp4")
    assert begun.json()["code"] == "on_air"
