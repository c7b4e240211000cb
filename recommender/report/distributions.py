"""Distributions: scores, ages and languages over all lists."""

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
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Histogram:
    """The number of values from each of ``edges`` to below the next, the last edge included.

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
    """The scores of all items, and of the first item of each list."""

    items: Histogram
    first: Histogram


@dataclass(frozen=True, slots=True)
class Ages:
    """Days between articles and their items, where both have a date.

    ``older`` and ``newer`` are the shares of items published before and after the article;
    ``undated`` is the number of articles without a date.
    """

    days: Histogram
    older: float
    newer: float
    undated: int


@dataclass(frozen=True, slots=True)
class Languages:
    """The number of articles in each language, most first, with ``unknown`` for those of none.

    ``crossing`` is the share of items in another language than the article's, of those known.
    """

    articles: dict[str, int]
    crossing: float


def in_degree_of(appearances: NDArray[np.int64]) -> Histogram:
    """Return the number of articles by the number of lists they are in, in steps that double.

    Examples
    --------
    >>> histogram = in_degree_of(np.array([0, 1, 5]))
    >>> histogram.edges, histogram.counts
    ((0.0, 1.0, 2.0, 4.0, 8.0), (1, 1, 0, 1))
    """
    steps = int(appearances.max(initial=1)).bit_length()
    return Histogram.of(appearances, np.concatenate([[0.0], 2.0 ** np.arange(steps + 1)]))


def scores_of(lists: AllLists, limit: int) -> Scores:
    """Return the distribution of scores in lists of ``limit`` items."""
    items, scores = lists.rows[:, :limit], lists.scores[:, :limit]
    # Up to the next tenth above the best, so that all archives have as many bins.
    edges = np.linspace(0, max(0.1, np.ceil(10 * scores.max(initial=0)) / 10), _BINS + 1)
    first = scores[:, 0][items[:, 0] >= 0]
    return Scores(Histogram.of(scores[items >= 0], edges), Histogram.of(first, edges))


def ages_of(lists: AllLists, articles: Metadata, limit: int) -> Ages:
    """Return the distance in time between articles and their items in lists of ``limit``."""
    published, items = articles.published[lists.visible], lists.rows[:, :limit]
    dated = published != UNDATED
    at, place = np.nonzero((items >= 0) & dated[items] & dated[:, None])
    distances = (published[items[at, place]] - published[at]) / DAY
    edges = np.array([*_AGES, max(np.abs(distances).max(initial=0), 2 * _AGES[-1])])
    count = max(1, len(distances))
    sides = distances < 0, distances > 0
    older, newer = (int(np.count_nonzero(side)) / count for side in sides)
    undated = int(np.count_nonzero(~dated))
    return Ages(Histogram.of(np.abs(distances), edges), older, newer, undated)


def languages_of(lists: AllLists, articles: Metadata, limit: int) -> Languages:
    """Return the languages of an archive, and how many items of lists of ``limit`` cross them."""
    facets, language = articles.facets, np.zeros(len(articles), np.int32)
    names = [_UNKNOWN]
    for at, key in enumerate(facets.keys):
        # The first subtag of pt-BR is a key of its own.
        if key.startswith(_LANGUAGE) and "-" not in key:
            language[facets.rows[facets.starts[at] : facets.starts[at + 1]]] = len(names)
            names.append(key.removeprefix(_LANGUAGE))
    language, items = language[lists.visible], lists.rows[:, :limit]
    counts = np.bincount(language, minlength=len(names)).tolist()
    known = (items >= 0) & (language[items] > 0) & (language[:, None] > 0)
    crossings = np.count_nonzero(known & (language[items] != language[:, None]))
    ordered = sorted(zip(names, counts, strict=True), key=lambda each: -each[1])
    by_name = {name: count for name, count in ordered if count}
    return Languages(by_name, float(crossings / max(1, known.sum())))
