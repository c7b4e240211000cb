"""The product of two packed rows is their dot product, wherever their columns are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.graphs import lists_of, undated
from support.tables import EXACT

from recommender.kernels.packing import longest, pack
from recommender.kernels.scatter import FILTER, empty_scatter, product, scatter_row, search_among
from recommender.kernels.topk import empty_heaps, sorted_top
from recommender.kernels.types import PackedRows, Query

# Distances between columns take one byte to five; some columns have the same flag of the filter.
COLUMNS = st.sampled_from(
    [0, 1, 127, 128, FILTER, FILTER + 1, 2 * FILTER, 1 << 21, (1 << 21) + 1, 1 << 22]
)
FAR_COLUMNS = COLUMNS | st.sampled_from([1 << 28, (1 << 28) + FILTER, (1 << 31) - 1])


def rows_of(columns):
    return st.lists(st.dictionaries(columns, st.integers(0, 3)), min_size=1, max_size=8)


def packed(rows):
    """Packed rows, given as dicts of column -> level."""
    entries = [entry for row in rows for entry in sorted(row.items())]
    columns, levels = np.array(entries, np.int64).reshape(-1, 2).T
    indptr = np.cumsum([0, *map(len, rows)])
    fields = np.ones(len(entries), np.uint8)
    return PackedRows(
        *pack(indptr, columns.astype(np.int32), levels.astype(np.uint8), fields), EXACT
    )


def dot(one, other):
    return sum(EXACT[one[column]] * EXACT[other[column]] for column in one.keys() & other.keys())


@given(rows_of(COLUMNS))
def test_a_product_is_the_dot_product_and_leaves_nothing(rows):
    arrays = packed(rows)
    scatter = empty_scatter((1 << 22) + 1, longest(arrays), len(rows))
    for row, entries in enumerate(rows):
        scatter_row(arrays, row, scatter, 1)
        products = [product(arrays, other, scatter) for other in range(len(rows))]
        assert products == [dot(entries, other) for other in rows]
        scatter_row(arrays, row, scatter, 0)
        assert not scatter.filter.any()
    assert not scatter.weights.any()


@given(rows_of(FAR_COLUMNS), st.data())
def test_chosen_rows_are_scored_one_by_one_with_their_factors(rows, data):
    arrays, query = packed(rows), data.draw(st.sampled_from(rows))
    chosen = data.draw(st.lists(st.sampled_from(range(len(rows))), unique=True))
    factors = [1, 0.5, 0, 1, 0.25, 1, 1, 0.5][: len(rows)]
    columns = np.array(sorted(query), np.int32)
    weights = np.array([EXACT[query[column]] for column in columns.tolist()], np.float32)
    heaps = empty_heaps(1, len(rows))
    search_among(
        Query(columns, weights, np.float32(np.nan), -1),
        np.array(chosen, np.int64),
        arrays,
        undated(len(rows)),
        np.array(factors, np.float32),
        empty_scatter(0, longest(arrays), 0),
        heaps,
        0,
    )
    top = sorted_top(heaps)
    scores = {row: dot(query, rows[row]) * factors[row] for row in chosen}
    expected = sorted((-score, row) for row, score in scores.items() if score)
    assert lists_of(top) == [[row for _, row in expected]]
    assert top.scores[0, : len(expected)].tolist() == [-score for score, _ in expected]
