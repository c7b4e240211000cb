"""Replies: JSON with a hash of what it says, and 304 to whoever has it already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from time import perf_counter
from typing import Any

from fastapi import Request, Response

_TAG = re.compile(rb'"[^"]*"')
_JSON = "application/json"
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
        cls,
        record: dict[str, Any],
        cache_control: str,
        model: dict[str, Any] | None = None,
        revision: int | None = None,
    ) -> Reply:
        """Make the reply that says a record; its tag is the ``revision``, or else a hash.

        ``model`` stands in the body but not in the tag, so that a new model that says the same
        costs nobody a download.
        """
        text = dumps(record)
        tag = revision or blake2b(text.encode(), digest_size=16).hexdigest()
        if model is not None:
            text = f'{text[:-1]},"model":{dumps(model)}}}'
        return cls.of_bytes(text.encode(), _JSON, cache_control, tag)

    @classmethod
    def of_bytes(
        cls, body: bytes, media_type: str, cache_control: str, tag: int | str | None = None
    ) -> Reply:
        """Make the reply of a file; its tag is a hash of it unless another is given."""
        tagged = etag(tag or blake2b(body, digest_size=16).hexdigest()).encode()
        unchanged = ((b"etag", tagged), (b"cache-control", cache_control.encode()))
        size = (b"content-length", str(len(body)).encode())
        return cls(
            body, tagged, (*unchanged, (b"content-type", media_type.encode()), size), unchanged
        )

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


def fresh_reply(
    record: dict[str, Any],
    timing: Timing | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a record as JSON that nobody may keep."""
    headers = {"Cache-Control": "no-store", **(headers or {})}
    if timing:
        headers["Server-Timing"] = str(timing)
    return Response(dumps(record), status, headers, "application/json")


def etag(of: int | str) -> str:
    """Return a revision or a hash as an ETag."""
    return f'"{of}"'


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
