"""Article: one piece of an archive, validated once and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from recommender.articles.times import parse_time
from recommender.errors import ArticleError, reason_of, shown_value

MAX_ID = 512


def _text(value: object) -> object:
    return "" if value is None else value


def _optional(value: object) -> object:
    return None if value == "" else value


def _tuple(value: object) -> object:
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        if not all(isinstance(part, str) for part in value):
            return tuple(value)
        return tuple(dict.fromkeys(part.strip() for part in value if part.strip()))
    raise ValueError("should be a list of strings")


Text = Annotated[str, BeforeValidator(_text)]
Optional = Annotated[str | None, BeforeValidator(_optional)]
Strings = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
Time = Annotated[datetime | None, BeforeValidator(parse_time)]


class Article(BaseModel):
    """One article of an archive: frozen, with at least a title or a body.

    ``body`` may be HTML and is kept as it was given; what reads its words strips it.
    ``published_at`` is an aware UTC datetime or None.

    Examples
    --------
    >>> article = Article(id="a1", title="Ferry refit delayed", tags=["Ferries", "Ferries"])
    >>> article.tags
    ('Ferries',)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID)]
    title: Text = ""
    summary: Optional = None
    body: Text = ""
    tags: Strings = ()
    published_at: Time = None
    url: Optional = None
    section: Optional = None
    author: Optional = None
    language: Optional = None
    also_read: Strings = ()

    @field_validator("id", mode="before")
    @classmethod
    def _number_is_an_id(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("title")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())

    @model_validator(mode="after")
    def _says_something(self) -> Article:
        if not self.title and not self.body.strip():
            raise ValueError("no 'title' and no 'body': an article needs at least one of them")
        for name, value in self:
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, str) and not is_unicode(part):
                    raise ValueError(f"'{name}': half of a surrogate pair, which is not Unicode")
        return self

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Article:
        """Make an article of a JSON object or a table's row, leaving unknown keys out.

        Raises
        ------
        ArticleError
            In one line, naming the first field that is wrong.

        Examples
        --------
        >>> Article.from_record({"title": "Ferry refit delayed"})
        Traceback (most recent call last):
            ...
        recommender.errors.ArticleError: no 'id'
        """
        known = {key: value for key, value in record.items() if key in cls.model_fields}
        try:
            return cls.model_validate(known)
        except ValidationError as error:
            raise ArticleError(_first_problem(error)) from None

    def to_record(self) -> dict[str, Any]:
        """Return the article as JSON types, every key present, times in RFC 3339 UTC.

        Examples
        --------
        >>> Article(id="a1", title="Hail", published_at="2026-05-02").to_record()["published_at"]
        '2026-05-02T00:00:00Z'
        """
        return self.model_dump(mode="json")


class Draft(Article):
    """An article that is not in the archive; it needs no id, and unknown keys are left out.

    Examples
    --------
    >>> Draft(title="Ferry refit delayed", mood="glad").id
    ''
    """

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID)] = ""


def is_unicode(text: str) -> bool:
    r"""Tell whether text can be encoded: half a surrogate pair cannot.

    Examples
    --------
    >>> is_unicode("Łódź"), is_unicode("\ud800")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unknown_keys(record: Mapping[str, Any]) -> list[str]:
    """Return the keys of a record that no article has, in the record's order."""
    return [key for key in record if key not in Article.model_fields]


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ")
    field = problem["loc"][0]
    if problem["type"] == "missing" or (field == "id" and problem["input"] in (None, "")):
        return f"no '{field}'"
    return f"'{field}': {reason_of(problem)}, not {shown_value(problem['input'])}"
