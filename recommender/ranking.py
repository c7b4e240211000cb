"""The stages between the nearest articles and the list: each takes candidates and returns them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from recommender.cards import Cards
from recommender.copies import apart
from recommender.explain import DIGITS
from recommender.filters import ALL, Filters
from recommender.nearness import UNDATED
from recommender.options import Options
from recommender.queries import Query
from recommender.rows import ByRow


@dataclass(frozen=True)
class Candidates:
    """Articles that may enter a list, best first, and the rows that each cause has left out.

    ``rows`` int32 and ``scores`` float32; ``sources`` says of a row why it is there, if it is not
    for its likeness, ``copies`` which others it stands for, and ``from_graph`` that all are among
    the stored neighbours of an article. Those that are pinned come first.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    left_out: dict[str, NDArray[np.int32]] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    copies: dict[int, tuple[int, ...]] = field(default_factory=dict)
    from_graph: bool = False

    def without(self, dropped: NDArray[np.bool_], cause: str) -> Candidates:
        """Return the candidates that are not ``dropped`` (a mask), noting the others."""
        if not dropped.any():
            return self
        before = self.left_out.get(cause, np.zeros(0, np.int32))
        noted = self.left_out | {cause: np.concatenate([before, self.rows[dropped]])}
        return replace(self, rows=self.rows[~dropped], scores=self.scores[~dropped], left_out=noted)

    @property
    def similar(self) -> int:
        """How many are there for their likeness, or pinned."""
        fallen = sum(source == Fallback.name for source in self.sources.values())
        return len(self.rows) - fallen

    def top(self, limit: int) -> Candidates:
        """Return the best ``limit`` of them."""
        return replace(self, rows=self.rows[:limit], scores=self.scores[:limit])


@dataclass(frozen=True)
class Context:
    """What stages may look at: whose list it is, the archive, what may be in the list, and when.

    ``now`` is microseconds since 1970; ``pins`` are the rows that editors put first in this list,
    -1 for what the archive does not hold.
    """

    query: Query
    options: Options
    articles: Cards
    vectors: ByRow
    filters: Filters
    now: int | None
    pins: tuple[int, ...] = ()


class Stage(Protocol):
    """One step from the nearest articles to the list, known by its name."""

    name: ClassVar[str]

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return candidates, noting what was left out."""


# Told the name of each step that is done.
Mark = Callable[[str], object]


def unmarked(name: str) -> None:
    """Mark nothing."""


@dataclass(frozen=True)
class MinScore:
    """Leaves out what scores less than asked for, but for pins."""

    name: ClassVar[str] = "min_score"
    least: float

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the candidates that score enough."""
        # A score is compared as it is told.
        told = np.round(found.scores.astype(np.float64), DIGITS)
        low = (told < self.least) & ~np.isin(found.rows, context.pins)
        return found.without(low, "below_min_score")


@dataclass(frozen=True)
class Diverse:
    """Puts variety into the best, by maximal marginal relevance (Carbonell and Goldstein, 1998).

    One after the other the candidate comes next that has the most of ``(1 - share) * score -
    share * likeness``: its score as a part of the best one's, and its greatest dot product with
    those before it. Only the best ``pool`` are chosen from, for the first ``limit`` places. Pins
    stay first.
    """

    name: ClassVar[str] = "diversity"
    share: float
    limit: int
    pool: int

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the same candidates in another order."""
        size = min(self.pool, len(found.rows))
        if size < 2:
            return found
        likeness = _Likeness(context.vectors, found.rows[:size])
        best = found.scores.max() or 1
        worth = (1 - self.share) * found.scores[:size].astype(np.float64) / best
        nearest = np.zeros(size)
        order: list[int] = []
        pinned = int(np.isin(found.rows, context.pins).sum())
        for place in range(min(self.limit, size)):
            gain = worth - self.share * nearest
            gain[order] = -np.inf
            order.append(place if place < pinned else int(gain.argmax()))
            nearest = np.maximum(nearest, likeness.to(order[-1]))
        chosen = np.isin(np.arange(len(found.rows)), order)
        places = np.concatenate([order, np.flatnonzero(~chosen)]).astype(np.int64)
        return replace(found, rows=found.rows[places], scores=found.scores[places])


class _Likeness:
    """The dot products among a few rows."""

    def __init__(self, vectors: ByRow, rows: NDArray[np.int32]) -> None:
        parts = [vectors.row(int(row)) for row in rows]
        sizes = [len(part.data) for part in parts]
        self._of, self._ends = np.repeat(np.arange(len(parts)), sizes), np.cumsum([0, *sizes])
        self._data = np.concatenate([part.data for part in parts])
        columns, self._at = np.unique(
            np.concatenate([part.indices for part in parts]), return_inverse=True
        )
        self._size, self._width = len(parts), len(columns)

    def to(self, one: int) -> NDArray[np.float64]:
        """Return every row's dot product with one of them."""
        own, weights = slice(self._ends[one], self._ends[one + 1]), np.zeros(self._width)
        weights[self._at[own]] = self._data[own]
        products = weights[self._at] * self._data
        return cast(NDArray[np.float64], np.bincount(self._of, products, self._size))


@dataclass(frozen=True)
class Fallback:
    """Fills a short list with the latest that pass the filters, of the section or of all.

    ``groups`` are those of copies, one of which is enough; None lets all in.
    """

    name: ClassVar[str] = "fallback"
    to: str
    limit: int
    groups: NDArray[np.int32] | None = None

    def __call__(self, found: Candidates, context: Context) -> Candidates:
        """Return the candidates and, after them, as many others as are missing."""
        missing = self.limit - len(found.rows)
        if missing <= 0:
            return found
        articles, query = context.articles, context.query
        free = context.filters.passes(ALL) & (articles.published != UNDATED)
        if self.to == "section":
            free &= articles.facets.having("section", query.sections, len(articles))
        below = found.left_out.get("below_min_score", ())
        for taken in (query.rows, found.rows, *found.left_out.values()):
            free[np.setdiff1d(np.asarray(taken, np.int64), below)] = False
        rows, groups, copies = np.flatnonzero(free), self.groups, 0
        if groups is not None:
            copies = int(np.count_nonzero(groups[rows] >= 0))
        # However many are copies of others, enough are left.
        more = _latest(rows, articles.published, missing + copies).astype(np.int32)
        if groups is not None:
            more = apart(groups, more, [*found.rows, *query.rows])[:missing]
        return replace(
            found,
            rows=np.concatenate([found.rows, more]),
            scores=np.concatenate([found.scores, np.zeros(len(more), np.float32)]),
            sources=found.sources | dict.fromkeys(more.tolist(), self.name),
        )


def _latest(rows: NDArray[np.int64], published: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Return the rows published last, the last first, of equals the first row."""
    if len(rows) > limit:
        border = np.partition(published[rows], len(rows) - limit)[len(rows) - limit]
        rows = rows[published[rows] >= border]
    return rows[np.lexsort((rows, -published[rows]))][:limit]
