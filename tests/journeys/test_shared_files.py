"""Files in rooms, over HTTP and on the disk of a server as it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.journeys.permission_table import ROLES, let_in
from tests.journeys.running_demo import Demo, a_demo, unhurried
from tests.journeys.shared_files import Sender, a_pdf
from tests.streams.snapshots import a_photo, a_png_that_says_it_is

pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]

IN_AALBORG = {"aalborg", "aalborg-host", "staff", "individual"}
IN_THE_COMMITTEE = {"aalborg", "aalborg-host", "committee", "aarhus-host"}
HOST, MEMBER = "aalborg-host", "aalborg"
SANDBOXED = {
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-cache",
}
SECRET = b"57.048820,9.921747"
SMALL_ROOM, SMALL_HOUR = 400_000, 200_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TOPMOEDE_FILES__PDF_BYTES", "100000")
        async with a_demo(tmp_path_factory.mktemp("day"), *unhurried("09.08")) as running:
            await let_in(running)
            yield running
            assert running.traces() == []


async def everybody(demo: Demo) -> dict[str, httpx.AsyncClient]:
    return {key: (await demo.sign_in(key)).http for key in ROLES}


async def senders(demo: Demo, room: str = "aalborg") -> dict[str, Sender]:
    return {key: Sender(http, room) for key, http in (await everybody(demo)).items()}


def on_the_disk(demo: Demo, id: str) -> list[str]:
    return sorted(each.name for each in (demo.folder / "data" / "rooms").rglob(f"*{id}*"))


async def gone_from_the_disk(demo: Demo, id: str) -> None:
    for _ in range(500):
        if not on_the_disk(demo, id):
            return
        await asyncio.sleep(0.02)  # another process's files: there is nothing to wait on
    raise AssertionError(f"{id} stayed on the disk")


async def test_every_role_meets_every_file_as_its_message_says(demo: Demo) -> None:
    """Role x where the file stands x what is asked; who may not is told what is told of nothing."""
    here, group = await senders(demo), await senders(demo, "aalborg.udvalg")
    posted = await here[MEMBER].shared(a_pdf(), "plan.pdf")
    grouped = await group[MEMBER].shared(a_photo(64, 48), "foto.jpg")
    waiting = await here[MEMBER].sent(a_pdf())
    assert (await here[HOST].do("room:aalborg", "set_review", {"on": True})).status_code == 200
    held = await here[MEMBER].shared(a_photo(64, 48), "holdt.jpg")
    assert (await here[HOST].do("room:aalborg", "set_review", {"on": False})).status_code == 200
    table = {
        posted: (here, IN_AALBORG),
        grouped: (group, IN_THE_COMMITTEE),
        held: (here, {MEMBER, HOST}),
        waiting: (here, {MEMBER}),
    }
    async with demo.stranger() as stranger:
        for id, (rooms, may) in table.items():
            for key, sender in rooms.items():
                address, absent = sender.address(id), sender.address("0" * 32)
                there = await sender.http.get(address)
                assert there.status_code == (200 if key in may else 404), (key, id)
                if key not in may:
                    nothing = await sender.http.get(absent)
                    assert there.content == nothing.content, (key, id)
                small = (await sender.http.get(f"{address}/small")).status_code
                shows = key in may and id in (grouped, held)
                assert small == (200 if shows else 404), (key, id)
                if id != waiting or key != MEMBER:
                    refused = await sender.http.delete(address)
                    assert refused.status_code == 404, (key, id)
            assert (await stranger.get(rooms[MEMBER].address(id))).status_code == 401
            elsewhere = address.replace(rooms[MEMBER].room, "aarhus")
            assert (await here["aarhus"].http.get(elsewhere)).status_code == 404
    for room, may in (("aalborg", IN_AALBORG), ("aalborg.udvalg", IN_THE_COMMITTEE)):
        for key, sender in (await senders(demo, room)).items():
            status = (await sender.send(b"GIF89a")).status_code
            assert status == (415 if key in may else 404), (key, room)
    foreign = {"origin": "https://elsewhere.example"}
    for ask in ("POST", "DELETE"):
        address = f"/api/rooms/aalborg/files{f'/{waiting}' if ask == 'DELETE' else ''}"
        answer = await here[MEMBER].http.request(ask, address, headers=foreign)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert (await here[MEMBER].http.delete(here[MEMBER].address(waiting))).status_code == 204
    await gone_from_the_disk(demo, waiting)
    for id in (posted, held, grouped):
        assert on_the_disk(demo, id)


async def test_a_file_comes_as_a_download_in_a_sandbox_by_its_own_name(demo: Demo) -> None:
    mette = (await senders(demo))[MEMBER]
    for data, name, kind, told in (
        (a_pdf(), 'Møde "1"\u202e/../æ.pdf', "application/pdf", "_.pdf"),
        (a_photo(640, 480, place=SECRET), "søndag.heic", "image/jpeg", "s_ndag.jpg"),
    ):
        id = await mette.shared(data, name, alt="Et billede")
        answer = await mette.http.get(mette.address(id))
        assert {name: answer.headers[name] for name in SANDBOXED} == SANDBOXED
        assert answer.headers["content-type"] == kind
        said = answer.headers["content-disposition"]
        assert said.startswith(f"attachment; filename=\"{told}\"; filename*=UTF-8''")
        assert "%C3%" in said
        assert SECRET not in answer.content
        again = {"if-none-match": answer.headers["etag"]}
        assert (await mette.http.get(mette.address(id), headers=again)).status_code == 304
        taken = await mette.http.get(mette.address(id), headers={"range": "bytes=0-3"})
        assert taken.status_code == 200
    text = (await mette.http.get("/api/rooms/aalborg/transcript")).text
    assert "[Fil: æ.pdf]" in text
    assert "[Fil: søndag.jpg]" in text
    found = await mette.http.get("/api/rooms/aalborg/search?q=søndag")
    assert [one["files"][0]["name"] for one in found.json()["items"]] == ["søndag.jpg"]


REFUSED = {
    "an svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "file_kind"),
    "a page": (b"<!doctype html><script>1</script>", "file_kind"),
    "a gif": (b"GIF89a" + bytes(90), "file_kind"),
    "a program": (b"MZ" + bytes(90), "file_kind"),
    "an archive": (b"PK\x03\x04" + bytes(90), "file_kind"),
    "nothing": (b"", "file_kind"),
    "what an iphone keeps": (bytes(4) + b"ftypheic" + bytes(90), "file_heic"),
    "a page that ends as a pdf": (b"<html>%PDF-1.4\n%%EOF", "file_kind"),
    "half a pdf": (b"%PDF-1.4\n" + bytes(2_000), "file_unreadable"),
    "half a picture": (a_photo(64, 48)[:400], "file_unreadable"),
    "a bomb": (a_png_that_says_it_is(30_000, 30_000), "picture_too_large"),
    "too much": (a_pdf("x" * 100_001), "too_large"),
}


async def test_what_is_not_wanted_is_refused_by_name_and_leaves_nothing(demo: Demo) -> None:
    mette = (await senders(demo))[MEMBER]
    before = sorted((demo.folder / "data" / "rooms").rglob("*"))
    for name, (data, code) in REFUSED.items():
        answer = await mette.send(data)
        assert (name, answer.json()["code"]) == (name, code)
    assert sorted((demo.folder / "data" / "rooms").rglob("*")) == before


async def test_a_file_goes_with_its_message_from_the_disk_too(demo: Demo) -> None:
    people = await senders(demo)
    mette, host = people[MEMBER], people[HOST]
    room = "room:aalborg"

    async def newest(message: str = "") -> str:
        hits = (await mette.http.get("/api/rooms/aalborg/search?q=se her")).json()["items"]
        return str(hits[0]["id"])

    deleted = await mette.shared(a_photo(64, 48), "slettes.jpg")
    assert len(on_the_disk(demo, deleted)) == 2
    by_host = {"message": await newest()}
    assert (await host.do(room, "delete_message", by_host)).status_code == 200
    await gone_from_the_disk(demo, deleted)
    assert await mette.status(deleted) == 404
    await host.do(room, "set_review", {"on": True})
    me = (await mette.http.get("/api/me")).json()["id"]
    for number, (name, topic, by) in enumerate(
        (("decline_message", "room.host:aalborg", host), ("delete_message", room, mette)), 2
    ):
        id = await mette.shared(a_pdf(), f"holdt {number}.pdf")
        for _ in range(9):  # which number the held message has depends on those before it
            done = await by.do(topic, name, {"message": f"{me}.m{number}"})
            if done.status_code == 200:
                break
            number += 1
        await gone_from_the_disk(demo, id)
        assert await mette.status(id) == 404
    await host.do(room, "set_review", {"on": False})


async def test_whoever_is_shown_out_of_a_room_has_its_files_no_longer(demo: Demo) -> None:
    people = await senders(demo, "aalborg.udvalg")
    id = await people[MEMBER].shared(a_pdf(), "udvalg.pdf")
    guest = people["committee"]
    assert await guest.status(id) == 200
    who = (await guest.http.get("/api/me")).json()["id"]
    shown_out = {"group": "udvalg", "person": who}
    done = await people[HOST].do("groups:aalborg", "dismiss_guest", shown_out)
    assert done.status_code == 200
    assert await guest.status(id) == 404
    tag = {"if-none-match": f'"{id}"'}
    assert (await guest.http.get(guest.address(id), headers=tag)).status_code == 404
    await people[HOST].do("groups:aalborg", "invite_guest", shown_out)


async def test_many_at_once_are_told_to_wait_and_the_others_are_taken(demo: Demo) -> None:
    mette = (await senders(demo))[MEMBER]
    photo = a_photo(640, 480)
    answers = await asyncio.gather(*(mette.send(photo) for _ in range(6)))
    codes = sorted(answer.status_code for answer in answers)
    assert set(codes) <= {201, 503}
    assert codes.count(201) >= 2
    assert all("retry_ms" in answer.json() for answer in answers if answer.status_code == 503)


@pytest.mark.long
async def test_what_was_kept_is_there_after_a_kill_and_erased_when_its_time_comes(
    tmp_path: Path,
) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TOPMOEDE_FILES__ROOM_BYTES", str(SMALL_ROOM))
        environment.setenv("TOPMOEDE_FILES__HOUR_BYTES", str(SMALL_HOUR))
        async with a_demo(tmp_path, *unhurried("09.08")) as demo:
            mette = (await senders(demo))[MEMBER]
            posted = await mette.shared(a_pdf("kanariegul"), "kanariegul.pdf")
            orphan = await mette.sent(a_pdf())
            for size, code in ((SMALL_HOUR, "files_too_fast"), (SMALL_ROOM, "files_full")):
                answer = await mette.send(a_pdf("x" * size))
                assert answer.json()["code"] == code
            stray = demo.folder / "data" / "rooms" / "aalborg" / ("f" * 32)
            await demo.kill()
            await demo.start_again()
            mette = (await senders(demo))[MEMBER]
            assert await mette.status(posted) == 200
            assert b"kanariegul" in (await mette.http.get(mette.address(posted))).content
            stray.write_bytes(b"left by a killed process")
            copy = tmp_path / "backup"
            await demo.command("backup", "--to", str(copy))
            kept = {each.name for each in (copy / "rooms" / "aalborg").iterdir()}
            assert {posted, orphan} <= kept
            await demo.stop()
            await demo.command("erase", "--now")
            for id in (posted, orphan, "f" * 32):
                assert on_the_disk(demo, id) == []
            await demo.command("backup", "--to", str(copy))
            assert not [each for each in (copy / "rooms").rglob("*") if each.is_file()]
            for file in demo.folder.rglob("*.db*"):
                assert b"kanariegul" not in file.read_bytes(), file
