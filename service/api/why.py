"""Why: why an article is in another article's list, or what keeps it out."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from recommender import Options
from service.api.bodies import options_of
from service.api.dependencies import (
    READING,
    ManagerDep,
    NowDep,
    SettingsDep,
    cache_control,
    check_article,
)
from service.api.parameters import ArticleId, OtherId, WhyQuery
from service.api.schemas import Why, documented
from service.http.replies import Reply, Timing
from service.live import ServingSnapshot
from service.settings import Settings

router = APIRouter(dependencies=READING)


@router.get(
    "/v1/articles/{id}/recommendations/{other_id}",
    summary="Explain why an article is in a list or not",
    responses=documented(Why, 304, 401, 404, 422, 503),
)
async def why(
    request: Request,
    article_id: ArticleId,
    other_id: OtherId,
    options: Annotated[Options, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return why the other article is in the article's list, or what keeps it out."""
    return await _why(request, manager.snapshot, settings, now, (article_id, other_id), options)


@router.get(
    "/v1/recommendations/why",
    summary="Explain why an article is in a list or not, by ids",
    responses=documented(Why, 304, 401, 404, 422, 503),
)
async def why_by_query(
    request: Request,
    query: Annotated[WhyQuery, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return why the other article is in the article's list or not; both ids are in the query."""
    return await _why(request, manager.snapshot, settings, now, (query.id, query.other_id), query)


async def _why(
    request: Request,
    snapshot: ServingSnapshot,
    settings: Settings,
    now: datetime,
    ids: tuple[str, str],
    options: Options,
) -> Response:
    timing = Timing()
    for each in ids:
        await check_article(request, snapshot, each, None, now)
    work = partial(snapshot.model.why, *ids, now=now, **options_of(options))
    result = await to_thread.run_sync(work)
    timing("why")
    published = result.article.published_at, result.other.published_at
    stored_for = cache_control(settings, now, *published)
    return Reply.of(result.to_record(), stored_for).response(request, timing)
