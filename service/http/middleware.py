"""Middleware: cached replies, raw paths, request ids, size limits, CORS and observation."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from random import getrandbits
from time import perf_counter
from typing import NamedTuple
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.cors import Cors
from service.http.replies import Header
from service.http.reply_cache import CacheEntry, ReplyCache, cache_key

_logger = logging.getLogger(__name__)
_REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_CACHED = (b"server-timing", b"ready;dur=0")
# The body of this endpoint may have any length: the limit is on each line.
STREAMED = ("POST", "/v1/articles")


class Observation(NamedTuple):
    """A request with its outcome; ``status`` is 0 if the client left before the reply.

    ``cached`` tells whether the reply came from the reply cache.
    """

    request_id: str
    method: str
    route: str
    status: int
    seconds: float
    cached: bool


class Middleware:
    """Answers from the reply cache, or passes the request on with its raw path.

    In the raw path a slash inside an id is ``%2F`` and does not end the id; endpoints decode their
    part of the path. HEAD is handled as GET, and the server drops the body. A body over ``limit``
    bytes is a 413. ``catch_up`` waits until earlier writes are in effect; ``observe`` is called
    with each request after its reply.
    """

    def __init__(
        self,
        app: ASGIApp,
        cache: ReplyCache,
        catch_up: Callable[[], Awaitable[None]],
        observe: Callable[[Observation], None],
        limit: int,
        cors: Cors,
    ) -> None:
        self.app = app
        self._cache, self._catch_up, self._observe = cache, catch_up, observe
        self._limit, self._cors = limit, cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on to the app."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request_id = perf_counter(), _request_id(scope)
        named, method = (b"x-request-id", request_id), scope["method"]
        if (preflight := self._cors.preflight(scope)) is not None:
            await _send(send, 204, (named, *preflight), b"")
            route, status, cached = "preflight", 204, False
        elif entry := await self._entry(scope):
            status, headers, body = entry.reply.answer(scope["headers"])
            await _send(send, status, (named, _CACHED, *self._cors.headers(scope), *headers), body)
            route, cached = entry.route, True
        else:
            await self._pass_on(scope, receive, send, named, began)
            return
        seconds = perf_counter() - began
        self._observe(Observation(request_id.decode(), method, route, status, seconds, cached))

    async def _entry(self, scope: Scope) -> CacheEntry | None:
        """Return the cache entry of a request if it is valid after all writes so far."""
        key, generation = cache_key(scope), self._cache.generation
        if key is None or (entry := self._cache.get(key)) is None:
            return None
        # Another process may have written since the entry was stored.
        await self._catch_up()
        return entry if self._cache.generation == generation else self._cache.get(key)

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, named: Header, began: float
    ) -> None:
        status, ended, inner = 0, False, _with_raw_path(scope)
        added = (named, *self._cors.headers(scope))
        if inner["method"] != "GET" and (inner["method"], inner["path"]) != STREAMED:
            receive = _limited(receive, self._limit, _content_length(scope))

        async def reply(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            await self.app(inner, receive, reply)
        except Exception:
            # Starlette answers an unexpected error with a 500, and raises it as well.
            _logger.exception("request %s: %s", named[1].decode(), inner["path"])
            if not ended:
                raise
        finally:
            route = getattr(inner.get("route"), "path", "none")
            seconds, request_id = perf_counter() - began, named[1].decode()
            method = scope["method"]
            self._observe(Observation(request_id, method, route, status, seconds, False))


async def _send(send: Send, status: int, headers: Iterable[Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _limited(receive: Receive, limit: int, declared: int) -> Receive:
    """Return ``receive`` that raises a 413 once a body exceeds ``limit`` bytes.

    ``declared`` is the Content-Length: if it is over the limit, nothing is read.
    """
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive() if declared <= limit else {}
        size += len(message.get("body", b""))
        if max(size, declared) > limit:
            raise HTTPException(413, f"the body is larger than {limit:,} bytes")
        return message

    return counted


def _content_length(scope: Scope) -> int:
    """Return the Content-Length of a request, 0 without one."""
    value = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(value) if value.isdigit() else 0


def _request_id(scope: Scope) -> bytes:
    """Return the request's own X-Request-ID if it is printable and short, or else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value)
    return b"%032x" % getrandbits(128)


def _with_raw_path(scope: Scope) -> Scope:
    """Return the scope of a request with its raw path, and GET for HEAD."""
    raw, method = scope.get("raw_path"), scope["method"]
    # Some servers pass only the decoded path: encode it again, as well as that is possible.
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    return {**scope, "path": path, "method": "GET" if method == "HEAD" else method}
