"""Replies: JSON with an ETag that is a hash of the content, and 304 for unchanged content."""

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
    """A reply as bytes, with the headers of a 200 and those of a 304.

    Examples
    --------
    >>> reply = Reply.of({"items": []}, "no-cache", model={"revision": 7})
    >>> reply.body
    b'{"items":[],"model":{"revision":7}}'
    >>> status, headers, body = reply.answer([(b"if-none-match", reply.tag)])
    >>> status, body
    (304, b'')
    """

    body: bytes
    tag: bytes
    headers: tuple[Header, ...]
    not_modified: tuple[Header, ...]

    @classmethod
    def of(
        cls,
        record: dict[str, Any],
        cache_control: str,
        model: dict[str, Any] | None = None,
        revision: int | None = None,
    ) -> Reply:
        """Return the reply with a record; its ETag is the ``revision``, or else a hash.

        ``model`` is part of the body but not of the ETag, so that a new model with the same list
        is a 304.
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
        """Return the reply with a file; its ETag is ``tag``, or else a hash of the file."""
        quoted = etag(tag or blake2b(body, digest_size=16).hexdigest()).encode()
        not_modified = ((b"etag", quoted), (b"cache-control", cache_control.encode()))
        size = (b"content-length", str(len(body)).encode())
        headers = (*not_modified, (b"content-type", media_type.encode()), size)
        return cls(body, quoted, headers, not_modified)

    def answer(self, headers: Iterable[Header]) -> tuple[int, tuple[Header, ...], bytes]:
        """Return status, headers and body for a request with these headers."""
        for name, value in headers:
            if name == b"if-none-match" and _matches(value, self.tag):
                return 304, self.not_modified, b""
        return 200, self.headers, self.body

    def response(self, request: Request, timing: Timing) -> Response:
        """Return the response to a request."""
        status, headers, body = self.answer(request.scope["headers"])
        response = Response(body, status)
        response.raw_headers = [(b"server-timing", str(timing).encode()), *headers]
        return response


class Timing:
    """The seconds that each step of a request took, for the Server-Timing header.

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
        """Record the end of a step; the times of a repeated step add up."""
        now = perf_counter()
        self._parts[name] = self._parts.get(name, 0.0) + now - self._last
        self._last = now

    def __str__(self) -> str:
        parts = self._parts.items()
        return ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in parts)


def uncached_reply(
    record: dict[str, Any],
    timing: Timing | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a response with a record as JSON that no cache may store."""
    headers = {"Cache-Control": "no-store", **(headers or {})}
    if timing:
        headers["Server-Timing"] = str(timing)
    return Response(dumps(record), status, headers, _JSON)


def etag(value: int | str) -> str:
    """Return a revision or a hash as an ETag."""
    return f'"{value}"'


def dumps(record: object) -> str:
    """Return the compact JSON of a reply."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _matches(field: bytes, tag: bytes) -> bool:
    """Tell whether an If-None-Match names a tag, strong or weak, or is ``*``.

    Examples
    --------
    >>> _matches(b'"a", W/"b"', b'"b"'), _matches(b"*", b'"b"'), _matches(b'"a"', b'"b"')
    (True, True, False)
    """
    return field.strip() == b"*" or tag in _TAG.findall(field)
