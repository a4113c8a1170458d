"""What is said in a room stays in it; who asks without a name has none.

A part of the day, with the committee's window in the middle of it. Two municipalities write in
their rooms, each text and each command's id with a canary in it, one of their people has a thread
with the crew, and a host publishes a conclusion, while everybody else tries every topic, position,
history, stream and address there is. Then every byte is searched.

The moderator turns the day, so that the window is open when people try it, however long they took
to come; and it goes on until everybody has heard what is meant for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.running_demo import Demo, Visitor, a_demo, unhurried
from tests.journeys.shared_files import Sender, a_pdf
from tests.journeys.wiretap import Eavesdropper, Frame

pytestmark = pytest.mark.whole

CUES = (
    (2.0, "12", "11"),
    (3.0, "13", "12"),
    (0.0, "14", "13"),
    (10.0, "15", "13"),
    (5.0, "16", "15"),
)
"""After how long what is taken, and after what: with 14 the committee's window opens."""
ALL_HEARD_WITHIN_S = 60.0
NAMELESS = "zenobia"
MANY = 60
TOWNS = {"aalborg": "kanariegul-aal", "aarhus": "kanariegul-aar"}
WRITERS = {
    "aalborg": ("aalborg", "aalborg-host", "staff"),
    "aarhus": ("aarhus", "aarhus-host"),
}
CRY, CRIES, CREW = "kanarie-i-noed", "aarhus", ("moderator", "secretariat")
PUBLISHED = "Aarhus har besluttet sig"
NOBODY_IN_A_ROOM = ("committee", "moderator", "secretariat", "individual")
AT_THE_DESK = ("committee", "moderator")
EVERYBODY_TRIES = ("committee", "help", "help.desk", "board")
GUESSES = {
    "channel": ("main", "source:kl-huset", "oplaeg-1", "room:aalborg", "aalborg"),
    "item": ("01", "13", "tema-1", "aalborg", "room:aalborg"),
    "lane": ("video", "audio", "aalborg"),
    "cut": ("1", "0"),
    "via": ("main", "tema-1", "aalborg"),
    "source": ("kl-huset", "film-tema-1", "aalborg"),
    "generation": ("1",),
    "name": ("0.m4s", "init.mp4", "aalborg"),
    "film": ("tema-1", "aalborg"),
    "room": ("aalborg", "aarhus", "room:aalborg"),
    "track": ("da", "da-human", "aalborg"),
    "number": ("0", "1"),
    "token": ("aalborg", "1"),
    "session": ("1",),
    "upload": ("1", "aalborg"),
    "document": ("d1", "0" * 32),
    "file": ("0" * 32,),
    "day": ("1", "2021-01-28"),
    "sheet": ("0", "1"),
}


@dataclass
class Writer:
    """Somebody who does everything in a room that may be done there."""

    visitor: Visitor
    town: str
    chance: random.Random
    done: int = 0
    numbers: Any = field(default_factory=itertools.count)

    @property
    def canary(self) -> str:
        return TOWNS[self.town]

    async def say_hello(self) -> None:
        """Writes a first message each way, before anybody listens; both are taken."""
        hello = (f"room:{self.town}", "post_message", {"text": f"{self.canary} hej"})
        assert await self._over_http(*hello)
        assert await self._on_the_socket(*hello)

    async def share_a_file(self) -> str:
        """A PDF whose bytes and name are canaries; returns its id, which others guess right."""
        sender = Sender(self.visitor.http, self.town)
        return await sender.shared(a_pdf(self.canary), f"{self.canary}.pdf")

    async def write(self) -> None:
        while True:
            way = self._over_http if self.chance.random() < 0.5 else self._on_the_socket
            self.done += await way(*self._wish())
            await asyncio.sleep(0.1)

    async def _over_http(self, topic: str, name: str, data: dict[str, Any]) -> bool:
        answer = await self.visitor.http.post(
            f"/api/commands/{name}",
            json={"topic": topic, "data": data},
            headers={"Idempotency-Key": self._id()},
        )
        return answer.status_code == 200

    async def _on_the_socket(self, topic: str, name: str, data: dict[str, Any]) -> bool:
        id = self._id()
        await self.visitor.say({"op": "do", "id": id, "topic": topic, "name": name, "data": data})
        frame = await self.visitor.hear_that(lambda f: f.get("id") == id)
        return bool(frame["op"] == "done")

    def _id(self) -> str:
        return f"{self.canary}-{self.visitor.key}-{next(self.numbers)}"

    def _wish(self) -> tuple[str, str, dict[str, Any]]:
        room, text = f"room:{self.town}", f"{self.canary} {self.chance.random()}"
        message = {"message": f"m{self.chance.randint(1, 30)}"}
        member: list[tuple[str, dict[str, Any]]] = [
            ("post_message", {"text": text}),
            ("post_message", {"text": text, "reply_to": message["message"]}),
            ("edit_message", message | {"text": text}),
            ("delete_message", message),
            ("react", message | {"emoji": "👏"}),
            ("post_message", {"text": text, "to": "room:aarhus"}),
        ]
        host: list[tuple[str, dict[str, Any]]] = [
            ("pin_message", message),
            ("set_review", {"on": self.chance.random() < 0.5}),
            ("set_slow_mode", {"seconds": 0}),
        ]
        holding = [("approve_message", message), ("decline_message", message)]
        choice = self.chance.random()
        if self.visitor.key.endswith("-host") and choice < 0.4:
            if choice < 0.2:
                return f"room.host:{self.town}", *self.chance.choice(holding)
            return room, *self.chance.choice(host)
        return room, *self.chance.choice(member)


