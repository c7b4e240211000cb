"""The calls beside an article's own list: why, lists of what is not in the archive, and batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from recommender import Options
from recommender.errors import ArticleNotFoundError
from service.bodies import BatchRequest, ListRequest, documented_body, options_of, read_body
from service.live import Live, Served
from service.parameters import ArticleId, NoOptions, OtherId, WhyQuery, given_once
from service.replies import Timing, dumps, fresh_reply, json_reply
from service.routes import identity, is_ahead, not_found, row_of
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
        await _shown_row(request, served, article_id, now)
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
    model = served.model
    ids = list(dict.fromkeys(body.ids))
    hidden = {each for each in ids if _is_hidden(served, each, now)}
    told = [each for each in ids if each not in hidden]
    lists = model.batch(told, distinct=body.distinct, now=now, **options_of(body))
    yield '{"results":{'
    for number, article_id in enumerate(ids):
        found = None if article_id in hidden else next(lists)[1]
        if found is None or isinstance(found, ArticleNotFoundError):
            record = not_found(article_id, None).record(path)
        else:
            record = found.to_record()
        yield f"{',' if number else ''}{dumps(article_id)}:{dumps(record)}"
    yield f'}},"model":{dumps(identity(served))}}}'


def _is_hidden(served: Served, article_id: str, now: datetime) -> bool:
    row = served.model.articles.ids.find(article_id)
    return row is not None and is_ahead(served.model.articles[row].published_at, now)


async def _why(request: Request, article_id: str, other_id: str, options: Options) -> Response:
    live: Live = request.app.state.live
    served, now, timing = live.served, datetime.now(UTC), Timing()
    for each in (article_id, other_id):
        await _shown_row(request, served, each, now)
    work = partial(served.model.why, article_id, other_id, now=now, **options_of(options))
    found = await to_thread.run_sync(work)
    timing("why")
    return json_reply(request, found.to_record(), timing=timing)


async def _shown_row(request: Request, served: Served, article_id: str, now: datetime) -> int:
    """Return the row of an id, or raise Problem if there is none or it is under embargo."""
    row = await row_of(request, served, article_id, None, now)
    if is_ahead(served.model.articles[row].published_at, now):
        raise not_found(article_id, None)
    return row
