from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from chat import committeewords, deskwords, hostingwords, proposalwords, roomwords
from chat import filewords as file
from chat import groupwords as group
from chat.conclusions import commands as board_words
from chat.helpdesk import commands as help_words
from chat.notes.commands import EmptyNotes
from chat.polls import commands as poll
from chat.viewing import commands as view
from schedule import commands as cue
from schedule.library import commands as shelves
from schedule.library import documentwords as doc
from schedule.library.unlocking import Grant
from schedule.programme import Programme
from schedule.programme_file import builtin, dump, load
from schedule.sharing import commands as share
from server import wire
from server.access.actor import SYSTEM, Actor
from server.clock import ShowMap, VirtualClock, same_as_wall
from server.database import Database
from server.errors import Refusal
from server.house import House, open_house
from server.topics import edition_kinds
from streams.commands import Content, PutOnAir, ReportOnAir, Reword
from streams.inputs import ChooseInput, ReleaseInput
from streams.recordings.recordings import ApproveCut, DeleteRecording, NudgeCut, ReportRecorded
from tests.chat.meeting import Pen, no_sound
from tests.server.follower import Follower
from tests.server.guestbook import RecordingFanout
from tests.server.register import registered

DAY = builtin("topmoede_2021")
START = DAY.items[0].start
KINDS = edition_kinds(DAY, same_as_wall(), ["aalborg", "aarhus"])

ANNA = Actor("anna", "Anna", "member", "aalborg")
BO = Actor("bo", "Bo", "member", "aalborg")
EVA = Actor("eva", "Eva", "member", "aarhus")
COMMITTEE = Actor("kl", "KL", "committee")
HOST = Actor("hanne", "Hanne", "host", "aalborg")
MODERATOR = Actor("mo", "Moderator", "moderator")
SECRETARIAT = Actor("se", "Sekretariatet", "secretariat")

ROOM, HOSTS, MAIN = "room:aalborg", "room.host:aalborg", "channel:main"
FILES = "room.files:aalborg"
GROUP = "room:aalborg.udvalg"
SUBMITTED = 31  # the number of the answer that waits, in `scripted`
DESK, PROPOSALS = "committee.desk", "proposals:aalborg"
POLLS = "polls.desk"
HELP = "help.desk"
NOTES = "notes:aalborg"
SHARES = "shares:aalborg"


@asynccontextmanager
async def a_day() -> AsyncIterator[tuple[House, VirtualClock, RecordingFanout]]:
    clock = VirtualClock(START, ShowMap(START, START))
    fanout, database = RecordingFanout(), Database("sqlite://")
    house = await open_house(database, DAY, clock, ["aalborg", "aarhus"], fanout, epoch="a1")
    await registered(house, ANNA, BO, EVA, HOST, MODERATOR)
    writing = asyncio.create_task(house.dispatch.run())
    try:
        yield house, clock, fanout
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await database.close()


def without_the_last_meeting() -> Programme:
    kept = [item for item in DAY.items if item.kind != "recorded"]
    gone = [item for item in DAY.items if item.kind == "recorded"][:-1]
    return replace(DAY, items=(*kept, *gone))


def kept(id: str, by: str) -> file.KeepFile:
    return file.KeepFile(id, by, "pdf", 1_000, 10_000, 5_000)


