"""The errors of this library, as a tree.

::

    AlsoReadError
    ├── InputError            the input cannot be used
    │   ├── ArticleError      an article has an invalid or missing field
    │   ├── SourceError       a source of articles cannot be read
    │   ├── ConfigError       a setting is unknown or out of range
    │   ├── OptionError       an option of a list or a search is unknown or out of range
    │   └── RulesError        the file of editorial rules has mistakes
    ├── ArticleNotFoundError  no article has this id or url
    ├── CatalogError          the archive's database cannot be opened, read or written
    ├── ModelError            a trained model cannot be used
    │   ├── NoModelError      there is no trained model, or not the named version
    │   ├── DamagedModelError its files are damaged, or of a format this version cannot read
    │   └── RegressionError   a new model is worse than the active one and was not activated
    └── MissingExtraError     an optional library is not installed

A message says where, what is wrong and what to do, in one line; only the refusal of an import has
a line for each bad line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# What to say for types of pydantic errors whose own message names its classes.
_REASONS = {
    "missing": "required",
    "dict_type": "should be an object with names and values",
    "model_type": "should be an object with names and values",
    "model_attributes_type": "should be an object with names and values",
}


class AlsoReadError(Exception):
    """The base of all errors that this library raises; the message is written for users."""


class InputError(AlsoReadError):
    """The input cannot be used."""


class ArticleError(InputError):
    """An article has an invalid or missing field."""


class SourceError(InputError):
    """A source of articles cannot be read."""


class ConfigError(InputError):
    """A setting is unknown or out of range."""


class OptionError(InputError):
    """An option of a list or a search is unknown or out of range; ``option`` is its name.

    Examples
    --------
    >>> str(OptionError("limit", "input should be a valid integer"))
    "option 'limit': input should be a valid integer"
    """

    def __init__(self, option: str, reason: str) -> None:
        super().__init__(f"option '{option}': {reason}")
        self.option, self.reason = option, reason


class RulesError(InputError):
    """The file of editorial rules has mistakes; ``problems`` has a line for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(problems[0] + more)


class ArticleNotFoundError(AlsoReadError):
    """No article has this id or url."""


class CatalogError(AlsoReadError):
    """The archive's database cannot be opened, read or written.

    ``cause`` is one word for programs: locked, readonly, full or, for anything else, unavailable.
    """

    def __init__(self, message: str, cause: str = "unavailable") -> None:
        super().__init__(message)
        self.cause = cause


class ModelError(AlsoReadError):
    """A trained model cannot be used."""


class NoModelError(ModelError):
    """There is no trained model, or not the named version."""


class DamagedModelError(ModelError):
    """A model's files are damaged, or of a format this version cannot read."""


class RegressionError(ModelError):
    """A new model is worse than the active one and was not activated."""


class MissingExtraError(AlsoReadError):
    """An optional library is not installed.

    Examples
    --------
    >>> str(MissingExtraError("zst", "zstandard"))
    "this needs zstandard, which is not installed: pip install 'alsoread[zst]'"
    """

    def __init__(self, extra: str, library: str) -> None:
        super().__init__(
            f"this needs {library}, which is not installed: pip install 'alsoread[{extra}]'"
        )


def reason_of(detail: Mapping[str, Any], known: Iterable[str] | None = None) -> str:
    """Return what one detail of a pydantic error says; ``known`` has the names that are valid.

    Examples
    --------
    >>> reason_of({"type": "int_type", "msg": "Input should be a valid integer"})
    'input should be a valid integer'
    >>> reason_of({"type": "extra_forbidden", "msg": "Extra inputs …"}, ["limit", "tag"])
    'unknown; known are: limit, tag'
    """
    if detail["type"] == "extra_forbidden":
        return "unknown" if known is None else f"unknown; known are: {', '.join(known) or 'none'}"
    if detail["type"] in _REASONS:
        return _REASONS[detail["type"]]
    message = str(detail["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def shown_value(value: object, longest: int = 60) -> str:
    """Return the repr of a rejected value, cut to ``longest`` characters.

    Examples
    --------
    >>> shown_value("http"), shown_value("x" * 99, longest=3)
    ("'http'", "'xx…")
    """
    text = repr(value)
    return text if len(text) <= longest else f"{text[:longest]}…"
