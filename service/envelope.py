"""Envelope: what surrounds every call: ready replies, the path as sent, other origins, notes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from random import getrandbits
from time import perf_counter
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.cors import Cors
from service.live import Live
from service.logs import RequestLog
from service.metrics import Metrics
from service.ready import Kept, key_of
from service.replies import Header

_logger = logging.getLogger(__name__)
_SANE = re.compile(rb"[\x21-\x7e]{1,128}")
_READY = (b"server-timing", b"ready;dur=0")
# A stream of lines may be of any length; each line has the limit.
STREAMED = ("POST", "/v1/articles")


class Envelope:
    """Answers with ready bytes, or routes on the raw path; names each request, and notes it.

    On the raw path a slash inside an id, ``%2F``, does not end the id; whoever takes a part of the
    path decodes it. A HEAD is a GET whose body the server does not send. Of a body only ``limit``
    bytes are read.
    """

    def __init__(self, app: ASGIApp, live: Live, metrics: Metrics, limit: int, cors: Cors) -> None:
        self.app = app
        self._live, self._metrics, self._limit, self._cors = live, metrics, limit, cors
        self._log = RequestLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, or pass it on to the app."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, named = perf_counter(), (b"x-request-id", _request_id(scope))
        if (may := self._cors.preflight(scope)) is not None:
            await _send(send, 204, (named, *may), b"")
            self._note(scope, "preflight", named[1], 204, began)
            return
        if kept := await self._ready(scope):
            status, headers, body = kept.reply.to(scope["headers"])
            await _send(send, status, (named, _READY, *self._cors.headers(scope), *headers), body)
            self._metrics.cached("yes").inc()
            self._note(scope, kept.route, named[1], status, began)
            return
        await self._pass_on(scope, receive, send, named, began)

    async def _ready(self, scope: Scope) -> Kept | None:
        key, ready = key_of(scope), self._live.ready
        changes = ready.changes
        if key is None or (kept := ready.get(key)) is None:
            return None
        # What was written since, by whichever process, ends what is ready.
        await self._live.catch_up()
        return kept if ready.changes == changes else ready.get(key)

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, named: tuple[bytes, bytes], began: float
    ) -> None:
        status, ended, inner = 0, False, _as_sent(scope)
        added = (named, *self._cors.headers(scope))
        if inner["method"] != "GET" and (inner["method"], inner["path"]) != STREAMED:
            receive = _limited(receive, self._limit, _declared(scope))

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
            # An error that has no handler of its own is told, and raised nevertheless.
            _logger.exception("request %s: %s", named[1].decode(), inner["path"])
            if not ended:
                raise
        finally:
            route = getattr(inner.get("route"), "path", "none")
            self._note(scope, route, named[1], status, began)

    def _note(self, scope: Scope, route: str, named: bytes, status: int, began: float) -> None:
        """Count a request and log it; a status of 0 is of one whose client has gone."""
        seconds, served = perf_counter() - began, self._live.latest
        method = scope["method"]
        self._metrics.requests(route, method, status).observe(seconds)
        version, revision = (served.version, served.model.known) if served else (None, None)
        self._log.note(named.decode(), method, route, status, seconds, version, revision)


async def _send(send: Send, status: int, headers: Iterable[Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


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
    return b"%032x" % getrandbits(128)


def _as_sent(scope: Scope) -> Scope:
    """Return the call with its path as it was sent, and GET for HEAD."""
    raw, method = scope.get("raw_path"), scope["method"]
    # A server that does not tell the raw path has decoded it for good.
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    return {**scope, "path": path, "method": "GET" if method == "HEAD" else method}
