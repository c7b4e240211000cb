"""The calls beside an article's own list: why, lists of what is not in the archive, and batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from recommender import Listing, Options
from recommender.errors import ArticleNotFoundError
from service.bodies import BatchRequest, ListRequest, documented_body, options_of, read_body
from service.live import Live, Served
from service.parameters import ArticleId, NoOptions, OtherId, WhyQuery, given_once
from service.replies import Reply, Timing, dumps, fresh_reply
from service.routes import identity, not_found, row_of
from service.schemas import Batch, DraftRecommendations, Why, documented

router = APIRouter(dependencies=[Depends(given_once)])


@router.get(
    "/v1/articles/{id}/recommendations/{other_id}",
    responses=documented(Why, 304, 404, 422, 503),
)
async def why(
    request: Request, article_id: ArticleId, other_id: OtherId, options: Annotated[Options, Query()]
) -> Response:
    """Tell why another article is in an article's list, or what keeps it out."""
    return await _why(request, article_id, other_id, options)


@router.get("/v1/recommendations/why", responses=documented(Why, 304, 404, 422, 503))
async def why_by_query(request: Request, query: Annotated[WhyQuery, Query()]) -> Response:
    """Tell the same, with both ids in the query."""
    return await _why(request, query.id, query.other_id, query)


@router.post(
    "/v1/recommendations",
    responses=documented(DraftRecommendations, 404, 413, 422, 503),
    openapi_extra=documented_body(ListRequest),
)
async def recommendations_for(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Return the list of an article that is not in the archive, or of several at once."""
    body = await read_body(request, ListRequest)
    live: Live = request.app.state.live
    served, now, timing = live.served, datetime.now(UTC), Timing()
    for article_id in body.ids():
        await row_of(request, served, article_id, None, now)
    work = partial(
        served.model.recommend_for,
        body.article,
        like=body.like,
        unlike=body.unlike,
        now=now,
        **options_of(body),
    )
    listing = await to_thread.run_sync(work)
    timing("recommend")
    return fresh_reply(listing.to_record() | {"model": identity(served)}, timing)


@router.post(
    "/v1/recommendations/batch",
    responses=documented(Batch, 413, 422, 503),
    openapi_extra=documented_body(BatchRequest),
)
async def batch(request: Request, _: Annotated[NoOptions, Query()]) -> Response:
    """Return the lists of up to 1,000 articles, each as soon as it is there."""
    body = await read_body(request, BatchRequest)
    live: Live = request.app.state.live
    written = _written(live.served, body, datetime.now(UTC), request.scope["path"])
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(written, headers=headers, media_type="application/json")


def _written(served: Served, body: BatchRequest, now: datetime, path: str) -> Iterator[str]:
    """Yield a batch's reply, list by list."""
    ids = {each: _is_shown(served, each, now) for each in body.ids}
    shown = [each for each, is_shown in ids.items() if is_shown]
    lists = served.model.batch(shown, distinct=body.distinct, now=now, **options_of(body))
    yield '{"results":{'
    for number, (article_id, is_shown) in enumerate(ids.items()):
        missing = not_found(article_id, None).record(path)
        found = next(lists)[1] if is_shown else None
        record = found.to_record() if isinstance(found, Listing) else missing
        yield f"{',' if number else ''}{dumps(article_id)}:{dumps(record)}"
    yield f'}},"model":{dumps(identity(served))}}}'


def _is_shown(served: Served, article_id: str, now: datetime) -> bool:
    try:
        served.model.articles.row(article_id, now)
    except ArticleNotFoundError:
        return False
    return True


async def _why(request: Request, article_id: str, other_id: str, options: Options) -> Response:
    live: Live = request.app.state.live
    served, now, timing = live.served, datetime.now(UTC), Timing()
    for each in (article_id, other_id):
        await row_of(request, served, each, None, now)
    work = partial(served.model.why, article_id, other_id, now=now, **options_of(options))
    found = await to_thread.run_sync(work)
    timing("why")
    cache_control = request.app.state.settings.cache_control
    return Reply.of(found.to_record(), cache_control).response(request, timing)