async def ask_without_a_name(visitor: Visitor) -> int:
    """Asks and votes until cancelled; returns never, counts what was taken."""
    for number in itertools.count():
        id = f"{NAMELESS}-{number}"
        await visitor.say(
            {
                "op": "do", "id": id, "topic": "committee", "name": "ask_question",
                "data": {"text": f"Navnløst spørgsmål {number}?", "anonymous": True},
            }
        )  # fmt: skip
        await visitor.hear_that(lambda f, id=id: f.get("id") == id)
        await visitor.do("committee", "vote", question="q1")
        await asyncio.sleep(0.3)
    raise AssertionError


async def cry(visitor: Visitor, crew: Visitor, ids: dict[str, str]) -> None:
    """Asks the crew for help, and is answered."""
    request, page = f"{ids[CRIES]}.h1", {"page": f"/{CRY}"}
    asked = await visitor.do(
        "help", "ask_for_help", what="something_else", diagnosis=page, text=f"{CRY} 0"
    )
    answered = await crew.do("help.desk", "answer_help", request=request, text=f"{CRY} svar")
    assert (asked["op"], answered["op"]) == ("done", "done")


async def publish(host: Visitor) -> None:
    """A conclusion of the room's, the one thing that leaves it, and a reply."""
    published = await host.do("board", "publish_conclusion", text=PUBLISHED)
    replied = await host.do(
        "board", "reply_to_conclusion", conclusion="c1", text=f"{PUBLISHED} igen"
    )
    assert (published["op"], replied["op"]) == ("done", "done")


class Day:
    """Ten minutes with everybody in them."""

    def __init__(self, demo: Demo, seed: int) -> None:
        self._demo = demo
        self._chance = random.Random(seed)
        self.eavesdroppers: dict[str, Eavesdropper] = {}
        self.writers: list[Writer] = []
        self.guesses = dict(GUESSES)
        self.ids: dict[str, str] = {}

    async def everybody_comes(self) -> None:
        await self._demo.invite((NAMELESS, "member", "aarhus"))
        paths = await self._paths()
        for key in self._demo.links["people"]:
            visitor = await self._demo.sign_in(key)
            self.ids[key] = (await visitor.http.get("/api/me")).json()["id"]
            rooms = tuple(f"room:{town}" for town, keys in WRITERS.items() if key in keys)
            self.eavesdroppers[key] = Eavesdropper(
                visitor, (), self.guesses, paths, self._chance, home=(*rooms, *EVERYBODY_TRIES)
            )
        for each in self.eavesdroppers.values():
            each.topics = tuple(self._topics())
        for town, keys in WRITERS.items():
            for key in keys:
                visitor = await self._demo.sign_in(key)
                await visitor.open(f"room:{town}")
                self.writers.append(Writer(visitor, town, self._chance))
        for writer in self.writers:
            await writer.say_hello()
        writers = {writer.visitor.key: writer.visitor for writer in self.writers}
        crew = await self._demo.sign_in("moderator")
        await crew.open()
        await cry(writers[CRIES], crew, self.ids)
        await publish(writers["aarhus-host"])
        files = [await writer.share_a_file() for writer in self.writers]
        self.guesses["file"] = (*GUESSES["file"], *files)

    async def _paths(self) -> tuple[str, ...]:
        visitor = await self._demo.sign_in("individual")
        described = (await visitor.http.get("/api/openapi.json")).json()["paths"]
        found = tuple(path for path, verbs in described.items() if "get" in verbs)
        assert len(found) > 15
        return tuple(path for path in found if path != "/rt/events")

    def _topics(self) -> list[str]:
        nouns = ["room", "room.host", "people", "groups", "presence", "channel", "person"]
        nouns += ["committee.desk", "show", "proposals", "proposals.ballots", "notes", "help.desk"]
        ids = ["aalborg", "aarhus", "main", "aalborg.udvalg", *self.ids.values()]
        return [
            "show", "programme", "choice", "committee", "committee.desk", "sources", "presence",
            "inputs", "committee.ballots", "help", "help.desk", "board",
            "polls", "polls.desk", "polls.ballots",
            *(f"{noun}:{id}" for noun in nouns for id in ids),
        ]  # fmt: skip

    async def pass_by(self) -> None:
        nameless, moderator = [await self._demo.sign_in(key) for key in (NAMELESS, "moderator")]
        await nameless.open("committee")
        await moderator.open()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ALL_HEARD_WITHIN_S), asyncio.TaskGroup() as tasks:
                going_on = [
                    *(tasks.create_task(each.listen()) for each in self.eavesdroppers.values()),
                    *(tasks.create_task(writer.write()) for writer in self.writers),
                    tasks.create_task(ask_without_a_name(nameless)),
                ]
                for lasts_s, item, after in CUES:
                    await asyncio.sleep(lasts_s)  # how long it is on air, not until something is
                    taken = await moderator.do("show", "take", item=item, after=after)
                    assert taken["op"] == "done", taken
                while self.unheard():  # noqa: ASYNC110
                    await asyncio.sleep(0.2)  # chance decides when who listens where
                for task in going_on:
                    task.cancel()

    def heard(self, key: str) -> bytes:
        return self.eavesdroppers[key].everything()

    def unheard(self) -> list[str]:
        """What somebody should have heard by now, and has not."""
        missing: list[str] = []
        for town, keys in WRITERS.items():
            for key in keys:
                for heard in (self.eavesdroppers[key].over_http(), self.heard(key)):
                    if TOWNS[town].encode() not in heard:
                        missing.append(f"{key} heard nothing of {town}")
        for key in self.eavesdroppers:
            heard = self.heard(key)
            if PUBLISHED.encode() not in heard:
                missing.append(f"{key} did not hear what was published")
            if key != NAMELESS and "Navnløst spørgsmål".encode() not in heard:
                missing.append(f"{key} saw no question")
            if key in (*CREW, CRIES) and CRY.encode() not in heard:
                missing.append(f"{key} heard nobody cry")
        if (done := sum(writer.done for writer in self.writers)) <= MANY:
            missing.append(f"only {done} things were done")
        return missing


