"""The archive to browse: by words of the titles, by tags and sections, newest first."""

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
from service.api.parameters import decoded, given_once
from service.http.problems import Problem
from service.live import ServingSnapshot
from service.metrics import trained_at
from service.pages.errors import PageRoute, page_reader
from service.pages.rendering import page

READING = [Depends(page_reader), Depends(given_once), Depends(caught_up)]
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
    """Show the articles that match, newest first, and the archive in numbers."""
    snapshot, given = manager.snapshot, request.query_params
    values: dict[str, Any] = {
        name: several
        for name in ("tag", "section")
        if (several := [value for value in given.getlist(name) if value.strip()])
    }
    values |= {name: given[name] for name in ("query", "cursor") if given.get(name, "").strip()}
    options, catalog = _options(values), catalog_of.catalog()
    found = catalog.find(options, now)
    tag = None
    if options.query:
        # The words may be a tag.
        name = options.query.strip()
        tag = catalog.find(FindOptions(tag=(name,), limit=1), now).articles and name
    return page(
        "archive.html",
        cache_control=cache_control(settings, now),
        here="/",
        options=options,
        found=found,
        next=_next("/", values, found),
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
    """Show the articles with a tag, newest first."""
    # Without a model there are no lists, so the pages are not shown.
    _ = manager.snapshot
    cursor = request.query_params.get("cursor")
    options = _options({"tag": [tag]} | ({"cursor": cursor} if cursor else {}))
    found = catalog_of.catalog().find(options, now)
    if not found.articles and not cursor:
        raise Problem(404, "no_such_tag", f"no article has the tag {tag!r}")
    return page(
        "tag.html",
        cache_control=cache_control(settings, now),
        tag=tag,
        found=found,
        first=not cursor,
        next=_next(request.scope["path"], {}, found),
    )


def _options(values: dict[str, Any]) -> FindOptions:
    try:
        return FindOptions.model_validate(values)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        raise Problem(422, "invalid_query", f"{detail['loc'][0]}: {reason_of(detail)}") from None


def _next(path: str, values: dict[str, Any], found: Found) -> str | None:
    """Return the address of the next page, if there is one."""
    if found.next is None:
        return None
    return f"{path}?{urlencode(values | {'cursor': found.next}, doseq=True)}"


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
