"""The box: a web component that shows an article's list on any page, and a page to try it on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from recommender import FindOptions
from service.live import Archive, Live
from service.pages.archive import READING
from service.pages.problem import PageRoute
from service.pages.rendering import page
from service.parameters import NoOptions
from service.replies import Reply, Timing
from service.routes import cache_control

# Its address has no version: a day old at most, and an hour without asking.
_KEPT_FOR = "public, max-age=3600, stale-while-revalidate=82800"
_SCRIPT = Reply.of_bytes(
    (Path(__file__).parents[1] / "box.js").read_bytes(),
    "text/javascript; charset=utf-8",
    _KEPT_FOR,
)
_ATTRIBUTES = ("article", "limit", "heading", "show")

open_router = APIRouter(include_in_schema=False)
router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)


@open_router.get("/box.js")
async def script(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Return the box as a script, which any page may load."""
    reply = _SCRIPT.response(request, Timing())
    reply.headers["X-Content-Type-Options"] = "nosniff"
    return reply


@router.get("/box")
def box(request: Request) -> Response:
    """Show the box as it would be on a page, and what to write there."""
    live: Live = request.app.state.live
    archive: Archive = request.app.state.archive
    now, given = datetime.now(UTC), request.query_params
    # Without a model no box shows anything.
    _ = live.served
    chosen = {name: given[name].strip() for name in _ATTRIBUTES if given.get(name, "").strip()}
    if "article" not in chosen:
        newest = archive.catalog().find(FindOptions(limit=1), now).articles
        chosen = {"article": newest[0].id if newest else ""} | chosen
    return page(
        "box.html",
        cache_control=cache_control(request, now),
        here="/box",
        chosen=chosen,
        origin=str(request.base_url).rstrip("/"),
        origins=request.app.state.settings.origins,
    )
