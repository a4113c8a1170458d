from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.access.actor import Actor
from server.access.people import Person
from server.access.signing_in import RECHECK_S, Entered, SigningIn
from server.database import Database

START = datetime(2021, 1, 28, 8, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)
METTE = Person("mette", "Mette Nørgaard", "member", "aalborg")


class Now:
    """Wall time that a test sets."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@asynccontextmanager
async def a_house(url: str, now: Now, edition: str = "2021") -> AsyncIterator[SigningIn]:
    database = Database(url)
    await database.migrate()
    try:
        yield SigningIn(database, edition, timedelta(hours=8), now)
    finally:
        await database.close()


async def with_mette(house: SigningIn) -> tuple[Entered, Actor]:
    """Registered and come in by a link of hers."""
    await house.register([METTE])
    entered = await house.enter(await house.make_link("mette", TEN_MINUTES))
    assert entered is not None
    actor = await house.actor(entered.cookie)
    assert actor is not None
    return entered, actor


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_a_link_signs_its_person_in(database_url: str) -> None:
    async with a_house(database_url, Now()) as house:
        _, actor = await with_mette(house)
        assert (actor.name, actor.role, actor.municipality) == (
            "Mette Nørgaard",
            "member",
            "aalborg",
        )
        assert actor.session


async def test_looking_at_a_link_five_times_does_not_use_it_up(database_url: str) -> None:
    async with a_house(database_url, Now()) as house:
        await house.register([METTE])
        token = await house.make_link("mette", TEN_MINUTES)
        for _ in range(5):
            seen = await house.whose(token)
            assert seen is not None
            assert seen.name == "Mette Nørgaard"
        assert await house.enter(token) is not None


async def test_a_link_works_once_even_when_used_twice_at_the_same_moment(database_url: str) -> None:
    async with a_house(database_url, Now()) as house:
        await house.register([METTE])
        token = await house.make_link("mette", TEN_MINUTES)
        entered = await asyncio.gather(house.enter(token), house.enter(token))
        assert sum(each is not None for each in entered) == 1
        assert await house.whose(token) is None


async def test_a_reusable_link_can_be_used_again_and_again(database_url: str) -> None:
    async with a_house(database_url, Now()) as house:
        await house.register([METTE])
        token = await house.make_link("mette", None, reusable=True)
        first, second = await house.enter(token), await house.enter(token)
        assert first is not None
        assert second is not None
        assert first.cookie != second.cookie


async def test_an_expired_unknown_or_replaced_link_opens_nothing(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house:
        await house.register([METTE])
        older = await house.make_link("mette", TEN_MINUTES)
        newer = await house.make_link("mette", TEN_MINUTES)
        assert await house.enter(older) is None
        now.at += TEN_MINUTES
        assert await house.enter(newer) is None
        assert await house.enter("no such token") is None


async def test_a_session_ends_when_signed_out_and_by_its_time(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house:
        await house.register([METTE])
        token = await house.make_link("mette", None, reusable=True)
        one, other = await house.enter(token), await house.enter(token)
        assert one is not None
        assert other is not None
        assert await house.actor(one.cookie) is not None
        assert await house.end(one.cookie) is not None
        assert await house.end(one.cookie) is None
        assert await house.actor(one.cookie) is None
        now.at += timedelta(hours=8)
        assert await house.actor(other.cookie) is None


async def test_a_session_ended_by_another_process_is_gone_after_the_recheck(
    database_url: str,
) -> None:
    now = Now()
    async with a_house(database_url, now) as here, a_house(database_url, now) as elsewhere:
        entered, actor = await with_mette(here)
        assert set(await here.still_open([actor.session])) == {actor.session}
        await elsewhere.end(entered.cookie)
        assert set(await here.still_open([actor.session])) == set()
        now.at += timedelta(seconds=RECHECK_S)
        assert await here.actor(entered.cookie) is None


async def test_a_new_role_counts_after_the_recheck(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house:
        await house.register([METTE])
        entered = await house.enter(await house.make_link("mette", None, reusable=True))
        assert entered is not None
        await house.actor(entered.cookie)
        await house.register([Person("mette", "Mette Nørgaard", "host", "aalborg")])
        now.at += timedelta(seconds=RECHECK_S)
        actor = await house.actor(entered.cookie)
        assert actor is not None
        assert actor.role == "host"
        assert await house.keys() == ("mette",)


async def test_a_session_that_was_looked_at_with_others_needs_no_asking(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house:
        entered, actor = await with_mette(house)
        now.at += timedelta(seconds=RECHECK_S - 1)
        assert set(await house.still_open({actor.session, "no such"})) == {actor.session}
        now.at += timedelta(seconds=RECHECK_S - 1)
        with nobody_asking(house):
            assert await house.actor(entered.cookie) == actor


async def test_a_crowd_that_comes_at_once_is_asked_for_together(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house:
        await house.register([METTE])
        token = await house.make_link("mette", None, reusable=True)
        cookies = [entered.cookie for _ in range(60) if (entered := await house.enter(token))]
        gone = cookies.pop()
        await house.end(gone)
        before = house.asked
        here = await asyncio.gather(*map(house.actor, [*cookies, "unknown", gone, *cookies]))
        assert [actor and actor.id for actor in here[59:61]] == [None, None]
        assert len({actor.session for actor in here if actor}) == 59
        assert here[:59] == here[61:]
        # One for the first, and one for all who came meanwhile.
        assert house.asked - before <= 3


async def test_sessions_in_use_are_asked_for_again_together_and_an_ended_one_is_gone_in_time(
    database_url: str,
) -> None:
    now = Now()
    async with a_house(database_url, now) as house, a_house(database_url, now) as elsewhere:
        await house.register([METTE])
        token = await house.make_link("mette", None, reusable=True)
        cookies = [entered.cookie for _ in range(30) if (entered := await house.enter(token))]
        for cookie in cookies:
            await house.actor(cookie)
        before = house.asked
        for tick in range(200):  # everybody comes each three seconds, one after the other
            now.at += timedelta(seconds=0.1)
            assert await house.actor(cookies[tick % 30]) is not None
        assert house.asked - before <= 20 / (RECHECK_S / 2) + 1
        await elsewhere.end(cookies[0])
        for _ in range(RECHECK_S):
            now.at += timedelta(seconds=1)
            last = [await house.actor(cookie) for cookie in cookies[:2]]
        assert last[0] is None
        assert last[1] is not None


async def test_whoever_gives_up_while_asking_for_others_leaves_them_to_the_next(
    database_url: str,
) -> None:
    now = Now()
    async with a_house(database_url, now) as house:
        await house.register([METTE])
        token = await house.make_link("mette", None, reusable=True)
        cookies = [entered.cookie for _ in range(3) if (entered := await house.enter(token))]
        asking = [asyncio.create_task(house.actor(cookie)) for cookie in cookies]
        await asyncio.sleep(0)
        asking[0].cancel()
        first, *others = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(first, asyncio.CancelledError)
        assert all(isinstance(actor, Actor) for actor in others)


async def test_looking_at_a_session_finds_its_end_and_a_new_role(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house, a_house(database_url, now) as other:
        entered, actor = await with_mette(house)
        await other.register([replace(METTE, role="host")])
        host = replace(actor, role="host")
        assert await house.still_open({actor.session}) == {actor.session: host}
        with nobody_asking(house):
            assert await house.actor(entered.cookie) == host
        await other.end(entered.cookie)
        assert set(await house.still_open({actor.session})) == set()
        now.at += timedelta(seconds=RECHECK_S)
        assert await house.actor(entered.cookie) is None


async def test_session_whose_time_is_over_does_not_hold(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house:
        entered, actor = await with_mette(house)
        now.at = entered.expires_at
        assert set(await house.still_open({actor.session})) == set()


async def test_session_that_ends_while_all_are_looked_at_is_not_remembered(
    database_url: str,
) -> None:
    async with a_house(database_url, Now()) as house:
        entered, actor = await with_mette(house)
        read = house._database.read

        @asynccontextmanager
        async def read_and_then_it_ends() -> AsyncIterator[object]:
            async with read() as connection:
                yield connection
            assert await house.end(entered.cookie) == actor.session

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(house._database, "read", read_and_then_it_ends)
            assert set(await house.still_open({actor.session})) == {actor.session}
        assert await house.actor(entered.cookie) is None


async def test_session_that_ends_while_it_is_asked_for_is_nobodys(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house:
        entered, actor = await with_mette(house)
        now.at += timedelta(seconds=RECHECK_S)
        read = house._database.read
        ended: list[str | None] = []

        @asynccontextmanager
        async def read_and_then_it_ends() -> AsyncIterator[object]:
            async with read() as connection:
                yield connection
            if not ended:
                ended.append(await house.end(entered.cookie))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(house._database, "read", read_and_then_it_ends)
            assert await house.actor(entered.cookie) is None
        assert ended == [actor.session]
        assert await house.actor(entered.cookie) is None


@contextmanager
def nobody_asking(house: SigningIn) -> Iterator[None]:
    """Fails whoever reads from the database."""

    def read() -> None:
        raise AssertionError("expected nobody to ask the database")

    database = house._database
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "read", read)
        yield


async def test_one_edition_s_people_are_not_another_s(database_url: str) -> None:
    now = Now()
    async with a_house(database_url, now) as house, a_house(database_url, now, "2022") as next_year:
        await house.register([METTE])
        token = await house.make_link("mette", None, reusable=True)
        entered = await house.enter(token)
        assert entered is not None
        assert await next_year.whose(token) is None
        assert await next_year.actor(entered.cookie) is None
        with pytest.raises(KeyError):
            await next_year.make_link("mette", None, reusable=True)


async def test_no_token_is_stored_as_itself(tmp_path: Path) -> None:
    async with a_house(f"sqlite:///{tmp_path / 'people.db'}", Now()) as house:
        await house.register([METTE])
        token = await house.make_link("mette", None, reusable=True)
        entered = await house.enter(token)
        assert entered is not None
    stored = await asyncio.to_thread(everything_in, tmp_path)
    assert token.encode() not in stored
    assert entered.cookie.encode() not in stored


async def test_a_pass_opens_one_channel_and_nothing_else(database_url: str) -> None:
    async with a_house(database_url, Now()) as house:
        await house.register([METTE])
        token = await house.make_pass("mette", "main")
        holder = await house.holder(token, "main")
        assert holder is not None
        assert holder.name == "Mette Nørgaard"
        assert await house.holder(token, "oplaeg-1") is None
        assert await house.actor(token) is None
        await house.end(token)
        assert await house.holder(token, "main") is None


async def test_a_session_is_no_pass(database_url: str) -> None:
    async with a_house(database_url, Now()) as house:
        await house.register([METTE])
        entered = await house.enter(await house.make_link("mette", None))
        assert entered is not None
        assert await house.holder(entered.cookie, "main") is None
