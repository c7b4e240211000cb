"""The page of why an article is in a list or not: shared terms, and what each step did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from recommender import FindOptions, Found, Recommender
from recommender.errors import ArticleNotFoundError
from service.api.dependencies import ArchiveDep, ManagerDep, NowDep, SettingsDep, cache_control
from service.archive import Archive
from service.http.problems import Problem
from service.pages.archive import READING
from service.pages.articles import PageId, published_article
from service.pages.errors import PageRoute
from service.pages.forms import ListForm
from service.pages.rendering import page
from service.pages.text import link

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)
# Most articles to choose from when several match.
_MOST_CHOICES = 8
_MOST_CHARACTERS = 512
_NOT_IN_MODEL = "one of the articles is not in the model yet: run 'alsoread train'"


@router.get("/articles/{id}/why")
@router.get("/article/why")
def why(
    request: Request,
    article_id: PageId,
    manager: ManagerDep,
    archive: ArchiveDep,
    settings: SettingsDep,
    now: NowDep,
    other: str = "",
) -> Response:
    """Show why another article, named by id, title or url, is in an article's list or not."""
    model = manager.snapshot.model
    article = published_article(archive, article_id, now)
    form = ListForm.of(request.query_params.multi_items())
    if form.options is None:
        detail = "; ".join(f"{name}: {reason}" for name, reason in form.errors.items())
        raise Problem(422, "invalid_options", detail)
    match = _find_other(archive, model, other.strip()[:_MOST_CHARACTERS], now)
    context: dict[str, Any] = {"article": article, "form": form, "other": other}
    if isinstance(match, Found):
        return page("which.html", **context, results=match)
    try:
        result = model.why(article_id, match, now=now, **form.options.model_dump())
    except ArticleNotFoundError:
        raise Problem(404, "not_trained", _NOT_IN_MODEL) from None
    stored_for = cache_control(settings, now, article.published_at, result.other.published_at)
    text = published_article(archive, match, now)
    return page("why.html", 200, stored_for, **context, text=text, why=result)


def _find_other(archive: Archive, model: Recommender, other: str, now: datetime) -> str | Found:
    """Return the id of the one matching article, or all articles that match."""
    articles = model.articles
    try:
        row = articles.row_of_url(other, now) if link(other) else articles.row(other, now)
        return articles.ids[row]
    except ArticleNotFoundError:
        pass
    if not other:
        return Found((), None)
    results: Found = archive.catalog().find(FindOptions(query=other, limit=_MOST_CHOICES), now)
    exact = [each for each in results.articles if each.title.casefold() == other.casefold()]
    matches = exact or results.articles
    return matches[0].id if len(matches) == 1 else results
