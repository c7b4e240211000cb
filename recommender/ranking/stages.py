"""Stages: the steps from the nearest articles to the list; each takes candidates and returns them.

A new ranking signal is one class here and its line in ``pipeline.stages``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import UNDATED
from recommender.copies.groups import CopyGroups, is_agency, without_copies
from recommender.kernels.types import Times
from recommender.ranking.candidates import DIGITS, Candidates, Context
from recommender.ranking.filters import ALL
from recommender.ranking.query import Query
from recommender.search.nearness import factor
from recommender.vectors.overlap import overlap
from recommender.vectors.packed import RowReader

# Editorial rules that keep articles out of lists, but not where they are pinned.
_NOT_FOR_PINS = ("never_listed", "no_list")


class Stage(Protocol):
    """One step from the nearest articles to the list, known by its name."""

    name: ClassVar[str]

    def __call__(self, candidates: Candidates, context: Context) -> Candidates:
        """Return the candidates after this step, noting what was left out."""


@dataclass(frozen=True)
class Pins:
    """Puts the list's pins first, those that pass the filters, all with their own scores."""

    name: ClassVar[str] = "pins"
    times: Times

    def __call__(self, candidates: Candidates, context: Context) -> Candidates:
        """Return the candidates after the pins."""
        rows = np.array([row for row in context.pins if row >= 0], np.int32)
        each = tuple(one for one in context.filters.each if one.code not in _NOT_FOR_PINS)
        rows = rows[replace(context.filters, each=each).passes(rows)]
        scores = dict(zip(candidates.rows.tolist(), candidates.scores.tolist(), strict=True))
        own = [scores[row] if row in scores else self._score(row, context) for row in rows.tolist()]
        rest = ~np.isin(candidates.rows, rows)
        return replace(
            candidates,
            rows=np.concatenate([rows, candidates.rows[rest]]),
            scores=np.concatenate([np.array(own, np.float32), candidates.scores[rest]]),
            sources=candidates.sources | dict.fromkeys(rows.tolist(), "pinned"),
            # The list changes when a pinned article is added to the archive.
            from_graph=False,
        )

    def _score(self, row: int, context: Context) -> float:
        """Return the score of a row that is no candidate, 0 if it is not related."""
        distance = abs(context.query.day - float(self.times.days[row]))
        time_factor = float(self.times.unknown)
        if not np.isnan(distance):
            time_factor = factor(distance, float(self.times.power))
        freshness = context.filters.freshness_of(row)
        products = overlap(context.query.vector, context.vectors.row(row)).products
        return float(products.sum() * time_factor * (1 if freshness is None else freshness))


@dataclass(frozen=True)
class MinScore:
    """Leaves out articles that score less than ``least``, except for pins."""

    name: ClassVar[str] = "min_score"
    least: float

    def __call__(self, candidates: Candidates, context: Context) -> Candidates:
        """Return the candidates that score enough."""
        rounded = np.round(candidates.scores.astype(np.float64), DIGITS)
        low = (rounded < self.least) & ~np.isin(candidates.rows, context.pins)
        return candidates.without(low, "below_min_score")


@dataclass(frozen=True)
class NearDuplicates:
    """Gives each group of copies one slot, its best one's, and copies of the query none.

    The slot goes to a pinned article, else to one with its own byline, else to the earliest, else
    to the lowest row; pins always stay. Without ``hide`` all stay and name each other.
    """

    name: ClassVar[str] = "near_duplicates"
    archive: CopyGroups
    hide: bool = True

    def __call__(self, candidates: Candidates, context: Context) -> Candidates:
        """Return the candidates without all but one of each group."""
        if self.hide:
            own = self._copies_of_query(candidates.rows, context.query)
            candidates = candidates.without(
                own & ~np.isin(candidates.rows, context.pins), "duplicate"
            )
        group_of = self.archive.groups[candidates.rows]
        if (group_of < 0).all():
            return candidates
        order, dropped = np.arange(len(group_of)), np.zeros(len(group_of), bool)
        copies: dict[int, tuple[int, ...]] = {}
        for group in np.unique(group_of[group_of >= 0]):
            (places,) = np.nonzero(group_of == group)
            rows = candidates.rows[places].tolist()
            best = min(rows, key=lambda row: _preference(row, context))
            for row in [best] if self.hide else rows:
                copies[row] = tuple(other for other in rows if other != row)
            if self.hide:
                at = places[rows.index(best)]
                order[[places[0], at]] = order[[at, places[0]]]
                dropped[places[1:]] = True
        rows, scores = candidates.rows[order], candidates.scores[order]
        candidates = replace(candidates, rows=rows, scores=scores, copies=copies)
        return candidates.without(dropped & ~np.isin(rows, context.pins), "duplicate")

    def _copies_of_query(self, rows: NDArray[np.int32], query: Query) -> NDArray[np.bool_]:
        """Return which rows are copies of the query (a mask)."""
        groups = self.archive.groups
        own = groups[list(query.rows)]
        mask = np.isin(groups[rows], own[own >= 0])
        for sketch in query.sketches:
            mask |= np.isin(rows, self.archive.copies_of(sketch, rows))
        return mask