def scripted() -> list[tuple[Actor, str, Any]]:
    """Every command of every topic at least once, each where it is accepted."""
    window = (START + timedelta(hours=5, minutes=30), START + timedelta(hours=6))
    later = DAY.item("08").start + timedelta(minutes=5)
    newer = dump(DAY).replace(f'version = "{DAY.version}"', 'version = "ny"')
    room = [
        (ANNA, ROOM, roomwords.PostMessage("Godmorgen")),
        (BO, ROOM, roomwords.PostMessage("Hej Anna", reply_to="m1")),
        (ANNA, ROOM, roomwords.EditMessage("m1", "Godmorgen alle")),
        (BO, ROOM, roomwords.React("m1", "👍")),
        (ANNA, ROOM, roomwords.React("m1", "👍")),
        (BO, ROOM, roomwords.Unreact("m1", "👍")),
        (HOST, ROOM, roomwords.PinMessage("m1")),
        (HOST, ROOM, roomwords.UnpinMessage("m1")),
        (HOST, ROOM, roomwords.PinMessage("m1")),
        (ANNA, ROOM, roomwords.DeleteMessage("m1")),
        (HOST, ROOM, roomwords.SetReview(True)),
        (ANNA, ROOM, roomwords.PostMessage("Må jeg?")),
        (BO, ROOM, roomwords.PostMessage("Må jeg også?")),
        (ANNA, ROOM, roomwords.PostMessage("Nej, vent")),
        (HOST, HOSTS, hostingwords.ApproveMessage("anna.m1")),
        (HOST, HOSTS, hostingwords.DeclineMessage("bo.m1")),
        (ANNA, ROOM, roomwords.DeleteMessage("anna.m2")),
        (HOST, ROOM, roomwords.SetReview(False)),
        (HOST, ROOM, roomwords.SetSlowMode(30)),
        (HOST, ROOM, hostingwords.MutePerson("bo")),
        (HOST, ROOM, hostingwords.UnmutePerson("bo")),
        (HOST, ROOM, roomwords.DeleteMessage("m2")),
        (HOST, HOSTS, hostingwords.SetWordList(("pokker*",))),
        (BO, ROOM, roomwords.PostMessage("Pokkers, @Anna", mentions=("anna",))),
        (BO, ROOM, roomwords.CountHeads(6)),
        (HOST, ROOM, roomwords.CloseRoom()),
        (HOST, ROOM, roomwords.PostMessage("Vi ses efter frokost")),
        (HOST, ROOM, roomwords.OpenRoom()),
        (HOST, ROOM, roomwords.SetSlowMode(0)),
        (SYSTEM, FILES, kept("f1", "anna")),
        (SYSTEM, FILES, kept("f2", "anna")),
        (SYSTEM, FILES, kept("f3", "bo")),
        (SYSTEM, FILES, file.DropFile("f2", "anna")),
        (ANNA, ROOM, roomwords.PostMessage("", files=(file.FileToPost("f1", "plan.pdf"),))),
        (ANNA, ROOM, roomwords.EditMessage("m5", "Planen")),
        (ANNA, ROOM, roomwords.DeleteMessage("m5")),
        (SYSTEM, FILES, file.DropForgotten()),
        (SYSTEM, ROOM, roomwords.EmptyRoom(("bo",))),
    ]
    together = [
        (ANNA, NOTES, Pen(1).write("Godmorgen")),
        (BO, NOTES, Pen(2).write("Hej")),
        (SYSTEM, NOTES, EmptyNotes()),
    ]
    desk = [
        (SYSTEM, DESK, deskwords.PlanWindow("18", *window)),
        (SYSTEM, DESK, deskwords.OpenWindow("18", *window)),
        (ANNA, "committee", committeewords.AskQuestion("Hvad koster det?")),
        (EVA, "committee", committeewords.AskQuestion("Hvem betaler?", anonymous=True)),
        (BO, "committee", committeewords.AskQuestion("Hvad er prisen?")),
        (BO, "committee", committeewords.Vote("q1")),
        (EVA, "committee", committeewords.Vote("q1")),
        (EVA, "committee", committeewords.Vote("q3")),
        (SYSTEM, DESK, deskwords.Tally()),
        (EVA, "committee", committeewords.Unvote("q1")),
        (SYSTEM, DESK, deskwords.Tally()),
        (COMMITTEE, DESK, deskwords.Claim("anna.q1")),
        (COMMITTEE, DESK, deskwords.Draft("anna.q1", "Det koster")),
        (COMMITTEE, DESK, deskwords.Release("anna.q1")),
        (MODERATOR, DESK, deskwords.Merge("bo.q1", "anna.q1")),
        (COMMITTEE, DESK, deskwords.Answer("anna.q1", "Det koster 10 kr.")),
        (COMMITTEE, DESK, deskwords.AnswerOnAir("eva.q1")),
        (MODERATOR, DESK, roomwords.SetReview(True)),
        (ANNA, "committee", committeewords.AskQuestion("Hvornår?")),
        (MODERATOR, DESK, deskwords.DeclineQuestion("anna.q2")),
        (MODERATOR, DESK, deskwords.ApproveQuestion("anna.q2")),
        (ANNA, "committee", committeewords.WithdrawQuestion("anna.q2")),
        (HOST, "committee", committeewords.SendQuestion("aalborg.p1", "Hvad koster det i alt?")),
        (EVA, "committee", committeewords.AskQuestion("Og hos os?")),
        (MODERATOR, DESK, deskwords.ApproveQuestions(("hanne.q1", "eva.q2"))),
        (MODERATOR, DESK, deskwords.PinQuestion("eva.q2")),
        (MODERATOR, DESK, deskwords.UnpinQuestion("eva.q2")),
        (MODERATOR, DESK, deskwords.SetApproval("moderators")),
        (COMMITTEE, DESK, deskwords.Answer("eva.q2", "Det samme.")),
        (MODERATOR, DESK, deskwords.ReturnAnswer("eva.q2", "Hvor meget?")),
        (COMMITTEE, DESK, deskwords.Answer("eva.q2", "10 kr.")),
        (MODERATOR, DESK, deskwords.ApproveAnswer("eva.q2", SUBMITTED)),
        (BO, "committee", committeewords.AskQuestion("Hvor mange?")),
        (MODERATOR, DESK, deskwords.DeclineQuestions(("bo.q2",))),
        (SYSTEM, DESK, deskwords.CloseWindow("18")),
        (SYSTEM, DESK, deskwords.EmptyDesk(("anna", "bo", "eva", "hanne"))),
    ]
    polls = [
        (MODERATOR, POLLS, poll.DraftPoll("Kaffe eller te?", ("Kaffe", "Te"))),
        (MODERATOR, POLLS, poll.DraftPoll("Hvor længe?", ("Kort", "Langt"), several=True)),
        (MODERATOR, POLLS, poll.DraftPoll("Hvorfor?", ("Derfor", "Fordi"))),
        (MODERATOR, POLLS, poll.ChangeDraft("d1", "Te eller kaffe?", ("Te", "Kaffe"))),
        (MODERATOR, POLLS, poll.DropDraft("d3")),
        (MODERATOR, POLLS, poll.OpenPoll("d1")),
        (ANNA, "polls", poll.CastBallot("p1", (0,))),
        (EVA, "polls", poll.CastBallot("p1", (1,))),
        (ANNA, "polls", poll.CastBallot("p1", (1,))),
        (SYSTEM, POLLS, poll.CountBallots()),
        (MODERATOR, POLLS, poll.ClosePoll("p1")),
        (MODERATOR, POLLS, poll.ReopenPoll("p1")),
        (BO, "polls", poll.CastBallot("p1", (1,))),
        (MODERATOR, POLLS, poll.ShowResults("p1")),
        (MODERATOR, POLLS, poll.HideResults("p1")),
        (MODERATOR, POLLS, poll.PutPollAway("p1")),
    ]
    proposals = [
        (ANNA, PROPOSALS, proposalwords.Propose("Hvad koster det?")),
        (BO, PROPOSALS, proposalwords.BackProposal("aalborg.p1")),
        (BO, PROPOSALS, proposalwords.UnbackProposal("aalborg.p1")),
        (SYSTEM, PROPOSALS, proposalwords.MarkSent("aalborg.p1")),
        (SYSTEM, PROPOSALS, proposalwords.MarkReturned("aalborg.p1")),
        (HOST, PROPOSALS, proposalwords.WithdrawProposal("aalborg.p1")),
        (SYSTEM, PROPOSALS, proposalwords.EmptyProposals()),
    ]
    show = [
        (MODERATOR, "show", cue.Take("01")),
        (MODERATOR, "show", cue.Slate("Vi er straks tilbage")),
        (MODERATOR, "show", cue.ClearSlate()),
        (MODERATOR, "show", cue.Announce("Velkommen", START + timedelta(minutes=25))),
        (MODERATOR, "show", cue.ClearAnnouncement()),
        (SECRETARIAT, "show", cue.AnnounceBackup("backup.kl.dk")),
        (MODERATOR, "show", cue.ClearBackup()),
        (MODERATOR, "show", cue.Extend("01", 2)),
        (MODERATOR, "show", cue.Next(after="01")),
        (MODERATOR, "show", cue.Back(from_="02")),
        (MODERATOR, "show", cue.Skip("01")),
        (MODERATOR, "show", cue.Move("08", later)),
        (MODERATOR, "show", cue.Trim("02", START + timedelta(minutes=20))),
        (MODERATOR, "show", cue.Hold()),
        (SYSTEM, "show", cue.Reckon()),
        (MODERATOR, "show", cue.Resume()),
        (MODERATOR, "show", cue.SetMode("manual")),
        (MODERATOR, "show", cue.Take("18", after="02")),
        (MODERATOR, "show", cue.EndItem("18")),
        (MODERATOR, "show", cue.Take("17", after="02")),
        (SYSTEM, "library", shelves.NoteCaptions("tema-1", ("da",))),
        (HOST, ROOM, view.StartViewing("tema-1")),
        (HOST, ROOM, view.PauseViewing("tema-1")),
        (HOST, ROOM, view.MoveViewing("tema-1", 30.5)),
        (HOST, ROOM, view.ResumeViewing("tema-1")),
        (HOST, ROOM, view.MoveViewing("tema-1", 3)),
        (HOST, ROOM, view.EndViewing("tema-1")),
        (SYSTEM, "show", cue.AdoptProgramme(load(newer))),
        (SYSTEM, "show", cue.StartOver(START + timedelta(hours=1))),
    ]
    edition = [
        (HOST, "choice", cue.Choose("14", ("oplaeg-1",))),
        (HOST, "choice", cue.Choose("14", ())),
        (SECRETARIAT, "programme", cue.PublishProgramme(newer)),
    ]
    shelf = [
        (SECRETARIAT, "library", shelves.SetRelease("01", (Grant("registered", "cue"),))),
        (MODERATOR, "library", shelves.OpenNow("01", "link")),
        (SECRETARIAT, "library", shelves.CloseNow("01", "link")),
        (SECRETARIAT, "library", shelves.WaiveCaptions("tema-1", "Musik uden ord")),
        (SECRETARIAT, "library", shelves.EndWaiver("tema-1")),
        (SYSTEM, "library", shelves.NoteCaptions("tema-1", ("da", "en"))),
        (SYSTEM, "library", shelves.WarnOfCaptions("02", START + timedelta(days=14), ("mo",))),
        (SYSTEM, "library", shelves.ListItems(without_the_last_meeting())),
    ]
    slides = (doc.Document(sign * 32, f"Slides {sign}", "pdf", 1_000) for sign in "ab")
    beside = "library.documents"
    shelf += [
        *((SYSTEM, beside, doc.AddDocument("01", one)) for one in slides),
        (SECRETARIAT, beside, doc.RenameDocument("01", "a" * 32, "Til drøftelse")),
        (SECRETARIAT, beside, doc.MoveDocument("01", "b" * 32, 0)),
        (SYSTEM, "library", doc.ShowDocuments("01", (doc.Document("c", "C", "pdf", 1),))),
        (SECRETARIAT, beside, doc.RemoveDocument("01", "a" * 32)),
    ]
    passing_on = [
        (HOST, SHARES, share.MakeShare("Til skolerne", ("tema-1",), "school")),
        (HOST, SHARES, share.ChangeShare("s1", "Til alle", START + timedelta(days=30))),
        (HOST, SHARES, share.SetEmbedding(("https://intranet.aalborg.dk",))),
        (SYSTEM, SHARES, share.CountVisits("s1", "2021-01-28", 3)),
        (HOST, SHARES, share.RevokeShare("s1")),
    ]
    air = [
        (SYSTEM, MAIN, PutOnAir(Content("slate", title="Pause"), "06", 1)),
        (MODERATOR, MAIN, Reword("Pause", "Vi er tilbage kl. 10.45")),
        (MODERATOR, MAIN, PutOnAir(Content("live", source="kl-huset"), "07", 1)),
        (SYSTEM, MAIN, ReportOnAir("07", 1, "live", "kl-huset", 1, 12, START)),
        (MODERATOR, "inputs", ChooseInput("kl-huset", "backup")),
        (MODERATOR, "inputs", ReleaseInput("kl-huset")),
        (MODERATOR, "inputs", ChooseInput("kl-huset", "main")),
        (SYSTEM, "recordings", ReportRecorded("07", 1)),
        (MODERATOR, "recordings", NudgeCut("07", 0, 90_000, None)),
        (SECRETARIAT, "recordings", ApproveCut("07", 1)),
        (SECRETARIAT, "recordings", DeleteRecording("07")),
    ]
    helping = [
        (ANNA, "help", no_sound("Slet intet")),
        (MODERATOR, HELP, help_words.TakeHelp("anna.h1")),
        (SECRETARIAT, HELP, help_words.ReleaseHelp("anna.h1")),
        (SECRETARIAT, HELP, help_words.AnswerHelp("anna.h1", "Tryk på højttaleren")),
        (ANNA, "help", help_words.AddToHelp("Nu virker det")),
        (ANNA, "help", help_words.SettleHelp("anna.h1")),
        (BO, "help", no_sound()),
        (MODERATOR, HELP, help_words.TellKnownFault("Lyden mangler")),
        (MODERATOR, HELP, help_words.ClearKnownFault()),
        (MODERATOR, HELP, help_words.SettleHelp("bo.h1")),
        (SYSTEM, HELP, help_words.EmptyHelp(("anna", "bo"))),
    ]
    between = [
        (HOST, "board", board_words.PublishConclusion("Vi samler tilsynet", "skole")),
        (HOST, "board", board_words.EditConclusion("c1", "Vi samler tilsyn og ledelse")),
        (EVA, "board", board_words.ReplyToConclusion("c1", "Det gør vi også")),
        (EVA, "board", board_words.WithdrawReply("c1.r1")),
        (BO, "board", board_words.ReplyToConclusion("c1", "Nej")),
        (MODERATOR, "board", board_words.HideReply("c1.r2")),
        (MODERATOR, "board", board_words.HideConclusion("c1")),
        (HOST, "board", board_words.PublishConclusion("Noget andet")),
        (HOST, "board", board_words.WithdrawConclusion("c2")),
    ]
    groups = [
        (HOST, "groups:aalborg", group.OpenGroup("udvalg", "Børne- og Ungeudvalget")),
        (HOST, "groups:aalborg", group.NameMember("udvalg", "anna")),
        (HOST, "groups:aalborg", group.NameMember("udvalg", "bo")),
        (ANNA, GROUP, roomwords.PostMessage("Kun os")),
        (HOST, "groups:aalborg", group.InviteGuest("mo", "udvalg")),
        (MODERATOR, GROUP, roomwords.PostMessage("Tak, fordi jeg må være med")),
        (HOST, "groups:aalborg", group.DismissGuest("mo", "udvalg")),
        (HOST, "groups:aalborg", group.RemoveMember("udvalg", "bo")),
        (ANNA, "groups:aalborg", group.LeaveGroup("udvalg")),
        (HOST, GROUP, roomwords.PinMessage("m1")),
        (HOST, "groups:aalborg", group.InviteGuest("eva")),
        (EVA, ROOM, roomwords.PostMessage("Hej fra Aarhus")),
        (HOST, "groups:aalborg", group.CloseGroup("udvalg")),
    ]
    return [
        *(*room, *together, *desk, *proposals, *show, *edition, *shelf, *air),
        *passing_on,
        *(*polls, *helping, *between, *groups),
    ]


