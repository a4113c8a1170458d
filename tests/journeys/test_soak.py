"""A long day in minutes: hundreds of publishers, thousands of viewers come, and nothing stays."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from aiortc import RTCSessionDescription

from tests.journeys.running_demo import Demo, Frame, Visitor, a_demo
from tests.journeys.server_footing import check_flat, soak, teach_to_collect
from tests.journeys.simulated_player import a_line, next_place
from tests.streams.broadcast import Look
from tests.streams.loopback_camera import a_connection, an_offer, coded_pictures
from tests.streams.parsed_playlist import parse
from tests.streams.rtmp_encoder import a_wire_encoder, tags

pytestmark = pytest.mark.alone

PUBLISHERS, VIEWERS = 500, 2000
SOURCE = "kl-huset"
INPUTS = ("main", *(f"spare-{number}" for number in range(1, 20)))
LIVE_ITEM, BREAK = "02", "04"
STAYS_AT_MOST_S = 60

Way = Callable[[Demo, str, asyncio.Event], Coroutine[None, None, str]]
"""Publishes with a key until it is over; says how it stood where the server had lost it."""


@pytest.fixture(autouse=True)
def a_server_to_be_looked_at(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its window is full before anybody is counted."""
    teach_to_collect(tmp_path_factory.mktemp("taught"), monkeypatch)
    monkeypatch.setenv("TOPMOEDE_WINDOW_S", "60")
    monkeypatch.setenv("TOPMOEDE_LOG_LEVEL", "INFO")


@pytest.fixture
def twenty_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPMOEDE_SOURCES", json.dumps({SOURCE: {i: key_of(i) for i in INPUTS}}))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("twenty_inputs")
async def test_nothing_stays_of_five_hundred_publishers(tmp_path: Path) -> None:
    async with a_demo(tmp_path) as demo:
        cues = Cues(demo, await demo.sign_in("moderator"))
        await cues.begin()
        left = await soak(demo, "publishers", PUBLISHERS, len(INPUTS), cues.a_round)
        assert demo.traces() == []
        gone = Counter(reasons(demo))
        shown = Counter(size for number, size in sizes(demo).items() if number in on_main(demo))
    print(f"publishers on the channel: {shown[OVER_WHIP.size]} WHIP, {shown[OVER_RTMP.size]} RTMP")
    print(f"lost: {Counter(cues.lost)}, gone by the server's log: {gone}")
    assert cues.lost == [], gone
    assert gone == {"deleted": sum(kind_of(each) is OVER_WHIP for each in range(PUBLISHERS))}
    assert shown[OVER_WHIP.size] + shown[OVER_RTMP.size] >= 3 * PUBLISHERS // len(INPUTS)
    assert min(shown[OVER_WHIP.size], shown[OVER_RTMP.size]) > 25
    check_flat(left, PUBLISHERS)


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_nothing_stays_of_two_thousand_viewers(tmp_path: Path) -> None:
    async with a_demo(tmp_path) as demo:
        visitor = await demo.sign_in("aalborg")
        chance = random.Random(7)

        async def come_and_go(numbers: range) -> None:
            async with asyncio.TaskGroup() as tasks:
                for _ in numbers:
                    tasks.create_task(watch(demo, visitor.http, chance.random()))

        left = await soak(demo, "viewers", VIEWERS, 40, come_and_go)
        assert demo.traces() == []
    check_flat(left, VIEWERS)


# Publishers, and the moderator who puts them on air.


def key_of(name: str) -> str:
    return f"key-of-{name}-{'x' * 24}"


async def over_whip(demo: Demo, key: str, over: asyncio.Event) -> str:
    """Sends pictures until it is over, and says goodbye."""
    url, headers = demo.links["sources"][SOURCE]["whip"], {"authorization": f"Bearer {key}"}
    connection = a_connection()
    try:
        offer = await an_offer(connection, pictures=coded_pictures(crf=51))
        async with httpx.AsyncClient(timeout=30) as http:
            sdp = {"content-type": "application/sdp"}
            answer = await http.post(url, content=offer, headers=headers | sdp)
            assert answer.status_code == 201, answer.text
            await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
            await over.wait()
            gone = await http.delete(demo.base + answer.headers["location"], headers=headers)
            assert gone.status_code in (200, 404), gone.text
            return connection.connectionState if gone.status_code == 404 else ""
    finally:
        await connection.close()


