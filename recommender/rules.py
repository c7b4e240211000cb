"""Rules: the editorial rules, what editors decide about lists, in one TOML file."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from recommender.articles.times import parse_time
from recommender.errors import RulesError, reason_of, shown_value
from recommender.metadata.facets import facet_key

_FILE = "rules.toml"
# No more mistakes are listed: to find a mistake's line, the file is parsed a dozen times.
_MAX_LISTED = 20
# What editors are told for pydantic's types of errors, in words of TOML.
_REASONS = {
    "tuple_type": 'should be a list, such as ["a", "b"], or tables, such as [[pins]]',
    "model_type": "should be a table, such as [banned]",
    "string_type": "should be text in quotes",
    "string_too_short": "should not be empty",
    "too_short": "has too few entries",
}


def _end(value: object) -> datetime:
    """Return a time as it is, and the end of the day for a date."""
    text = str(value).strip() if isinstance(value, (str, date)) else value
    end = parse_time(text)
    if not isinstance(end, datetime):
        raise ValueError("not a date or an RFC 3339 time")
    is_date = len(str(text)) <= len("2026-11-20")
    return datetime.combine(end, time.max, UTC) if is_date else end


_Text = Annotated[str, Field(min_length=1)]
_End = Annotated[datetime | None, BeforeValidator(_end)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scope(_Table):
    """Articles named by id, tag or section; case and spacing of tags and sections are ignored."""

    articles: tuple[_Text, ...] = ()
    tags: tuple[_Text, ...] = ()
    sections: tuple[_Text, ...] = ()


class Pin(Scope):
    """Articles that are listed first, in this order, under each article of a scope.

    A pin ends at ``until``, an aware time.
    """

    show: tuple[_Text, ...] = Field(min_length=1)
    until: _End = None

    @model_validator(mode="after")
    def _has_scope(self) -> Pin:
        if not names(self.articles, self.tags, self.sections):
            raise ValueError("needs the articles, tags or sections to show it under")
        return self


class Apart(_Table):
    """Articles that are kept apart: no two are in one list or under each other."""

    articles: tuple[_Text, ...] = Field(min_length=2)


class Rules(_Table):
    """The editorial rules of an archive.

    ``banned`` articles are in no list, and ``never_listed`` articles only where they are pinned.
    The lists of ``no_list`` articles are empty except for pins.

    Examples
    --------
    >>> Rules.model_validate({"banned": {"articles": ["a1"]}}).banned.articles
    ('a1',)
    """

    pins: tuple[Pin, ...] = ()
    apart: tuple[Apart, ...] = ()
    banned: Scope = Scope()
    never_listed: Scope = Scope()
    no_list: Scope = Scope()

    @classmethod
    def of(cls, path: str | Path, *, missing_ok: bool = False) -> Rules:
        """Read a file of rules; with ``missing_ok``, a missing file has no rules.

        Raises
        ------
        RulesError
            When the file cannot be read, or with each mistake and its line.
        """
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
            return cls.model_validate(_parsed(text, path))
        except ValidationError as error:
            raise RulesError(_problems(error, text, path)) from None
        except (OSError, UnicodeDecodeError) as error:
            if missing_ok and isinstance(error, FileNotFoundError):
                return cls()
            reason = error.strerror if isinstance(error, OSError) else error
            raise RulesError([f"{path}: cannot be read: {reason}"]) from None

    @staticmethod
    def beside(archive: str) -> Path:
        """Return the path of an archive's rules: ``rules.toml`` beside its database file.

        A database that is not a file has them in the working directory.

        Examples
        --------
        >>> Rules.beside("sqlite:////srv/news/archive.db").as_posix()
        '/srv/news/rules.toml'
        """
        file = re.fullmatch(r"sqlite(?:\+\w+)?:///([^?]+).*", archive)
        return Path(file[1]).with_name(_FILE) if file else Path(_FILE)

    @cached_property
    def digest(self) -> str:
        """A hash of the rules; a list that was computed under another digest is out of date."""
        return blake2b(self.model_dump_json().encode(), digest_size=8).hexdigest()


def names(articles: Iterable[str], tags: Iterable[str], sections: Iterable[str]) -> list[str]:
    """Return the names by which rules match an article, the most specific first.

    Examples
    --------
    >>> names(["a1"], ["Court  Cases"], [])
    ['article a1', 'tag courtcases']
    """
    return [
        *(f"article {name}" for name in articles),
        *(facet_key("tag", name) for name in tags),
        *(facet_key("section", name) for name in sections),
    ]


def _parsed(text: str, path: str | Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        where = re.search(r"at line (\d+), column \d+", str(error))
        line = int(where[1]) if where else text.count("\n") + 1
        raise RulesError([f"{path}:{line}: not TOML: {error}"]) from None


def _problems(error: ValidationError, text: str, path: str | Path) -> list[str]:
    """Return a line for each mistake, in the file's order; past ``_MAX_LISTED`` their number."""
    details = error.errors(include_url=False)
    mistakes = sorted((_line(text, each["loc"]), _sentence(each)) for each in details[:_MAX_LISTED])
    more = len(details) - _MAX_LISTED
    lines = [f"{path}:{line}: {sentence}" for line, sentence in mistakes]
    return [*lines, f"{path}: {more} more mistakes"] if more > 0 else lines


def _sentence(detail: ErrorDetails) -> str:
    """Return what a detail of a pydantic error says, with the name of the value it is about."""
    path, kind = detail["loc"], detail["type"]
    name = ".".join(part for part in path if isinstance(part, str))
    if kind == "extra_forbidden":
        tables: dict[int | str, type[BaseModel]] = {"pins": Pin, "apart": Apart}
        table = tables.get(path[0], Scope) if len(path) > 1 else Rules
        return f"{name}: {reason_of(detail, table.model_fields)}"
    reason = _REASONS.get(kind) or reason_of(detail)
    return (
        f"{name}: {reason}"
        if kind == "missing"
        else f"{name}: {reason}: {shown_value(detail['input'])}"
    )


def _line(text: str, path: tuple[int | str, ...]) -> int:
    """Return the line of the value at a path of keys, or of the table that lacks it.

    tomllib reports no positions, so a bisection finds the shortest prefix of the file that has the
    value when it is parsed. A second parser, with positions, could disagree with tomllib.
    """
    lines = text.split("\n")
    path = path if _has(tomllib.loads(text), path) else path[:-1]

    def has_value(end: int) -> bool:
        return _has(next(_prefixes(lines, end)), path)

    return bisect_left(range(1, len(lines)), True, key=has_value) + 1


def _has(value: Any, path: tuple[int | str, ...]) -> bool:
    """Return whether nested tables and lists have a value at a path of keys and indices."""
    for part in path:
        if not (len(value) > part if isinstance(part, int) else part in value):
            return False
        value = value[part]
    return True


def _prefixes(lines: list[str], end: int) -> Iterator[dict[str, Any]]:
    """Yield the parsed prefixes of ``end`` lines or more; open lists are closed."""
    for stop in range(end, len(lines) + 1):
        for closing in ("", "]", "]]", "]}]"):
            with suppress(ValueError):
                yield tomllib.loads("\n".join([*lines[:stop], closing]))
