"""The report as a page: what the lists are like, with charts, and what to do about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from recommender import ReportPage
from service.live import Live
from service.pages.archive import READING
from service.pages.problem import PageRoute
from service.pages.rendering import article_path, page
from service.problems import Problem
from service.replies import Reply, Timing
from service.reports import Reports
from service.routes import cache_control

_A_WHILE = "public, max-age=3600"

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)


@router.get("/report")
async def report(request: Request) -> Response:
    """Show the report."""
    found = await _found(request)
    sections = await to_thread.run_sync(found.sections, _image, _link)
    return page(
        "report.html",
        cache_control=cache_control(request, datetime.now(UTC)),
        here="/report",
        sections=Markup(sections),
    )


@router.get("/report/report.css")
async def style(request: Request) -> Response:
    """Return the report's stylesheet."""
    body = ReportPage.style().encode()
    return Reply.of_bytes(body, "text/css; charset=utf-8", _A_WHILE).response(request, Timing())


@router.get("/report/{name}.svg")
async def chart(request: Request, name: str) -> Response:
    """Return a chart of the report."""
    drawn = (await _found(request)).charts.get(name)
    if drawn is None:
        raise Problem(404, "not_found", "the report has no such chart")
    kept_for = cache_control(request, datetime.now(UTC))
    return Reply.of_bytes(drawn, "image/svg+xml", kept_for).response(request, Timing())


async def _found(request: Request) -> ReportPage:
    live: Live = request.app.state.live
    reports: Reports = request.app.state.reports
    return await reports.page(live.served, charts=True)


def _image(name: str) -> str:
    return f"/report/{name}.svg"


def _link(article: dict[str, Any]) -> str:
    return article_path(article["id"])
