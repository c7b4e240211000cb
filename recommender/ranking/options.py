"""Options of a list: one definition for Python, the command line and HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from recommender.articles.times import parse_time
from recommender.articles.validation import CheckedOptions

MAX_LIMIT = 50


def _time(value: object) -> object:
    # An article may have an empty date; an empty filter would silently filter nothing.
    if value == "":
        raise ValueError("not a date or an RFC 3339 time")
    return parse_time(value)


Values = tuple[Annotated[str, Field(min_length=1)], ...]
Time = Annotated[datetime | None, BeforeValidator(_time)]


class Options(CheckedOptions):
    """The options of a list.

    Values of one option are OR-ed; options are AND-ed.

    Examples
    --------
    >>> Options.of(limit=3).limit
    3
    >>> Options.of(limits=3)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    recommender.errors.OptionError: option 'limits': unknown; known are: limit, exclude, ...
    """

    limit: int = Field(5, ge=1, le=MAX_LIMIT, description="Maximum number of items.")
    exclude: tuple[str, ...] = Field((), description="Ids that must not be in the list.")
    section: Values = Field((), description="Only articles of these sections.")
    tag: Values = Field((), description="Only articles that have one of these tags.")
    author: Values = Field((), description="Only articles by these authors.")
    language: Values = Field((), description="Only articles in these languages; en includes en-GB.")
    published_after: Time = Field(None, description="Only articles published then or later.")
    published_before: Time = Field(None, description="Only articles published earlier.")
    direction: Literal["any", "past", "future"] = Field(
        "any", description="Only articles published no later than the article (past), or later."
    )
    min_score: float = Field(0, ge=0, le=1, description="Minimum score of an item.")
    half_life_days: float | None = Field(
        None, ge=0.01, le=1e6, description="Freshness: the score halves per this age."
    )
    diversity: float = Field(
        0, ge=0, le=1, description="Weight of the similarity to items above, against the score."
    )
    duplicates: Literal["hide", "show"] = Field(
        "hide", description="Whether copies of one text are items of their own."
    )
    fallback: Literal["none", "section", "latest"] = Field(
        "none", description="Fill a short list with the latest of the section, or of all."
    )
    explain: bool = Field(False, description="Explain each item's score.")

    @property
    def by_graph(self) -> bool:
        """Whether the stored neighbours can answer: no option filters or weighs the archive."""
        filters = (self.section, self.tag, self.author, self.language)
        times = (self.published_after, self.published_before, self.half_life_days)
        narrow = any(filters) or any(time is not None for time in times)
        return not narrow and self.direction == "any"

    @property
    def depends_on_time(self) -> bool:
        """Whether the list changes with time, not only when a related article changes."""
        return self.half_life_days is not None or self.fallback != "none"

    @property
    def pool(self) -> int:
        """The least number of candidates that the stages choose from."""
        return max(50, 4 * self.limit) if self.diversity else self.limit
