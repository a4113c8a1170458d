"""Who sees what of an item's recording: every audience x every state x everything that shows it.

The table says for each audience whether an item is open (O), locked (L) or as if absent (-). It is
asked of a whole server at every address that shows something of a recording. `OF_A_RECORDING` lists
those addresses; one that is added to the server and not to the table fails here.

A stranger for whom an item will open is told so by the list of what there is; every address that
shows something of it asks a stranger to sign in, whether there is something or not.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
import pytest_asyncio

from schedule.programme import Programme
from tests.journeys.moved_day import MovedDay, a_moved_day, make_films, uris
from tests.schedule.days import a_programme, an_item, at

pytestmark = [pytest.mark.whole, pytest.mark.asyncio(loop_scope="module")]

# Present and away live in two municipalities; only the first was there on the day.
AUDIENCES = ("present", "away", "link", "other link", "stranger", "moderator", "secretariat")
KEYS = {
    "present": "aalborg",
    "away": "aarhus",
    "moderator": "moderator",
    "secretariat": "secretariat",
}
# In the captions of the item that is done and in the title of every item's document, and nowhere
# else. Nobody has read those captions, so they meet no duty and change nothing of what is open.
WORD = "kjoleskab"
DOCUMENT = f"Oplæg om et {WORD}"
# As often as somebody without a name may search in a moment.
SEARCHED = ("opened to strangers", "for attendees")
SAID = f"WEBVTT\n\n00:00.000 --> 00:01.500\nEt {WORD} kører over scenen\n"
LINKED = ("film", "bare", "done", "skip", "air")
OTHERS = ("later",)
STATES = {"O": "open", "L": "locked"}

# An item, and how it stands for each audience in the order above.
ON_THE_DAY = {
    "film": "O O L - - O O",
    "bare": "L L L - - O O",
    "done": "O O L - - O O",
    "skip": "L L L - - O O",
    "air": "O O L - - O O",
    "later": "L L - L - O O",
}
# The kinds of what is found by the word, where it is open.
HITS = {item: ["document"] for item in ON_THE_DAY} | {"done": ["document", "caption"]}
# What the secretariat may make of the live item that is done.
EVERYBODY = {"audience": "everybody", "when": "hand"}
PAST = {"at": "2021-01-28T06:00:00Z", "until": "2021-01-28T07:00:00Z"}
MADE: dict[str, tuple[str, dict[str, Any], str]] = {
    "opened to strangers": ("open_now", {"audience": "everybody"}, "O O O O O O O"),
    "closed to strangers": ("close_now", {"audience": "everybody"}, "O O L L L O O"),
    "opened to links": ("open_now", {"audience": "link"}, "O O O L L O O"),
    "closed by hand": ("close_now", {"audience": "registered"}, "L L O L L O O"),
    "for attendees": (
        "set_release",
        {"grants": [{"audience": "attendees", "when": "cue"}]},
        "O O - - - O O",
    ),
    "for one municipality": (
        "set_release",
        {"grants": [{"audience": "municipality", "when": "cue", "municipality": "aalborg"}]},
        "O - - - - O O",
    ),
    "over": ("set_release", {"grants": [EVERYBODY | {"when": "time"} | PAST]}, "- - - - - O O"),
    "later by the clock": (
        "set_release",
        {"grants": [EVERYBODY | {"when": "time", "at": "2021-01-30T08:00:00Z"}]},
        "L L L L L O O",
    ),
    "for nobody": ("set_release", {"grants": []}, "- - - - - O O"),
    "as usual": (
        "set_release",
        {
            "grants": [
                {"audience": "registered", "when": "cue"},
                {"audience": "link", "when": "hand"},
            ]
        },
        "O O L - - O O",
    ),
}
WAIVED = {"bare": "O O L - - O O"}
AFTER_THE_DAY = {
    "film": "O O O - - O O",
    "bare": "L L L - - O O",
    "done": "O O L - - O O",
    "skip": "L L L - - O O",
    "air": "O O L - - O O",
    "later": "L L - L - O O",
}
FOR_ATTENDEES = {"done": "O - - - - O O"}
OVERDUE = AFTER_THE_DAY | {"done": "L L L - - O O", "air": "L L L - - O O"}
WAIVED_LATE = {"done": "O O L - - O O"}

# Every described address that shows something of an item's recording. The test fetches each of
# them, as playlists name it; what stands with a reason is asked elsewhere.
OF_A_RECORDING = {
    "/replay/{item}/index.m3u8": "fetched",
    "/replay/{item}/{cut}/{lane}.m3u8": "fetched",
    "/media/{via}/{source}/{generation}/{lane}/{name}": "fetched",
    "/replay/{item}/{cut}/captions-{track}.m3u8": "fetched",
    "/replay/{item}/{cut}/captions-{track}.{number}.vtt": "fetched",
    "/captions/{film}.vtt": "fetched",
    "/replay/{item}/storyboard.json": "fetched",
    "/replay/{item}/{cut}/storyboard-{sheet}.jpg": "fetched",
    "/replay/{item}/download.json": "fetched",
    "/replay/{item}/{cut}/recording.mp4": "fetched",
    "/replay/{item}/record.html": "fetched",
    "/replay/{item}/sound.m4a": "fetched",
    "/feeds/sound.xml": "fetched",
    "/feeds/video.xml": "fetched",
    "/archive/edition.zip": "for the secretariat alone: test_exports",
    "/day/index.m3u8": "made of what is open to who asks: test_who_may_fetch",
    "/day/chapters.json": "likewise",
    "/day/{day}/{lane}.m3u8": "likewise",
    "/api/recordings/{item}": "for those who cut alone: test_who_may_fetch",
    "/captions/item/{item}.json": "fetched",
    "/captions/item/{item}.vtt": "fetched",
    "/api/library/{item}/questions": "fetched",
    "/api/library/{item}/documents": "fetched",
    "/api/library/{item}/documents/{document}": "fetched",
    "/api/library": "fetched",
    "/api/library/table": "for those who prepare the day alone: test_who_may_fetch",
}
# Of these there is nothing until it has been made, or while the item is on air.
MADE_LATER = ("recording.mp4", ".jpg", "sound.m4a", ".vtt", "captions-da-automatic.m3u8")
# What is said of an item that nobody has seen yet is there for those who prepare it.
SAID_BEFORE = re.compile(r"record\.html$|/questions$|item/(skip|later)\.json$|/documents\b")
SHOWS_A_RECORDING = re.compile(
    r"^/(replay|media|captions|day|feeds|archive|api/(library|items|recordings))\b"
)

FILMS_OWN_TEXT = "/captions/clip.vtt"


def a_short_day() -> Programme:
    live: Mapping[str, Any] = {"source": "kl-huset"}
    return a_programme(
        an_item("film", "09.00", "09.10", "recorded", film="clip"),
        an_item("bare", "09.10", "09.20", "recorded", film="bare"),
        an_item("done", "09.20", "09.30", **live),
        an_item("skip", "09.30", "09.40", **live),
        an_item("air", "09.40", "10.30", **live),
        an_item("later", "10.30", "10.40", **live),
        an_item("z", "10.40", "10.40", "end"),
    )


@dataclass
class Asked:
    """Somebody who asks, with what is in the query of everything they ask for."""

    http: httpx.AsyncClient
    query: dict[str, str]

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path, params=self.query)


@dataclass
class Played:
    """A day on which everything has been on air that will be, and everybody who asks."""

    day: MovedDay
    audiences: dict[str, Asked]
    addresses: dict[str, list[str]]
    is_over: bool = False
    """Whether no open page can go back to what was on air."""

    def _preparing(self) -> list[Asked]:
        return [self.audiences[name] for name in ("moderator", "secretariat")]

    async def holds(self, table: Mapping[str, str], told: str) -> None:
        """Fails unless everybody is answered at every address as the table says."""
        for number, name in enumerate(AUDIENCES):
            who = self.audiences[name]
            expected = {item: row.split()[number] for item, row in table.items()}
            listed = (await who.get("/api/library")).json()["items"]
            states = {one["item"]: one["state"] for one in listed if one["item"] in table}
            named = {item: STATES[sign] for item, sign in expected.items() if sign != "-"}
            assert states == named, (told, name)
            over = {e.id for e in (await self.day.show()).items if e.run and e.state != "on_air"}
            taken = {one["item"] for one in listed if "download" in one} & table.keys()
            assert taken == {i for i, sign in expected.items() if sign == "O"} & over, (told, name)
            documented = {one["item"] for one in listed if "documents" in one}
            assert documented & table.keys() == {i for i, s in expected.items() if s == "O"}, told
            public = {item for item, row in table.items() if row.split()[4] == "O"}
            for path in ("/feeds/sound.xml", "/feeds/video.xml"):
                fed = re.findall(r"/replay/([a-z]+)/", (await who.get(path)).text)
                assert {each for each in fed if each in table} == public, (told, path)
            for item, sign in expected.items():
                for address in self.addresses[item]:
                    await self._is(who, sign, address, item, (told, name, address))

    async def finds(self, table: Mapping[str, str], told: str) -> None:
        """Fails unless what is said and what a document is called are found where they are open."""
        for number, name in enumerate(AUDIENCES):
            who = self.audiences[name]
            answer = await who.http.get("/api/search", params={"q": WORD} | who.query)
            found = {one["item"]: one["hits"] for one in answer.json()["items"]}
            hits = {item: len(HITS[item]) for item in table if table[item].split()[number] == "O"}
            assert found == hits, (told, name)
            assert answer.json()["hits"] == sum(hits.values()), (told, name)
            for one in answer.json()["items"]:
                assert [passage["kind"] for passage in one["found"]] == HITS[one["item"]], told

    async def _is(self, who: Asked, sign: str, address: str, item: str, told: object) -> None:
        answer = await who.get(address)
        if sign == "O":
            if address == FILMS_OWN_TEXT and self.is_over and who not in self._preparing():
                # Cut words are in it; the recording's own text is at `/captions/item/`.
                assert answer.status_code == 404, told
                return
            there = item not in ("skip", "later") or SAID_BEFORE.search(address)
            made = there and not address.endswith(MADE_LATER)
            wanted = {200} if made else {200, 404} if there else {404}
            assert answer.status_code in wanted, told
            return
        if sign == "L" and who is not self.audiences["stranger"]:
            assert (answer.status_code, answer.json()["code"]) == (403, "locked"), told
            return
        absent = await who.get(address.replace(f"/{item}", "/nothing").replace("/clip", "/nothing"))
        refused = 401 if who is self.audiences["stranger"] else 404
        assert (answer.status_code, absent.status_code) == (refused, refused), told
        assert answer.content == absent.content, told


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Played]:
    folder = tmp_path_factory.mktemp("day")
    make_films(folder / "films", "clip", bare="bare")
    async with a_moved_day(folder, a_short_day(), at("08.55"), downloads=True) as day:
        before = None
        for item in ("film", "bare", "done", "air"):
            await day.done("moderator", "show", "take", item=item, after=before)
            await day.shown(item)
            before = item
        put = await (await day.sign_in("secretariat")).put(
            "/api/captions/done/da?kind=automatic", content=SAID
        )
        assert put.status_code == 200, put.text
        await day.there("aalborg")
        audiences = {name: Asked(await day.sign_in(key), {}) for name, key in KEYS.items()}
        audiences["stranger"] = Asked(day.somebody(), {})
        for name, items in (("link", LINKED), ("other link", OTHERS)):
            audiences[name] = Asked(day.somebody(), {"pass": await a_pass(day, *items)})
        for item in ON_THE_DAY:
            await day.documented(item, DOCUMENT)
        hits = sum(map(len, HITS.values()))
        await day.until(
            "secretariat", f"/api/search?q={WORD}", lambda told: told.json()["hits"] == hits
        )
        yield Played(day, audiences, {item: await found(day, item) for item in ON_THE_DAY})


async def a_pass(day: MovedDay, *items: str) -> str:
    """What a share link to these items gives its holder."""
    host = await day.sign_in("aalborg-host")
    known = (await host.get("/api/shares")).json().keys()
    share = {"title": "Til skolerne", "items": items, "institution": "school"}
    await day.done("aalborg-host", "shares:aalborg", "make_share", **share)
    addresses = (await host.get("/api/shares")).json()
    (id,) = addresses.keys() - known
    told = await day.somebody().get(f"/api/shared/{addresses[id].rsplit('/', 1)[1]}")
    given: str = told.json()["pass"]
    return given


async def found(day: MovedDay, item: str) -> list[str]:
    """Every address that an item's recording is fetched by, as its own playlists name them."""
    http = await day.sign_in("secretariat")
    index = await http.get(f"/replay/{item}/index.m3u8")
    addresses = [f"/replay/{item}/index.m3u8"]
    for lane in lanes_of(index.text):
        playlist = f"/replay/{item}/{lane}"
        addresses.append(playlist)
        text = (await http.get(playlist)).text
        inits = re.findall(r'EXT-X-MAP:URI="([^"]+)"', text)
        addresses += [*inits[:1], *(urljoin(playlist, uri) for uri in uris(text)[:1])]
    texts = [address for address in addresses if "/captions-" in address]
    assert len(texts) == (2 if item in ("film", "done") else 0), texts
    name = f"/replay/{item}/1/captions-da-automatic"
    addresses += [each for each in (f"{name}.m3u8", f"{name}.0.vtt") if each not in texts]
    more = ("storyboard.json", "1/storyboard-0.jpg", "download.json", "1/recording.mp4")
    addresses += [f"/replay/{item}/{each}" for each in (*more, "record.html", "sound.m4a")]
    addresses += [f"/captions/item/{item}.json", f"/captions/item/{item}.vtt"]
    addresses.append(f"/api/library/{item}/questions")
    documents = (await http.get(f"/api/library/{item}/documents")).json()["documents"]
    addresses += [f"/api/library/{item}/documents{each}" for each in ("", f"/{documents[0]['id']}")]
    if item == "film":
        addresses.append(FILMS_OWN_TEXT)
    return addresses


