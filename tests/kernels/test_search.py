"""A search through postings gives what a matrix product and a sort give."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.graphs import lists_of, undated
from support.references import best, weighed
from support.tables import COLUMNS, EXACT, ROWS, TABLES, postings_of

from recommender.kernels.exact import RUN
from recommender.kernels.search import rows_above, search
from recommender.kernels.topk import empty_heaps, sorted_top
from recommender.kernels.types import InvertedIndex, Query, SlotRange, Times

BLOCKS = st.sampled_from([1, 5, RUN, 2 * RUN, 1000])
WIDTHS = st.integers(0, COLUMNS)


def index_of(table, width=1, block=64):
    """The postings of a table; its columns below ``width`` are dense."""
    columns = table.shape[1]
    slots = np.arange(columns, dtype=np.int32)
    dense = postings_of(table, SlotRange(slots, 0, width), block)
    sparse = postings_of(table, SlotRange(slots, width, columns), max(1, len(table)), np.int32)
    return InvertedIndex(width, block, dense, sparse, EXACT)


def query_of(levels, day=np.nan, row=-1):
    (columns,) = np.nonzero(levels >= 0)
    return Query(columns.astype(np.int32), EXACT[levels[columns]], np.float32(day), row)


def top_of(query, index, k, times, factors=()):
    heaps = empty_heaps(1, k)
    search(query, index, times, np.array(factors, np.float32), heaps, 0)
    return sorted_top(heaps)


@given(TABLES, ROWS, st.sampled_from([1, 2, 7, 1000]), WIDTHS, BLOCKS)
@settings(max_examples=200)
def test_a_search_lists_what_a_product_and_a_sort_list(table, levels, k, width, block):
    levels, index = np.array(levels), index_of(table, width, block)
    top = top_of(query_of(levels), index, k, undated(len(table)))
    scores = weighed(table, EXACT) @ weighed(levels, EXACT)
    expected = best(scores.tolist(), k)
    assert lists_of(top) == [expected]
    assert top.scores[0, : len(expected)].tolist() == scores[expected].tolist()
    assert not top.scores[0, len(expected) :].any()


@given(TABLES.filter(len), st.sampled_from([1, 3, 200]), st.sampled_from([3, RUN]), st.data())
def test_factors_count_before_the_best_are_chosen(table, k, block, data):
    factor_lists = st.lists(st.sampled_from([0, 0.25, 1]), min_size=len(table), max_size=len(table))
    factors, own = data.draw(factor_lists), data.draw(st.integers(0, len(table) - 1))
    index = index_of(table, 3, block)
    top = top_of(query_of(table[own], row=own), index, k, undated(len(table)), factors)
    scores = weighed(table, EXACT) @ weighed(table[own], EXACT) * factors
    scores[own] = 0
    assert lists_of(top) == [best(scores.tolist(), k)]


@given(TABLES, ROWS, WIDTHS, BLOCKS, st.data())
def test_rows_above_their_own_thresholds_are_returned(table, levels, width, block, data):
    threshold_lists = st.lists(
        st.sampled_from([0, 0.5, 1, 9]), min_size=len(table), max_size=len(table)
    )
    thresholds, levels = np.array(data.draw(threshold_lists), np.float32), np.array(levels)
    index = index_of(table, width, block)
    rows, scores = rows_above(query_of(levels), index, undated(len(table)), thresholds)
    expected = weighed(table, EXACT) @ weighed(levels, EXACT)
    above = np.flatnonzero((expected > 0) & (expected >= thresholds))
    assert rows.tolist() == above.tolist()
    assert scores.tolist() == expected[above].tolist()


def one_column(*levels):
    return np.array(levels).reshape(-1, 1)


def test_distance_in_time_changes_the_order():
    times = Times(np.array([0, -3, 15, np.nan], np.float32), np.float32(0.5), np.float32(0.0625))
    query = query_of(np.array([0]), day=0)
    top = top_of(query, index_of(one_column(2, 1, 1, 0)), 4, times)
    assert lists_of(top) == [[0, 1, 2, 3]]
    np.testing.assert_allclose(top.scores[0], [0.25, 0.25, 0.125, 0.0625], rtol=1e-6)


def test_a_power_of_zero_changes_no_bit_of_a_score():
    times = Times(np.array([0, 1, 20_000.3, -7], np.float32), np.float32(0), np.float32(1))
    top = top_of(query_of(np.array([1]), day=0), index_of(one_column(0, 0, 0, 0)), 4, times)
    assert lists_of(top) == [[0, 1, 2, 3]]
    assert top.scores.tolist() == [[0.5] * 4]


def test_a_query_without_a_date_takes_the_unknown_factor():
    times = Times(np.zeros(1, np.float32), np.float32(1), np.float32(0.5))
    top = top_of(query_of(np.array([0])), index_of(one_column(0)), 1, times)
    assert top.scores.tolist() == [[0.5]]
