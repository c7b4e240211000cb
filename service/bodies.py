"""Bodies: what a call takes as JSON, checked as it is read, and never read past a limit."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from pydantic.json_schema import models_json_schema

from recommender import Draft, Options
from service.problems import Problem, invalid

MAX_BYTES = 4 << 20
_REF = "#/components/schemas/{model}"
Body = TypeVar("Body", bound=BaseModel)


class ListRequest(Options):
    """What a list is asked of that is no article of the archive, and the options of a list."""

    article: Draft | None = Field(None, description="An article that is not in the archive.")
    like: tuple[str | Draft, ...] = Field(
        (), max_length=100, description="Or several, ids of the archive or articles, at once."
    )
    unlike: tuple[str | Draft, ...] = Field(
        (), max_length=100, description="What the items should be unlike."
    )

    def ids(self) -> list[str]:
        """Return the ids it names, or raise Problem if it is not clear what is asked of.

        Examples
        --------
        >>> ListRequest(like=("a1", Draft(title="Ferry late"))).ids()
        ['a1']
        """
        if (self.article is None) == (not self.like) or (self.article and self.unlike):
            detail = "either 'article' is needed or 'like', and 'unlike' goes with 'like' only"
            raise invalid([{"parameter": "article", "code": "article_or_like", "detail": detail}])
        return [given for given in (*self.like, *self.unlike) if isinstance(given, str)]


class BatchRequest(Options):
    """Articles whose lists are wanted, and the options of all of them."""

    ids: tuple[str, ...] = Field(min_length=1, max_length=1000, description="Ids of articles.")
    distinct: bool = Field(False, description="Put no article in two of the lists.")


def options_of(body: Options) -> dict[str, Any]:
    """Return only the options of a list, by name.

    Examples
    --------
    >>> options_of(BatchRequest(ids=("a1",), limit=3))["limit"]
    3
    """
    return {name: getattr(body, name) for name in Options.model_fields}


async def read_body(request: Request, kind: type[Body]) -> Body:
    """Return a call's body, or raise Problem, or RequestValidationError naming what is wrong."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BYTES:
        raise _too_large()
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            raise _too_large()
    try:
        return kind.model_validate_json(bytes(body), strict=True)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    if problems[0]["type"] == "json_invalid":
        wrong = {"parameter": "body", "code": "invalid_json", "detail": problems[0]["msg"]}
        raise invalid([wrong])
    raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in problems])


def _too_large() -> Problem:
    return Problem(413, "payload_too_large", f"a body may have {MAX_BYTES:,} bytes at most")


def documented_body(kind: type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI says of a call's body; ``schemas`` has the rest."""
    content = {"application/json": {"schema": {"$ref": _REF.format(model=kind.__name__)}}}
    return {"requestBody": {"required": True, "content": content}}


def schemas() -> dict[str, Any]:
    """Return the schemas of all bodies, and of what is in them, by name."""
    kinds = [(kind, "validation") for kind in (ListRequest, BatchRequest)]
    found: dict[str, Any] = models_json_schema(kinds, ref_template=_REF)[1]["$defs"]  # type: ignore[arg-type]
    return found