async def ask(house: House, actor: Actor, id: str, topic: str, command: Any) -> str:
    """The refusal's code, or "" for an accepted command."""
    try:
        if actor is SYSTEM:
            await house.dispatch.command(actor, id, topic, command)
        else:
            data = orjson.loads(orjson.dumps(wire.data_of(command)))
            await house.board.do(actor, id, topic, wire.name_of(type(command)), data)
    except Exception as error:
        if not isinstance(error, Refusal):
            raise
        return error.code
    return ""


TOPICS = (
    FILES,
    *("show", "programme", "choice", ROOM, HOSTS, "room:aarhus", MAIN, DESK, "committee"),
    *("inputs", "recordings", "groups:aalborg", "groups:aarhus", "library", "library.documents"),
    *(PROPOSALS, "polls", POLLS, "help", HELP, "board", NOTES),
    *("person:anna", "person:bo", "person:eva"),
)


@pytest.mark.patient
@pytest.mark.parametrize("seed", range(3))
async def test_every_command_keeps_every_follower_in_step(seed: int) -> None:
    chance = random.Random(seed)
    async with a_day() as (house, clock, fanout):
        followers: list[Follower] = []
        accepted: set[tuple[str, str]] = set()
        for n, (actor, topic, command) in enumerate(scripted()):
            clock.advance(11)
            followers += [await join(house, fanout, one) for one in chance.sample(TOPICS, 2)]
            code = await ask(house, actor, f"c{n}", topic, command)
            assert code == "", (command, code)
            accepted.add((topic.partition(":")[0], wire.name_of(type(command))))
            for follower in followers:
                follower.follow()
                follower.check()

        assert accepted == {
            (kind.noun, name)
            for unit in KINDS.units
            for kind in unit.topics
            for name in kind.commands
        }


