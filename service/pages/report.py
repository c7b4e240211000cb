"""The report as a page: statistics of all lists, with charts."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from recommender import ReportPage
from service.api.dependencies import ManagerDep, NowDep, SettingsDep, cache_control
from service.api.report import ReportCache
from service.http.problems import Problem
from service.http.replies import Reply, Timing
from service.pages.archive import READING
from service.pages.errors import PageRoute
from service.pages.rendering import article_path, page

_ONE_HOUR = "public, max-age=3600"

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)


@router.get("/report")
async def report(
    request: Request, manager: ManagerDep, settings: SettingsDep, now: NowDep
) -> Response:
    """Show the report."""
    reports: ReportCache = request.app.state.reports
    report_page = await reports.page(manager.snapshot, now, charts=True)
    sections = await to_thread.run_sync(report_page.sections, _image, _link)
    return page(
        "report.html",
        cache_control=cache_control(settings, now),
        here="/report",
        sections=Markup(sections),
    )


@router.get("/report/report.css")
async def style(request: Request) -> Response:
    """Return the report's stylesheet."""
    body = ReportPage.style().encode()
    return Reply.of_bytes(body, "text/css; charset=utf-8", _ONE_HOUR).response(request, Timing())


@router.get("/report/{name}.svg")
async def chart(
    request: Request, name: str, manager: ManagerDep, settings: SettingsDep, now: NowDep
) -> Response:
    """Return a chart of the report."""
    reports: ReportCache = request.app.state.reports
    drawn = (await reports.page(manager.snapshot, now, charts=True)).charts.get(name)
    if drawn is None:
        raise Problem(404, "not_found", "the report has no such chart")
    stored_for = cache_control(settings, now)
    return Reply.of_bytes(drawn, "image/svg+xml", stored_for).response(request, Timing())


def _image(name: str) -> str:
    return f"/report/{name}.svg"


def _link(article: dict[str, Any]) -> str:
    return article_path(article["id"])
