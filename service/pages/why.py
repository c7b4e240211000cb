"""Why an article is in another's list, or why not: what they share, and what each step did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from recommender import FindOptions, Found, Recommender
from recommender.errors import ArticleNotFoundError
from service.live import Live
from service.pages.archive import READING
from service.pages.articles import TheId, read
from service.pages.forms import Asked
from service.pages.problem import PageRoute
from service.pages.rendering import page
from service.pages.text import link
from service.problems import Problem
from service.routes import cache_control

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)
# So many articles are offered when several may be meant.
_OFFERED = 8
_LONGEST = 512
_UNTRAINED = "the model does not know one of the two yet: run 'alsoread train'"


@router.get("/articles/{id}/why")
@router.get("/article/why")
def why(request: Request, article_id: TheId, other: str = "") -> Response:
    """Show why another article, given by its id, title or url, is in an article's list or not."""
    live: Live = request.app.state.live
    now, model = datetime.now(UTC), live.served.model
    article = read(request, article_id, now)
    asked = Asked.of(request.query_params.multi_items())
    if asked.options is None:
        detail = "; ".join(f"{name}: {wrong}" for name, wrong in asked.wrong.items())
        raise Problem(422, "invalid_options", detail)
    found = _meant(request, model, other.strip()[:_LONGEST], now)
    shown: dict[str, Any] = {"article": article, "asked": asked, "other": other}
    if isinstance(found, Found):
        return page("which.html", **shown, found=found)
    try:
        told = model.why(article_id, found, now=now, **asked.options.model_dump())
    except ArticleNotFoundError:
        raise Problem(404, "not_trained", _UNTRAINED) from None
    kept_for = cache_control(request, now, article.published_at, told.other.published_at)
    text = read(request, found, now)
    return page("why.html", 200, kept_for, **shown, found=text, why=told)


def _meant(request: Request, model: Recommender, other: str, now: datetime) -> str | Found:
    """Return the id of the article that is meant, or those that may be."""
    cards, archive = model.articles, request.app.state.archive
    try:
        return cards.ids[cards.row_of_url(other, now) if link(other) else cards.row(other, now)]
    except ArticleNotFoundError:
        pass
    if not other:
        return Found((), None)
    found: Found = archive.catalog().find(FindOptions(query=other, limit=_OFFERED), now)
    same = [card for card in found.articles if card.title.casefold() == other.casefold()]
    likely = same or found.articles
    return likely[0].id if len(likely) == 1 else found
