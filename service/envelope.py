"""Envelope: what surrounds every call, from the path as it was sent to the last resort."""

from __future__ import annotations

import logging
import re
from secrets import token_hex
from time import perf_counter
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.logs import log_request
from service.problems import Problem

_logger = logging.getLogger(__name__)
_SANE = re.compile(rb"[\x21-\x7e]{1,128}")
# A stream of lines may be of any length; each line has the limit.
STREAMED = ("POST", "/v1/articles")
_FAILED = Problem(500, "internal_error", "it failed; the service's log says why")


class Envelope:
    """Routes on the raw path, gives each reply the request's id, and tells what nobody caught.

    On the raw path a slash inside an id, ``%2F``, does not end the id; whoever takes a part of the
    path decodes it. A HEAD is a GET whose body the server does not send. Of a body only ``limit``
    bytes are read.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on to the app."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, status, inner = _request_id(scope), 0, _as_sent(scope)
        began = perf_counter()
        if inner["method"] != "GET" and (inner["method"], inner["path"]) != STREAMED:
            receive = _limited(receive, self.limit, _declared(scope))

        async def reply(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id)]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(inner, receive, reply)
        except Exception:
            if status:
                raise
            _logger.exception("request %s: %s", request_id.decode(), inner["path"])
            await _FAILED.reply(inner["path"])(inner, receive, reply)
        finally:
            _note(inner, scope["method"], request_id.decode(), status, perf_counter() - began)


def _note(scope: Scope, method: str, request_id: str, status: int, seconds: float) -> None:
    """Log a request and count it; a status of 0 is of one whose client has gone."""
    state = scope["app"].state
    route = getattr(scope.get("route"), "path", "none")
    state.metrics.requests.labels(route, method, status).observe(seconds)
    served = state.live.latest
    log_request(
        id=request_id,
        method=method,
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 2),
        model=served.version if served else None,
        revision=served.model.known if served else None,
    )


def _limited(receive: Receive, limit: int, declared: int) -> Receive:
    """Return ``receive``, but a body of more than ``limit`` bytes is an error before it is read."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive() if declared <= limit else {}
        size += len(message.get("body", b""))
        if max(size, declared) > limit:
            raise HTTPException(413, f"the body is larger than {limit:,} bytes")
        return message

    return counted


def _declared(scope: Scope) -> int:
    """Return the size that a request says its body has, 0 if it says none."""
    given = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(given) if given.isdigit() else 0


def _request_id(scope: Scope) -> bytes:
    """Return the id that the request came with if it is fit to be repeated, or else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return bytes(value)
    return token_hex(16).encode()


def _as_sent(scope: Scope) -> Scope:
    """Return the call with its path as it was sent, and GET for HEAD."""
    raw, method = scope.get("raw_path"), scope["method"]
    # A server that does not tell the raw path has decoded it for good.
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    return {**scope, "path": path, "method": "GET" if method == "HEAD" else method}