async def test_what_is_written_in_a_room_reaches_nobody_outside(tmp_path: Path) -> None:
    async with a_demo(tmp_path, *unhurried("09.08")) as demo:
        day = Day(demo, 2021)
        await day.everybody_comes()
        await day.pass_by()
        assert demo.traces() == []
        for canary in (*TOWNS.values(), "Navnløst", CRY):
            assert canary not in demo.log()

    assert day.unheard() == []
    for town, canary in TOWNS.items():
        theirs = set(WRITERS[town])
        for key in day.eavesdroppers.keys() - theirs - ({NAMELESS} if town == "aarhus" else set()):
            assert canary.encode() not in day.heard(key), f"{key} heard what {town} wrote"
    for key in day.eavesdroppers.keys() - {*CREW, CRIES}:
        assert CRY.encode() not in day.heard(key), f"{key} heard who cried"
    for key in day.eavesdroppers.keys() - {NAMELESS, *AT_THE_DESK}:
        heard = day.heard(key)
        for trace in (NAMELESS, NAMELESS.title(), day.ids[NAMELESS]):
            # Everybody tried to join that person's own topic, and was denied by its name.
            told = heard.replace(f":{day.ids[NAMELESS]}".encode(), b"")
            assert trace.encode() not in told, f"{key} learnt who asked"


async def test_what_is_denied_over_http_looks_as_if_it_were_absent(tmp_path: Path) -> None:
    async with a_demo(tmp_path, *unhurried("09.10")) as demo:
        people = {key: await demo.sign_in(key) for key in demo.links["people"]}
        stranger = demo.stranger()
        for key, person in people.items():
            for topic, absent, allowed in (
                ("room:aalborg", "room:nowhere", {"aalborg", "aalborg-host", "staff"}),
                ("room:aarhus", "room:nowhere", {"aarhus", "aarhus-host"}),
                ("room.host:aalborg", "room.host:nowhere", {"aalborg-host"}),
                ("committee.desk", "committee.desks", {"committee", "moderator"}),
                ("proposals:aalborg", "proposals:nowhere", {"aalborg", "aalborg-host", "staff"}),
                ("committee.ballots", "committee.ballot", set()),
                ("proposals.ballots:aalborg", "proposals.ballots:nowhere", set()),
            ):
                if key not in allowed:
                    assert await asked(person, topic) == await asked(person, absent), (key, topic)
                else:
                    assert (await asked(person, topic))[0] != 404, (key, topic)
            backstage = key in ("moderator", "secretariat")
            for path in ("/hls/{}/index.m3u8", "/hls/{}/video.m3u8"):
                there = await fetched(person.http, path.format("source:kl-huset"))
                gone = await fetched(person.http, path.format("source:nowhere"))
                assert (there == gone) is not backstage, (key, path)
        assert (await fetched(stranger, "/hls/main/index.m3u8"))[0] == 401
        await stranger.aclose()


async def asked(person: Visitor, topic: str) -> tuple[int, Any]:
    """The answer to a command that is right in every way; the topic's name taken out."""
    answer = await person.http.post(
        "/api/commands/post_message",
        json={"topic": topic, "data": {"text": "Hej"}},
        headers={"Idempotency-Key": f"{person.key}-{topic}"},
    )
    body: Frame = answer.json()
    return answer.status_code, {k: str(v).replace(topic, "…") for k, v in body.items()}


async def fetched(http: httpx.AsyncClient, path: str) -> tuple[int, Any]:
    answer = await http.get(path)
    return answer.status_code, answer.content
