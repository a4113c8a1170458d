"""The media process is killed in the middle of a day; all else goes on, and it comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from streams.segments import Lane
from tests.journeys.installation import (
    ENDS_WITHIN_S,
    Installation,
    an_installation,
    served,
    signed_in,
)
from tests.journeys.running_demo import Visitor
from tests.journeys.screen import Screen

pytestmark = pytest.mark.whole

WITHIN_S = 120.0
CHATTERS = 4
PACE_S = 0.4
ROOM = "room:aalborg"


@dataclass
class Chatter:
    """Somebody who writes one message after the other, each when the last was acknowledged."""

    visitor: Visitor
    told: list[int] = field(default_factory=list)

    async def chat(self, back: asyncio.Event) -> None:
        """Writes until the picture is back, and more than once however soon that is."""
        number = 0
        while number < 2 or not back.is_set():
            number += 1
            text = f"{self.visitor.key} {number}"
            answer = await self.visitor.do(ROOM, "post_message", text=text)
            assert answer["op"] == "done", answer
            self.told.append(answer["seq"])
            await asyncio.sleep(PACE_S)


def media_process(here: Installation) -> int:
    """Who is in charge of the picture."""
    return int((here.folder / "data" / "media.lock").read_text())


def waits_for_its_turn(process: psutil.Process, here: Installation) -> bool:
    lock = str(here.folder / "data" / "media.lock")
    links = Path(f"/proc/{process.pid}/fd").iterdir()
    try:
        return process.pid != media_process(here) and lock in {os.readlink(link) for link in links}
    except FileNotFoundError:
        return False


async def until_a_spare_waits(front: asyncio.subprocess.Process, here: Installation) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            children = psutil.Process(front.pid).children()
            if any(waits_for_its_turn(child, here) for child in children):
                return
            await asyncio.sleep(0.05)  # another process's state: nothing to wait on


async def people(here: Installation) -> tuple[list[Visitor], Visitor]:
    """Members of one room, and a moderator."""
    keys = [f"gaest-{number}" for number in range(CHATTERS)]
    rows = [f"{key},{key},member,Aalborg" for key in keys]
    (here.folder / "people.csv").write_text(
        "\n".join(["key,name,role,municipality", *rows, "ida,Ida,moderator,"])
    )
    links = here.folder / "links.csv"
    status, said = await here.run(
        "people", "import", str(here.folder / "people.csv"), "--links", str(links)
    )
    assert status == 0, said
    invited = {row.split(",")[0]: row.split(",")[-1] for row in links.read_text().splitlines()}
    members = [await signed_in(here, invited[key]) for key in keys]
    return members, await signed_in(here, invited["ida"])


async def until_shown(screen: Screen, count: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            if await screen.look(Lane.VIDEO) is not None:
                break
            await asyncio.sleep(0.05)  # another process's state: nothing to wait on
        while screen.shown() < count:
            await screen.follow_on()
    await screen.look(Lane.AUDIO)


async def until_back(visitor: Visitor) -> list[str]:
    """Asks for the picture until it is there; the codes of what came instead."""
    codes = []
    async with asyncio.timeout(WITHIN_S):
        while (answer := await visitor.http.get("/hls/main/video.m3u8")).status_code != 200:
            assert answer.status_code in (502, 503), answer.text
            assert answer.headers["retry-after"] == "1"
            codes.append(answer.json()["code"])
            await asyncio.sleep(0.02)
    return codes


async def test_a_killed_media_process_comes_back_with_the_same_numbers_while_people_chat(
    tmp_path: Path,
) -> None:
    here = an_installation(tmp_path)
    here.write()
    async with served(here) as front:
        members, ida = await people(here)
        for visitor in members:
            await visitor.open(ROOM)
        await ida.open("sources")
        screen = Screen(ida)
        await until_shown(screen, 3)
        await screen.keep_newest()
        await until_a_spare_waits(front, here)
        before = await ida.http.get("/api/openapi.json")

        killed = media_process(here)
        chatters = [Chatter(visitor) for visitor in members]
        back = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for each in chatters:
                tasks.create_task(each.chat(back))
            os.kill(killed, signal.SIGKILL)
            began = time.monotonic()
            codes = await until_back(ida)
            took_s = time.monotonic() - began
            await screen.follow_on()
            back.set()
        print(f"the picture was back {took_s:.2f} s after the kill; meanwhile {codes[:3]}")
        assert media_process(here) != killed
        assert codes, "it was asked while nobody was there"
        assert set(codes) <= {"media_down", "media_lost"}
        assert await screen.check_kept() > 2
        screen.rules.check()

        told = sorted(seq for each in chatters for seq in each.told)
        assert len(told) > CHATTERS
        assert len(told) == len(set(told))
        frame = await ida.hear_that(lambda f: f["op"] == "state" and f["topic"] == "sources")
        assert frame["data"]["films"] == {}
        assert (await ida.http.get("/api/openapi.json")).content == before.content
        metrics = (await ida.http.get("/metrics")).text
        assert 'topmoede_channel_sequence{channel="main"}' in metrics
        assert "topmoede_connections " in metrics
        await leave(*members, ida)
        await ends_in_peace(front)


async def leave(*visitors: Visitor) -> None:
    for visitor in visitors:
        await visitor.leave()


async def ends_in_peace(front: asyncio.subprocess.Process) -> None:
    """Both drain on the one signal, and nobody is left."""
    children = psutil.Process(front.pid).children()
    assert children
    front.send_signal(signal.SIGTERM)
    async with asyncio.timeout(ENDS_WITHIN_S):
        said, _ = await front.communicate()
    assert front.returncode == 0
    assert b"Traceback" not in said, said.decode()
    assert not any(child.is_running() for child in children)


async def test_a_media_process_whose_front_is_gone_drains_and_ends(tmp_path: Path) -> None:
    here = an_installation(tmp_path)
    here.write()
    media = await here.start("serve", "--part", "media", "--supervised")
    try:
        async with asyncio.timeout(WITHIN_S):
            while True:
                if (tmp_path / "data" / "media.sock").exists():
                    break
                await asyncio.sleep(0.05)  # another process's socket: nothing to wait on
            assert media_process(here) == media.pid
            # The end of our pipe is all that a killed front leaves behind.
            assert media.stdin is not None
            media.stdin.close()
            said, _ = await media.communicate()
        assert media.returncode == 0, said.decode()
        assert b"draining" in said
        assert b"Traceback" not in said, said.decode()
    finally:
        if media.returncode is None:
            media.kill()
            await media.wait()
