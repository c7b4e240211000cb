"""The archive page: articles by words of the title, tag and section, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AfterValidator, ValidationError

from recommender import FindOptions, Found
from recommender.errors import reason_of
from service.api.dependencies import (
    ArchiveDep,
    ManagerDep,
    NowDep,
    SettingsDep,
    cache_control,
    caught_up,
)
from service.api.parameters import check_not_repeated, decoded
from service.http.problems import Problem
from service.live import ServingSnapshot
from service.metrics import trained_at
from service.pages.errors import PageRoute, page_reader
from service.pages.rendering import page

READING = [Depends(page_reader), Depends(check_not_repeated), Depends(caught_up)]
Tag = Annotated[str, Path(), AfterValidator(decoded)]

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)


@router.get("/")
def archive(
    request: Request,
    manager: ManagerDep,
    catalog_of: ArchiveDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Show the matching articles, the newest first, and the archive in numbers."""
    snapshot, query = manager.snapshot, request.query_params
    values: dict[str, Any] = {
        name: filled
        for name in ("tag", "section")
        if (filled := [value for value in query.getlist(name) if value.strip()])
    }
    values |= {name: query[name] for name in ("query", "cursor") if query.get(name, "").strip()}
    options, catalog = _options(values), catalog_of.catalog()
    results = catalog.find(options, now)
    tag = None
    if options.query:
        # The words may also be a tag: then the page links to it.
        name = options.query.strip()
        tag = catalog.find(FindOptions(tag=(name,), limit=1), now).articles and name
    return page(
        "archive.html",
        cache_control=cache_control(settings, now),
        here="/",
        options=options,
        results=results,
        next=_next("/", values, results),
        tag=tag,
        numbers=_numbers(snapshot, now),
    )


@router.get("/tags/{tag}")
def tag(
    request: Request,
    tag: Tag,
    manager: ManagerDep,
    catalog_of: ArchiveDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Show the articles with a tag, the newest first."""
    # Without a model there are no lists, so no page is shown.
    _ = manager.snapshot
    cursor = request.query_params.get("cursor")
    options = _options({"tag": [tag]} | ({"cursor": cursor} if cursor else {}))
    results = catalog_of.catalog().find(options, now)
    if not results.articles and not cursor:
        raise Problem(404, "no_such_tag", f"no article has the tag {tag!r}")
    return page(
        "tag.html",
        cache_control=cache_control(settings, now),
        tag=tag,
        results=results,
        first=not cursor,
        next=_next(request.scope["path"], {}, results),
    )


def _options(values: dict[str, Any]) -> FindOptions:
    try:
        return FindOptions.model_validate(values)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        raise Problem(422, "invalid_query", f"{detail['loc'][0]}: {reason_of(detail)}") from None


def _next(path: str, values: dict[str, Any], results: Found) -> str | None:
    """Return the address of the next page, None on the last one."""
    if results.next is None:
        return None
    return f"{path}?{urlencode(values | {'cursor': results.next}, doseq=True)}"


def _numbers(snapshot: ServingSnapshot, now: datetime) -> dict[str, Any]:
    status = snapshot.model.status()
    return {
        "articles": status.articles,
        "tags": status.tags,
        "span": snapshot.model.articles.span(now),
        "trained": trained_at(snapshot.version),
        "version": snapshot.version,
        "advice": status.advice,
    }
