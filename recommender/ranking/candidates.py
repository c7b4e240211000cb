"""Candidates: the articles that may enter a list, and the search that finds them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender.metadata.metadata import Metadata
from recommender.model import Model
from recommender.ranking.filters import Filters
from recommender.ranking.options import Options
from recommender.ranking.query import Query
from recommender.vectors.packed import RowReader

# Decimals of a score in a reply; scores are compared with thresholds as rounded.
DIGITS = 6


@dataclass(frozen=True)
class Candidates:
    """Articles that may enter a list, best first, and the rows that each cause has left out.

    ``rows`` int32 and ``scores`` float32; ``sources`` has by row where an item comes from if not
    from the search, ``copies`` the rows it stands for, and ``from_graph`` tells whether all are
    stored neighbours of an article. Pinned articles come first.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    left_out: dict[str, NDArray[np.int32]] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    copies: dict[int, tuple[int, ...]] = field(default_factory=dict)
    from_graph: bool = False

    def without(self, dropped: NDArray[np.bool_], cause: str) -> Candidates:
        """Return the candidates that are not ``dropped`` (a mask), noting the others' cause."""
        if not dropped.any():
            return self
        before = self.left_out.get(cause, np.zeros(0, np.int32))
        left_out = self.left_out | {cause: np.concatenate([before, self.rows[dropped]])}
        return replace(
            self, rows=self.rows[~dropped], scores=self.scores[~dropped], left_out=left_out
        )

    @property
    def similar(self) -> int:
        """The number of candidates that are not fallbacks."""
        return len(self.rows) - list(self.sources.values()).count("fallback")

    def top(self, limit: int) -> Candidates:
        """Return the best ``limit`` of them."""
        return replace(self, rows=self.rows[:limit], scores=self.scores[:limit])


@dataclass(frozen=True)
class Context:
    """What stages may read: the query, its options, the archive, the filters and the time.

    ``now`` is microseconds since 1970; ``pins`` are the rows that editors put first in this list,
    -1 for articles that the archive does not hold.
    """

    query: Query
    options: Options
    articles: Metadata
    vectors: RowReader
    filters: Filters
    now: int | None
    pins: tuple[int, ...] = ()


def find_candidates(
    model: Model, wanted: int, by_graph: bool, context: Context
) -> tuple[Candidates, bool]:
    """Return the nearest articles that pass the filters, and whether there are no others."""
    query, filters = context.query, context.filters
    if any(one.code == "no_list" for one in filters.each):
        return Candidates(np.zeros(0, np.int32), np.zeros(0, np.float32)), True
    if by_graph and query.stored and wanted <= model.config.neighbours:
        rows, scores = model.index.nearest(query.row, wanted)
        passed = filters.passes(rows)
        candidates = Candidates(rows[passed], scores[passed], from_graph=True)
        return candidates, len(rows) < wanted
    rows, scores = model.index.search(
        query.vector, query.day, wanted, factors=filters.factors(), row=query.row
    )
    return Candidates(rows, scores), len(rows) < wanted
