"""CORS: the origins whose pages may read; no page of another origin may write."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Scope

from service.http.replies import Header

# These requests only read; they are POST because a draft is too long for a query.
_READING_POSTS = ("/v1/recommendations", "/v1/recommendations/batch")
_ANY = b"*"
# Module scripts are fetched with CORS, whatever their origin.
_PUBLIC = ("/box.js",)
_EXPOSED = b"ETag, X-Request-ID, Server-Timing"
_ALLOWED_HEADERS = b"Authorization, Content-Type, If-None-Match, X-Request-ID"
_DAY = b"86400"


class Cors:
    """The headers that let pages of some origins read replies.

    Without ``origins`` there are no headers; with ``*`` every page may read. Credentials are not
    allowed, because the service uses no cookies.

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
        """Return the CORS headers of the reply to a request."""
        if scope["path"] in _PUBLIC:
            return ((b"access-control-allow-origin", _ANY),)
        if not self._origins or not _reads(scope["method"], scope["path"]):
            return ()
        # A cache must not serve one origin's reply to another's page.
        vary = () if self._any else ((b"vary", b"Origin"),)
        if not (allowed := self._allowed(scope)):
            return vary
        exposed = (b"access-control-expose-headers", _EXPOSED)
        return (*vary, (b"access-control-allow-origin", allowed), exposed)

    def preflight(self, scope: Scope) -> tuple[Header, ...] | None:
        """Return the headers of the reply to a preflight request, None for other requests.

        For an origin that may not read, they allow nothing.
        """
        if not self._origins or scope["method"] != "OPTIONS":
            return None
        if not (method := _header(scope, b"access-control-request-method").decode("latin-1")):
            return None
        vary = (b"vary", b"Origin, Access-Control-Request-Method")
        allowed = self._allowed(scope)
        if not allowed or not _reads(method, scope["path"]):
            return (vary,)
        return (
            vary,
            (b"access-control-allow-origin", allowed),
            (b"access-control-allow-methods", method.encode()),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", _DAY),
        )

    def _allowed(self, scope: Scope) -> bytes:
        if self._any:
            return _ANY
        origin = _header(scope, b"origin")
        return origin if origin in self._origins else b""


def _reads(method: str, path: str) -> bool:
    return method in ("GET", "HEAD") or (method == "POST" and path in _READING_POSTS)


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == wanted), b"")
