"""The calls: lists and articles, each by id in the path or by query, and how the service is."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from recommender import Article, Found, Listing, Options
from recommender.errors import ArticleNotFoundError, CatalogError, NoModelError, RulesError
from service.auth import reader
from service.live import Archive, Live, Served
from service.parameters import ArticleId, ArticlesQuery, ById, ListQuery, NoOptions, given_once
from service.problems import Problem, not_found
from service.ready import Kept, key_of
from service.replies import Reply, Timing, fresh_reply
from service.schemas import Health, Readiness, Recommendations, Topics, documented


async def caught_up(request: Request) -> None:
    """Have the model know all that was written before this request, by whichever worker."""
    await request.app.state.live.catch_up()


READING = [Depends(reader), Depends(given_once), Depends(caught_up)]
# Longer lists take milliseconds, which other requests should not wait for.
_QUICK = 10

router = APIRouter(dependencies=READING)
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


@router.get("/v1/articles/{id}/topics", responses=documented(Topics, 304, 401, 404, 422, 503))
async def topics(
    request: Request, article_id: ArticleId, _: Annotated[NoOptions, Query()]
) -> Response:
    """Return READ MORE ON: the article's tags by what they tell, and tags it lacks."""
    return await _topics(request, article_id)


@router.get("/v1/topics", responses=documented(Topics, 304, 401, 404, 422, 503))
async def topics_by_query(request: Request, query: Annotated[ById, Query()]) -> Response:
    """Return READ MORE ON of an article, by its id in the query."""
    return await _topics(request, query.id)


@router.get("/v1/articles/{id}", responses=documented(Article, 304, 401, 404, 422, 503))
async def article(
    request: Request, article_id: ArticleId, _: Annotated[NoOptions, Query()]
) -> Response:
    """Return an article of the archive."""
    return await _article(request, article_id)


@router.get("/v1/articles", responses=documented(Found | Article, 304, 401, 404, 422, 503))
async def articles(request: Request, query: Annotated[ArticlesQuery, Query()]) -> Response:
    """Return a page of the articles looked for, the newest first; or the one of an id."""
    if query.id is not None:
        return await _article(request, query.the_id())
    timing, now = Timing(), datetime.now(UTC)
    archive: Archive = request.app.state.archive
    page = await to_thread.run_sync(lambda: archive.catalog().find(query, now))
    timing("archive")
    return Reply.of(page.to_record(), cache_control(request, now)).response(request, timing)


@open_router.get("/healthz", responses=documented(Health, 422))
async def healthz(_: Annotated[NoOptions, Query()]) -> Response:
    """Tell that the process answers."""
    return fresh_reply({"status": "ok"})


@open_router.get("/readyz", responses=documented(Readiness, 422, 503))
async def readyz(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Tell which model answers under which rules, and why not the active ones, if so."""
    live: Live = request.app.state.live
    try:
        served = live.served
    except NoModelError as error:
        raise Problem(503, "no_model", live.troubles.get("model") or str(error)) from None
    except RulesError as error:
        raise Problem(503, "rules_invalid", str(error)) from None
    return fresh_reply(
        {
            "status": "degraded" if live.trouble else "ready",
            "detail": live.trouble,
            "model": identity(served),
            "articles": len(served.model.articles) - len(served.model.overlay.masked),
            "newer": len(served.model.index.newer),
            "advice": served.model.overlay.advice,
            "rules": served.model.rules.digest,
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
    changes = live.ready.changes
    served, now, timing = live.served, datetime.now(UTC), Timing()
    row = await row_of(request, served, article_id, url, now)
    timing("find")
    work = partial(served.model.list_of, row, options, now, timing)
    quick = options.by_graph and max(options.pool, options.limit + len(options.exclude)) <= _QUICK
    listing = work() if quick else await to_thread.run_sync(work)
    kept_for = cache_control(request, now, served.model.articles[row].published_at)
    reply = Reply.of(listing.to_record(), kept_for, identity(served))
    if not options.depends_on_time and (key := key_of(request.scope)):
        about = _about(listing) if url is None else None
        kept = Kept(reply, request.scope["route"].path, served.until(now), about)
        live.ready.put(key, kept, changes)
        request.app.state.metrics.cached("no").inc()
    return reply.response(request, timing)


def _about(listing: Listing) -> tuple[str, ...] | None:
    """Return the ids of the articles whose change may change a list; None if that is any."""
    if listing.shortfall or not listing.from_graph or listing.article is None:
        return None
    copies = (other for item in listing for other in item.duplicates)
    return (listing.article.id, *(item.article.id for item in listing), *copies)


async def row_of(
    request: Request, served: Served, article_id: str | None, url: str | None, now: datetime
) -> int:
    """Return the row of an id or url, or raise Problem; embargoed ones few may see."""
    cards, told = served.model.articles, None if request.state.sees_ahead else now
    try:
        if article_id is not None:
            return cards.row(article_id, told)
        return cards.row_of_url(url or "", told)
    except ArticleNotFoundError:
        raise await _not_in_model(request, article_id, url, now) from None


async def _topics(request: Request, article_id: str) -> Response:
    live: Live = request.app.state.live
    served, now, timing = live.served, datetime.now(UTC), Timing()
    await row_of(request, served, article_id, None, now)
    found = await to_thread.run_sync(partial(served.model.topics, article_id, now=now))
    timing("topics")
    kept_for = cache_control(request, now, found.article.published_at)
    reply = Reply.of(found.to_record(), kept_for, identity(served))
    return reply.response(request, timing)


async def _article(request: Request, article_id: str) -> Response:
    timing, now = Timing(), datetime.now(UTC)
    archive: Archive = request.app.state.archive
    entry = await to_thread.run_sync(lambda: archive.catalog().entry(article_id))
    if entry is None or (_is_ahead(entry[1].published_at, now) and not request.state.sees_ahead):
        raise not_found(article_id)
    timing("archive")
    revision, found = entry
    kept_for = cache_control(request, now, found.published_at)
    reply = Reply.of(found.to_record(), kept_for, revision=revision)
    return reply.response(request, timing)


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
            f"the article {found.id!r} is in the archive, which the service cannot follow just "
            "now: /readyz says why"
        )
    return problem


def _look_up(archive: Archive, article_id: str | None, url: str | None) -> Article | None:
    catalog = archive.catalog()
    return catalog.get(article_id) if article_id is not None else catalog.find_url(url or "")


def cache_control(request: Request, now: datetime, *published: datetime | None) -> str:
    """Return who may keep a reply on articles, for how long: nobody while one is under embargo."""
    if any(_is_ahead(each, now) for each in published):
        return "private, no-store"
    allowed: str = request.app.state.settings.cache_control
    return allowed


def _is_ahead(published_at: datetime | None, now: datetime) -> bool:
    return published_at is not None and published_at > now


def identity(served: Served) -> dict[str, str | int]:
    """Return which model answers."""
    return {"version": served.version, "revision": served.model.revision}
