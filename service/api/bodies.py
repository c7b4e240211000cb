"""Bodies: the JSON bodies of requests, validated as they are read."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from pydantic.json_schema import models_json_schema

from recommender import Draft, Options
from service.http.problems import invalid

_REF = "#/components/schemas/{model}"
Body = TypeVar("Body", bound=BaseModel)


class ListRequest(Options):
    """The article or articles that a list is for, and the options of the list."""

    article: Draft | None = Field(None, description="An article that is not in the archive.")
    like: tuple[str | Draft, ...] = Field(
        (), max_length=100, description="Several articles: ids of the archive, or articles."
    )
    unlike: tuple[str | Draft, ...] = Field(
        (), max_length=100, description="Ids or articles that the items should not be like."
    )

    def ids(self) -> list[str]:
        """Return the ids in it; raise Problem unless it has either ``article`` or ``like``.

        Examples
        --------
        >>> ListRequest(like=("a1", Draft(title="Ferry late"))).ids()
        ['a1']
        """
        if (self.article is None) == (not self.like) or (self.article and self.unlike):
            detail = "give either 'article' or 'like'; 'unlike' is allowed only with 'like'"
            raise invalid([{"parameter": "article", "code": "article_or_like", "detail": detail}])
        return [each for each in (*self.like, *self.unlike) if isinstance(each, str)]


class BatchRequest(Options):
    """The articles of a batch, and the options of their lists."""

    ids: tuple[str, ...] = Field(min_length=1, max_length=1000, description="Ids of articles.")
    distinct: bool = Field(False, description="Put no article into two lists.")


def options_of(body: Options) -> dict[str, Any]:
    """Return the options of a list by name, without other fields.

    Examples
    --------
    >>> options_of(BatchRequest(ids=("a1",), limit=3))["limit"]
    3
    """
    return {name: getattr(body, name) for name in Options.model_fields}


async def read_body(request: Request, kind: type[Body]) -> Body:
    """Return a request's body; raise Problem, or RequestValidationError with all errors."""
    body = await request.body()
    try:
        return kind.model_validate_json(body, strict=True)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    if errors[0]["type"] == "json_invalid":
        detail = errors[0]["msg"]
        raise invalid([{"parameter": "body", "code": "invalid_json", "detail": detail}])
    raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in errors])


def documented_body(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAPI of a request's body; its components are in ``body_schemas``."""
    content = {"application/json": {"schema": {"$ref": _REF.format(model=kind.__name__)}}}
    return {"requestBody": {"required": True, "content": content}}


def body_schemas() -> dict[str, Any]:
    """Return the OpenAPI schemas of all bodies and their parts, by name."""
    kinds = [(kind, "validation") for kind in (ListRequest, BatchRequest)]
    schemas: dict[str, Any] = models_json_schema(kinds, ref_template=_REF)[1]["$defs"]  # type: ignore[arg-type]
    return schemas
