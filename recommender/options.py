"""Options: what may be asked of a list; one definition for Python, the command line and HTTP."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recommender.errors import OptionError

MAX_LIMIT = 50


class Options(BaseModel):
    """What may be asked of a list; an unknown option is an error, not ignored.

    Examples
    --------
    >>> Options.of(limit=3).limit
    3
    >>> Options.of(limits=3)
    Traceback (most recent call last):
        ...
    recommender.errors.OptionError: option 'limits': extra inputs are not permitted
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(5, ge=1, le=MAX_LIMIT, description="How many items at most.")
    exclude: tuple[str, ...] = Field((), description="Ids that must not be in the list.")
    duplicates: Literal["hide", "show"] = Field(
        "hide", description="Whether copies of an article are items beside it."
    )
    explain: bool = Field(False, description="Take each item's score apart.")

    @classmethod
    def of(cls, **options: Any) -> Options:
        """Check options given by name, or raise OptionError naming the first wrong one."""
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            name, reason = problem["loc"][0], problem["msg"]
            raise OptionError(f"option '{name}': {reason[0].lower()}{reason[1:]}") from None
