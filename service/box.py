"""The box: a web component that shows an article's list on any page, and a page to try it on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.parameters import NoOptions
from service.replies import Reply, Timing

# Its address has no version: a day old at most, and an hour without asking.
_KEPT_FOR = "public, max-age=3600, stale-while-revalidate=82800"
_SCRIPT = Reply.of_bytes(
    (Path(__file__).parent / "box.js").read_bytes(), "text/javascript; charset=utf-8", _KEPT_FOR
)

router = APIRouter(include_in_schema=False)


@router.get("/box.js")
async def script(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Return the box as a script, which any page may load."""
    reply = _SCRIPT.response(request, Timing())
    reply.headers["X-Content-Type-Options"] = "nosniff"
    return reply
