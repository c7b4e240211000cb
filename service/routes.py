"""The calls: lists and articles, each by id in the path or by query, and how the service is."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response

from recommender import Article, Found, Listing, Options
from recommender.errors import ArticleNotFoundError, CatalogError, NoModelError, RulesError
from service.live import Archive, Live, Served
from service.parameters import ArticleId, ArticlesQuery, ById, ListQuery, NoOptions, given_once
from service.problems import Problem
from service.ready import Kept, key_of
from service.replies import Reply, Timing, fresh_reply
from service.schemas import Health, Readiness, Recommendations, Topics, documented

# Longer lists take milliseconds, which other requests should not wait for.
_QUICK = 10

router = APIRouter(dependencies=[Depends(given_once)])


@router.get(
    "/v1/articles/{id}/recommendations", responses=documented(Recommendations, 304, 404, 422, 503)
)
async def recommendations(
    request: Request, article_id: ArticleId, options: Annotated[Options, Query()]
) -> Response:
    """Return the ALSO READ list of an article."""
    return await _list(request, options, article_id, None)


@router.get("/v1/recommendations", responses=documented(Recommendations, 304, 404, 422, 503))
async def recommendations_by_query(
    request: Request, query: Annotated[ListQuery, Query()]
) -> Response:
    """Return the ALSO READ list of an article, by its id or by its url."""
    return await _list(request, query, *query.article())


@router.get("/v1/articles/{id}/topics", responses=documented(Topics, 304, 404, 422, 503))
async def topics(
    request: Request, article_id: ArticleId, _: Annotated[NoOptions, Query()]
) -> Response:
    """Return READ MORE ON: the article's tags by what they tell, and tags it lacks."""
    return await _topics(request, article_id)


@router.get("/v1/topics", responses=documented(Topics, 304, 404, 422, 503))
async def topics_by_query(request: Request, query: Annotated[ById, Query()]) -> Response:
    """Return READ MORE ON of an article, by its id in the query."""
    return await _topics(request, query.id)


@router.get("/v1/articles/{id}", responses=documented(Article, 304, 404, 422, 503))
async def article(
    request: Request, article_id: ArticleId, _: Annotated[NoOptions, Query()]
) -> Response:
    """Return an article of the archive."""
    return await _article(request, article_id)


@router.get("/v1/articles", responses=documented(Found | Article, 304, 404, 422, 503))
async def articles(request: Request, query: Annotated[ArticlesQuery, Query()]) -> Response:
    """Return a page of the articles looked for, the newest first; or the one of an id."""
    if query.id is not None:
        return await _article(request, query.the_id())
    timing, now = Timing(), datetime.now(UTC)
    archive: Archive = request.app.state.archive
    page = await to_thread.run_sync(lambda: archive.catalog().find(query, now))
    timing("archive")
    cache_control = request.app.state.settings.cache_control
    return Reply.of(page.to_record(), cache_control).response(request, timing)


@router.get("/healthz", responses=documented(Health, 422))
async def healthz(_: Annotated[NoOptions, Query()]) -> Response:
    """Tell that the process answers."""
    return fresh_reply({"status": "ok"})


@router.get("/readyz", responses=documented(Readiness, 422, 503))
async def readyz(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Tell which model answers under which rules, and why not the active ones, if so."""
    live: Live = request.app.state.live
    try:
        served = live.served
    except NoModelError as error:
        raise Problem(503, "no_model", live.trouble or str(error)) from None
    except RulesError as error:
        raise Problem(503, "rules_invalid", str(error)) from None
    return fresh_reply(
        {
            "status": "degraded" if live.trouble else "ready",
            "detail": live.trouble,
            "model": identity(served),
            "articles": len(served.model.articles),
            "rules": served.model.rules.digest,
        }
    )


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
    cache_control = request.app.state.settings.cache_control
    reply = Reply.of(listing.to_record(), cache_control, identity(served))
    if not options.depends_on_time:
        kept = Kept(reply, served.until(now), _about(listing) if url is None else None)
        live.ready.put(key_of(request.scope), kept, changes)
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
    """Return the row of an id or url, or raise Problem; what is under embargo has none."""
    cards = served.model.articles
    try:
        if article_id is not None:
            return cards.row(article_id, now)
        return cards.row_of_url(url or "", now)
    except ArticleNotFoundError:
        raise await _not_in_model(request, article_id, url, now) from None


async def _topics(request: Request, article_id: str) -> Response:
    live: Live = request.app.state.live
    served, now, timing = live.served, datetime.now(UTC), Timing()
    await row_of(request, served, article_id, None, now)
    found = await to_thread.run_sync(partial(served.model.topics, article_id, now=now))
    timing("topics")
    cache_control = request.app.state.settings.cache_control
    reply = Reply.of(found.to_record(), cache_control, identity(served))
    return reply.response(request, timing)


async def _article(request: Request, article_id: str) -> Response:
    timing = Timing()
    found = await to_thread.run_sync(_look_up, request.app.state.archive, article_id, None)
    if found is None or _is_ahead(found.published_at, datetime.now(UTC)):
        raise not_found(article_id, None)
    timing("archive")
    cache_control = request.app.state.settings.cache_control
    return Reply.of(found.to_record(), cache_control).response(request, timing)


async def _not_in_model(
    request: Request, article_id: str | None, url: str | None, now: datetime
) -> Problem:
    """Return the problem of an article the model does not hold; the archive may."""
    problem = not_found(article_id, url)
    try:
        found = await to_thread.run_sync(_look_up, request.app.state.archive, article_id, url)
    except CatalogError:
        return problem
    if found is not None and not _is_ahead(found.published_at, now):
        problem.detail = (
            f"the article {found.id!r} is in the archive but not in the model yet: "
            "run 'alsoread train'"
        )
    return problem


def _look_up(archive: Archive, article_id: str | None, url: str | None) -> Article | None:
    catalog = archive.catalog()
    return catalog.get(article_id) if article_id is not None else catalog.find_url(url or "")


def not_found(article_id: str | None, url: str | None) -> Problem:
    """Return the problem of an id or url that no article has."""
    asked = f"id {article_id!r}" if article_id is not None else f"url {url!r}"
    return Problem(404, "article_not_found", f"no article has the {asked}")


def _is_ahead(published_at: datetime | None, now: datetime) -> bool:
    return published_at is not None and published_at > now


def identity(served: Served) -> dict[str, str | int]:
    """Return which model answers."""
    return {"version": served.version, "revision": served.model.revision}
