"""Reports: what the lists of the model that answers are like, made when first asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request, Response

from recommender import Report, ReportPage
from recommender.errors import InputError, MissingExtraError
from service.live import Live, Served
from service.parameters import NoOptions
from service.problems import Problem
from service.replies import Reply, Timing
from service.reportschema import Reported
from service.routes import READING, cache_control
from service.schemas import documented

router = APIRouter(dependencies=READING)


@dataclass(frozen=True)
class _Made:
    """A report of a version, up to a revision of the archive, right until a time."""

    version: str
    known: int
    until: float
    page: ReportPage
    drawn: bool = False

    def holds(self, served: Served, now: datetime, charts: bool) -> bool:
        same = (served.version, served.model.known) == (self.version, self.known)
        return same and now.timestamp() < self.until and (self.drawn or not charts)


class Reports:
    """Keeps the last report: of a model, as long as nothing that it names has changed."""

    def __init__(self) -> None:
        self._made: _Made | None = None
        # One is made at a time, in a thread: who comes meanwhile waits for that one.
        self._turns = CapacityLimiter(1)

    async def page(self, served: Served, charts: bool = False) -> ReportPage:
        """Return the report of what answers, with its charts drawn if they are wanted.

        Raises
        ------
        Problem
            When there is no article, or the charts' library is not installed.
        """
        now, made = datetime.now(UTC), self._made
        if made and made.holds(served, now, charts):
            return made.page
        return await to_thread.run_sync(self._make, served, now, charts, limiter=self._turns)

    def _make(self, served: Served, now: datetime, charts: bool) -> ReportPage:
        made = self._made
        try:
            if made is None or not made.holds(served, now, charts=False):
                report = Report.of(served.model, now=now)
                page = ReportPage(report, served.version, served.model.revision)
                made = _Made(served.version, served.model.known, served.until(now), page)
            if charts:
                _ = made.page.charts
                made = replace(made, drawn=True)
            self._made = made
        except InputError as error:
            raise Problem(404, "no_articles", str(error)) from None
        except MissingExtraError as error:
            raise Problem(501, "charts_not_installed", str(error)) from None
        return made.page


@router.get("/v1/report", responses=documented(Reported, 304, 401, 404, 422, 503))
async def report(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Tell what the lists are like: coverage, orphans, hubs, scores, copies and tags."""
    live: Live = request.app.state.live
    served, timing = live.served, Timing()
    reports: Reports = request.app.state.reports
    page = await reports.page(served)
    timing("report")
    kept_for = cache_control(request, datetime.now(UTC))
    return Reply.of(page.to_record(), kept_for).response(request, timing)
