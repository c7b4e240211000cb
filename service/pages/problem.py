"""What went wrong, as a page for whoever looks at pages, and who may look at them."""

from __future__ import annotations

import binascii
from base64 import b64decode
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.routing import APIRoute

from service.auth import is_key
from service.pages.rendering import page
from service.problems import Problem
from service.settings import Settings

_ASKED = {"WWW-Authenticate": 'Basic realm="alsoread", charset="UTF-8"'}
_TITLES = {
    "article_not_found": "No such article",
    "missing_key": "This archive is closed",
    "no_model": "Nothing is trained yet",
    "wrong_key": "This archive is closed",
}


class PageRoute(APIRoute):
    """A call whose replies are for people, and so are its errors."""


def problem_page(request: Request, problem: Problem) -> Response | None:
    """Return a problem as a page, or None if it is none of a page."""
    route = request.scope.get("route")
    # A browser may ask for a path that is no call.
    lost = route is None and "text/html" in request.headers.get("accept", "")
    if not (lost or isinstance(route, PageRoute)):
        return None
    title = _TITLES.get(problem.code) or HTTPStatus(problem.status).phrase
    detail = "there is no such page" if lost and problem.status == 404 else problem.detail
    return page(
        "problem.html",
        problem.status,
        headers=dict(problem.headers),
        title=title,
        detail=f"{detail[:1].upper()}{detail[1:]}.",
        code=problem.code,
    )


async def page_reader(request: Request) -> None:
    """Let a request read, or raise Problem; nobody sees on a page what is under an embargo.

    Browsers send no bearer key, but ask for a name and a password: the password is the key.
    """
    settings: Settings = request.app.state.settings
    request.state.sees_ahead = False
    key = _key(request.headers.get("authorization", ""))
    if not settings.read_key or is_key(key, settings.read_key) or is_key(key, settings.write_key):
        return
    code, detail = "wrong_key", "the key is not one that may read here"
    if key is None:
        code, detail = "missing_key", "a key is needed to read here"
    raise Problem(401, code, detail, headers=_ASKED)


def _key(authorization: str) -> str | None:
    """Return the key of a request's header, a password or a bearer's.

    Examples
    --------
    >>> _key("Basic YW55Om9wZW4="), _key("Bearer open"), _key("Basic ?"), _key("")
    ('open', 'open', None, None)
    """
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return given
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None
