"""Replies: JSON with a hash of what it says, and 304 to whoever has it already."""

from __future__ import annotations

import json
import re
from hashlib import blake2b
from time import perf_counter
from typing import Any

from fastapi import Request, Response

_TAG = re.compile(r'"[^"]*"')


class Timing:
    """How long each step of a call took; written as the Server-Timing header.

    Examples
    --------
    >>> timing = Timing()
    >>> timing("find")
    >>> str(timing).split("=")[0]
    'find;dur'
    """

    def __init__(self) -> None:
        self._parts: dict[str, float] = {}
        self._last = perf_counter()

    def __call__(self, name: str) -> None:
        """Mark a step as done; a step that is done again adds to its time."""
        now = perf_counter()
        self._parts[name] = self._parts.get(name, 0.0) + now - self._last
        self._last = now

    def __str__(self) -> str:
        parts = self._parts.items()
        return ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in parts)


def json_reply(
    request: Request,
    record: dict[str, Any],
    *,
    timing: Timing,
    model: dict[str, Any] | None = None,
) -> Response:
    """Return a record as JSON, or 304 if the caller names its ETag.

    ``model`` stands in the reply but not in the ETag, so that a new model that says the same costs
    nobody a download.
    """
    text = dumps(record)
    tag = f'"{blake2b(text.encode(), digest_size=16).hexdigest()}"'
    headers = {
        "ETag": tag,
        "Cache-Control": request.app.state.settings.cache_control,
        "Server-Timing": str(timing),
    }
    if _has(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    if model is not None:
        text = f'{text[:-1]},"model":{dumps(model)}}}'
    return Response(text, headers=headers, media_type="application/json")


def fresh_reply(record: dict[str, Any], timing: Timing | None = None) -> Response:
    """Return a record as JSON that nobody may keep."""
    headers = {"Cache-Control": "no-store"}
    if timing:
        headers["Server-Timing"] = str(timing)
    return Response(dumps(record), headers=headers, media_type="application/json")


def dumps(record: object) -> str:
    """Write JSON as replies have it."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _has(fields: list[str], tag: str) -> bool:
    """Tell whether If-None-Match names a tag, weakly or not, or any at all.

    Examples
    --------
    >>> _has(['"a", W/"b"'], '"b"'), _has(["*"], '"b"'), _has(['"a"'], '"b"')
    (True, True, False)
    """
    return any(field.strip() == "*" or tag in _TAG.findall(field) for field in fields)
