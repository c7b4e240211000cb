"""The kernels give exactly what a matrix product and a sort give."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from references import best
from scipy.sparse import csr_matrix

from recommender import kernel
from recommender.kernel import Postings, Times

# Weights whose products and sums float32 holds exactly, so that ties are ties.
EXACT = [0.125, 0.25, 0.5, 1.0]
COLUMNS = 8
ROWS = st.dictionaries(st.integers(0, COLUMNS - 1), st.sampled_from(EXACT), max_size=COLUMNS)
MATRICES = st.lists(ROWS, max_size=6).flatmap(
    lambda pool: st.lists(st.sampled_from([*pool, {}]), max_size=40)
)
NO_FACTORS = np.zeros(0, np.float32)


def csr(rows, columns=COLUMNS):
    ordered = [sorted(row.items()) for row in rows]
    indptr = np.cumsum([0, *map(len, ordered)]).astype(np.int64)
    flat = [entry for row in ordered for entry in row]
    indices = np.array([column for column, _ in flat], np.int32)
    data = np.array([value for _, value in flat], np.float32)
    return indptr, indices, data, columns


def timeless(n, unknown=1.0):
    return Times(np.full(n, np.nan, np.float32), np.float32(0), np.float32(unknown))


def listed(lists):
    return [row[row >= 0].tolist() for row in lists.rows]


def searched(queries, rows, k, *, times=None, days=None, factors=NO_FACTORS, selves=None):
    lists = kernel.empty_lists(len(queries), k)
    indptr, indices, data, _ = csr(queries)
    times = times or timeless(len(rows))
    kernel.search(
        indptr,
        indices,
        data,
        np.full(len(queries), np.nan, np.float32) if days is None else days,
        Postings(*kernel.transpose(*csr(rows))[:3]),
        times,
        factors,
        np.full(len(queries), -1) if selves is None else np.array(selves, np.int64),
        lists,
    )
    kernel.sort(lists)
    return lists


def products(queries, rows):
    def matrix(some):
        indptr, indices, data, columns = csr(some)
        return csr_matrix((data, indices, indptr), (len(some), columns))

    return (matrix(queries) @ matrix(rows).T).toarray()


@given(MATRICES)
def test_postings_are_the_transposed_matrix(rows):
    starts, posted, weights, places = kernel.transpose(*csr(rows))
    indptr, indices, data, columns = csr(rows)
    expected = csr_matrix((data, indices, indptr), (len(rows), columns)).tocsc()
    expected.sort_indices()
    np.testing.assert_array_equal(starts, expected.indptr)
    np.testing.assert_array_equal(posted, expected.indices)
    np.testing.assert_array_equal(weights, expected.data)
    np.testing.assert_array_equal(posted[starts[indices] + places], np.repeat(*row_numbers(indptr)))


def row_numbers(indptr):
    return np.arange(len(indptr) - 1), np.diff(indptr)


@given(MATRICES, MATRICES, st.integers(1, 45))
def test_search_finds_what_a_product_and_a_sort_find(queries, rows, k):
    lists = searched(queries, rows, k)
    scores = products(queries, rows)
    assert listed(lists) == [best(row.tolist(), k) for row in scores]
    for query, found in enumerate(listed(lists)):
        assert lists.scores[query, : len(found)].tolist() == scores[query, found].tolist()
        assert not lists.scores[query, len(found) :].any()


@given(MATRICES, st.integers(1, 10), st.data())
def test_factors_apply_before_the_best_are_chosen_and_the_query_is_never_its_own(rows, k, data):
    drawn = st.lists(st.sampled_from([0, 0.25, 1]), min_size=len(rows), max_size=len(rows))
    factors = np.array(data.draw(drawn), np.float32)
    lists = searched(rows, rows, k, factors=factors, selves=list(range(len(rows))))
    scores = products(rows, rows) * factors
    np.fill_diagonal(scores, 0)
    assert listed(lists) == [best(row.tolist(), k) for row in scores]


def test_equal_scores_come_in_the_order_of_rows_and_the_first_rows_win():
    twins = [{0: 1.0}] * 100
    assert listed(searched([{0: 0.5}], twins, 7)) == [[0, 1, 2, 3, 4, 5, 6]]


def test_an_unrelated_row_is_never_listed_however_long_the_list():
    assert listed(searched([{0: 1.0}], [{1: 1.0}, {0: 0.125}, {}], 3)) == [[1]]


def test_distance_in_time_changes_the_order():
    days = np.array([0, -15, 80, np.nan], np.float32)
    times = Times(days, np.float32(0.5), np.float32(0.0625))
    rows = [{0: 0.5}, {0: 0.75}, {0: 0.875}, {0: 1.0}]
    lists = searched([{0: 1.0}], rows, 4, times=times, days=np.zeros(1, np.float32))
    assert listed(lists) == [[0, 1, 2, 3]]
    expected = [0.5, 0.75 / 4, 0.875 / 9, 0.0625]
    np.testing.assert_allclose(lists.scores[0], expected, rtol=1e-6)


def test_a_power_of_zero_leaves_scores_alone_to_the_last_bit():
    days = np.array([0, 1, 20_000.3, -7], np.float32)
    times = Times(days, np.float32(0), np.float32(1))
    rows = [{0: 1 / 3}] * 4
    lists = searched([{0: 1.0}], rows, 4, times=times, days=np.zeros(1, np.float32))
    assert listed(lists) == [[0, 1, 2, 3]]
    assert lists.scores[0].tolist() == [np.float32(1 / 3)] * 4


def test_a_query_without_a_date_takes_the_unknown_factor():
    times = timeless(1, unknown=0.5)._replace(days=np.zeros(1, np.float32))
    assert searched([{0: 1.0}], [{0: 1.0}], 1, times=times).scores.tolist() == [[0.5]]


ENTRIES = st.lists(st.sampled_from(EXACT), max_size=60)


@given(ENTRIES, st.integers(1, 12), st.integers(1, 5), st.randoms(use_true_random=False))
def test_merged_lists_are_the_best_of_all_however_they_were_dealt(scores, k, hands, random):
    """Rows with scores are dealt to several lists of k; merged, they are the k best of all."""
    rows = list(range(len(scores)))
    random.shuffle(rows)
    dealt = []
    for hand in range(hands):
        lists = kernel.empty_lists(1, k)
        for row in rows[hand::hands]:
            kernel._offer(lists, 0, np.float32(scores[row]), row)
        dealt.append(lists)
    for lists in dealt[1:]:
        kernel.merge(dealt[0], lists)
    kernel.sort(dealt[0])
    assert listed(dealt[0]) == [best(scores, k)]


@pytest.mark.parametrize(("n", "k"), [(0, 3), (3, 1)])
def test_empty_lists_are_empty(n, k):
    lists = kernel.empty_lists(n, k)
    kernel.sort(lists)
    assert listed(lists) == [[]] * n
    assert lists.rows.shape == lists.scores.shape == (n, k)


@given(st.lists(st.just(0.0) | st.floats(2.0**-100, 1, width=32), max_size=30))
def test_scores_far_apart_are_told_apart(weights):
    rows = [{0: weight} for weight in weights]
    assert listed(searched([{0: 1.0}], rows, 5)) == [best(weights, 5)]


# No folder that numba would keep compiled code in can be made: not beside the source, not at home.
UNKEPT = """
import sys
sys.path.insert(0, sys.argv[1])
from recommender import kernel
assert kernel.__file__.startswith(sys.argv[1])
lists = kernel.empty_lists(1, 2)
kernel.sort(lists)
assert lists.sizes.tolist() == [0]
"""


def test_kernels_work_where_nothing_can_be_written(tmp_path):
    shutil.copytree(
        Path(kernel.__file__).parent,
        tmp_path / "recommender",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (tmp_path / "recommender" / "__pycache__").touch()
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null", "NUMBA_CACHE_DIR": ""}
    subprocess.run(
        [sys.executable, "-W", "error", "-B", "-c", UNKEPT, str(tmp_path)],
        check=True,
        env={**os.environ, **nowhere},
    )
