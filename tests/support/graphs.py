"""Random rows, their publication times, and what the tests of neighbour graphs compare."""

import numpy as np
from support.references import best, packed, products, weighed

from recommender.kernels.types import Times

# The weights of the first levels are at least a half. So float32 sums of a few dozen of their
# products are exact in any order, and equal scores are equal in every bit.
EXACT_LEVELS = 4


def random_levels(seed, n, columns=40, *, entries=6, twins=0.3, empty=0.1, levels=EXACT_LEVELS):
    """A table of levels (n x columns, -1 for none), low columns far commoner than high ones.

    A row has up to twice ``entries``. Shares of the rows are ``twins`` of earlier ones, or
    ``empty``.
    """
    random = np.random.default_rng(seed)
    table = np.full((n, columns), -1)
    for row in range(n):
        if row and random.random() < twins:
            table[row] = table[random.integers(row)]
        elif random.random() >= empty:
            size = random.integers(1, 2 * entries)
            at = (columns * random.random(size) ** 3).astype(int)
            table[row, at] = random.integers(0, levels, size)
    return table


def undated(n):
    """The times of rows without dates: every time factor is 1."""
    return timed(np.full(n, np.nan, np.float32), power=0)


def timed(days, unknown=1.0, power=0.3):
    """The times of rows published on these days (float32, NaN for none)."""
    return Times(days, np.float32(power), np.float32(unknown))


def partly_dated(n, seed=0):
    """The times of rows over some years, a fifth of them without a date."""
    random = np.random.default_rng(seed)
    days = random.uniform(19_000, 21_000, n).astype(np.float32)
    days[random.random(n) < 0.2] = np.nan
    return timed(days, unknown=0.6)


def _shuffled(n):
    """The times of rows in random order, some undated: every time factor is 1."""
    days = np.random.default_rng(n).permutation(n).astype(np.float32)
    days[::5] = np.nan
    return timed(days, power=0)


def lists_of(graph):
    """The rows of each list of a graph, without the empty places."""
    return [rows[rows >= 0].tolist() for rows in graph.rows]


def pair_scores(graph):
    """The score of each row and other in a graph, by this pair."""
    return {
        (row, int(other)): score
        for row, (others, scores) in enumerate(zip(graph.rows, graph.scores, strict=True))
        for other, score in zip(others, scores, strict=True)
        if other >= 0
    }


def assert_exact(graph_of, levels, k, times=None):
    """The graph of a table of exact levels is that of a full product and a sort, in every bit.

    ``graph_of`` is called with packed rows, their times and ``k``. The time factors must be 1; by
    default they are, and the order of time is not that of the rows.
    """
    graph = graph_of(packed(levels), times or _shuffled(len(levels)), k)
    scores = products(weighed(levels))
    assert lists_of(graph) == [best(row.tolist(), k) for row in scores]
    for row, others in enumerate(lists_of(graph)):
        assert graph.scores[row, : len(others)].tolist() == scores[row, others].tolist()
        assert not graph.scores[row, len(others) :].any()
    assert graph.rows.shape == graph.scores.shape == (len(levels), k)
    assert (graph.rows.dtype, graph.scores.dtype) == (np.int32, np.float32)
