"""Problems: every error of the service, as RFC 9457 problem details."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from recommender.errors import CatalogError, NoModelError, RulesError

MEDIA_TYPE = "application/problem+json"
_logger = logging.getLogger(__name__)
# What Python calls otherwise from version to version.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
_SHOWN = 60
_ARCHIVE = {
    "locked": "another program keeps the archive locked: try again",
    "readonly": "the archive is read-only; nothing was written",
    "full": "the archive's disk is full; nothing was written",
    "unavailable": "the archive cannot be read just now; the service's log says why",
}


@dataclass
class Problem(Exception):
    """An error to be told to whoever called; ``code`` is stable, one for each cause.

    Examples
    --------
    >>> reply = Problem(404, "not_found", "no such call").reply("/v2")
    >>> reply.media_type, json.loads(reply.body)["code"]
    ('application/problem+json', 'not_found')
    """

    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_record(self, instance: str) -> dict[str, Any]:
        """Return the problem as JSON types; ``instance`` is the path that was asked for."""
        return {
            "type": "about:blank",
            "title": _TITLES.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "errors": self.errors,
        }

    def reply(self, instance: str) -> Response:
        """Return the response."""
        headers = {"Cache-Control": "no-store", **self.headers}
        body = json.dumps(self.to_record(instance), ensure_ascii=False, separators=(",", ":"))
        return Response(body, self.status, headers, MEDIA_TYPE)


_FAILED = Problem(500, "internal_error", "it failed; the service's log says why")


def invalid(errors: list[dict[str, str]]) -> Problem:
    """Return the problem of a request whose parameters are wrong; the first one gives the code."""
    detail = "; ".join(f"{error['parameter']}: {error['detail']}" for error in errors)
    return Problem(422, errors[0]["code"], detail, errors)


def not_found(article_id: str | None, url: str | None = None) -> Problem:
    """Return the problem of an article that is not there, asked for by its id or its url."""
    asked = f"id {article_id!r}" if article_id is not None else f"url {url!r}"
    return Problem(404, "article_not_found", f"no article has the {asked}")


def handle_errors(app: FastAPI, page: Callable[[Request, Problem], Response | None]) -> None:
    """Make an app tell every error as a problem; those nobody thought of are raised as well.

    ``page`` returns those of pages as pages, and None for others.
    """
    app.state.problem_page = page
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(NoModelError, _no_model)
    app.add_exception_handler(RulesError, _no_rules)
    app.add_exception_handler(CatalogError, _no_archive)
    app.add_exception_handler(Exception, _failed)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    page: Response | None = request.app.state.problem_page(request, error)
    return page or error.reply(request.scope["path"])


async def _refused(request: Request, error: Exception) -> Response:
    """Tell what the framework refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    detail = str(error.detail)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    if error.status_code == 404:
        detail = "no such call; /docs lists them, and a slash inside an id is written %2F"
    elif error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request, headers["Allow"])))
        detail = f"{request.method} is not possible here; possible are {headers['Allow']}"
    elif error.status_code == 413:
        code = "payload_too_large"
    return await _told(request, Problem(error.status_code, code, detail, headers=headers))


def _methods(request: Request, allowed: str) -> set[str]:
    """Return the methods of a path: the framework knows those of one call, and no HEAD."""
    calls = request.app.openapi()["paths"].get(getattr(request.scope.get("route"), "path", ""), {})
    methods = {*allowed.split(", "), *map(str.upper, calls)}
    return methods | ({"HEAD"} if "GET" in methods else set())


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [_wrong(each, _known(request, each["loc"][0])) for each in error.errors()]
    return await _told(request, invalid(wrong))


async def _no_model(request: Request, error: Exception) -> Response:
    return await _told(request, Problem(503, "no_model", str(error)))


async def _no_rules(request: Request, error: Exception) -> Response:
    detail = "the editorial rules cannot be read, and no list is given without them; see /readyz"
    return await _told(request, Problem(503, "rules_invalid", detail))


async def _failed(request: Request, error: Exception) -> Response:
    return await _told(request, _FAILED)


async def _no_archive(request: Request, error: Exception) -> Response:
    assert isinstance(error, CatalogError)
    _logger.error("%s: %s", request.scope["path"], error)
    return await _told(request, archive_problem(error))


def archive_problem(error: CatalogError) -> Problem:
    """Return what the archive's error means to callers.

    Its own message says where the database is, which is nothing for those who read lists.
    """
    headers = {"Retry-After": "2"} if error.cause == "locked" else {}
    return Problem(503, f"archive_{error.cause}", _ARCHIVE[error.cause], headers=headers)


def _wrong(error: Mapping[str, Any], known: Iterable[str]) -> dict[str, str]:
    """Return what is wrong with one parameter, of what pydantic says of it."""
    name = str(error["loc"][1]) if len(error["loc"]) > 1 else "body"
    reason = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        code, detail = "unknown_option", f"unknown; known are: {', '.join(known) or 'none'}"
    elif error["type"] == "missing":
        code, detail = f"missing_{name}", "needed"
    else:
        given = repr(error["input"])
        given = given if len(given) <= _SHOWN else f"{given[:_SHOWN]}…"
        code, detail = f"invalid_{name}", f"{reason[0].lower()}{reason[1:]}, not {given}"
    return {"parameter": name, "code": code, "detail": detail}


def _known(request: Request, where: str) -> list[str]:
    """Return the names that the query or the body of this call may have."""
    document = request.app.openapi()
    call = document["paths"].get(request.scope["route"].path, {}).get(request.method.lower(), {})
    if where == "body":
        [content] = call["requestBody"]["content"].values()
        name = content["schema"]["$ref"].split("/")[-1]
        return list(document["components"]["schemas"][name]["properties"])
    return [each["name"] for each in call.get("parameters", ()) if each["in"] == where]
