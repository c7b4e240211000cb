"""A draft: pasted, it gets the list it would have if it were published now."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from recommender import Draft
from service.live import Live, Served
from service.pages.archive import READING
from service.pages.articles import copies
from service.pages.forms import FACETS, Asked
from service.pages.problem import PageRoute
from service.pages.rendering import page
from service.problems import Problem

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)
_FIELDS = ("title", "body", "tags")
_MOST_FIELDS = 100


@router.get("/try")
def blank(request: Request) -> Response:
    """Show the form."""
    live: Live = request.app.state.live
    return _shown(live.served, Asked.of(request.query_params.multi_items()), None)


@router.post("/try")
async def listed(request: Request) -> Response:
    """Show the form as it was sent, and the list."""
    live: Live = request.app.state.live
    served, sent = live.served, (await request.body()).decode("ascii", "replace")
    try:
        fields = parse_qsl(sent, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Problem(422, "invalid_form", "the form has too many fields") from None
    draft = {name: value.strip() for name, value in fields if name in _FIELDS}
    return await to_thread.run_sync(_shown, served, Asked.of(fields), draft)


def _shown(served: Served, asked: Asked, sent: dict[str, str] | None) -> Response:
    given = sent or {}
    record: dict[str, Any] = {name: given.get(name, "") for name in ("title", "body")}
    record["tags"] = [tag.strip() for tag in re.split(r"[,\n]", given.get("tags", ""))]
    record["tags"] = [tag for tag in record["tags"] if tag]
    listing, missing = None, False
    try:
        draft = Draft.model_validate(record)
    except ValidationError:
        missing = sent is not None
    else:
        if asked.options:
            options = asked.options.model_dump() | {"explain": True}
            listing = served.model.recommend_for(draft, now=datetime.now(UTC), **options)
    return page(
        "try.html",
        422 if missing or asked.wrong else 200,
        here="/try",
        given={name: given.get(name, "") for name in _FIELDS},
        record=record,
        asked=asked,
        listing=listing,
        missing=missing,
        copies=copies(served.model, listing),
        known=dict.fromkeys(FACETS, ()),
    )
