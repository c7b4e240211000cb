"""What goes in and comes out, as OpenAPI shows it; replies are written as such, not checked."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from recommender import Options


class NoOptions(BaseModel):
    """The query of a call that takes no parameters."""

    model_config = ConfigDict(extra="forbid")


class ById(BaseModel):
    """The query of a call for one article."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, description="The article's id.")


class ListQuery(Options):
    """The query of a list: of an article by its id or its url, with the options of a list."""

    id: str | None = Field(None, min_length=1, description="The article's id; or give its url.")
    url: str | None = Field(None, min_length=1, description="The article's url; or give its id.")


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Model(_Reply):
    """The model that answered, and the archive's revision it was trained on."""

    version: str
    revision: int


class Reference(_Reply):
    """The article that a list belongs to."""

    id: str
    title: str
    url: str | None


class Term(_Reply):
    """What a shared term adds to the similarity, and the listed article's fields it stands in."""

    term: str
    contribution: float
    fields: list[str] = Field(alias="in")


class Explanation(_Reply):
    """Terms and rest add up to the similarity; similarity and effects add up to the score."""

    similarity: float
    terms: list[Term]
    rest: float
    tags: list[str]
    effects: dict[str, float]


class Item(_Reply):
    """One article of a list; ``explanation`` is there when it was asked for."""

    rank: int
    id: str
    title: str
    url: str | None
    published_at: datetime | None
    section: str | None
    tags: list[str]
    score: float
    probability: float | None
    source: Literal["similar", "pinned", "fallback"]
    reason: str
    duplicates: list[str]
    explanation: Explanation = Field(default_factory=lambda: None)  # type: ignore[arg-type]


class Shortfall(_Reply):
    """Why a list is shorter than asked for: how many articles each cause left out."""

    requested: int
    returned: int
    reasons: dict[str, int]


class Recommendations(_Reply):
    """The ALSO READ list of an article, best first; ``shortfall`` is null when it is full."""

    article: Reference
    items: list[Item]
    shortfall: Shortfall | None
    model: Model


class Health(_Reply):
    """The process answers."""

    status: Literal["ok"]


class Readiness(_Reply):
    """What answers; ``degraded`` says in ``detail`` why the active model is not the one."""

    status: Literal["ready", "degraded"]
    detail: str | None
    model: Model
    articles: int


class ParameterError(_Reply):
    """What is wrong with one parameter."""

    parameter: str
    code: str
    detail: str


class ProblemReply(_Reply):
    """An error, as RFC 9457 has it; ``code`` is stable, one for each cause."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[ParameterError]
