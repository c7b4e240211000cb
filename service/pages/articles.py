"""Each article as a news page shows it: its text, READ MORE ON, and ALSO READ as asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic_core import PydanticCustomError

from recommender import Article, Listing, Recommender
from recommender.errors import ArticleNotFoundError
from service.live import Archive, Live
from service.pages.archive import READING
from service.pages.forms import FACETS, Asked
from service.pages.problem import PageRoute
from service.pages.rendering import page
from service.pages.text import body
from service.parameters import decoded
from service.problems import Problem, not_found
from service.routes import cache_control

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)


async def the_id(request: Request) -> str:
    """Return the id that is asked for, in the path or in the query, or raise Problem."""
    try:
        given = request.path_params.get("id")
        return request.query_params.get("id", "") if given is None else decoded(given)
    except PydanticCustomError as error:
        raise Problem(422, "invalid_id", f"an id in a path {error.message()}") from None


TheId = Annotated[str, Depends(the_id)]


def read(request: Request, article_id: str, now: datetime) -> Article:
    """Return an article of the archive that is published, or raise Problem."""
    archive: Archive = request.app.state.archive
    found = archive.catalog().get(article_id)
    if found is None or (found.published_at is not None and found.published_at > now):
        raise not_found(article_id)
    return found


@router.get("/articles/{id}")
@router.get("/article")
def article(request: Request, article_id: TheId) -> Response:
    """Show an article, its topics and its list."""
    live: Live = request.app.state.live
    now, model = datetime.now(UTC), live.served.model
    shown, asked = read(request, article_id, now), Asked.of(request.query_params.multi_items())
    listing = topics = None
    try:
        row = model.articles.row(article_id, now)
    except ArticleNotFoundError:
        row = None
    if row is not None:
        topics = model.topics(article_id, now=now)
        listing = model.list_of(row, asked.options, now) if asked.options else None
    return page(
        "article.html",
        422 if asked.wrong else 200,
        cache_control(request, now, shown.published_at),
        article=shown,
        body=body(shown),
        trained=row is not None,
        topics=topics,
        asked=asked,
        listing=listing,
        copies=copies(model, listing),
        known=_known(shown, listing),
    )


def copies(model: Recommender, listing: Listing | None) -> dict[str, str]:
    """Return the titles of the copies that a list names, by their ids."""
    cards = model.articles
    named = (each for item in listing or () for each in item.duplicates)
    return {each: cards[cards.row(each)].title for each in named}


def _known(article: Article, listing: Listing | None) -> dict[str, list[str]]:
    """Return values that the fields of a list's options may have: those of what is shown."""
    shown: list[Any] = [article, *(item.article for item in listing or ())]
    found = {name: {getattr(each, name) for each in shown} for name in FACETS if name != "tag"}
    found["tag"] = {tag for each in shown for tag in each.tags}
    return {name: sorted(filter(None, values)) for name, values in found.items()}