async def join(house: House, fanout: RecordingFanout, topic: str) -> Follower:
    await house.board.open(topic)
    return Follower(house, fanout, topic)


async def test_a_house_opened_again_stands_where_it_stood() -> None:
    async with a_day() as (house, clock, _):
        for n, (actor, topic, command) in enumerate(scripted()):
            clock.advance(11)
            await ask(house, actor, f"c{n}", topic, command)
        for topic in TOPICS:
            await house.board.open(topic)
        before = {topic: house.board.snapshot(topic) for topic in TOPICS}
        for topic in TOPICS:
            house.dispatch.opened(topic).start_over("a1")
        await house.dispatch.catch_up()

        assert {topic: house.board.snapshot(topic) for topic in TOPICS} == before


async def test_erased_texts_leave_log_snapshot_and_history() -> None:
    async with a_day() as (house, clock, fanout):
        for n, (actor, topic, command) in enumerate(scripted()):
            clock.advance(11)
            await ask(house, actor, f"c{n}", topic, command)
        frames = b"".join(await house.board.frames(ROOM, 0, 1000))
        history, _ = await house.board.history(ROOM, 1000, 100)
        everything = frames + house.board.snapshot(ROOM) + orjson.dumps(history)

        assert b"Godmorgen" not in everything
        assert b"Hej Anna" not in everything
        rewritten = {(topic, seq) for topic, seq, _ in fanout.rewritten}
        assert (ROOM, 1) in rewritten


