"""What can go wrong, as one tree.

::

    AlsoReadError
    ├── InputError            something that was given cannot be used
    │   ├── ArticleError      an article breaks a rule of its own
    │   ├── SourceError       a source of articles cannot be read
    │   ├── ConfigError       a setting is unknown or out of its range
    │   ├── OptionError       an option of a list is unknown or out of its range
    │   └── RulesError        the file of editorial rules cannot be used
    ├── ArticleNotFoundError  no article has this id or url
    ├── CatalogError          the archive's database cannot do what was asked
    ├── ModelError            a trained model cannot be used
    │   ├── NoModelError      there is none, or not the one that was named
    │   ├── DamagedModelError its files are not what its manifest says
    │   └── RegressionError   it is worse than the active one, and was not activated
    └── MissingExtraError     an optional library is not installed

Every message is one line that says what is wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class AlsoReadError(Exception):
    """Anything this library reports on purpose; its text is fit for a user."""


class InputError(AlsoReadError):
    """Something that was given cannot be used."""


class ArticleError(InputError):
    """An article breaks a rule of its own."""


class SourceError(InputError):
    """A source of articles cannot be read."""


class ConfigError(InputError):
    """A setting is unknown or out of its range."""


class OptionError(InputError):
    """An option of a list is unknown or out of its range.

    Examples
    --------
    >>> str(OptionError("limit", "input should be a valid integer"))
    "option 'limit': input should be a valid integer"
    """

    def __init__(self, option: str, reason: str) -> None:
        super().__init__(f"option '{option}': {reason}")
        self.option, self.reason = option, reason


class RulesError(InputError):
    """The file of editorial rules cannot be used; ``problems`` has a line for each mistake."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(problems[0] + more)


class ArticleNotFoundError(AlsoReadError):
    """No article has this id or url."""


class CatalogError(AlsoReadError):
    """The archive's database cannot do what was asked.

    ``cause`` is one word for programs: locked, readonly, full, or else unavailable.
    """

    def __init__(self, message: str, cause: str = "unavailable") -> None:
        super().__init__(message)
        self.cause = cause


class ModelError(AlsoReadError):
    """A trained model cannot be used."""


class NoModelError(ModelError):
    """There is no trained model, or not the one that was named."""


class DamagedModelError(ModelError):
    """A model's files are not what its manifest says."""


class RegressionError(ModelError):
    """A new model is worse than the active one, and was not activated."""


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


def reason_of(detail: Mapping[str, Any]) -> str:
    """Return what a detail of a pydantic error says is wrong, as a clause in lower case.

    Examples
    --------
    >>> reason_of({"msg": "Value error, Input should be a valid integer"})
    'input should be a valid integer'
    """
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
