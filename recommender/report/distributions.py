"""Spread: how scores, ages and languages lie over all lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import DAY, UNDATED
from recommender.metadata.metadata import Metadata
from recommender.report.lists import AllLists

_BINS = 20
# Days: one, a week, a month, a quarter, a year, five years.
_AGES = (0.0, 1.0, 7.0, 30.0, 91.0, 365.0, 1826.0)
_LANGUAGE = "language "


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie from each of ``edges`` to below the next; the last edge is included.

    ``quartiles`` are the values below which a quarter, half and three quarters lie.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    quartiles: tuple[float, ...]

    @classmethod
    def of(cls, values: NDArray[Any], edges: NDArray[np.float64]) -> Histogram:
        """Count values.

        Examples
        --------
        >>> Histogram.of(np.array([1, 2, 3, 3]), np.array([0.0, 2.0, 4.0])).counts
        (1, 3)
        """
        counts, _ = np.histogram(values, edges)
        quartiles = np.percentile(values, [25, 50, 75]) if len(values) else np.zeros(3)
        return cls(tuple(edges.tolist()), tuple(counts.tolist()), tuple(quartiles.tolist()))


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of all items, and of each list's first."""

    items: Histogram
    first: Histogram


@dataclass(frozen=True, slots=True)
class Ages:
    """Days between articles and their items, of those that both have a date.

    ``older`` and ``newer`` are the shares of items published before and after the article;
    ``undated`` is how many articles have no date.
    """

    days: Histogram
    older: float
    newer: float
    undated: int


@dataclass(frozen=True, slots=True)
class Languages:
    """How many articles each language has, None of them the unknown, the commonest first.

    ``crossing`` is the share of items in another language than the article's, of those known.
    """

    articles: dict[str | None, int]
    crossing: float


def in_degree_of(appearances: NDArray[np.int64]) -> Histogram:
    """Return in how many lists articles are, in steps that double.

    Examples
    --------
    >>> found = in_degree_of(np.array([0, 1, 5]))
    >>> found.edges, found.counts
    ((0.0, 1.0, 2.0, 4.0, 8.0), (1, 1, 0, 1))
    """
    steps = int(appearances.max(initial=1)).bit_length()
    return Histogram.of(appearances, np.concatenate([[0.0], 2.0 ** np.arange(steps + 1)]))


def scores_of(lists: AllLists, limit: int) -> Scores:
    """Return how the scores of lists of ``limit`` items lie."""
    near, scores = lists.rows[:, :limit], lists.scores[:, :limit]
    # A tenth more than the best, so that all archives have as many bins.
    edges = np.linspace(0, max(0.1, np.ceil(10 * scores.max(initial=0)) / 10), _BINS + 1)
    first = scores[:, 0][near[:, 0] >= 0]
    return Scores(Histogram.of(scores[near >= 0], edges), Histogram.of(first, edges))


def ages_of(lists: AllLists, articles: Metadata, limit: int) -> Ages:
    """Return how far in time the items of lists of ``limit`` are from their articles."""
    published, near = articles.published[lists.shown], lists.rows[:, :limit]
    dated = published != UNDATED
    at, place = np.nonzero((near >= 0) & dated[near] & dated[:, None])
    apart = (published[near[at, place]] - published[at]) / DAY
    edges = np.array([*_AGES, max(np.abs(apart).max(initial=0), 2 * _AGES[-1])])
    items = max(1, len(apart))
    older, newer = (int(np.count_nonzero(side)) / items for side in (apart < 0, apart > 0))
    return Ages(Histogram.of(np.abs(apart), edges), older, newer, int(np.count_nonzero(~dated)))


def languages_of(lists: AllLists, articles: Metadata, limit: int) -> Languages:
    """Return which languages there are, and how many items of lists of ``limit`` cross them."""
    facets, spoken = articles.facets, np.zeros(len(articles), np.int32)
    names: list[str | None] = [None]
    for at, key in enumerate(facets.keys):
        # The first subtag of pt-BR is a key of its own.
        if key.startswith(_LANGUAGE) and "-" not in key:
            spoken[facets.rows[facets.starts[at] : facets.starts[at + 1]]] = len(names)
            names.append(key.removeprefix(_LANGUAGE))
    spoken, near = spoken[lists.shown], lists.rows[:, :limit]
    counts = np.bincount(spoken, minlength=len(names)).tolist()
    known = (near >= 0) & (spoken[near] > 0) & (spoken[:, None] > 0)
    crossing = np.count_nonzero(known & (spoken[near] != spoken[:, None])) / max(1, known.sum())
    found = sorted(zip(names, counts, strict=True), key=lambda each: -each[1])
    return Languages({name: count for name, count in found if count}, float(crossing))
