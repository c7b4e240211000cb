"""The replies, as OpenAPI shows them; they are written as such, and not checked again."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema


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
    explanation: Explanation | SkipJsonSchema[None] = None


class Shortfall(_Reply):
    """Why a list is shorter than asked for: how many articles each cause left out."""

    requested: int
    returned: int
    reasons: dict[str, int]


class _Listed(_Reply):
    items: list[Item]
    shortfall: Shortfall | None


class Recommendations(_Listed):
    """The ALSO READ list of an article, best first; ``shortfall`` is null when it is full."""

    article: Reference
    model: Model


class DraftReference(_Reply):
    """The article that was given; its id is null if none was given."""

    id: str | None
    title: str
    url: str | None


class DraftRecommendations(_Listed):
    """The list of what is not in the archive; ``article`` is null for several at once."""

    article: DraftReference | None
    model: Model


class Step(_Reply):
    """What a step did to the other article's rank; null is not among those it knows."""

    step: str
    before: int | None
    after: int | None


class LeftOut(_Reply):
    """The first thing that kept an article out of a list."""

    code: str
    detail: str


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


class Topic(_Reply):
    """A tag of the article, how much it tells (0 to 1), and how many articles have it."""

    tag: str
    weight: float
    articles: int


class Suggestion(_Reply):
    """A tag that the article lacks, how much speaks for it (0 to 1), and what."""

    tag: str
    weight: float
    because: str


class Topics(_Reply):
    """READ MORE ON of an article: its tags and suggested ones, each the weightiest first."""

    article: Reference
    topics: list[Topic]
    suggested: list[Suggestion]
    model: Model


class Written(_Reply):
    """What a write made of an article: its revision, and whether it was not there before.

    ``affected`` are the other articles whose list it altered, all of them if that is complete;
    ``left_out`` names the keys that no article has, if there were any.
    """

    id: str
    revision: int
    created: bool
    affected: list[str]
    affected_complete: bool
    left_out: list[str] | SkipJsonSchema[None] = None


class Deleted(_Reply):
    """An article that is gone, the revision of its deletion, and whose lists that altered."""

    id: str
    revision: int
    deleted: Literal[True]
    affected: list[str]
    affected_complete: bool


class Line(Written):
    """What became of one line; a line that could not be written has a problem's keys instead."""

    line: int


class Closeness(_Reply):
    """How near an approximate graph is to the exact one, by the best ten of a sample."""

    sampled: int
    score_ratio: float
    recall: float


class Version(_Reply):
    """A trained version; ``bytes`` is its size on disk."""

    version: str
    active: bool
    articles: int
    revision: int
    bytes: int
    approximate: Closeness | None


class Versions(_Reply):
    """All trained versions, oldest first."""

    models: list[Version]


class Activated(_Reply):
    """The version that answers now."""

    version: str
    active: Literal[True]


class Health(_Reply):
    """The process answers."""

    status: Literal["ok"]


class Readiness(_Reply):
    """What answers; ``degraded`` says in ``detail`` what is wrong meanwhile.

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
    """An error, as RFC 9457 has it; ``code`` is stable, one for each cause."""

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
    """The lists of several articles by their ids, in the order they were asked for."""

    results: dict[str, BatchList | ProblemReply]
    model: Model


def documented(reply: object, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of a call's replies: the good one, and those of other statuses."""
    responses: dict[int | str, dict[str, Any]] = {200: {"model": reply, "description": "OK"}}
    for status in (*statuses, 500):
        responses[status] = {"description": HTTPStatus(status).phrase}
        if status != 304:
            responses[status]["model"] = ProblemReply if status >= 400 else reply
    return responses
