"""Postings are searched exactly: what a product and a sort would find, ties by row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.references import assert_best, best, factors, packed, weighed

from recommender.kernels import kernel
from recommender.search import postings
from recommender.kernels.types import Times
from recommender.search.postings import SearchIndex, inverted, search_among
from recommender.vectors.weighting import CODEBOOK

# Weights whose products and sums float32 holds exactly, so that ties are ties.
EXACT = np.array([1.0, 0.5, 0.25, 0.125], np.float32)
COLUMNS = 40


def table(seed, n, columns=COLUMNS, levels=4, twins=0.3):
    """Rows of a few terms, low columns far commoner; many rows are another's twin, some empty."""
    random = np.random.default_rng(seed)
    found = np.full((n, columns), -1)
    for row in range(n):
        if row and random.random() < twins:
            found[row] = found[random.integers(row)]
        else:
            at = (columns * random.random(random.integers(0, 7)) ** 3).astype(int)
            found[row, at] = random.integers(0, levels, len(at))
    return found


def timeless(n):
    return Times(np.full(n, np.nan, np.float32), np.float32(0), np.float32(1))


@pytest.fixture(params=[5, 64, 1 << 16], ids="blocks of {}".format)
def block(request, monkeypatch):
    monkeypatch.setattr(postings, "BLOCK", request.param)
    return request.param


def searched(levels, row, k, days=np.nan, times=None, **options):
    searchable = SearchIndex.of(packed(levels))
    query = packed(levels).row(row)
    return searchable.search(query, days, times or timeless(len(levels)), k, **options)


