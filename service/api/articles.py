"""Articles: one article of the archive, or a page of those that match a search."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from recommender import Article, Found
from service.api.dependencies import (
    READING,
    ArchiveDep,
    NowDep,
    SettingsDep,
    cache_control,
    is_embargoed,
)
from service.api.parameters import ArticleId, ArticlesQuery, NoOptions
from service.api.schemas import documented
from service.archive import Archive
from service.http.problems import not_found
from service.http.replies import Reply, Timing
from service.settings import Settings

router = APIRouter(dependencies=READING)


@router.get(
    "/v1/articles/{id}",
    summary="Get an article",
    responses=documented(Article, 304, 401, 404, 422, 503),
)
async def article(
    request: Request,
    article_id: ArticleId,
    _: Annotated[NoOptions, Query()],
    archive: ArchiveDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return an article of the archive."""
    return await _article(request, archive, settings, now, article_id)


@router.get(
    "/v1/articles",
    summary="Find articles",
    responses=documented(Found | Article, 304, 401, 404, 422, 503),
)
async def articles(
    request: Request,
    query: Annotated[ArticlesQuery, Query()],
    archive: ArchiveDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Return a page of matching articles, the newest first, or the one article with an id."""
    if query.id is not None:
        return await _article(request, archive, settings, now, query.only_id())
    timing = Timing()
    page = await to_thread.run_sync(lambda: archive.catalog().find(query, now))
    timing("archive")
    return Reply.of(page.to_record(), cache_control(settings, now)).response(request, timing)


async def _article(
    request: Request, archive: Archive, settings: Settings, now: datetime, article_id: str
) -> Response:
    timing = Timing()
    entry = await to_thread.run_sync(lambda: archive.catalog().entry(article_id))
    if entry is None:
        raise not_found(article_id)
    revision, stored = entry
    if is_embargoed(stored.published_at, now) and not request.state.sees_embargoed:
        raise not_found(article_id)
    timing("archive")
    stored_for = cache_control(settings, now, stored.published_at)
    return Reply.of(stored.to_record(), stored_for, revision=revision).response(request, timing)
