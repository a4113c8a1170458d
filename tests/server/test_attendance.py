from __future__ import annotations

from datetime import UTC, datetime, timedelta

from server.access.people import Person
from server.access.signing_in import SigningIn
from server.attendance import Attendance
from server.clock import VirtualClock, same_as_wall
from server.database import Database

NINE = datetime(2021, 1, 28, 8, tzinfo=UTC)


async def test_who_was_there_is_known_as_such_and_who_was_not_is_not(database_url: str) -> None:
    database, clock = Database(database_url), VirtualClock(NINE, same_as_wall())
    await database.migrate()
    signing_in = SigningIn(database, "day", timedelta(hours=72), clock.wall)
    await signing_in.register(
        (Person("anna", "Anna", "member", "aalborg"), Person("bo", "Bo", "member", "aalborg"))
    )
    cookies = {}
    for key in ("anna", "bo"):
        entered = await signing_in.enter(await signing_in.make_link(key, None))
        assert entered is not None
        cookies[key] = entered.cookie
    anna = await signing_in.actor(cookies["anna"])
    assert anna is not None
    assert not anna.attended
    attendance = Attendance(database, "day", clock)
    await attendance.note([anna.id])
    await Attendance(database, "day", clock).note([anna.id])
    fresh = SigningIn(database, "day", timedelta(hours=72), clock.wall)
    seen = {key: await fresh.actor(cookie) for key, cookie in cookies.items()}
    assert {key: actor and actor.attended for key, actor in seen.items()} == {
        "anna": True,
        "bo": False,
    }
    assert anna.session in await fresh.still_open([anna.session])
    await database.close()
