"""The box: a web component that shows an article's list on any page, and a page to try it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from recommender import FindOptions
from service.api.dependencies import ArchiveDep, ManagerDep, NowDep, SettingsDep, cache_control
from service.api.parameters import NoOptions
from service.http.replies import Reply, Timing
from service.pages.archive import READING
from service.pages.errors import PageRoute
from service.pages.rendering import page

# The address has no version: browsers check after an hour, and stop using it after a day.
_STORED_FOR = "public, max-age=3600, stale-while-revalidate=82800"
_SCRIPT = Reply.of_bytes(
    Path(__file__).with_name("box.js").read_bytes(),
    "text/javascript; charset=utf-8",
    _STORED_FOR,
)
_ATTRIBUTES = ("article", "limit", "heading", "show")

open_router = APIRouter(include_in_schema=False)
router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)


@open_router.get("/box.js")
async def script(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Return the script of the box, which any page may load."""
    response = _SCRIPT.response(request, Timing())
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@router.get("/box")
def box(
    request: Request,
    manager: ManagerDep,
    archive: ArchiveDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Show the box as on a page, and the HTML to copy."""
    # Without a model the box is empty, so raise NoModelError.
    _ = manager.snapshot
    query = request.query_params
    attributes = {name: query[name].strip() for name in _ATTRIBUTES if query.get(name, "").strip()}
    if "article" not in attributes:
        newest = archive.catalog().find(FindOptions(limit=1), now).articles
        attributes = {"article": newest[0].id if newest else ""} | attributes
    return page(
        "box.html",
        cache_control=cache_control(settings, now),
        here="/box",
        attributes=attributes,
        origin=str(request.base_url).rstrip("/"),
        origins=settings.origins,
    )
