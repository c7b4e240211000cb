"""Report: statistics of the served model's lists, made when first requested."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request, Response

from recommender import Report, ReportPage
from recommender.errors import InputError, MissingExtraError
from service.api.dependencies import READING, ManagerDep, NowDep, SettingsDep, cache_control
from service.api.parameters import NoOptions
from service.api.schemas import Reported, documented
from service.http.problems import Problem
from service.http.replies import Reply, Timing
from service.live import ServingSnapshot

router = APIRouter(dependencies=READING)


@dataclass(frozen=True)
class _Cached:
    """The report of a version at a revision of the archive; ``until`` is seconds since 1970."""

    version: str
    revision: int
    until: float
    page: ReportPage
    drawn: bool = False

    def is_valid(self, snapshot: ServingSnapshot, now: datetime, charts: bool) -> bool:
        current = (snapshot.version, snapshot.model.applied_revision)
        same = current == (self.version, self.revision)
        return same and now.timestamp() < self.until and (self.drawn or not charts)


class ReportCache:
    """Keeps the last report until the model, the archive or an embargo changes it."""

    def __init__(self) -> None:
        self._cached: _Cached | None = None
        # One report is made at a time, in a thread; other requests wait for it.
        self._turns = CapacityLimiter(1)

    async def page(
        self, snapshot: ServingSnapshot, now: datetime, charts: bool = False
    ) -> ReportPage:
        """Return the report of a snapshot, with its charts if ``charts`` is true.

        Raises
        ------
        Problem
            When there is no article, or charts are requested and matplotlib is not installed.
        """
        cached = self._cached
        if cached and cached.is_valid(snapshot, now, charts):
            return cached.page
        return await to_thread.run_sync(self._make, snapshot, now, charts, limiter=self._turns)

    def _make(self, snapshot: ServingSnapshot, now: datetime, charts: bool) -> ReportPage:
        cached = self._cached
        try:
            if cached is None or not cached.is_valid(snapshot, now, charts=False):
                model, version = snapshot.model, snapshot.version
                page = ReportPage(Report.of(model, now=now), version, model.revision)
                until = snapshot.valid_until(now)
                cached = _Cached(version, model.applied_revision, until, page)
            if charts:
                _ = cached.page.charts
                cached = replace(cached, drawn=True)
            self._cached = cached
        except InputError as error:
            raise Problem(404, "no_articles", str(error)) from None
        except MissingExtraError as error:
            raise Problem(501, "charts_not_installed", str(error)) from None
        return cached.page


@router.get(
    "/v1/report",
    summary="Get statistics of all lists",
    responses=documented(Reported, 304, 401, 404, 422, 503),
)
async def report(
    request: Request,
    _: Annotated[NoOptions, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return statistics of all lists: coverage, orphans, hubs, scores, copies and tags."""
    timing = Timing()
    reports: ReportCache = request.app.state.reports
    page = await reports.page(manager.snapshot, now)
    timing("report")
    return Reply.of(page.to_record(), cache_control(settings, now)).response(request, timing)
