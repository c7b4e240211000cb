"""Forms: the options of a list from a form, and the request to the API that equals them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_origin
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from recommender import Options
from recommender.errors import reason_of
from service.pages.rendering import article_path

_FIELDS = {name: field for name, field in Options.model_fields.items() if name != "explain"}
_SEVERAL = {name for name, field in _FIELDS.items() if get_origin(field.annotation) is tuple}
# The form has a field for each value of these options, and one empty field.
FACETS = ("section", "tag", "author", "language")


@dataclass(frozen=True, slots=True)
class ListForm:
    """The fields of a form as sent, and the options of a list, None if a field is invalid.

    ``errors`` has the reason of each invalid field, by name.
    """

    options: Options | None
    sent: Mapping[str, list[str]]
    errors: Mapping[str, str]

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> ListForm:
        """Parse the fields of a form; empty and unknown fields are ignored.

        Examples
        --------
        >>> form = ListForm.of([("limit", "3"), ("tag", ""), ("tag", "ferries"), ("utm", "x")])
        >>> form.options.limit, form.options.tag
        (3, ('ferries',))
        >>> ListForm.of([("limit", "0")]).errors
        {'limit': 'input should be greater than or equal to 1'}
        """
        sent: dict[str, list[str]] = {}
        for name, value in fields:
            if name in _FIELDS and value.strip():
                sent.setdefault(name, []).append(value.strip())
        values = {name: each if name in _SEVERAL else each[-1] for name, each in sent.items()}
        try:
            return cls(Options.model_validate(values), sent, {})
        except ValidationError as error:
            details = error.errors(include_url=False)
            errors = {str(detail["loc"][0]): reason_of(detail) for detail in details}
            return cls(None, sent, errors)

    def value(self, name: str) -> str:
        """Return the value of an option's field: the one that was sent, else the default."""
        if name in self.sent:
            return self.sent[name][-1]
        default = _FIELDS[name].default
        return f"{default:g}" if isinstance(default, float | int) else default or ""

    def values(self, name: str) -> list[str]:
        """Return the values that were sent for an option."""
        return self.sent.get(name, [])

    @property
    def changed(self) -> dict[str, Any]:
        """The options that differ from their defaults, as JSON types."""
        if self.options is None:
            return {}
        values = self.options.model_dump(mode="json", exclude_defaults=True, exclude={"explain"})
        return {name: _shortest(value) for name, value in values.items()}

    @property
    def query(self) -> str:
        """The changed options as a query string, without the question mark."""
        return urlencode(self.changed, doseq=True)

    def on(self, path: str) -> str:
        """Return a path with the changed options as its query."""
        return f"{path}{'&' if '?' in path else '?'}{self.query}" if self.query else path

    def call(self, article_id: str) -> str:
        """Return the path of the API request for an article's list.

        Examples
        --------
        >>> ListForm.of([("limit", "3")]).call("a/1")
        '/v1/articles/a%2F1/recommendations?limit=3'
        """
        path = f"/v1/articles/{quote(article_id, safe='')}/recommendations"
        if article_path(article_id).startswith("/article?"):
            path = f"/v1/recommendations?id={article_id}"
        return self.on(path)

    def body(self, draft: dict[str, Any]) -> str:
        """Return the body of the API request for a draft's list."""
        return json.dumps({"article": draft, **self.changed}, ensure_ascii=False, indent=2)


def _shortest(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
