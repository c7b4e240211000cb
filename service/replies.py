"""Replies: JSON with a hash of what it says, and 304 to whoever has it already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from time import perf_counter
from typing import Any

from fastapi import Request, Response

_TAG = re.compile(rb'"[^"]*"')
_JSON = (b"content-type", b"application/json")
Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as bytes, with its headers whole and those for whoever has it already.

    Examples
    --------
    >>> reply = Reply.of({"items": []}, "no-cache", model={"revision": 7})
    >>> reply.body
    b'{"items":[],"model":{"revision":7}}'
    >>> status, headers, body = reply.to([(b"if-none-match", reply.tag)])
    >>> status, body
    (304, b'')
    """

    body: bytes
    tag: bytes
    whole: tuple[Header, ...]
    unchanged: tuple[Header, ...]

    @classmethod
    def of(
        cls, record: dict[str, Any], cache_control: str, model: dict[str, Any] | None = None
    ) -> Reply:
        """Make the reply that says a record.

        ``model`` stands in the body but not in the tag, so that a new model that says the same
        costs nobody a download.
        """
        text = dumps(record)
        tag = f'"{blake2b(text.encode(), digest_size=16).hexdigest()}"'.encode()
        if model is not None:
            text = f'{text[:-1]},"model":{dumps(model)}}}'
        body = text.encode()
        unchanged = ((b"etag", tag), (b"cache-control", cache_control.encode()))
        whole = (*unchanged, _JSON, (b"content-length", str(len(body)).encode()))
        return cls(body, tag, whole, unchanged)

    def to(self, given: Iterable[Header]) -> tuple[int, tuple[Header, ...], bytes]:
        """Return status, headers and body for a request with these headers."""
        for name, value in given:
            if name == b"if-none-match" and _names(value, self.tag):
                return 304, self.unchanged, b""
        return 200, self.whole, self.body

    def response(self, request: Request, timing: Timing) -> Response:
        """Return the reply to a request."""
        status, headers, body = self.to(request.scope["headers"])
        response = Response(body, status)
        response.raw_headers = [(b"server-timing", str(timing).encode()), *headers]
        return response


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


def fresh_reply(record: dict[str, Any], timing: Timing | None = None) -> Response:
    """Return a record as JSON that nobody may keep."""
    headers = {"Cache-Control": "no-store"}
    if timing:
        headers["Server-Timing"] = str(timing)
    return Response(dumps(record), headers=headers, media_type="application/json")


def dumps(record: object) -> str:
    """Write JSON as replies have it."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _names(field: bytes, tag: bytes) -> bool:
    """Tell whether an If-None-Match names a tag, weakly or not, or any at all.

    Examples
    --------
    >>> _names(b'"a", W/"b"', b'"b"'), _names(b"*", b'"b"'), _names(b'"a"', b'"b"')
    (True, True, False)
    """
    return field.strip() == b"*" or tag in _TAG.findall(field)
