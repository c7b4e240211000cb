"""Parameters: the path and query of each endpoint; an unknown parameter is an error."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, get_origin
from urllib.parse import unquote_to_bytes

from fastapi import Path, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from recommender import FindOptions, Options
from service.http.problems import invalid

_HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def decoded(raw: str) -> str:
    """Decode a percent-encoded part of a path, or raise a pydantic error.

    Examples
    --------
    >>> decoded("a%2Fb+c%20%E6%97%A5")
    'a/b+c 日'
    """
    try:
        if not _HALF_ESCAPE.search(raw):
            return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        pass
    raise PydanticCustomError("percent_encoding", "should be percent-encoded UTF-8")


ArticleId = Annotated[
    str,
    Path(alias="id", description="The article's id, percent-encoded; a slash in it is %2F."),
    AfterValidator(decoded),
]
OtherId = Annotated[
    str,
    Path(alias="other_id", description="The other article's id, percent-encoded."),
    AfterValidator(decoded),
]


class NoOptions(BaseModel):
    """The query of an endpoint without query parameters."""

    model_config = ConfigDict(extra="forbid")


class ById(NoOptions):
    """The query of an endpoint for one article."""

    id: str = Field(min_length=1, description="The article's id.")


class ListQuery(Options):
    """The query of a list: its article and its options."""

    id: str | None = Field(None, min_length=1, description="The article's id; or give its url.")
    url: str | None = Field(None, min_length=1, description="The article's url; or give its id.")

    def article(self) -> tuple[str | None, str | None]:
        """Return the id and the url, one of which is None, or raise Problem.

        Examples
        --------
        >>> ListQuery(id="a1").article()
        ('a1', None)
        """
        if (self.id is None) == (self.url is None):
            detail = "give exactly one of 'id' and 'url'"
            raise invalid([{"parameter": "id", "code": "id_or_url", "detail": detail}])
        return self.id, self.url


class WhyQuery(Options):
    """The query of why: the ids of both articles, and the options of the list."""

    id: str = Field(min_length=1, description="The article's id.")
    other_id: str = Field(min_length=1, description="The other article's id.")


class ArticlesQuery(FindOptions):
    """The query for articles: one id alone, or the options of a search."""

    id: str | None = Field(
        None, min_length=1, description="The article's id; no other parameter is allowed with it."
    )

    def only_id(self) -> str:
        """Return the id, or raise Problem if there are other parameters.

        Examples
        --------
        >>> ArticlesQuery(id="a1").only_id()
        'a1'
        """
        if self.id is None or self.model_fields_set != {"id"}:
            detail = "an id names one article, so no other parameter is allowed with it"
            raise invalid([{"parameter": "id", "code": "id_alone", "detail": detail}])
        return self.id


_SINGLE = {
    name
    for model in (ListQuery, WhyQuery, ById, ArticlesQuery)
    for name, field in model.model_fields.items()
    if get_origin(field.annotation) is not tuple
}


async def check_not_repeated(request: Request) -> None:
    """Raise Problem if a parameter with a single value is repeated, which is ambiguous."""
    counts = Counter(name for name, _ in request.query_params.multi_items())
    repeated = [name for name, count in counts.items() if count > 1 and name in _SINGLE]
    if repeated:
        raise invalid(
            [
                {"parameter": name, "code": "repeated_parameter", "detail": "given more than once"}
                for name in repeated
            ]
        )
