"""Envelope: what surrounds every call, from the path as it was sent to the last resort."""

from __future__ import annotations

import logging
import re
from secrets import token_hex
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import Problem

_logger = logging.getLogger(__name__)
_SANE = re.compile(rb"[\x21-\x7e]{1,128}")


class Envelope:
    """Routes on the raw path, gives each reply the request's id, and tells what nobody caught.

    On the raw path a slash inside an id, ``%2F``, does not end the id; whoever takes a part of the
    path decodes it. A HEAD is a GET whose body is not sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on to the app."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        reply = _Reply(send, request_id, bodiless=scope["method"] == "HEAD")
        method = "GET" if reply.bodiless else scope["method"]
        inner = {**scope, "path": _raw_path(scope), "method": method}
        try:
            await self.app(inner, receive, reply.send)
        except Exception:
            if reply.started:
                raise
            _logger.exception("request %s: %s", request_id.decode(), inner["path"])
            problem = Problem(500, "internal_error", "it failed; the service's log says why")
            await problem.reply(inner["path"])(inner, receive, reply.send)


class _Reply:
    """Sends a reply on, with the request's id and, if ``bodiless``, without the body."""

    def __init__(self, send: Send, request_id: bytes, bodiless: bool) -> None:
        self._send, self._request_id, self.bodiless = send, request_id, bodiless
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = [*message.get("headers", ()), (b"x-request-id", self._request_id)]
            message = {**message, "headers": headers}
        elif self.bodiless:
            message = {**message, "body": b""}
        await self._send(message)


def _request_id(scope: Scope) -> bytes:
    """Return the id that the request came with if it is fit to be repeated, or else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return bytes(value)
    return token_hex(16).encode()


def _raw_path(scope: Scope) -> str:
    """Return the path as it was sent; a server that does not tell has decoded it for good."""
    raw = scope.get("raw_path")
    return raw.decode("latin-1") if raw else quote(scope["path"])