async def test_the_shows_snapshot_carries_its_clock() -> None:
    async with a_day() as (house, _, _):
        await house.board.open("show")
        clock = orjson.loads(house.board.snapshot("show"))["clock"]

    assert clock == {"wall": wire.rfc3339(START), "show": wire.rfc3339(START), "speed": 1.0}


async def test_an_anonymous_question_names_nobody_in_what_all_can_read() -> None:
    async with a_day() as (house, clock, fanout):
        for n, (actor, topic, command) in enumerate(scripted()):
            clock.advance(11)
            await ask(house, actor, f"{actor.id}-secret-{n}", topic, command)
        public = [frame for _, frame in fanout.frames["committee"]]
        (asked,) = [frame for frame in public if b"Hvem betaler" in frame]

    assert b"eva" not in asked
    assert b"aarhus" not in asked
    assert b"cause" not in asked


@pytest.mark.parametrize(
    "topic",
    ["room:", "room", "room:nowhere", "room:aalborg ", "show:", "show:1", "committee:x", "", ":",
     "person", "person:", "presence", "sources", "Show", "room:aalborg:x"],
)  # fmt: skip
def test_there_is_no_log_of_that_name(topic: str) -> None:
    assert KINDS.find(topic) is None


@pytest.mark.parametrize("topic", ["presence", "presence:aalborg", "sources"])
def test_state_topics_are_known(topic: str) -> None:
    assert KINDS.is_state(topic)


@pytest.mark.parametrize("topic", ["presence:", "presence:nowhere", "sources:x", "show"])
def test_other_topics_are_not_state_topics(topic: str) -> None:
    assert not KINDS.is_state(topic)
