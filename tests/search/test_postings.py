"""A search through postings is exact: it returns what a product and a sort would."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.graphs import partly_dated, random_levels, undated
from support.references import assert_best, best, factors, packed, weighed

from recommender.kernels.packing import frequencies
from recommender.kernels.scatter import FILTER
from recommender.kernels.types import SlotRange
from recommender.search.postings import BLOCK, SearchIndex, inverted, search_among
from recommender.vectors.weighting import CODEBOOK

COLUMNS = 40
by_block = pytest.mark.parametrize("block", [5, 64, BLOCK])


def rows_of(seed, n, **options):
    """A table of few levels a row, and the same rows packed."""
    levels = random_levels(seed, n, COLUMNS, entries=4, **options)
    return levels, packed(levels)


@by_block
def test_common_columns_are_cut_into_blocks_and_the_others_are_not(block):
    levels, rows = rows_of(1, 200)
    df = (levels >= 0).sum(axis=0)
    index = SearchIndex.of(rows, block=block)
    assert index.width == np.flatnonzero(df <= 8)[0] > 2
    assert index.dense.begins[-1] == df[: index.width].sum()
    assert index.sparse.begins[-1] == df[index.width :].sum()
    assert len(index.dense.begins) == -(-200 // block) * index.width + 1
    assert len(index.sparse.begins) == COLUMNS - index.width + 1


@by_block
def test_postings_hold_every_entry_of_the_rows_in_order(block):
    levels, rows = rows_of(2, 150)
    index = SearchIndex.of(rows, block=block)
    restored = np.full_like(levels, -1)
    tiers = (index.dense, 0, index.width, block), (index.sparse, index.width, COLUMNS, 150)
    for postings, first, stop, size in tiers:
        for place in range(len(postings.begins) - 1):
            entries = slice(postings.begins[place], postings.begins[place + 1])
            local = postings.rows[entries].astype(int)
            assert (np.diff(local) > 0).all()
            at = local + place // (stop - first) * size
            restored[at, first + place % (stop - first)] = postings.levels[entries]
    np.testing.assert_array_equal(restored, levels)


@given(
    st.integers(0, 10_000),
    st.integers(1, 140),
    st.sampled_from([1, 4, 33, 1000]),
    st.sampled_from([3, 64, BLOCK]),
    st.data(),
)
@settings(max_examples=150)
def test_search_is_exact_for_any_rows_factors_and_blocks(seed, n, k, block, data):
    levels, rows = rows_of(seed, n)
    row = data.draw(st.integers(0, n - 1))
    own = data.draw(st.sampled_from([-1, row]))
    multiples = st.lists(st.sampled_from([0, 0.5, 1]), min_size=n, max_size=n)
    drawn = data.draw(st.none() | multiples)
    factor = np.ones(n, np.float32) if drawn is None else np.array(drawn, np.float32)
    query, index = rows.row(row), SearchIndex.of(rows, block=block)
    given_factors = None if drawn is None else factor
    others, scores = index.search(query, np.nan, undated(n), k, factors=given_factors, row=own)
    expected = weighed(levels) @ weighed(levels)[row] * factor
    if own >= 0:
        expected[own] = 0
    assert others.tolist() == best(expected.tolist(), k)
    assert scores.tolist() == expected[others].tolist()
    assert (others.dtype, scores.dtype) == (np.int32, np.float32)
    chosen = np.setdiff1d(np.flatnonzero(factor), own)
    among = search_among(rows, chosen, query, np.nan, undated(n), k, factor)
    assert [part.tolist() for part in among] == [others.tolist(), scores.tolist()]


@pytest.mark.parametrize("k", [1, 10, 500])
def test_search_is_exact_with_dates_of_which_some_are_missing(k):
    levels, rows = rows_of(3, 300, levels=120)
    times, index = partly_dated(300), SearchIndex.of(rows, block=64)
    weights, near = weighed(levels), factors(times)
    for row in range(0, 300, 7):
        query, day = rows.row(row), times.days[row]
        expected = weights @ weights[row] * near[row]
        expected[row] = 0
        assert_best(*index.search(query, day, times, k, row=row), expected, k)
        others, ones = np.setdiff1d(np.arange(300), row), np.ones(300, np.float32)
        assert_best(*search_among(rows, others, query, day, times, k, ones), expected, k)


def test_rows_above_are_those_that_pass_their_own_threshold():
    levels, rows = rows_of(9, 300, levels=120)
    times, index = partly_dated(300), SearchIndex.of(rows, block=64)
    thresholds = np.random.default_rng(9).uniform(0, 2, 300).astype(np.float32)
    for row in range(0, 300, 7):
        above, scores = index.rows_above(rows.row(row), times.days[row], times, thresholds)
        expected = weighed(levels) @ weighed(levels)[row] * factors(times)[row]
        assert above.tolist() == np.flatnonzero((expected > 0) & (expected >= thresholds)).tolist()
        np.testing.assert_allclose(scores, expected[above], rtol=2e-6)


def test_score_that_differs_from_a_threshold_in_its_last_bits_is_above():
    _, rows = rows_of(10, 100)
    index, query = SearchIndex.of(rows), rows.row(1)
    above, scores = index.rows_above(query, np.nan, undated(100), np.zeros(100, np.float32))
    thresholds = np.full(100, 99, np.float32)
    thresholds[above] = scores + np.float32(5e-7)
    again, _ = index.rows_above(query, np.nan, undated(100), thresholds)
    assert len(above)
    assert again.tolist() == above.tolist()


def test_query_may_have_columns_that_the_rows_lack():
    rows, levels = packed(random_levels(8, 50)), np.full((1, COLUMNS + 9), -1)
    levels[0, [0, 1, 2, COLUMNS + 3, COLUMNS + 8]] = 0
    query, ones = packed(levels).row(0), np.ones(50, np.float32)
    others, _ = SearchIndex.of(rows).search(query, np.nan, undated(50), 9)
    among, _ = search_among(rows, np.arange(50), query, np.nan, undated(50), 9, ones)
    assert len(others)
    assert others.tolist() == among.tolist()


@by_block
def test_twins_have_equal_scores_to_the_last_bit_in_order_of_rows(block):
    once = random_levels(4, 60, levels=200, twins=0)
    rows = packed(np.vstack([once, once, once]))
    index = SearchIndex.of(rows, block=block)
    for row in range(60):
        others, scores = index.search(rows.row(row), np.nan, undated(180), 180)
        score_of = dict(zip(others.tolist(), scores.tolist(), strict=True))
        for twin in set(score_of) & set(range(60)):
            assert score_of[twin] == score_of[twin + 60] == score_of[twin + 120]
            places = [others.tolist().index(twin + more) for more in (0, 60, 120)]
            assert places == sorted(places)


@by_block
def test_score_of_a_pair_is_the_same_both_ways_to_the_last_bit(block):
    _, rows = rows_of(5, 90, levels=200)
    index, scores = SearchIndex.of(rows, block=block), {}
    for row in range(90):
        ranking = index.search(rows.row(row), np.nan, undated(90), 90)
        scores |= {(row, int(other)): score for other, score in zip(*ranking, strict=True)}
    assert len(scores) > 1000
    assert all(scores[other, row] == score for (row, other), score in scores.items())


@pytest.mark.parametrize(
    ("levels", "factor"),
    [([[0, 1], [-1, -1], [0, -1]], 1), ([[0, 1], [0, 1], [0, -1]], 0), (np.zeros((0, 2)), 1)],
    ids=["query without terms", "factors of 0", "no rows"],
)
def test_search_may_return_nothing(levels, factor):
    rows, n = packed(np.array(levels, int)), len(levels)
    query = rows.row(1) if n else packed(np.array([[0, 5]])).row(0)
    ones = np.full(n, factor, np.float32)
    others, scores = SearchIndex.of(rows).search(query, np.nan, undated(n), 5, factors=ones)
    assert (len(others), len(scores)) == (0, 0)


@pytest.mark.parametrize("block", [7, 64, 1000])
def test_rows_of_postings_are_counted_from_the_first_of_their_block(block):
    levels, rows = rows_of(8, 130)
    slots = SlotRange(np.arange(COLUMNS, dtype=np.int32), 0, COLUMNS)
    postings = inverted(rows, slots, block, frequencies(rows.arrays, COLUMNS))
    assert len(postings.rows) == postings.begins[-1] == (levels >= 0).sum()
    assert postings.rows.max() == min(block, 130) - 1


@pytest.mark.parametrize(("block", "kind"), [(1 << 16, np.uint16), ((1 << 16) + 1, np.int32)])
def test_rows_of_large_blocks_have_a_larger_type(block, kind):
    rows = packed(np.array([[0]]))
    slots = SlotRange(np.zeros(1, np.int32), 0, 1)
    assert inverted(rows, slots, block, np.ones(1, np.int32)).rows.dtype == kind


def test_column_with_the_lowest_bits_of_a_query_column_adds_nothing():
    """The filter of columns knows only their lowest bits."""
    levels = np.full((3, FILTER + 40), -1)
    levels[0, [3, 7, FILTER + 39]] = 0
    levels[1, [7, FILTER + 3]] = levels[2, FILTER + 7] = 0
    rows, ones = packed(levels), np.ones(3, np.float32)
    others, scores = search_among(rows, np.arange(3), rows.row(0), np.nan, undated(3), 3, ones)
    assert (others.tolist(), scores.tolist()) == ([0, 1], [3, 1])


def test_row_that_is_barely_the_best_after_its_factor_is_returned():
    levels = np.full((80, 1), 21)
    levels[-1] = 0
    factor = np.ones(80, np.float32)
    factor[-1] = np.nextafter(CODEBOOK[21], np.float32(1))
    query = packed(np.array([[0]])).row(0)
    others, _ = SearchIndex.of(packed(levels)).search(query, np.nan, undated(80), 1, factors=factor)
    assert others.tolist() == [79]
