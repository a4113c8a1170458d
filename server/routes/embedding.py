"""The page that a municipality's own sites may show inside theirs, and nobody else's.

Which sites those are is the municipality's list, told to the browser with every page: it is the
browser that refuses a frame anywhere else. A link that opens nothing may be shown nowhere.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.problems import NO_STORE
from server.routes.pages import NOT_BUILT, policy
from server.share_links import ShareLinks


def embedding_routes(folder: Path | None, links: ShareLinks) -> list[Route]:
    """The route of the page in a frame."""

    async def embedded(request: Request) -> Response:
        """A link's player alone, for the municipality's own pages."""
        if folder is None:
            return PlainTextResponse(NOT_BUILT, 503)
        shared = await links.follow(request.path_params["token"])
        ancestors = " ".join(shared.origins) if shared else ""
        headers = NO_STORE | {"content-security-policy": policy(ancestors or "'none'")}
        return FileResponse(folder / "index.html", headers=headers)

    return [Route("/del/{token}/indlejret", embedded, methods=["GET"])]
