"""Replies: JSON with a hash of what it says, and 304 to whoever has it already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
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
        text = _dumps(record)
        tag = f'"{blake2b(text.encode(), digest_size=16).hexdigest()}"'.encode()
        if model is not None:
            text = f'{text[:-1]},"model":{_dumps(model)}}}'
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

    def response(self, request: Request, timing: str) -> Response:
        """Return the reply to a request; ``timing`` is the Server-Timing header."""
        status, headers, body = self.to(request.scope["headers"])
        response = Response(body, status)
        response.raw_headers = [(b"server-timing", timing.encode()), *headers]
        return response


def state_reply(record: dict[str, Any]) -> Response:
    """Return how the service is, which nobody may keep."""
    headers = {"Cache-Control": "no-store"}
    return Response(_dumps(record), headers=headers, media_type="application/json")


def _dumps(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _names(field: bytes, tag: bytes) -> bool:
    """Tell whether an If-None-Match names a tag, weakly or not, or any at all.

    Examples
    --------
    >>> _names(b'"a", W/"b"', b'"b"'), _names(b"*", b'"b"'), _names(b'"a"', b'"b"')
    (True, True, False)
    """
    return field.strip() == b"*" or tag in _TAG.findall(field)
