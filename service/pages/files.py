"""Static files of the pages, at addresses with a hash, so that caches can keep them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from fastapi import APIRouter, Request, Response

from service.http.problems import Problem
from service.http.replies import etag

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_IMMUTABLE = "public, max-age=31536000, immutable"
_ONE_HOUR = "public, max-age=3600"

# No key is needed: the files contain no data of the archive.
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    media_type: str
    digest: str


def _read(path: Path) -> _File:
    body = path.read_bytes()
    return _File(body, _TYPES[path.suffix], blake2b(body, digest_size=8).hexdigest())


_FILES = {
    path.name: _read(path)
    for path in sorted((Path(__file__).parent / "static").iterdir())
    if path.suffix in _TYPES
}


def address(name: str) -> str:
    """Return the address of a file, with the hash of its content.

    Examples
    --------
    >>> address("style.css").split("?")[0]
    '/static/style.css'
    """
    return f"/static/{name}?v={_FILES[name].digest}"


@router.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    """Return a file; it is immutable at the address with its hash."""
    file = _FILES.get(name)
    if file is None:
        raise Problem(404, "not_found", "no such file")
    tag = etag(file.digest)
    stored_for = _IMMUTABLE if request.query_params.get("v") == file.digest else _ONE_HOUR
    headers = {"Cache-Control": stored_for, "ETag": tag, "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == tag:
        return Response(None, 304, headers)
    return Response(file.body, 200, headers, file.media_type)
