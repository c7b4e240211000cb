"""Envelope: what surrounds every call: the request's id, the path as sent, and ready replies."""

from __future__ import annotations

import logging
import re
from random import getrandbits
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.ready import Ready, key_of

_logger = logging.getLogger(__name__)
_SANE = re.compile(rb"[\x21-\x7e]{1,128}")
_READY = (b"server-timing", b"ready;dur=0")


class Envelope:
    """Answers with ready bytes, or routes on the raw path; gives each reply the request's id.

    On the raw path a slash inside an id, ``%2F``, does not end the id; whoever takes a part of the
    path decodes it. A HEAD is a GET whose body the server does not send.
    """

    def __init__(self, app: ASGIApp, ready: Ready) -> None:
        self.app = app
        self._ready = ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, or pass it on to the app."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = (b"x-request-id", _request_id(scope))
        if scope["method"] in ("GET", "HEAD") and (reply := self._ready.get(key_of(scope))):
            status, headers, body = reply.to(scope["headers"])
            headers = (named, _READY, *headers)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        await self._pass_on(_as_sent(scope), receive, send, named)

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, named: tuple[bytes, bytes]
    ) -> None:
        ended = False

        async def reply(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), named]}
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            await self.app(scope, receive, reply)
        except Exception:
            # An error that has no handler of its own is told, and raised nevertheless.
            _logger.exception("request %s: %s", named[1].decode(), scope["path"])
            if not ended:
                raise


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
