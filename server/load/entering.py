"""Signing the crowd in: every viewer opens an invitation's link and gets a session of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import httpcore

from server.errors import Unusable
from server.load.guests import Guest
from server.load.line import Target

AT_ONCE = 16
LIMIT_S = 20.0
ENTERED = {b"/watch", b"/backstage"}


async def sign_in(target: Target, guests: Iterable[Guest]) -> list[str]:
    """A cookie for each guest, in their order.

    Raises:
        Unusable: when a link does not open, or nobody answers.
    """
    turn = asyncio.Semaphore(AT_ONCE)
    async with httpcore.AsyncConnectionPool(max_connections=AT_ONCE) as pool:
        try:
            async with asyncio.TaskGroup() as tasks:
                entering = [
                    tasks.create_task(_enter(pool, turn, target, guest)) for guest in guests
                ]
        except* Unusable as refusals:
            raise _first(refusals) from refusals
    return [task.result() for task in entering]


async def _enter(
    pool: httpcore.AsyncConnectionPool, turn: asyncio.Semaphore, target: Target, guest: Guest
) -> str:
    url = f"{target.base}/enter/{guest.token}"
    limits = dict.fromkeys(("connect", "read", "write", "pool"), LIMIT_S)
    async with turn:
        try:
            answer = await pool.request("POST", url, extensions={"timeout": limits})
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Unusable(f"expected a server at {target.base}; {error!r}") from error
    headers = {name.lower(): value for name, value in answer.headers}
    if headers.get(b"location") not in ENTERED or b"set-cookie" not in headers:
        raise Unusable(
            f"expected a link of {guest.key} that opens at {target.base}; it is used, old or "
            f"unknown there (status {answer.status})"
        )
    return headers[b"set-cookie"].partition(b";")[0].decode("ascii")


def _first(group: BaseExceptionGroup[Unusable]) -> Unusable:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Unusable)
    return error
