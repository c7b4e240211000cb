"""The page of an article: its text, READ MORE ON, and ALSO READ with the chosen options."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic_core import PydanticCustomError

from recommender import Article, Listing, Recommender
from recommender.errors import ArticleNotFoundError
from service.api.bodies import options_of
from service.api.dependencies import (
    ArchiveDep,
    ManagerDep,
    NowDep,
    SettingsDep,
    cache_control,
    is_embargoed,
)
from service.api.parameters import decoded
from service.archive import Archive
from service.http.problems import Problem, not_found
from service.pages.archive import READING
from service.pages.errors import PageRoute
from service.pages.forms import FACETS, ListForm
from service.pages.rendering import page
from service.pages.text import body

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)


async def _page_id(request: Request) -> str:
    """Return the id in the path or in the query, or raise Problem."""
    try:
        raw = request.path_params.get("id")
        return request.query_params.get("id", "") if raw is None else decoded(raw)
    except PydanticCustomError as error:
        raise Problem(422, "invalid_id", f"an id in a path {error.message()}") from None


PageId = Annotated[str, Depends(_page_id)]


def published_article(archive: Archive, article_id: str, now: datetime) -> Article:
    """Return a published article of the archive, or raise Problem."""
    article = archive.catalog().get(article_id)
    if article is None or is_embargoed(article.published_at, now):
        raise not_found(article_id)
    return article


@router.get("/articles/{id}")
@router.get("/article")
def article(
    request: Request,
    article_id: PageId,
    manager: ManagerDep,
    archive: ArchiveDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Show an article with its topics and its list."""
    model = manager.snapshot.model
    stored = published_article(archive, article_id, now)
    form = ListForm.of(request.query_params.multi_items())
    listing = topics = None
    try:
        model.articles.row(article_id, now)
        in_model = True
    except ArticleNotFoundError:
        in_model = False
    if in_model:
        topics = model.topics(article_id, now=now)
        if form.options:
            listing = model.recommend(article_id, now=now, **options_of(form.options))
    return page(
        "article.html",
        422 if form.errors else 200,
        cache_control(settings, now, stored.published_at),
        article=stored,
        body=body(stored),
        in_model=in_model,
        topics=topics,
        form=form,
        listing=listing,
        copies=copy_titles(model, listing),
        suggestions=_suggestions(stored, listing),
    )


def copy_titles(model: Recommender, listing: Listing | None) -> dict[str, str]:
    """Return the titles of the near-duplicates that a list names, by their ids."""
    articles = model.articles
    ids = (duplicate for item in listing or () for duplicate in item.duplicates)
    return {each: articles[articles.row(each)].title for each in ids}


def _suggestions(article: Article, listing: Listing | None) -> dict[str, list[str]]:
    """Return values for the form's fields, from the articles on the page."""
    articles: list[Any] = [article, *(item.article for item in listing or ())]
    values = {name: {getattr(each, name) for each in articles} for name in FACETS if name != "tag"}
    values["tag"] = {tag for each in articles for tag in each.tags}
    return {name: sorted(filter(None, several)) for name, several in values.items()}
