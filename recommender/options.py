"""Options: what may be asked of a list; one definition for Python, the command line and HTTP."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recommender.errors import OptionError

MAX_LIMIT = 50


class Checked(BaseModel):
    """Options given by name; an unknown one is an error, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, **options: Any) -> Self:
        """Check options given by name, or raise OptionError naming the first wrong one."""
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            name, reason = problem["loc"][0], problem["msg"]
            raise OptionError(f"option '{name}': {reason[0].lower()}{reason[1:]}") from None


class Options(Checked):
    """What may be asked of a list.

    Examples
    --------
    >>> Options.of(limit=3).limit
    3
    >>> Options.of(limits=3)
    Traceback (most recent call last):
        ...
    recommender.errors.OptionError: option 'limits': extra inputs are not permitted
    """

    limit: int = Field(5, ge=1, le=MAX_LIMIT, description="How many items at most.")
    exclude: tuple[str, ...] = Field((), description="Ids that must not be in the list.")
    explain: bool = Field(False, description="Take each item's score apart.")


class FindOptions(Checked):
    """What articles are looked for: all that is asked must hold, of several tags one.

    Examples
    --------
    >>> FindOptions.of(query="ferry refit", tag=["Hallin"]).limit
    20
    """

    query: str = Field("", max_length=512, description="Words of the title, or an id.")
    tag: tuple[str, ...] = Field((), description="A tag, in any spelling.")
    section: tuple[str, ...] = Field((), description="A section, in any spelling.")
    limit: int = Field(20, ge=1, le=100, description="How many articles at most.")
    cursor: str | None = Field(
        None, pattern="^[0-7][0-9a-f]{15}$", description="The 'next' of the page before."
    )