def lanes_of(index: str) -> set[str]:
    return {*uris(index), *re.findall(r'EXT-X-MEDIA:.*URI="([^"]+)"', index)}


async def test_the_table_knows_every_address_that_shows_a_recording(played: Played) -> None:
    document = (await played.audiences["stranger"].get("/api/openapi.json")).json()
    gets = {path for path, verbs in document["paths"].items() if "get" in verbs}
    assert {path for path in gets if SHOWS_A_RECORDING.match(path)} == OF_A_RECORDING.keys()
    kinds = {address.split("/")[1] for each in played.addresses.values() for address in each}
    assert kinds == {"replay", "media", "captions", "api"}


async def test_everybody_is_answered_by_the_table_through_the_day_and_twenty_days_after_it(
    played: Played,
) -> None:
    """One walk: each step is a state that follows from the one before."""
    day, step = played.day, played.holds
    await step(ON_THE_DAY, "on the day")
    await played.finds(ON_THE_DAY, "on the day")
    for name, (command, data, row) in MADE.items():
        await day.done("secretariat", "library", command, item="done", **data)
        await step({"done": row}, name)
        if name in SEARCHED:
            await played.finds(ON_THE_DAY | {"done": row}, name)
    await day.done("secretariat", "library", "waive_captions", item="bare", reason="Uden tale")
    await step(ON_THE_DAY | WAIVED, "waived")
    await day.done("secretariat", "library", "end_waiver", item="bare")
    await day.done("moderator", "show", "take", item="z", after="air")
    assert (await day.show()).state == "ended"
    await step(AFTER_THE_DAY, "after the day")
    await day.done(
        "secretariat", "library", "set_release", item="done",
        grants=[{"audience": "attendees", "when": "cue"}],
    )  # fmt: skip
    await step(FOR_ATTENDEES, "for attendees")
    usual = MADE["as usual"][1]
    await day.done("secretariat", "library", "set_release", item="done", **usual)
    await day.moved(timedelta(days=10, minutes=1))
    played.is_over = True
    await step(AFTER_THE_DAY, "ten days later")
    await day.moved(timedelta(days=4))
    await step(OVERDUE, "fourteen days later")
    await played.finds(OVERDUE, "fourteen days later")
    await day.moved(timedelta(days=6))
    await step(OVERDUE, "twenty days later")
    reason = {"item": "done", "reason": "Teksterne kommer"}
    await day.done("secretariat", "library", "waive_captions", **reason)
    await step(WAIVED_LATE, "waived after twenty days")


