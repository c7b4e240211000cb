"""Options: what may be asked of a list; one definition for Python, the command line and HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from recommender.article import parse_time
from recommender.errors import OptionError

MAX_LIMIT = 50


def _time(value: object) -> object:
    # An article may leave its date empty; a filter that is empty would silently be none.
    if value == "":
        raise ValueError("not a date or an RFC 3339 time")
    return parse_time(value)


Values = tuple[Annotated[str, Field(min_length=1)], ...]
Moment = Annotated[datetime | None, BeforeValidator(_time)]


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
            name, reason = str(problem["loc"][0]), problem["msg"].removeprefix("Value error, ")
            raise OptionError(name, reason[0].lower() + reason[1:]) from None


class Options(Checked):
    """What may be asked of a list.

    Of several values of one option one is enough; all options must be met.

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
    section: Values = Field((), description="Only articles of these sections.")
    tag: Values = Field((), description="Only articles that have one of these tags.")
    author: Values = Field((), description="Only articles by these authors.")
    language: Values = Field((), description="Only articles in these languages; en has en-GB too.")
    published_after: Moment = Field(None, description="Only what was published then or later.")
    published_before: Moment = Field(None, description="Only what was published earlier.")
    direction: Literal["any", "past", "future"] = Field(
        "any", description="Only what was published no later than the article (past), or later."
    )
    min_score: float = Field(0, ge=0, le=1, description="The least score an item may have.")
    half_life_days: float | None = Field(
        None, ge=0.01, le=1e6, description="Freshness: at this age half of a score is left."
    )
    diversity: float = Field(
        0, ge=0, le=1, description="How much likeness to items above counts against an item."
    )
    duplicates: Literal["hide", "show"] = Field(
        "hide", description="Whether copies of an article are items beside it."
    )
    fallback: Literal["none", "section", "latest"] = Field(
        "none", description="Fill a short list with the latest of the section, or of all."
    )
    explain: bool = Field(False, description="Take each item's score apart.")

    @property
    def by_graph(self) -> bool:
        """Whether the stored neighbours can answer: nothing narrows or weighs the archive."""
        narrowing = (self.section, self.tag, self.author, self.language)
        times = (self.published_after, self.published_before, self.half_life_days)
        narrow = any(narrowing) or any(time is not None for time in times)
        return not narrow and self.direction == "any"

    @property
    def depends_on_time(self) -> bool:
        """Whether the list changes by the hour, not only when a related article changes."""
        return self.half_life_days is not None or self.fallback != "none"

    @property
    def pool(self) -> int:
        """How many candidates the stages choose from, at least."""
        return max(50, 4 * self.limit) if self.diversity else self.limit


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
