"""The page of a draft: a form that shows the list that a text would have now."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from recommender import Draft
from service.api.dependencies import ManagerDep, NowDep
from service.http.problems import Problem
from service.live import ServingSnapshot
from service.pages.archive import READING
from service.pages.articles import copy_titles
from service.pages.errors import PageRoute
from service.pages.forms import FACETS, ListForm
from service.pages.rendering import page

router = APIRouter(route_class=PageRoute, dependencies=READING, include_in_schema=False)
_FIELDS = ("title", "body", "tags")
_MOST_FIELDS = 100


@router.get("/try")
def blank(request: Request, manager: ManagerDep, now: NowDep) -> Response:
    """Show the empty form."""
    form = ListForm.of(request.query_params.multi_items())
    return _page(manager.snapshot, now, form, None)


@router.post("/try")
async def listed(request: Request, manager: ManagerDep, now: NowDep) -> Response:
    """Show the form as it was sent, and the list."""
    snapshot, body = manager.snapshot, (await request.body()).decode("ascii", "replace")
    try:
        fields = parse_qsl(body, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Problem(422, "invalid_form", "the form has too many fields") from None
    draft = {name: value.strip() for name, value in fields if name in _FIELDS}
    return await to_thread.run_sync(_page, snapshot, now, ListForm.of(fields), draft)


def _page(
    snapshot: ServingSnapshot, now: datetime, form: ListForm, sent: dict[str, str] | None
) -> Response:
    fields = sent or {}
    record: dict[str, Any] = {name: fields.get(name, "") for name in ("title", "body")}
    tags = [tag.strip() for tag in re.split(r"[,\n]", fields.get("tags", ""))]
    record["tags"] = [tag for tag in tags if tag]
    listing, empty = None, False
    try:
        draft = Draft.model_validate(record)
    except ValidationError:
        empty = sent is not None
    else:
        if form.options:
            options = form.options.model_dump() | {"explain": True}
            listing = snapshot.model.recommend_for(draft, now=now, **options)
    return page(
        "try.html",
        422 if empty or form.errors else 200,
        here="/try",
        fields={name: fields.get(name, "") for name in _FIELDS},
        record=record,
        form=form,
        listing=listing,
        empty=empty,
        copies=copy_titles(snapshot.model, listing),
        suggestions=dict.fromkeys(FACETS, ()),
    )
