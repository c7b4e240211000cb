"""Why an article is in another's list, or why not: what they share, and what each step did."""

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
# The choice among several possible articles.
_MOST_CHOICES = 8
_MOST_CHARACTERS = 512
_NOT_IN_MODEL = "the model does not hold one of the two yet: run 'alsoread train'"


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
    """Show why another article, given by id, title or url, is in an article's list or not."""
    model = manager.snapshot.model
    article = published_article(archive, article_id, now)
    form = ListForm.of(request.query_params.multi_items())
    if form.options is None:
        detail = "; ".join(f"{name}: {reason}" for name, reason in form.errors.items())
        raise Problem(422, "invalid_options", detail)
    found = _find_other(archive, model, other.strip()[:_MOST_CHARACTERS], now)
    context: dict[str, Any] = {"article": article, "form": form, "other": other}
    if isinstance(found, Found):
        return page("which.html", **context, found=found)
    try:
        result = model.why(article_id, found, now=now, **form.options.model_dump())
    except ArticleNotFoundError:
        raise Problem(404, "not_trained", _NOT_IN_MODEL) from None
    stored_for = cache_control(settings, now, article.published_at, result.other.published_at)
    text = published_article(archive, found, now)
    return page("why.html", 200, stored_for, **context, text=text, why=result)


def _find_other(archive: Archive, model: Recommender, other: str, now: datetime) -> str | Found:
    """Return the id of the other article, or the articles that it may be."""
    articles = model.articles
    try:
        row = articles.row_of_url(other, now) if link(other) else articles.row(other, now)
        return articles.ids[row]
    except ArticleNotFoundError:
        pass
    if not other:
        return Found((), None)
    found: Found = archive.catalog().find(FindOptions(query=other, limit=_MOST_CHOICES), now)
    same = [each for each in found.articles if each.title.casefold() == other.casefold()]
    likely = same or found.articles
    return likely[0].id if len(likely) == 1 else found
