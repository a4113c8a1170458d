"""`topmoede serve` as it is run for real: settings in a file, people from another command."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.journeys.installation import ENDS_WITHIN_S, KEY, an_installation, served, signed_in
from tests.streams.broadcast import Look
from tests.streams.rtmp_encoder import a_wire_encoder, tags

pytestmark = pytest.mark.whole


def modes_of_the_database(folder: Path) -> set[int]:
    return {file.stat().st_mode & 0o777 for file in folder.glob("data/topmoede.db*")}


async def test_people_come_in_while_the_server_runs_and_it_ends_in_peace(tmp_path: Path) -> None:
    here = an_installation(tmp_path)
    here.write()
    async with served(here) as process:
        assert modes_of_the_database(tmp_path) == {0o600}
        people = tmp_path / "people.csv"
        people.write_text(
            "key,name,role,municipality\nmette,Mette,member,Aalborg\nida,Ida,moderator,"
        )
        links = tmp_path / "links.csv"
        status, said = await here.run("people", "import", str(people), "--links", str(links))
        assert (status, links.stat().st_mode & 0o077) == (0, 0), said
        invited = {row.split(",")[0]: row.split(",")[-1] for row in links.read_text().splitlines()}
        mette = await signed_in(here, invited["mette"])
        status, said = await here.run("link", "ida")
        assert status == 0, said
        ida = await signed_in(here, said.strip())
        used = await ida.http.post(said.strip().removeprefix(here.base))
        assert used.headers["location"].endswith("?brugt")

        show, room, backstage = await mette.open("show", "room:aalborg", "sources")
        assert show["snapshot"]["state"] == "before"
        assert (room["op"], backstage["op"]) == ("joined", "denied")
        assert (await mette.do("room:aalborg", "post_message", text="Hej"))["op"] == "done"
        await ida.open("show")
        assert (await ida.do("show", "hold"))["op"] in ("done", "refused")
        for visitor in (mette, ida):
            await visitor.leave()

        async with a_wire_encoder(here.rtmp_port) as encoder:
            await encoder.publish(KEY)
            await encoder.send(tags(Look(), 2))
            process.send_signal(signal.SIGTERM)
            await encoder.hung_up()
        async with asyncio.timeout(ENDS_WITHIN_S):
            said_at_all, _ = await process.communicate()
        assert b"encoder publishes" in said_at_all
        assert KEY.encode() not in said_at_all
        assert process.returncode == 0
        assert b"Traceback" not in said_at_all
        assert b"Hej" not in said_at_all


async def test_an_unsafe_setting_is_refused_and_named(tmp_path: Path) -> None:
    """One, by the program as it is run; all of them in tests/server/test_serving.py."""
    here = an_installation(tmp_path)
    here.write(public_url="http://topmoede.dk")
    process = await here.start("serve")
    said, _ = await process.communicate()
    assert process.returncode not in (0, None), said.decode()
    assert b"https" in said
    assert b"Traceback" not in said, said.decode()
