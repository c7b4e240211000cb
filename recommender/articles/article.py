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


def _none_to_empty(value: object) -> object:
    return "" if value is None else value


def _empty_to_none(value: object) -> object:
    return None if value == "" else value


def _to_tuple(value: object) -> object:
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        if not all(isinstance(part, str) for part in value):
            # Pydantic says which entry is no string.
            return tuple(value)
        return tuple(dict.fromkeys(part.strip() for part in value if part.strip()))
    raise ValueError("should be a list of strings")


_Text = Annotated[str, BeforeValidator(_none_to_empty)]
_OptionalText = Annotated[str | None, BeforeValidator(_empty_to_none)]
_TextList = Annotated[tuple[str, ...], BeforeValidator(_to_tuple)]
_Time = Annotated[datetime | None, BeforeValidator(parse_time)]


class Article(BaseModel):
    """One article of an archive: immutable, with at least a title or a body.

    ``body`` may be HTML and is stored unchanged; text analysis removes the tags. ``published_at``
    is an aware UTC datetime, or None if unknown.

    Examples
    --------
    >>> article = Article(id="a1", title="Ferry refit delayed", tags=["Ferries", "Ferries"])
    >>> article.tags
    ('Ferries',)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID)]
    title: _Text = ""
    summary: _OptionalText = None
    body: _Text = ""
    tags: _TextList = ()
    published_at: _Time = None
    url: _OptionalText = None
    section: _OptionalText = None
    author: _OptionalText = None
    language: _OptionalText = None
    also_read: _TextList = ()

    @field_validator("id", mode="before")
    @classmethod
    def _number_to_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("title")
    @classmethod
    def _join_lines(cls, value: str) -> str:
        return " ".join(value.split())

    @model_validator(mode="after")
    def _check_content(self) -> Article:
        if not self.title and not self.body.strip():
            raise ValueError("no 'title' and no 'body': an article needs at least one of them")
        for name, value in self:
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, str) and not is_unicode(part):
                    raise ValueError(f"'{name}': half of a surrogate pair, which is not Unicode")
        return self

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Article:
        """Build an article from a JSON object or a table row; unknown keys are ignored.

        Raises
        ------
        ArticleError
            If the record is no valid article; one line that names the first wrong field.

        Examples
        --------
        >>> Article.from_record({"title": "Ferry refit delayed"})
        Traceback (most recent call last):
            ...
        recommender.errors.ArticleError: no 'id'
        """
        fields = {key: value for key, value in record.items() if key in cls.model_fields}
        try:
            return cls.model_validate(fields)
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
    """An article that is not in the archive; it needs no id, and unknown keys are ignored.

    Examples
    --------
    >>> Draft(title="Ferry refit delayed", mood="glad").id
    ''
    """

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID)] = ""


def is_unicode(text: str) -> bool:
    r"""Tell whether text is valid Unicode: half of a surrogate pair is not.

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
    """Return the keys of a record that are no fields of an article, in the record's order."""
    return [key for key in record if key not in Article.model_fields]


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ")
    field = problem["loc"][0]
    if problem["type"] == "missing" or (field == "id" and problem["input"] in (None, "")):
        return f"no '{field}'"
    return f"'{field}': {reason_of(problem)}, not {shown_value(problem['input'])}"
