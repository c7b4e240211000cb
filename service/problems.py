"""Problems: every error of the service, as RFC 9457 problem details."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from recommender.errors import CatalogError, NoModelError, RulesError

MEDIA_TYPE = "application/problem+json"
_logger = logging.getLogger(__name__)
_SHOWN = 60


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

    def record(self, instance: str) -> dict[str, Any]:
        """Return it as JSON types; ``instance`` is the path that was asked for."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "errors": self.errors,
        }

    def reply(self, instance: str) -> Response:
        """Return the response; ``instance`` is the path that was asked for."""
        headers = {"Cache-Control": "no-store", **self.headers}
        body = json.dumps(self.record(instance), ensure_ascii=False, separators=(",", ":"))
        return Response(body, self.status, headers, MEDIA_TYPE)


_FAILED = Problem(500, "internal_error", "it failed; the service's log says why")


def invalid(errors: list[dict[str, str]]) -> Problem:
    """Return the problem of a request whose parameters are wrong; the first one gives the code."""
    detail = "; ".join(f"{error['parameter']}: {error['detail']}" for error in errors)
    return Problem(422, errors[0]["code"], detail, errors)


def handle_errors(app: FastAPI) -> None:
    """Make an app tell every error as a problem; those nobody thought of are raised as well."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(NoModelError, _no_model)
    app.add_exception_handler(RulesError, _no_rules)
    app.add_exception_handler(CatalogError, _no_archive)
    app.add_exception_handler(Exception, _failed)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.reply(request.scope["path"])


async def _refused(request: Request, error: Exception) -> Response:
    """Tell what the framework refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    detail = str(error.detail)
    if error.status_code == 404:
        detail = "no such call; /docs lists them, and a slash inside an id is written %2F"
    elif error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request, headers["Allow"]))
        detail = f"{request.method} is not possible here; possible are {headers['Allow']}"
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return await _told(request, Problem(error.status_code, code, detail, headers=headers))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [_wrong(each, _known(request, each["loc"][0])) for each in error.errors()]
    return await _told(request, invalid(wrong))


async def _no_model(request: Request, error: Exception) -> Response:
    return await _told(request, Problem(503, "no_model", str(error)))


async def _no_rules(request: Request, error: Exception) -> Response:
    detail = "the editorial rules cannot be read, and no list is given without them; see /readyz"
    return await _told(request, Problem(503, "rules_invalid", detail))


async def _no_archive(request: Request, error: Exception) -> Response:
    # The message says where the database is, which is nothing for those who read lists.
    _logger.error("%s: %s", request.scope["path"], error)
    detail = "the archive cannot be read just now; the service's log says why"
    return await _told(request, Problem(503, "archive_unavailable", detail))


async def _failed(request: Request, error: Exception) -> Response:
    return await _told(request, _FAILED)


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
    call = document["paths"][request.scope["route"].path][request.method.lower()]
    if where == "body":
        [content] = call["requestBody"]["content"].values()
        name = content["schema"]["$ref"].split("/")[-1]
        return list(document["components"]["schemas"][name]["properties"])
    return [each["name"] for each in call.get("parameters", ()) if each["in"] == where]


def _methods(request: Request, allowed: str) -> list[str]:
    """Return what can be done at a path; the framework knows one of the calls there.

    Envelope makes a GET of every HEAD, which the framework does not know either.
    """
    path = getattr(request.scope.get("route"), "path", "")
    calls = request.app.openapi()["paths"].get(path, ())
    found = {method.upper() for method in calls} or set(allowed.split(", "))
    return sorted(found | ({"HEAD"} if "GET" in found else set()))
