"""Rules: what editors decide about lists, in one TOML file that can be reviewed."""

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
from recommender.errors import RulesError
from recommender.metadata.facets import facet_key

_FILE = "rules.toml"
_SHOWN = 60
# Finding a mistake's line reads the file a dozen times.
_TOLD = 20
_EXPECTED = {
    "tuple_type": 'should be a list in brackets, as ["a", "b"]; of tables, as [[pins]]',
    "model_type": "should be a table, as [banned]",
    "string_type": "should be text in quotes",
    "too_short": "names too few",
}


def _end(value: object) -> datetime:
    """Read a time as it is, and a date as the end of its day."""
    text = str(value).strip() if isinstance(value, (str, date)) else value
    found = parse_time(text)
    if not isinstance(found, datetime):
        raise ValueError("not a date or an RFC 3339 time")
    whole_day = len(str(text)) <= len("2026-11-20")
    return datetime.combine(found, time.max, UTC) if whole_day else found


_Text = Annotated[str, Field(min_length=1)]
_End = Annotated[datetime | None, BeforeValidator(_end)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scope(_Table):
    """Articles named by id, tag or section; capitals and spacing of the latter do not matter."""

    articles: tuple[_Text, ...] = ()
    tags: tuple[_Text, ...] = ()
    sections: tuple[_Text, ...] = ()


class Pin(Scope):
    """Articles shown first, in this order, under every article of a scope; ``until`` is aware."""

    show: tuple[_Text, ...] = Field(min_length=1)
    until: _End = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Pin:
        if not names(self.articles, self.tags, self.sections):
            raise ValueError("where? name the articles, tags or sections to show it under")
        return self


class Apart(_Table):
    """Articles of which no two are shown together: not under each other, not in one list."""

    articles: tuple[_Text, ...] = Field(min_length=2)


class Rules(_Table):
    """The editorial rules: pins, what is banned, and where the machine has no say.

    ``banned`` articles are in no list. ``never_listed`` ones are in none unless pinned there. Those
    of ``no_list`` get no list but their pins.

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
        """Read a file of rules; with ``missing_ok``, no file is no rules.

        Raises
        ------
        RulesError
            Naming each mistake and its line.
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
        """Return where an archive's rules are looked for: in the folder of its database's file.

        Examples
        --------
        >>> Rules.beside("sqlite:////srv/news/archive.db").as_posix()
        '/srv/news/rules.toml'
        """
        found = re.fullmatch(r"sqlite(?:\+\w+)?:///([^?]+).*", archive)
        return Path(found[1]).with_name(_FILE) if found else Path(_FILE)

    @cached_property
    def digest(self) -> str:
        """A hash of what the rules say; what was made under another is out of date."""
        return blake2b(self.model_dump_json().encode(), digest_size=8).hexdigest()


def names(articles: Iterable[str], tags: Iterable[str], sections: Iterable[str]) -> list[str]:
    """Return what rules call an article of these ids, tags and sections, the most specific first.

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
    """Return a line for each mistake, in the file's order; past many, only their number."""
    mistakes = error.errors(include_url=False)
    found = sorted((_line(text, each["loc"]), _told(each)) for each in mistakes[:_TOLD])
    more = [f"{path}: {len(mistakes) - _TOLD} more mistakes"] if len(mistakes) > _TOLD else []
    return [f"{path}:{line}: {told}" for line, told in found] + more


def _told(problem: ErrorDetails) -> str:
    place, kind, given = problem["loc"], problem["type"], repr(problem["input"])
    where = ".".join(part for part in place if isinstance(part, str))
    if kind == "missing":
        return f"{where}: needed"
    if kind == "extra_forbidden":
        tables: dict[int | str, type[BaseModel]] = {"pins": Pin, "apart": Apart}
        table = tables.get(place[0], Scope) if len(place) > 1 else Rules
        return f"{where}: unknown; known are: {', '.join(table.model_fields)}"
    reason = _EXPECTED.get(kind, problem["msg"].removeprefix("Value error, "))
    given = given if len(given) <= _SHOWN else f"{given[:_SHOWN]}…"
    return f"{where}: {reason[0].lower()}{reason[1:]}: {given}"


def _line(text: str, place: tuple[int | str, ...]) -> int:
    """Return the line of a value, or of the table that lacks it.

    tomllib tells no positions, but it tells what a file's beginning holds: the value stands on the
    first line with which it is there. So there is no second reader of TOML that may err.
    """
    lines = text.split("\n")
    whole = tomllib.loads(text)
    place = place if _holds(whole, place) else place[:-1]

    def holds(end: int) -> bool:
        return _holds(next(_beginnings(lines, end)), place)

    return bisect_left(range(1, len(lines)), True, key=holds) + 1


def _holds(found: Any, place: tuple[int | str, ...]) -> bool:
    for part in place:
        if not (len(found) > part if isinstance(part, int) else part in found):
            return False
        found = found[part]
    return True


def _beginnings(lines: list[str], end: int) -> Iterator[dict[str, Any]]:
    """Yield what the first ``end`` lines or more hold; lists that are open are closed."""
    for stop in range(end, len(lines) + 1):
        for closing in ("", "]", "]]", "]}]"):
            with suppress(ValueError):
                yield tomllib.loads("\n".join([*lines[:stop], closing]))
