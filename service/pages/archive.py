"""The archive to look through: by words of the titles, by tags and sections, the newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AfterValidator, ValidationError

from recommender import FindOptions, Found
from service.live import Archive, Live, Served
from service.pages.problem import PageRoute, page_reader
from service.pages.rendering import page
from service.parameters import decoded, given_once
from service.problems import Problem
from service.routes import cache_control, caught_up

READING = [Depends(page_reader), Depends(given_once), Depends(caught_up)]
Tag = Annotated[str, Path(), AfterValidator(decoded)]

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)


@router.get("/")
def archive(request: Request) -> Response:
    """Show the articles looked for, the newest first, and the archive in numbers."""
    given = request.query_params
    asked: dict[str, Any] = {
        name: values
        for name in ("tag", "section")
        if (values := [value for value in given.getlist(name) if value.strip()])
    }
    asked |= {name: given[name] for name in ("query", "cursor") if given.get(name, "").strip()}
    options = _options(asked)
    found, now = _found(request, options)
    tagged = None
    if options.query:
        # Who looks for a tag may not know that it is one.
        tag = options.query.strip()
        tagged = _find(request, FindOptions(tag=(tag,), limit=1), now).articles and tag
    live: Live = request.app.state.live
    return page(
        "archive.html",
        cache_control=cache_control(request, now),
        here="/",
        asked=options,
        found=found,
        next=_next("/", asked, found),
        tagged=tagged,
        numbers=_numbers(live.served, now),
    )


@router.get("/tags/{tag}")
def tag(request: Request, tag: Tag) -> Response:
    """Show the articles with a tag, the newest first."""
    asked = {"tag": [tag]}
    cursor = request.query_params.get("cursor")
    options = _options(asked | ({"cursor": cursor} if cursor else {}))
    found, now = _found(request, options)
    if not found.articles and not cursor:
        raise Problem(404, "no_such_tag", f"no article has the tag {tag!r}")
    return page(
        "tag.html",
        cache_control=cache_control(request, now),
        tag=tag,
        found=found,
        first=not cursor,
        next=_next(request.scope["path"], {}, found),
    )


def _options(asked: dict[str, Any]) -> FindOptions:
    try:
        return FindOptions.model_validate(asked)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise Problem(422, "invalid_query", f"{wrong['loc'][0]}: {wrong['msg']}") from None


def _found(request: Request, options: FindOptions) -> tuple[Found, datetime]:
    now = datetime.now(UTC)
    # Without a model there is an archive at most, and nothing that the pages are for.
    _ = request.app.state.live.served
    return _find(request, options, now), now


def _find(request: Request, options: FindOptions, now: datetime) -> Found:
    archive: Archive = request.app.state.archive
    return archive.catalog().find(options, now)


def _next(path: str, asked: dict[str, Any], found: Found) -> str | None:
    """Return the address of the page after, if there is one."""
    if found.next is None:
        return None
    return f"{path}?{urlencode(asked | {'cursor': found.next}, doseq=True)}"


def _numbers(served: Served, now: datetime) -> dict[str, Any]:
    model = served.model
    try:
        trained = datetime.strptime(served.version[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        trained = None
    return {
        "articles": len(model.articles) - len(model.overlay.masked),
        "tags": len(model.space.tags),
        "span": model.articles.span(now),
        "trained": trained,
        "version": served.version,
        "advice": model.overlay.advice,
    }
