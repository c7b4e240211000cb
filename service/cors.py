"""CORS: which other origins' pages may read; what writes is for none of them."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Scope

from service.replies import Header

# These only read, though what they are asked is too long for a path.
_READING_POSTS = ("/v1/recommendations", "/v1/recommendations/batch")
_ANY = b"*"
# Scripts of type module are fetched as CORS has it, whatever their origin.
_PUBLIC = ("/box.js",)
_EXPOSED = b"ETag, X-Request-ID, Server-Timing"
_TAKEN = b"Authorization, Content-Type, If-None-Match, X-Request-ID"
_DAY = b"86400"


class Cors:
    """Says in headers which origins' pages may read replies.

    Without ``origins`` there are no such headers, and with ``*`` every page may read. Nothing is
    allowed with cookies: there are none.

    Examples
    --------
    >>> scope = {"method": "GET", "path": "/v1/articles", "headers": [(b"origin", b"https://a.b")]}
    >>> Cors(["https://a.b"]).headers(scope)[:2]
    ((b'vary', b'Origin'), (b'access-control-allow-origin', b'https://a.b'))
    >>> Cors([]).headers(scope)
    ()
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)
        self._any = _ANY in self._origins

    def headers(self, scope: Scope) -> tuple[Header, ...]:
        """Return what the reply to a request has in addition."""
        if scope["path"] in _PUBLIC:
            return ((b"access-control-allow-origin", _ANY),)
        if not self._origins or not _reads(scope["method"], scope["path"]):
            return ()
        # A cache must not give what one origin's page was told to another's.
        vary = () if self._any else ((b"vary", b"Origin"),)
        if not (allowed := self._allowed(scope)):
            return vary
        exposed = (b"access-control-expose-headers", _EXPOSED)
        return (*vary, (b"access-control-allow-origin", allowed), exposed)

    def preflight(self, scope: Scope) -> tuple[Header, ...] | None:
        """Return the headers that answer the question whether a page may ask; None if it is none.

        A page that may not is told nothing, and its browser will not ask.
        """
        if not self._origins or scope["method"] != "OPTIONS":
            return None
        if not (wanted := _given(scope, b"access-control-request-method").decode("latin-1")):
            return None
        vary = (b"vary", b"Origin, Access-Control-Request-Method")
        allowed = self._allowed(scope)
        if not allowed or not _reads(wanted, scope["path"]):
            return (vary,)
        return (
            vary,
            (b"access-control-allow-origin", allowed),
            (b"access-control-allow-methods", wanted.encode()),
            (b"access-control-allow-headers", _TAKEN),
            (b"access-control-max-age", _DAY),
        )

    def _allowed(self, scope: Scope) -> bytes:
        if self._any:
            return _ANY
        origin = _given(scope, b"origin")
        return origin if origin in self._origins else b""


def _reads(method: str, path: str) -> bool:
    return method in ("GET", "HEAD") or (method == "POST" and path in _READING_POSTS)


def _given(scope: Scope, wanted: bytes) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == wanted), b"")
