"""Forms: what people ask of a list, read leniently, and the call to the API that asks the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_origin
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from recommender import Options
from service.pages.rendering import article_path

_FIELDS = {name: field for name, field in Options.model_fields.items() if name != "explain"}
_SEVERAL = {name for name, field in _FIELDS.items() if get_origin(field.annotation) is tuple}
# Of these a page has a field for each value, and one more.
FACETS = ("section", "tag", "author", "language")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a list: the options, None if some are wrong, and what was given as it was.

    ``wrong`` says what is wrong, by name.
    """

    options: Options | None
    given: Mapping[str, list[str]]
    wrong: Mapping[str, str]

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Asked:
        """Read the fields of a form; one that is empty, or no option, is as good as not there.

        Examples
        --------
        >>> asked = Asked.of([("limit", "3"), ("tag", ""), ("tag", "ferries"), ("utm", "x")])
        >>> asked.options.limit, asked.options.tag
        (3, ('ferries',))
        >>> Asked.of([("limit", "0")]).wrong
        {'limit': 'Input should be greater than or equal to 1'}
        """
        given: dict[str, list[str]] = {}
        for name, value in fields:
            if name in _FIELDS and value.strip():
                given.setdefault(name, []).append(value.strip())
        values = {name: each if name in _SEVERAL else each[-1] for name, each in given.items()}
        try:
            return cls(Options.model_validate(values), given, {})
        except ValidationError as error:
            problems = error.errors(include_url=False)
            wrong = {
                str(one["loc"][0]): one["msg"].removeprefix("Value error, ") for one in problems
            }
            return cls(None, given, wrong)

    def value(self, name: str) -> str:
        """Return what stands in the field of an option: what was given, else its default."""
        if name in self.given:
            return self.given[name][-1]
        default = _FIELDS[name].default
        return f"{default:g}" if isinstance(default, float | int) else default or ""

    def values(self, name: str) -> list[str]:
        """Return the values of an option that may have several."""
        return self.given.get(name, [])

    @property
    def changed(self) -> dict[str, Any]:
        """The options that are not as they are by themselves, as JSON types."""
        if self.options is None:
            return {}
        found = self.options.model_dump(mode="json", exclude_defaults=True, exclude={"explain"})
        return {name: _shortest(value) for name, value in found.items()}

    @property
    def query(self) -> str:
        """The same as a query, without its question mark."""
        return urlencode(self.changed, doseq=True)

    def on(self, path: str) -> str:
        """Return a path with the options as its query."""
        return f"{path}{'&' if '?' in path else '?'}{self.query}" if self.query else path

    def call(self, article_id: str) -> str:
        """Return the call that gives an article's list.

        Examples
        --------
        >>> Asked.of([("limit", "3")]).call("a/1")
        '/v1/articles/a%2F1/recommendations?limit=3'
        """
        path = f"/v1/articles/{quote(article_id, safe='')}/recommendations"
        if article_path(article_id).startswith("/article?"):
            path = f"/v1/recommendations?id={article_id}"
        return self.on(path)

    def body(self, draft: dict[str, Any]) -> str:
        """Return the body of the call that gives the list of a draft."""
        return json.dumps({"article": draft, **self.changed}, ensure_ascii=False, indent=2)


def _shortest(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
