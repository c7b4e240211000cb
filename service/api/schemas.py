"""Schemas: the replies as OpenAPI shows them; replies are not validated against them.

A reply with exactly the fields of one of the library's dataclasses has that class as its model.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from recommender import LeftOut, ModelInfo, Report, Shortfall, Step, Suggestion, Topic


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
    """What a shared term adds to the similarity, and the listed article's fields it is in."""

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
    """One article of a list; ``explanation`` is present only if requested."""

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
    explanation: Explanation | SkipJsonSchema[None] = None


class _Listed(_Reply):
    items: list[Item]
    shortfall: Shortfall | None


class Recommendations(_Listed):
    """The ALSO READ list of an article, best first; ``shortfall`` is null when it is full."""

    article: Reference
    model: Model


class DraftReference(_Reply):
    """The given article; its id is null if it has none."""

    id: str | None
    title: str
    url: str | None


class DraftRecommendations(_Listed):
    """The list of an article outside the archive; ``article`` is null for several at once."""

    article: DraftReference | None
    model: Model


class Why(_Reply):
    """Why the other article is in the article's list, or what keeps it out."""

    article: Reference
    other: Reference
    listed: bool
    rank: int | None
    similarity: float
    score: float
    explanation: Explanation
    steps: list[Step]
    left_out_by: LeftOut | None


class Topics(_Reply):
    """READ MORE ON of an article: its tags and suggested ones, the highest weight first."""

    article: Reference
    topics: list[Topic]
    suggested: list[Suggestion]
    model: Model


class Written(_Reply):
    """The result of writing an article: its revision, and whether it is new.

    ``affected`` are the other articles whose list it altered, all of them if that is complete;
    ``left_out`` names ignored unknown fields, if there were any.
    """

    id: str
    revision: int
    created: bool
    affected: list[str]
    affected_complete: bool
    left_out: list[str] | SkipJsonSchema[None] = None


class Deleted(_Reply):
    """A deleted article, the revision of its deletion, and the lists that it altered."""

    id: str
    revision: int
    deleted: Literal[True]
    affected: list[str]
    affected_complete: bool


class Line(Written):
    """The result of one line; a line that was not written has the fields of a problem instead."""

    line: int


class Versions(_Reply):
    """All trained versions, oldest first."""

    models: list[ModelInfo]


class Activated(_Reply):
    """The version that is served now."""

    version: str
    active: Literal[True]


class Health(_Reply):
    """The process answers."""

    status: Literal["ok"]


class Readiness(_Reply):
    """What is served; ``degraded`` means that ``detail`` says what fails.

    ``newer`` articles came after the model was trained; ``advice`` says why to train again.
    """

    status: Literal["ready", "degraded"]
    detail: str | None
    model: Model
    articles: int
    newer: int
    advice: str | None
    rules: str


class ParameterError(_Reply):
    """What is wrong with one parameter."""

    parameter: str
    code: str
    detail: str


class ProblemReply(_Reply):
    """An error (RFC 9457); ``code`` is stable, one for each cause."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[ParameterError]


class BatchList(_Listed):
    """The list of one of several articles."""

    article: Reference


class Batch(_Reply):
    """The lists of several articles by their ids, in the order of the request."""

    results: dict[str, BatchList | ProblemReply]
    model: Model


@dataclass(frozen=True, slots=True)
class Reported(Report):
    """What the lists of all articles are like; ``quality`` is null without judgments."""

    model: Model


def documented(reply: object, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return an endpoint's responses for OpenAPI: the 200, and those of other statuses."""
    responses: dict[int | str, dict[str, Any]] = {200: {"model": reply, "description": "OK"}}
    for status in (*statuses, 500):
        responses[status] = {"description": HTTPStatus(status).phrase}
        if status != 304:
            responses[status]["model"] = ProblemReply if status >= 400 else reply
    return responses
