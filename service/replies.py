"""Replies: JSON with a hash of what it says, and 304 to whoever has it already."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from fastapi import Request, Response

_TAG = re.compile(r'"[^"]*"')
_UNKEPT = "private, no-store"


def json_reply(
    request: Request,
    record: dict[str, Any],
    *,
    timing: str,
    model: dict[str, Any] | None = None,
    revision: int | None = None,
    ahead: bool = False,
) -> Response:
    """Return a record as JSON, or 304 if the caller names its ETag.

    The ETag is the ``revision`` if there is one, or else a hash of what the record says. ``model``
    stands in the reply but not in the ETag, so that a new model that says the same costs
    nobody a download. ``timing`` is the Server-Timing header. What is ``ahead`` of its publication
    nobody may keep.
    """
    text = _dumps(record)
    tag = etag(revision or blake2b(text.encode(), digest_size=16).hexdigest())
    headers = {
        "ETag": tag,
        "Cache-Control": _UNKEPT if ahead else request.app.state.settings.cache_control,
        "Server-Timing": timing,
    }
    if _has(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    if model is not None:
        text = f'{text[:-1]},"model":{_dumps(model)}}}'
    return Response(text, headers=headers, media_type="application/json")


def state_reply(
    record: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return how the service is or what was done, which nobody may keep."""
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(_dumps(record), status, headers, "application/json")


def etag(of: int | str) -> str:
    """Return a revision or a hash as an ETag."""
    return f'"{of}"'


def _dumps(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _has(fields: list[str], tag: str) -> bool:
    """Tell whether If-None-Match names a tag, weakly or not, or any at all.

    Examples
    --------
    >>> _has(['"a", W/"b"'], '"b"'), _has(["*"], '"b"'), _has(['"a"'], '"b"')
    (True, True, False)
    """
    return any(field.strip() == "*" or tag in _TAG.findall(field) for field in fields)
