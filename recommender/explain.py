"""Why two articles are related: contributions that add up to the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.rows import Vectors
from recommender.vectors import TermSpace
from recommender.weights import FIELDS, LEVELS, TOUCHING

DIGITS = 6
_TERMS = 10
# So many names are kept at hand.
_REMEMBERED = 1 << 14


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one shared term adds to the similarity, and the other article's fields it stands in."""

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


def shared(query: Vectors, other: Vectors) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the columns two rows share, what each adds to the dot product, strongest first.

    The third array holds the fields' bits in the other article, and ``TOUCHING`` if a pair of
    words stands next to each other in either.
    """
    at = other.indices.searchsorted(query.indices)
    at[at == len(other.indices)] = 0
    same = other.indices[at] == query.indices if len(other.indices) else at != at
    both = same.nonzero()[0]
    at = at[both]
    product = LEVELS[query.levels[both]].astype(np.float64) * LEVELS[other.levels[at]]
    # Columns ascend, and equal products keep their order.
    order = (-product).argsort(kind="stable")
    both, at = both[order], at[order]
    return query.indices[both], product[order], other.fields[at] | (query.fields[both] & TOUCHING)


def explain(
    space: TermSpace, query: Vectors, other: Vectors, score: float, fresh: float | None = None
) -> Explanation:
    """Take the score of two rows apart; ``fresh`` is the factor of freshness, None if not asked.

    Every effect is what the score was after it less what it was before; what is neither similarity
    nor freshness is nearness in time.
    """
    columns, products, bits = shared(query, other)
    similarity = round(float(products.sum()), DIGITS)
    terms = tuple(
        Contribution(name_of(space, column, bit), round(float(product), DIGITS), _fields(int(bit)))
        for column, product, bit in zip(
            columns[:_TERMS], products[:_TERMS], bits[:_TERMS], strict=True
        )
    )
    before = round(score if fresh is None else score / fresh, DIGITS)
    nearness = round(before - similarity, DIGITS)
    if abs(nearness) <= 2 * 10**-DIGITS:
        # The sum here and the kernel's differ in the last bits, which are no effect.
        similarity, nearness = before, 0.0
    rest = round(similarity - sum(term.contribution for term in terms), DIGITS)
    tags = tuple(space.name(column) for column in columns[space.tagged(columns)])
    effects = {"nearness": nearness} if nearness else {}
    if fresh is not None:
        effects["freshness"] = round(round(score, DIGITS) - before, DIGITS)
    return Explanation(similarity, terms, rest, tags, effects)


def _fields(bits: int) -> tuple[str, ...]:
    return tuple(field for bit, field in enumerate(FIELDS) if bits >> bit & 1)


def name_of(space: TermSpace, column: int, bits: int) -> str:
    """Return a column's term in whole words; ``bits`` tell whether a pair is touching."""
    # The same few are told again and again, and reading one takes as long as all else here.
    key = column, bits & TOUCHING
    name = space.names.get(key)
    if name is None:
        if len(space.names) >= _REMEMBERED:
            space.names.clear()
        name = space.names[key] = space.name(column, touching=bool(bits & TOUCHING))
    return name