async def test_what_is_open_opens_no_segment_of_what_is_not(played: Played) -> None:
    day, stranger = played.day, played.audiences["stranger"]
    await day.done("secretariat", "library", "open_now", item="done", audience="everybody")
    own, others = (played.addresses[item] for item in ("done", "air"))
    (segment,) = (each for each in own if each.endswith(".m4s") and "/video/" in each)
    (foreign,) = (each for each in others if each.endswith(".m4s") and "/video/" in each)
    assert (await stranger.get(segment)).status_code == 200
    through = foreign.replace("/media/air/", "/media/done/")
    assert through.rsplit("/", 1)[0] == segment.rsplit("/", 1)[0]
    assert (await stranger.get(through)).status_code == 404
    usual = MADE["as usual"][1]
    await day.done("secretariat", "library", "set_release", item="done", **usual)


async def test_what_the_programme_says_to_others_says_nothing_of_what_is_open(
    played: Played,
) -> None:
    for path in ("/api/programme.ics", "/api/programme.xml", "/api/programme.json"):
        answers = {(await who.get(path)).content for who in played.audiences.values()}
        assert len(answers) == 1, path


async def test_a_share_s_page_tells_of_the_documents_of_what_is_open_in_its_scope(
    played: Played,
) -> None:
    day = played.day
    host = await day.sign_in("aalborg-host")
    token = next(iter((await host.get("/api/shares")).json().values())).rsplit("/", 1)[1]

    async def documented() -> set[str]:
        items = (await day.somebody().get(f"/api/shared/{token}")).json()["items"]
        assert {one["item"] for one in items} == {"film", "bare", "done", "skip", "air"}
        return {one["item"] for one in items if "documents" in one}

    assert await documented() == {"film"}
    await day.done("secretariat", "library", "open_now", item="done", audience="link")
    assert await documented() == {"film", "done"}
    await day.done("secretariat", "library", "close_now", item="done", audience="link")
    assert await documented() == {"film"}


async def test_questions_and_sources_pictures_are_no_part_of_a_recording(played: Played) -> None:
    for name, who in played.audiences.items():
        signed_in = name in KEYS
        asked = await who.get("/api/questions/done")
        assert asked.status_code == (200 if signed_in else 401), name
        picture = await who.get("/api/sources/kl-huset.jpg")
        if name not in ("moderator", "secretariat"):
            assert picture.status_code == (404 if signed_in else 401), name