def test_commonest_words_are_in_blocks_and_the_rest_in_one(block):
    levels = table(1, 200)
    df = (levels >= 0).sum(axis=0)
    found = SearchIndex.of(packed(levels))
    assert found.width == np.flatnonzero(df <= 8)[0] > 2
    assert found.dense.begins[-1] == df[: found.width].sum()
    assert found.sparse.begins[-1] == df[found.width :].sum()
    assert len(found.dense.begins) == -(-200 // block) * found.width + 1
    assert len(found.sparse.begins) == COLUMNS - found.width + 1
    wide = np.uint16 if block > 200 else np.int32
    assert (found.dense.rows.dtype, found.sparse.rows.dtype) == (np.uint16, wide)


def test_postings_give_back_the_rows(block):
    levels = table(2, 150)
    found = SearchIndex.of(packed(levels))
    again = np.full_like(levels, -1)
    for part, first, size in ((found.dense, 0, block), (found.sparse, found.width, 150)):
        slots = (found.width, COLUMNS - found.width)[first > 0]
        for place in range(len(part.begins) - 1):
            entries = slice(part.begins[place], part.begins[place + 1])
            rows = part.rows[entries].astype(int) + place // slots * size
            assert (np.diff(rows) > 0).all()
            again[rows, first + place % slots] = part.levels[entries]
    np.testing.assert_array_equal(again, levels)


@given(st.integers(0, 10_000), st.integers(1, 140), st.sampled_from([1, 4, 33, 1000]), st.data())
@settings(max_examples=150)
def test_a_search_is_exact_with_twins_ties_empty_rows_and_any_blocks(seed, n, k, data):
    levels = table(seed, n)
    row = data.draw(st.integers(0, n - 1))
    barred = np.array(data.draw(st.lists(st.sampled_from([0, 0.5, 1]), min_size=n, max_size=n)))
    given_factors = data.draw(st.sampled_from([None, barred.astype(np.float32)]))
    own = data.draw(st.sampled_from([-1, row]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "BLOCK", data.draw(st.sampled_from([3, 64, 1 << 16])))
        patch.setattr(postings, "CODEBOOK", EXACT)
        rows = packed(levels)
        searchable = SearchIndex.of(rows)
        query = rows.row(row)
        # What a query weighs is looked up with the real levels.
        patch.setattr("recommender.rows.LEVELS", EXACT)
        found, scores = searchable.search(
            query, np.nan, timeless(n), k, factors=given_factors, row=own
        )
        among = np.setdiff1d(np.flatnonzero(np.ones(n) if given_factors is None else barred), own)
        mostly = np.ones(n, np.float32) if given_factors is None else given_factors
        one_by_one = search_among(rows, among, query, np.nan, timeless(n), k, mostly)
    exact = weighed(levels, EXACT)
    wanted = exact @ exact[row] * (1 if given_factors is None else given_factors)
    if own >= 0:
        wanted[own] = 0
    assert found.tolist() == best(wanted.tolist(), k)
    assert scores.tolist() == wanted[found].tolist()
    assert [each.tolist() for each in one_by_one] == [found.tolist(), scores.tolist()]


@pytest.mark.parametrize("k", [1, 10, 500])
@pytest.mark.usefixtures("block")
def test_a_search_is_exact_with_dates_some_missing(k):
    levels = table(3, 300, levels=120)
    random = np.random.default_rng(3)
    days = random.uniform(19_000, 21_000, 300).astype(np.float32)
    days[random.random(300) < 0.2] = np.nan
    times = Times(days, np.float32(0.3), np.float32(0.6))
    weights = weighed(levels)
    near = factors(times)
    searchable, rows = SearchIndex.of(packed(levels)), packed(levels)
    for row in range(0, 300, 7):
        found, scores = searchable.search(rows.row(row), days[row], times, k, row=row)
        wanted = weights @ weights[row] * near[row]
        wanted[row] = 0
        assert_best(found, scores, wanted, k)
        others, ones = np.setdiff1d(np.arange(300), row), np.ones(300, np.float32)
        found, scores = search_among(
            packed(levels), others, rows.row(row), days[row], times, k, ones
        )
        assert_best(found, scores, wanted, k)


def test_rows_are_read_one_by_one_for_a_query_with_columns_that_they_do_not_know():
    rows, asked = packed(table(8, 50)), np.full((1, COLUMNS + 9), -1)
    asked[0, [0, 1, 2, COLUMNS + 3, COLUMNS + 8]] = 0
    query = packed(asked).row(0)
    searched = SearchIndex.of(rows).search(query, np.nan, timeless(50), 9)
    ones = np.ones(50, np.float32)
    found = search_among(rows, np.arange(50), query, np.nan, timeless(50), 9, ones)
    assert len(found[0])
    assert found[0].tolist() == searched[0].tolist()


@pytest.mark.usefixtures("block")
def test_twins_have_equal_scores_to_the_last_bit_and_come_in_the_order_of_rows():
    once = table(4, 60, levels=200, twins=0)
    levels = np.vstack([once, once, once])
    for row in range(60):
        found, scores = searched(levels, row, 180)
        told = dict(zip(found.tolist(), scores.tolist(), strict=True))
        for twin in set(told) & set(range(60)):
            assert told[twin] == told[twin + 60] == told[twin + 120]
            places = [found.tolist().index(twin + more) for more in (0, 60, 120)]
            assert places == sorted(places)


@pytest.mark.usefixtures("block")
def test_a_score_is_the_same_either_way_to_the_last_bit():
    levels = table(5, 90, levels=200)
    rows, searchable = packed(levels), SearchIndex.of(packed(levels))
    scores = {}
    for row in range(90):
        found = searchable.search(rows.row(row), np.nan, timeless(90), 90)
        scores |= {(row, int(other)): score for other, score in zip(*found, strict=True)}
    assert len(scores) > 1000
    assert all(scores[other, row] == score for (row, other), score in scores.items())


def test_factors_of_no_rows_find_nothing():
    levels = table(6, 50)
    found, scores = searched(levels, 1, 5, factors=np.zeros(50, np.float32))
    assert (len(found), len(scores)) == (0, 0)


def test_a_query_of_no_terms_finds_nothing():
    levels = np.array([[0, 1], [-1, -1], [0, -1]])
    assert [len(part) for part in searched(levels, 1, 5)] == [0, 0]


def test_no_rows_are_searched():
    searchable = SearchIndex.of(packed(np.zeros((0, 3), int)))
    query = packed(np.array([[0, -1, 5]])).row(0)
    assert [len(part) for part in searchable.search(query, np.nan, timeless(0), 5)] == [0, 0]


def test_what_is_found_has_the_types_of_a_list():
    found, scores = searched(table(7, 40), 0, 5)
    assert (found.dtype, scores.dtype) == (np.int32, np.float32)
    assert scores.max() <= CODEBOOK[0] ** 2 * COLUMNS


@pytest.mark.parametrize("block", [7, 64, 1000])
def test_inverted_rows_are_numbered_within_their_block(block):
    levels = table(8, 130)
    slots = np.arange(COLUMNS, dtype=np.int32)
    df = kernel.frequencies(packed(levels).starts, packed(levels).blob, COLUMNS)
    found = inverted(packed(levels), slots, range(COLUMNS), block, df)
    assert len(found.rows) == found.begins[-1] == (levels >= 0).sum()
    assert found.rows.max() == min(block, 130) - 1


def test_a_column_that_only_looks_like_one_of_the_query_adds_nothing():
    """Columns are told apart by their lowest bits first, which others have, too."""
    table = np.full((3, kernel.FLAGS + 40), -1)
    table[0, [3, 7, kernel.FLAGS + 39]] = 0
    table[1, [7, kernel.FLAGS + 3]] = table[2, kernel.FLAGS + 7] = 0
    rows, ones = packed(table), np.ones(3, np.float32)
    others, scores = search_among(rows, np.arange(3), rows.row(0), np.nan, timeless(3), 3, ones)
    assert (others.tolist(), scores.tolist()) == ([0, 1], [3, 1])


def test_a_row_whose_factor_leaves_it_just_the_best_is_found():
    levels = np.full((80, 1), 21)
    levels[-1] = 0
    factors_of = np.ones(80, np.float32)
    factors_of[-1] = CODEBOOK[21] * np.float32(1.004)
    query = packed(np.array([[0]])).row(0)
    found, _ = SearchIndex.of(packed(levels)).search(
        query, np.nan, timeless(80), 1, factors=factors_of
    )
    assert found.tolist() == [79]