async def over_rtmp(demo: Demo, key: str, over: asyncio.Event) -> str:
    """Sends pictures and sound until it is over, and hangs up."""
    port = int(demo.links["sources"][SOURCE]["rtmp"].split(":")[2].split("/")[0])
    async with a_wire_encoder(port) as encoder:
        await encoder.publish(key)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for tag in tags(RTMP_LOOK, STAYS_AT_MOST_S):
            if over.is_set():
                return ""
            await asyncio.sleep(max(0.0, began_s + tag[1] / 1000 - loop.time()))
            await encoder.send([tag])
    raise AssertionError(f"expected the round to end within {STAYS_AT_MOST_S} s")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a publisher comes, and the size of its pictures, by which they are known on air."""

    come: Way
    size: tuple[int, int]


RTMP_LOOK = Look(160, 96, gop_s=1.0)
OVER_WHIP, OVER_RTMP = Kind(over_whip, (320, 192)), Kind(over_rtmp, (160, 96))


def kind_of(number: int) -> Kind:
    """WHIP and RTMP in turn, on each input too."""
    round_, place = divmod(number, len(INPUTS))
    return (OVER_WHIP, OVER_RTMP)[(place + round_ // 2) % 2]


@dataclass
class Cues:
    """A moderator who puts one publisher after another on the channel, and a break between.

    An input that was on air when its publisher left has failed, and would be waited for the longer
    the more often it did; one that is chosen anew has its failures forgiven.
    """

    demo: Demo
    moderator: Visitor
    item: str | None = None
    newest: int = 0
    lost: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        await self.moderator.open("channel:main", "inputs")
        await self._do("show", "set_mode", mode="manual")
        await self.moderator.say({"op": "join", "topic": "show"})
        self.item = (await self.moderator.answer_about("show"))["snapshot"]["now"]
        await self._take(LIVE_ITEM)
        await self._until(lambda told: told["kind"] == "live")

    async def a_round(self, numbers: range) -> None:
        """A publisher on every input at once, three of them on air."""
        over = asyncio.Event()
        turn = numbers[0] // len(INPUTS)
        shown = [numbers[(3 * turn + each) % len(numbers)] for each in range(3)]
        async with asyncio.TaskGroup() as tasks:
            sending = [
                tasks.create_task(kind_of(number).come(self.demo, key_of(_input_of(number)), over))
                for number in numbers
            ]
            try:
                for number in shown[:2]:
                    await self._hold(number)
                    await self._until_shown(number)
                await self._take(BREAK)
                await self._until(lambda told: (told["item"], told["kind"]) == (BREAK, "slate"))
                await self._hold(shown[2])
                await self._take(LIVE_ITEM)
                await self._until_shown(shown[2])
            finally:
                over.set()
        self.lost += [lost for each in sending if (lost := each.result())]

    async def _hold(self, number: int) -> None:
        await self._do("inputs", "choose_input", source=SOURCE, input=_input_of(number))

    async def _take(self, item: str) -> None:
        await self._do("show", "take", item=item, after=self.item)
        self.item = item

    async def _do(self, topic: str, name: str, **data: str | None) -> None:
        done = await self.moderator.do(topic, name, **data)
        assert done["op"] == "done", done

    async def _until_shown(self, number: int) -> None:
        """Waits for a new publisher of this kind on the channel."""
        size, newest = kind_of(number).size, self.newest

        def is_its_own(told: Frame) -> bool:
            return bool(
                told["source"] == SOURCE
                and told["generation"] > newest
                and sizes(self.demo)[told["generation"]] == size
            )

        self.newest = (await self._until(is_its_own))["generation"]

    async def _until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """What the server says is shown, once it is the one wanted."""
        frame = await self.moderator.hear_that(
            lambda frame: frame.get("name") == "source_on_air" and wanted(frame["data"])
        )
        data: Frame = frame["data"]
        return data


def _input_of(number: int) -> str:
    return INPUTS[number % len(INPUTS)]


def sizes(demo: Demo) -> dict[int, tuple[int, int]]:
    """How large the pictures of each of the source's generations are, as the index has it."""
    return {
        row["number"]: (row["width"], row["height"])
        for row in _index(demo)
        if (row["k"], row.get("source")) == ("generation", SOURCE)
    }


def reasons(demo: Demo) -> list[str]:
    """Why each session ended, as the server logged it: a 404 alone does not say."""
    lines = [json.loads(line) for line in demo.log().splitlines() if line.startswith("{")]
    return [line["reason"] for line in lines if line["what"] == "publisher gone"]


def on_main(demo: Demo) -> set[int]:
    """The source's generations of which the channel has shown something."""
    return {
        row["generation"]
        for row in _index(demo)
        if (row["k"], row.get("channel"), row.get("source")) == ("entry", "main", SOURCE)
    }


def _index(demo: Demo) -> list[Frame]:
    text = (demo.folder / "data" / "media" / "index.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


# Viewers.


async def watch(demo: Demo, http: httpx.AsyncClient, chance: float) -> None:
    """All that a player fetches first, beside its socket; two in three leave an answer behind.

    One in three says goodbye on its socket; those of the others are cut.
    """
    viewer = Visitor(demo, "aalborg", http)
    await viewer.open("show", "channel:main")
    assert viewer.socket is not None
    try:
        await play(demo.port, cookie_of(http), chance)
        if chance < 1 / 3:
            await viewer.socket.close()
    finally:
        viewer.socket.transport.abort()


def cookie_of(http: httpx.AsyncClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in http.cookies.items())


async def play(port: int, cookie: str, chance: float) -> None:
    async with a_line(port, cookie) as line:
        await line.get("/hls/main/index.m3u8")
        for lane in ("video", "audio"):
            playlist = parse((await line.get(f"/hls/main/{lane}.m3u8")).decode())
            newest = playlist.segments[-1]
            assert newest.map_uri is not None
            await line.get(newest.map_uri)
            await line.get(newest.parts[-1].uri)
            number, part = next_place(playlist)
            held = f"/hls/main/{lane}.m3u8?_HLS_msn={number}&_HLS_part={part}&_HLS_skip=YES"
            if chance < 1 / 3:
                await line.get(held)
            elif chance < 2 / 3 or lane == "audio":
                await line.ask(held)
                return
