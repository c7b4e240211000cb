"""Dependencies: objects of the app that endpoints use, and checks that they share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request

from recommender import Article
from recommender.errors import ArticleNotFoundError, CatalogError
from service.api.parameters import check_not_repeated
from service.archive import Archive
from service.http.auth import reader
from service.http.problems import Problem, not_found
from service.live import ModelManager, ServingSnapshot
from service.settings import Settings


async def _manager(request: Request) -> ModelManager:
    manager: ModelManager = request.app.state.manager
    return manager


async def _archive(request: Request) -> Archive:
    archive: Archive = request.app.state.archive
    return archive


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _now(request: Request) -> datetime:
    now: datetime = request.app.state.clock()
    return now


ManagerDep = Annotated[ModelManager, Depends(_manager)]
ArchiveDep = Annotated[Archive, Depends(_archive)]
SettingsDep = Annotated[Settings, Depends(_settings)]
NowDep = Annotated[datetime, Depends(_now)]


async def caught_up(manager: ManagerDep) -> None:
    """Wait until every write of any worker before this request is in effect."""
    await manager.catch_up()


# The dependencies of every endpoint that reads.
READING = [Depends(reader), Depends(check_not_repeated), Depends(caught_up)]


async def check_article(
    request: Request,
    snapshot: ServingSnapshot,
    article_id: str | None,
    url: str | None,
    now: datetime,
) -> str:
    """Return the id of the article with an id or url, or raise Problem.

    An article under embargo is not found, unless the request has a write key.
    """
    articles = snapshot.model.articles
    visible_at = None if request.state.sees_embargoed else now
    try:
        if article_id is not None:
            articles.row(article_id, visible_at)
            return article_id
        return articles.ids[articles.row_of_url(url or "", visible_at)]
    except ArticleNotFoundError:
        raise await _not_in_model(request, article_id, url, now) from None


async def _not_in_model(
    request: Request, article_id: str | None, url: str | None, now: datetime
) -> Problem:
    """Return the problem of an article that is not in the model; it may be in the archive."""
    problem = not_found(article_id, url)
    try:
        article = await to_thread.run_sync(_look_up, request.app.state.archive, article_id, url)
    except CatalogError:
        return problem
    if article is not None and (
        request.state.sees_embargoed or not is_embargoed(article.published_at, now)
    ):
        problem.detail = (
            f"the article {article.id!r} is in the archive, which the service cannot follow at the "
            "moment; see /readyz"
        )
    return problem


def _look_up(archive: Archive, article_id: str | None, url: str | None) -> Article | None:
    catalog = archive.catalog()
    return catalog.get(article_id) if article_id is not None else catalog.find_url(url or "")


def cache_control(settings: Settings, now: datetime, *published: datetime | None) -> str:
    """Return the Cache-Control of a reply on articles; no cache may store embargoed ones."""
    if any(is_embargoed(each, now) for each in published):
        return "private, no-store"
    return settings.cache_control


def is_embargoed(published_at: datetime | None, now: datetime) -> bool:
    """Tell whether an article is published later than now."""
    return published_at is not None and published_at > now
