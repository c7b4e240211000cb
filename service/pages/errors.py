"""Errors as pages for people, and the check of the read key."""

from __future__ import annotations

import binascii
from base64 import b64decode
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.routing import APIRoute

from service.http.auth import is_key
from service.http.problems import Problem
from service.pages.rendering import page
from service.settings import Settings

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="alsoread", charset="UTF-8"'}
_TITLES = {
    "article_not_found": "No such article",
    "missing_key": "This archive is closed",
    "no_model": "No model yet",
    "wrong_key": "This archive is closed",
}


class PageRoute(APIRoute):
    """The route of a page; its errors are pages as well."""


def problem_page(request: Request, problem: Problem) -> Response | None:
    """Return a problem as a page, or None if the request was not for a page."""
    route = request.scope.get("route")
    # A browser may also request a path that is no endpoint.
    unknown = route is None and "text/html" in request.headers.get("accept", "")
    if not (unknown or isinstance(route, PageRoute)):
        return None
    title = _TITLES.get(problem.code) or HTTPStatus(problem.status).phrase
    detail = "there is no such page" if unknown and problem.status == 404 else problem.detail
    return page(
        "problem.html",
        problem.status,
        headers=dict(problem.headers),
        title=title,
        detail=f"{detail[:1].upper()}{detail[1:]}.",
        code=problem.code,
    )


async def page_reader(request: Request) -> None:
    """Let a request read pages, or raise Problem; pages never show embargoed articles.

    Browsers send no bearer token but ask for a name and a password; the password is the key.
    """
    settings: Settings = request.app.state.settings
    request.state.sees_embargoed = False
    key = _key(request.headers.get("authorization", ""))
    if not settings.read_key or is_key(key, settings.read_key) or is_key(key, settings.write_key):
        return
    code, detail = "wrong_key", "the key does not allow reading"
    if key is None:
        code, detail = "missing_key", "reading requires a key"
    raise Problem(401, code, detail, headers=_CHALLENGE)


def _key(authorization: str) -> str | None:
    """Return the key of an Authorization header: its password or bearer token.

    Examples
    --------
    >>> _key("Basic YW55Om9wZW4="), _key("Bearer open"), _key("Basic ?"), _key("")
    ('open', 'open', None, None)
    """
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None
