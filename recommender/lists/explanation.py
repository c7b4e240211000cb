"""Explanation: why two articles are related, as contributions that add up to the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recommender.kernels.layout import ADJACENT
from recommender.ranking.candidates import DIGITS
from recommender.vectors.overlap import overlap
from recommender.vectors.packed import Vectors
from recommender.vectors.term_space import TermSpace
from recommender.vectors.weighting import FIELDS

_TERMS = 10
# So many names are cached.
_MOST_NAMES = 1 << 14


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one shared term adds to the similarity, and the other article's fields it is in."""

    term: str
    contribution: float
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a pair has its score.

    The contributions of ``terms`` and ``rest`` add up to ``similarity``; ``similarity`` and
    ``effects`` add up to the score. All are rounded to ``DIGITS`` decimals.
    """

    similarity: float
    terms: tuple[Contribution, ...]
    rest: float
    tags: tuple[str, ...]
    effects: dict[str, float]

    def to_record(self) -> dict[str, Any]:
        """Return the explanation as JSON types."""
        return {
            "similarity": self.similarity,
            "terms": [
                {"term": term.term, "contribution": term.contribution, "in": list(term.fields)}
                for term in self.terms
            ],
            "rest": self.rest,
            "tags": list(self.tags),
            "effects": self.effects,
        }


def explain(
    space: TermSpace, query: Vectors, other: Vectors, score: float, freshness: float | None = None
) -> Explanation:
    """Explain the score of two rows; ``freshness`` is its factor, None without a half-life.

    An effect is the score after a factor less the score before it; what is neither similarity nor
    freshness is nearness in time.
    """
    shared = overlap(query, other)
    similarity = round(float(shared.products.sum()), DIGITS)
    terms = tuple(
        Contribution(
            name_of(space, column, bits), round(float(product), DIGITS), _fields(int(bits))
        )
        for column, product, bits in zip(*(part[:_TERMS] for part in shared), strict=True)
    )
    before = round(score if freshness is None else score / freshness, DIGITS)
    nearness = round(before - similarity, DIGITS)
    if abs(nearness) <= 2 * 10**-DIGITS:
        # The kernel adds float32, so its sum differs in the last bits, which are no effect.
        similarity, nearness = before, 0.0
    rest = round(similarity - sum(term.contribution for term in terms), DIGITS)
    tags = tuple(space.name(column) for column in shared.columns[space.tag_mask(shared.columns)])
    effects = {"nearness": nearness} if nearness else {}
    if freshness is not None:
        effects["freshness"] = round(round(score, DIGITS) - before, DIGITS)
    return Explanation(similarity, terms, rest, tags, effects)


def _fields(bits: int) -> tuple[str, ...]:
    return tuple(field for bit, field in enumerate(FIELDS) if bits >> bit & 1)


def name_of(space: TermSpace, column: int, bits: int) -> str:
    """Return a column's term in whole words; ``bits`` tell whether a bigram is adjacent."""
    # The same few names are needed again and again, and reading one takes as long as the rest.
    key = column, bits & ADJACENT
    name = space.names.get(key)
    if name is None:
        if len(space.names) >= _MOST_NAMES:
            space.names.clear()
        name = space.names[key] = space.name(column, adjacent=bool(bits & ADJACENT))
    return name
