"""Problems: every error of the service as RFC 9457 problem details."""

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

from recommender.errors import CatalogError, NoModelError, RulesError, reason_of, shown_value

MEDIA_TYPE = "application/problem+json"
_logger = logging.getLogger(__name__)
# Phrases that differ between Python versions.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
_ARCHIVE = {
    "locked": "another program has locked the archive: try again",
    "readonly": "the archive is read-only; nothing was written",
    "full": "the archive's disk is full; nothing was written",
    "unavailable": "the archive cannot be read at the moment; see the log",
}


@dataclass
class Problem(Exception):
    """An error for the client; each cause has its own stable ``code``.

    Examples
    --------
    >>> reply = Problem(404, "not_found", "no such endpoint").response("/v2")
    >>> reply.media_type, json.loads(reply.body)["code"]
    ('application/problem+json', 'not_found')
    """

    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_record(self, instance: str) -> dict[str, Any]:
        """Return the problem as JSON types; ``instance`` is the path of the request."""
        return {
            "type": "about:blank",
            "title": _TITLES.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "errors": self.errors,
        }

    def response(self, instance: str) -> Response:
        """Return the response to a request for the path ``instance``."""
        headers = {"Cache-Control": "no-store", **self.headers}
        body = json.dumps(self.to_record(instance), ensure_ascii=False, separators=(",", ":"))
        return Response(body, self.status, headers, MEDIA_TYPE)


_INTERNAL_ERROR = Problem(500, "internal_error", "internal error; see the log")


def invalid(errors: list[dict[str, str]]) -> Problem:
    """Return the problem of a request with invalid parameters, with the code of the first."""
    detail = "; ".join(f"{error['parameter']}: {error['detail']}" for error in errors)
    return Problem(422, errors[0]["code"], detail, errors)


def not_found(article_id: str | None, url: str | None = None) -> Problem:
    """Return the problem of an unknown article, requested by id or by url."""
    name = f"id {article_id!r}" if article_id is not None else f"url {url!r}"
    return Problem(404, "article_not_found", f"no article has the {name}")


def archive_problem(error: CatalogError) -> Problem:
    """Return the problem of an archive error.

    The error's own message names the database, which readers must not see.
    """
    headers = {"Retry-After": "2"} if error.cause == "locked" else {}
    return Problem(503, f"archive_{error.cause}", _ARCHIVE[error.cause], headers=headers)


def handle_errors(app: FastAPI, page: Callable[[Request, Problem], Response | None]) -> None:
    """Make an app answer every error with a problem; unexpected errors are raised as well.

    ``page`` returns the HTML page of a problem, or None if the request was not for a page.
    """
    app.state.problem_page = page
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(NoModelError, _no_model)
    app.add_exception_handler(RulesError, _invalid_rules)
    app.add_exception_handler(CatalogError, _archive_error)
    app.add_exception_handler(Exception, _internal_error)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    page: Response | None = request.app.state.problem_page(request, error)
    return page or error.response(request.scope["path"])


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer the framework's own errors: unknown paths, wrong methods and large bodies."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    detail = str(error.detail)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    if error.status_code == 404:
        detail = "no such endpoint; /docs lists them, and a slash inside an id is written %2F"
    elif error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request, headers["Allow"])))
        detail = f"{request.method} is not allowed here; allowed are {headers['Allow']}"
    elif error.status_code == 413:
        code = "payload_too_large"
    return await _problem(request, Problem(error.status_code, code, detail, headers=headers))


def _methods(request: Request, allowed: str) -> set[str]:
    """Return all methods of a path; the framework names those of one endpoint, without HEAD."""
    path = getattr(request.scope.get("route"), "path", "")
    methods = {*allowed.split(", "), *map(str.upper, request.app.openapi()["paths"].get(path, {}))}
    return methods | ({"HEAD"} if "GET" in methods else set())


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [_parameter_error(each, _known(request, each["loc"][0])) for each in error.errors()]
    return await _problem(request, invalid(errors))


async def _no_model(request: Request, error: Exception) -> Response:
    return await _problem(request, Problem(503, "no_model", str(error)))


async def _invalid_rules(request: Request, error: Exception) -> Response:
    detail = "the editorial rules are invalid, and no list is served without them; see /readyz"
    return await _problem(request, Problem(503, "rules_invalid", detail))


async def _internal_error(request: Request, error: Exception) -> Response:
    return await _problem(request, _INTERNAL_ERROR)


async def _archive_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CatalogError)
    _logger.error("%s: %s", request.scope["path"], error)
    return await _problem(request, archive_problem(error))


def _parameter_error(error: Mapping[str, Any], known: Iterable[str]) -> dict[str, str]:
    """Return the error of one parameter, from pydantic's detail; ``known`` has all valid names."""
    name = str(error["loc"][1]) if len(error["loc"]) > 1 else "body"
    if error["type"] == "extra_forbidden":
        code, detail = "unknown_option", reason_of(error, known)
    elif error["type"] == "missing":
        code, detail = f"missing_{name}", reason_of(error)
    else:
        code, detail = f"invalid_{name}", f"{reason_of(error)}, not {shown_value(error['input'])}"
    return {"parameter": name, "code": code, "detail": detail}


def _known(request: Request, where: str) -> list[str]:
    """Return the names that the query or body of this endpoint may have, from OpenAPI."""
    document = request.app.openapi()
    path, method = request.scope["route"].path, request.method.lower()
    operation = document["paths"].get(path, {}).get(method, {})
    if where == "body":
        [content] = operation["requestBody"]["content"].values()
        name = content["schema"]["$ref"].split("/")[-1]
        return list(document["components"]["schemas"][name]["properties"])
    return [each["name"] for each in operation.get("parameters", ()) if each["in"] == where]
