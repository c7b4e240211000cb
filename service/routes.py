"""The calls: lists and articles, each by id in the path or by query, and how the service is."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from recommender import Article, Options
from recommender.errors import ArticleNotFoundError, CatalogError, NoModelError
from service.auth import reader
from service.live import Archive, Live, Served
from service.parameters import ArticleId, ById, ListQuery, NoOptions, given_once
from service.problems import Problem, not_found
from service.replies import json_reply, state_reply
from service.schemas import Health, Readiness, Recommendations, documented


async def caught_up(request: Request) -> None:
    """Have the model know all that was written before this request, by whichever worker."""
    await request.app.state.live.catch_up()


# Longer lists take milliseconds, which other requests should not wait for.
_QUICK = 10

router = APIRouter(dependencies=[Depends(reader), Depends(given_once), Depends(caught_up)])
# These answer without a key, whatever is set.
open_router = APIRouter(dependencies=[Depends(given_once)])


@router.get(
    "/v1/articles/{id}/recommendations",
    responses=documented(Recommendations, 304, 401, 404, 422, 503),
)
async def recommendations(
    request: Request, article_id: ArticleId, options: Annotated[Options, Query()]
) -> Response:
    """Return the ALSO READ list of an article."""
    return await _list(request, options, article_id, None)


@router.get("/v1/recommendations", responses=documented(Recommendations, 304, 401, 404, 422, 503))
async def recommendations_by_query(
    request: Request, query: Annotated[ListQuery, Query()]
) -> Response:
    """Return the ALSO READ list of an article, by its id or by its url."""
    return await _list(request, query, *query.article())


@router.get("/v1/articles/{id}", responses=documented(Article, 304, 401, 404, 422, 503))
async def article(
    request: Request, article_id: ArticleId, _: Annotated[NoOptions, Query()]
) -> Response:
    """Return an article of the archive."""
    return await _article(request, article_id)


@router.get("/v1/articles", responses=documented(Article, 304, 401, 404, 422, 503))
async def article_by_query(request: Request, query: Annotated[ById, Query()]) -> Response:
    """Return an article of the archive, by its id in the query."""
    return await _article(request, query.id)


@open_router.get("/healthz", responses=documented(Health, 422))
async def healthz(_: Annotated[NoOptions, Query()]) -> Response:
    """Tell that the process answers."""
    return state_reply({"status": "ok"})


@open_router.get("/readyz", responses=documented(Readiness, 422, 503))
async def readyz(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Tell which model answers, and why the active one does not, if so."""
    live: Live = request.app.state.live
    try:
        served = live.served
    except NoModelError as error:
        raise Problem(503, "no_model", live.troubles.get("model") or str(error)) from None
    return state_reply(
        {
            "status": "degraded" if live.trouble else "ready",
            "detail": live.trouble,
            "model": _identity(served),
            "articles": len(served.model.articles) - len(served.model.overlay.masked),
        }
    )


@router.get("/metrics", response_class=PlainTextResponse, responses=documented(None, 401, 422))
async def metrics(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Tell Prometheus of requests, the model and the archive."""
    headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_LATEST}
    return Response(request.app.state.metrics.text(), headers=headers)


async def _list(
    request: Request, options: Options, article_id: str | None, url: str | None
) -> Response:
    live: Live = request.app.state.live
    served, now = live.served, datetime.now(UTC)
    cards, told = served.model.articles, None if request.state.sees_ahead else now
    try:
        row = cards.row(article_id) if article_id is not None else cards.row_of_url(url or "", told)
    except ArticleNotFoundError:
        raise await _not_in_model(request, article_id, url, now) from None
    started = perf_counter()
    work = partial(served.model.list_of, row, options, now)
    quick = options.limit + len(options.exclude) <= _QUICK
    listing = work() if quick else await to_thread.run_sync(work)
    ahead = _is_ahead(listing.article.published_at, now)
    if ahead and not request.state.sees_ahead:
        raise not_found(article_id, url)
    timing, record = f"recommend;dur={(perf_counter() - started) * 1000:.2f}", listing.to_record()
    return json_reply(request, record, timing=timing, model=_identity(served), ahead=ahead)


async def _article(request: Request, article_id: str) -> Response:
    started = perf_counter()
    archive: Archive = request.app.state.archive
    found = await to_thread.run_sync(lambda: archive.catalog().entry(article_id))
    revision, entry = found or (0, None)
    ahead = entry is not None and _is_ahead(entry.published_at, datetime.now(UTC))
    if entry is None or (ahead and not request.state.sees_ahead):
        raise not_found(article_id, None)
    timing = f"archive;dur={(perf_counter() - started) * 1000:.2f}"
    return json_reply(request, entry.to_record(), timing=timing, revision=revision, ahead=ahead)


async def _not_in_model(
    request: Request, article_id: str | None, url: str | None, now: datetime
) -> Problem:
    """Return the problem of an article the model does not hold; the archive may."""
    problem = not_found(article_id, url)
    try:
        found = await to_thread.run_sync(_look_up, request.app.state.archive, article_id, url)
    except CatalogError:
        return problem
    if found is not None and (request.state.sees_ahead or not _is_ahead(found.published_at, now)):
        problem.detail = (
            f"the article {found.id!r} is in the archive but not in the model yet: "
            "run 'alsoread train'"
        )
    return problem


def _look_up(archive: Archive, article_id: str | None, url: str | None) -> Article | None:
    catalog = archive.catalog()
    return catalog.get(article_id) if article_id is not None else catalog.find_url(url or "")


def _is_ahead(published_at: datetime | None, now: datetime) -> bool:
    return published_at is not None and published_at > now


def _identity(served: Served) -> dict[str, str | int]:
    return {"version": served.version, "revision": served.model.revision}
