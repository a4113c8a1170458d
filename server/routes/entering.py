"""Signing in and out. GET shows whose link it is and uses nothing up; POST signs in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from server.access.municipalities import register
from server.access.signing_in import SigningIn
from server.errors import Refused
from server.problems import NO_STORE
from server.routes.asking import COOKIE, Asking, told

HOME = {"moderator": "/backstage", "secretariat": "/backstage"}


def entering_routes(
    signing_in: SigningIn, asking: Asking, ended: Callable[[str], Awaitable[None]], *, secure: bool
) -> list[Route]:
    """Routes of `/enter/{token}` and `/logout`.

    Args:
        ended: told the id of a session that is over, so that open transports close.
        secure: cookies only over https.
    """

    async def look(request: Request) -> Response:
        person = await signing_in.whose(request.path_params["token"])
        if person is None:
            raise _no_such_link()
        place = register().get(person.municipality or "")
        body = {
            "name": person.name,
            "role": person.role,
            "municipality": person.municipality,
            "municipality_name": place and place.full_name,
        }
        return JSONResponse(body, headers=NO_STORE)

    async def enter(request: Request) -> Response:
        asking.must_be_ours(request)
        token = request.path_params["token"]
        person = await signing_in.whose(token)
        entered = await signing_in.enter(token) if person else None
        if person is None or entered is None:
            # The page says it in words; a program reads the status.
            return RedirectResponse(f"/enter/{token}?brugt", 303, NO_STORE)
        await _end_former(request)
        answer = RedirectResponse(HOME.get(person.role, "/watch"), 303, NO_STORE)
        answer.set_cookie(
            COOKIE,
            entered.cookie,
            expires=entered.expires_at,
            path="/",
            httponly=True,
            samesite="lax",
            secure=secure,
        )
        return answer

    async def leave(request: Request) -> Response:
        asking.must_be_ours(request)
        await _end_former(request)
        answer = RedirectResponse("/", 303, NO_STORE)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=secure)
        return answer

    async def _end_former(request: Request) -> None:
        former = request.cookies.get(COOKIE)
        session = await signing_in.end(former) if former else None
        if session:
            await ended(session)

    return [
        Route("/api/enter/{token}", told(look), methods=["GET"]),
        Route("/enter/{token}", told(enter), methods=["POST"]),
        Route("/logout", told(leave), methods=["POST"]),
    ]


def _no_such_link() -> Refused:
    return Refused(
        "not_found", "expected a link that still opens; this one is used, old or unknown"
    )
