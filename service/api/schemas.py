"""Schemas: the replies as OpenAPI describes them; replies are not validated against them.

Where a reply has the fields of a dataclass of the library, that dataclass is its schema.
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
    """The model that answered, and the revision of the archive that it was trained on."""

    version: str
    revision: int


class Reference(_Reply):
    """The article that a list belongs to."""

    id: str
    title: str
    url: str | None


class Term(_Reply):
    """A shared term: what it adds to the similarity, and where the listed article has it."""

    term: str
    contribution: float
    fields: list[str] = Field(alias="in")


class Explanation(_Reply):
    """How a score adds up: terms and rest to similarity, similarity and effects to the score."""

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
    """The draft of the request; its id is null if it has none."""

    id: str | None
    title: str
    url: str | None


class DraftRecommendations(_Listed):
    """The list of a draft or of several articles; ``article`` is null for several."""

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
    """READ MORE ON of an article: its tags and suggested tags, the highest weight first."""

    article: Reference
    topics: list[Topic]
    suggested: list[Suggestion]
    model: Model


class Written(_Reply):
    """The result of writing an article: its revision, and whether it is new.

    ``affected`` has the ids of other articles whose lists changed, all of them if
    ``affected_complete``; ``left_out`` names ignored unknown fields, if any.
    """

    id: str
    revision: int
    created: bool
    affected: list[str]
    affected_complete: bool
    left_out: list[str] | SkipJsonSchema[None] = None


class Deleted(_Reply):
    """A deleted article, the revision of its deletion, and the articles whose lists changed."""

    id: str
    revision: int
    deleted: Literal[True]
    affected: list[str]
    affected_complete: bool


class Line(Written):
    """The result of a line; a line that was not written has the fields of a problem instead."""

    line: int


class Versions(_Reply):
    """All trained versions, the oldest first."""

    models: list[ModelInfo]


class Activated(_Reply):
    """The version that is served now."""

    version: str
    active: Literal[True]


class Health(_Reply):
    """The process runs."""

    status: Literal["ok"]


class Readiness(_Reply):
    """The state of the service; if it is ``degraded``, ``detail`` says what fails.

    ``newer`` counts articles added since training; ``advice`` says why to train again, if so.
    """

    status: Literal["ready", "degraded"]
    detail: str | None
    model: Model
    articles: int
    newer: int
    advice: str | None
    rules: str


class ParameterError(_Reply):
    """The error of one parameter."""

    parameter: str
    code: str
    detail: str


class ProblemReply(_Reply):
    """An error (RFC 9457); each cause has its own stable ``code``."""

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
    """The lists of several articles by id, in the order of the request."""

    results: dict[str, BatchList | ProblemReply]
    model: Model


@dataclass(frozen=True, slots=True)
class Reported(Report):
    """Statistics of the lists of all articles; ``quality`` is null without judgments."""

    model: Model


def documented(reply: object, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return an endpoint's responses for OpenAPI: 200, the given statuses, and 500."""
    responses: dict[int | str, dict[str, Any]] = {200: {"model": reply, "description": "OK"}}
    for status in (*statuses, 500):
        responses[status] = {"description": HTTPStatus(status).phrase}
        if status != 304:
            responses[status]["model"] = ProblemReply if status >= 400 else reply
    return responses