def _preference(row: int, context: Context) -> tuple[int, bool, bool, int, int]:
    pins, published = context.pins, int(context.articles.published[row])
    place = pins.index(row) if row in pins else len(pins)
    return place, is_agency(context.articles[row]), published == UNDATED, published, row


@dataclass(frozen=True)
class Diversity:
    """Reorders the best by maximal marginal relevance (Carbonell and Goldstein, 1998).

    One after the other the candidate follows with the highest ``(1 - weight) * score - weight *
    similarity``: its score relative to the best one's, and its greatest dot product with those
    before it. The first ``limit`` places are filled from the best ``pool``. Pins stay first.
    """

    name: ClassVar[str] = "diversity"
    weight: float
    limit: int
    pool: int

    def __call__(self, candidates: Candidates, context: Context) -> Candidates:
        """Return the same candidates in another order."""
        size = min(self.pool, len(candidates.rows))
        if size < 2:
            return candidates
        similarity = _Similarity(context.vectors, candidates.rows[:size])
        best = candidates.scores.max() or 1
        relevance = (1 - self.weight) * candidates.scores[:size].astype(np.float64) / best
        most_similar = np.zeros(size)
        order: list[int] = []
        pinned = int(np.isin(candidates.rows, context.pins).sum())
        for place in range(min(self.limit, size)):
            gain = relevance - self.weight * most_similar
            gain[order] = -np.inf
            order.append(place if place < pinned else int(gain.argmax()))
            most_similar = np.maximum(most_similar, similarity.to(order[-1]))
        chosen = np.isin(np.arange(len(candidates.rows)), order)
        places = np.concatenate([order, np.flatnonzero(~chosen)]).astype(np.int64)
        rows, scores = candidates.rows[places], candidates.scores[places]
        return replace(candidates, rows=rows, scores=scores)


class _Similarity:
    """The dot products among a few rows."""

    def __init__(self, vectors: RowReader, rows: NDArray[np.int32]) -> None:
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
class KeepApart:
    """Leaves out articles that must not be listed with one above; it needs the final order."""

    name: ClassVar[str] = "apart"
    apart: dict[int, set[int]]

    def __call__(self, candidates: Candidates, context: Context) -> Candidates:
        """Return the candidates that may be listed together."""
        excluded: set[int] = set()
        dropped = np.zeros(len(candidates.rows), bool)
        for at, row in enumerate(candidates.rows.tolist()):
            dropped[at] = row in excluded
            if row not in excluded:
                excluded |= self.apart.get(row, set())
        return candidates.without(dropped, "apart")


@dataclass(frozen=True)
class Fallback:
    """Fills a short list with the latest articles that pass the filters, of the section or of all.

    ``groups`` are those of copies, of which one is enough; None admits all.
    """

    name: ClassVar[str] = "fallback"
    to: str
    limit: int
    groups: NDArray[np.int32] | None = None

    def __call__(self, candidates: Candidates, context: Context) -> Candidates:
        """Return the candidates and, after them, as many others as are missing."""
        missing = self.limit - len(candidates.rows)
        if missing <= 0:
            return candidates
        articles, query = context.articles, context.query
        free = context.filters.passes(ALL) & (articles.published != UNDATED)
        if self.to == "section":
            free &= articles.facets.mask("section", query.sections, len(articles))
        below = candidates.left_out.get("below_min_score", ())
        for taken in (query.rows, candidates.rows, *candidates.left_out.values()):
            free[np.setdiff1d(np.asarray(taken, np.int64), below)] = False
        rows, groups, copies = np.flatnonzero(free), self.groups, 0
        if groups is not None:
            copies = int(np.count_nonzero(groups[rows] >= 0))
        # Enough are taken even if all copies among them are dropped.
        more = _latest(rows, articles.published, missing + copies).astype(np.int32)
        if groups is not None:
            more = without_copies(groups, more, [*candidates.rows, *query.rows])[:missing]
        return replace(
            candidates,
            rows=np.concatenate([candidates.rows, more]),
            scores=np.concatenate([candidates.scores, np.zeros(len(more), np.float32)]),
            sources=candidates.sources | dict.fromkeys(more.tolist(), self.name),
        )


def _latest(rows: NDArray[np.int64], published: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Return the rows published last, the latest first, of equals the lowest row first."""
    if len(rows) > limit:
        border = np.partition(published[rows], len(rows) - limit)[len(rows) - limit]
        rows = rows[published[rows] >= border]
    return rows[np.lexsort((rows, -published[rows]))][:limit]
