"""Topics: READ MORE ON of an article, its tags and suggested tags."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from service.api.dependencies import (
    READING,
    ManagerDep,
    NowDep,
    SettingsDep,
    cache_control,
    check_article,
)
from service.api.parameters import ArticleId, ById, NoOptions
from service.api.schemas import Topics, documented
from service.http.replies import Reply, Timing
from service.live import ServingSnapshot
from service.settings import Settings

router = APIRouter(dependencies=READING)


@router.get(
    "/v1/articles/{id}/topics",
    summary="Get the topics of an article",
    responses=documented(Topics, 304, 401, 404, 422, 503),
)
async def topics(
    request: Request,
    article_id: ArticleId,
    _: Annotated[NoOptions, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return READ MORE ON of an article: its tags, the highest weight first, and suggestions."""
    return await _topics(request, manager.snapshot, settings, now, article_id)


@router.get(
    "/v1/topics",
    summary="Get the topics of an article by id",
    responses=documented(Topics, 304, 401, 404, 422, 503),
)
async def topics_by_query(
    request: Request,
    query: Annotated[ById, Query()],
    manager: ManagerDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return READ MORE ON of an article, named by its id in the query."""
    return await _topics(request, manager.snapshot, settings, now, query.id)


async def _topics(
    request: Request,
    snapshot: ServingSnapshot,
    settings: Settings,
    now: datetime,
    article_id: str,
) -> Response:
    timing = Timing()
    await check_article(request, snapshot, article_id, None, now)
    result = await to_thread.run_sync(partial(snapshot.model.topics, article_id, now=now))
    timing("topics")
    stored_for = cache_control(settings, now, result.article.published_at)
    return Reply.of(result.to_record(), stored_for, snapshot.identity()).response(request, timing)
