"""A desk's answers over real HTTP, for readers that are not ours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streams.answers import Answer, Answers
from streams.films.captions import Cue
from streams.playlist import Subtitles
from streams.subtitles import playlist_of, text_of

TEXT = Subtitles("Dansk", "da", "captions-da-made.m3u8")


def application(answers: Answers, said: Sequence[Cue] = ()) -> Starlette:
    """The paths that playlists name, open to everybody.

    Args:
        said: the captions of every replay that may have any.
    """

    def packed(request: Request) -> bool:
        return "gzip" in request.headers.get("accept-encoding", "")

    async def channel(request: Request) -> Response:
        return _response(answers.channel(request.path_params["channel"]))

    async def lane(request: Request) -> Response:
        at = request.path_params
        answer = await answers.lane(
            at["channel"], at["lane"], request.query_params, packed=packed(request)
        )
        return _response(answer)

    async def item(request: Request) -> Response:
        name = request.path_params["item"]
        texts = (TEXT,) if said and answers.subtitling.of(name) else ()
        return _response(answers.item(name, texts))

    async def texts(request: Request) -> Response:
        found = answers.subtitling.of(request.path_params["item"])
        assert found is not None
        return Response(playlist_of(found.pieces, "captions-da-made"))

    async def text(request: Request) -> Response:
        found = answers.subtitling.of(request.path_params["item"])
        assert found is not None
        piece = found.pieces[request.path_params["number"]]
        return Response(text_of(piece, said, found.begins_s), media_type="text/vtt")

    async def item_lane(request: Request) -> Response:
        at = request.path_params
        answer = answers.item_lane(
            at["item"], at["cut"], at["lane"], finished=True, packed=packed(request)
        )
        return _response(answer)

    async def media(request: Request) -> Response:
        at = request.path_params
        answer = await answers.media(
            at["via"], at["source"], at["generation"], at["lane"], at["name"]
        )
        return _response(answer)

    return Starlette(
        routes=[
            Route("/hls/{channel}/index.m3u8", channel),
            Route("/hls/{channel}/{lane}.m3u8", lane),
            Route("/replay/{item}/index.m3u8", item),
            Route("/replay/{item}/{cut}/captions-da-made.m3u8", texts),
            Route("/replay/{item}/{cut}/captions-da-made.{number:int}.vtt", text),
            Route("/replay/{item}/{cut}/{lane}.m3u8", item_lane),
            Route("/media/{via}/{source}/{generation}/{lane}/{name}", media),
        ]
    )


@asynccontextmanager
async def a_server(answers: Answers, said: Sequence[Cue] = ()) -> AsyncIterator[str]:
    """Serves on a free port; gives the base URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application(answers, said), log_level="error", lifespan="off", access_log=False
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)
