"""Lists: ALSO READ of one article, of a draft or several articles, and of many articles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from recommender import Listing, Options
from recommender.errors import ArticleNotFoundError
from service.api.bodies import BatchRequest, ListRequest, documented_body, options_of, read_body
from service.api.dependencies import (
    READING,
    ManagerDep,
    NowDep,
    SettingsDep,
    cache_control,
    check_article,
)
from service.api.parameters import ArticleId, ListQuery, NoOptions
from service.api.schemas import Batch, DraftRecommendations, Recommendations, documented
from service.http.problems import not_found
from service.http.replies import Reply, Timing, dumps, uncached_reply
from service.http.reply_cache import CacheEntry, cache_key
from service.live import ModelManager, ServingSnapshot
from service.settings import Settings

router = APIRouter(dependencies=READING)
# Longer lists take milliseconds: they are made in a thread, so that other requests do not wait.
_QUICK = 10


@router.get(
    "/v1/articles/{id}/recommendations",
    summary="Get the list of an article",
    responses=documented(Recommendations, 304, 401, 404, 422, 503),
)
async def recommendations(
    request: Request,
    article_id: ArticleId,
    options: Annotated[Options, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return the ALSO READ list of an article."""
    return await _list(request, manager, settings, now, options, article_id, None)


@router.get(
    "/v1/recommendations",
    summary="Get the list of an article by id or url",
    responses=documented(Recommendations, 304, 401, 404, 422, 503),
)
async def recommendations_by_query(
    request: Request,
    query: Annotated[ListQuery, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return the ALSO READ list of an article, named by its id or its url in the query."""
    return await _list(request, manager, settings, now, query, *query.article())


@router.post(
    "/v1/recommendations",
    summary="Get the list of a draft or of several articles",
    responses=documented(DraftRecommendations, 401, 404, 413, 422, 503),
    openapi_extra=documented_body(ListRequest),
)
async def recommendations_for(
    request: Request, _: Annotated[NoOptions, Query()], manager: ManagerDep, now: NowDep
) -> Response:
    """Return the list of an article outside the archive, or one list for several articles."""
    body = await read_body(request, ListRequest)
    snapshot, timing = manager.snapshot, Timing()
    for article_id in body.ids():
        await check_article(request, snapshot, article_id, None, now)
    work = partial(
        snapshot.model.recommend_for,
        body.article,
        like=body.like,
        unlike=body.unlike,
        now=now,
        **options_of(body),
    )
    listing = await to_thread.run_sync(work)
    timing("recommend")
    return uncached_reply(listing.to_record() | {"model": snapshot.identity()}, timing)


@router.post(
    "/v1/recommendations/batch",
    summary="Get the lists of many articles",
    responses=documented(Batch, 401, 413, 422, 503),
    openapi_extra=documented_body(BatchRequest),
)
async def batch(
    request: Request, _: Annotated[NoOptions, Query()], manager: ManagerDep, now: NowDep
) -> Response:
    """Return the lists of up to 1,000 articles; each is sent as soon as it is made."""
    body = await read_body(request, BatchRequest)
    snapshot = manager.snapshot
    visible_at = None if request.state.sees_embargoed else now
    visible = {each: _is_visible(snapshot, each, visible_at) for each in body.ids}
    chunks = _batch_chunks(snapshot, body, visible, now, request.scope["path"])
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(chunks, headers=headers, media_type="application/json")


def _batch_chunks(
    snapshot: ServingSnapshot,
    body: BatchRequest,
    visible: dict[str, bool],
    now: datetime,
    path: str,
) -> Iterator[str]:
    """Yield the reply of a batch, list by list; ``visible`` has all ids in order."""
    known = [each for each, is_visible in visible.items() if is_visible]
    lists = snapshot.model.batch(known, distinct=body.distinct, now=now, **options_of(body))
    yield '{"results":{'
    for number, (article_id, is_visible) in enumerate(visible.items()):
        result = next(lists)[1] if is_visible else None
        if isinstance(result, Listing):
            record = result.to_record()
        else:
            record = not_found(article_id).to_record(path)
        yield f"{',' if number else ''}{dumps(article_id)}:{dumps(record)}"
    yield f'}},"model":{dumps(snapshot.identity())}}}'


def _is_visible(snapshot: ServingSnapshot, article_id: str, now: datetime | None) -> bool:
    try:
        snapshot.model.articles.row(article_id, now)
    except ArticleNotFoundError:
        return False
    return True


async def _list(
    request: Request,
    manager: ModelManager,
    settings: Settings,
    now: datetime,
    options: Options,
    article_id: str | None,
    url: str | None,
) -> Response:
    generation, snapshot, timing = manager.cache.generation, manager.snapshot, Timing()
    listed_id = await check_article(request, snapshot, article_id, url, now)
    timing("find")
    recommend = partial(snapshot.model.recommend, now=now, observer=timing, **options_of(options))
    work = partial(recommend, listed_id)
    pool = max(options.pool, options.limit + len(options.exclude))
    quick = options.by_graph and pool <= _QUICK
    listing = work() if quick else await to_thread.run_sync(work)
    timing("list")
    published = listing.article.published_at if listing.article else None
    stored_for = cache_control(settings, now, published)
    reply = Reply.of(listing.to_record(), stored_for, snapshot.identity())
    if not options.depends_on_time and (key := cache_key(request.scope)):
        articles = _dependencies(listing) if url is None else None
        route, until = request.scope["route"].path, snapshot.valid_until(now)
        manager.cache.put(key, CacheEntry(reply, route, until, articles), generation)
        request.app.state.metrics.cached("no").inc()
    return reply.response(request, timing)


def _dependencies(listing: Listing) -> tuple[str, ...] | None:
    """Return the ids of the articles whose change may change a list, None if any may."""
    if listing.shortfall or not listing.from_graph or listing.article is None:
        return None
    copies = (other for item in listing for other in item.duplicates)
    return (listing.article.id, *(item.article.id for item in listing), *copies)
