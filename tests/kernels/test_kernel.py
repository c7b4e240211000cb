"""The kernels give exactly what plain loops, a matrix product and a sort give."""

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.references import best, packed, weighed

from recommender.kernels import kernel
from recommender.kernels.exact import RUN
from recommender.kernels.types import Postings, Times

# Weights whose products and sums float32 holds exactly, so that ties are ties.
EXACT = np.array([1.0, 0.5, 0.25, 0.125], np.float32)
COLUMNS = 8
ROW = st.lists(st.sampled_from([-1, -1, 0, 1, 2, 3]), min_size=COLUMNS, max_size=COLUMNS)
MATRICES = st.lists(ROW, min_size=1, max_size=6).flatmap(
    lambda pool: st.lists(st.sampled_from(pool), max_size=150)
)
TABLES = MATRICES.map(lambda rows: np.array(rows, np.int64).reshape(-1, COLUMNS))
SLOTS = st.permutations(range(COLUMNS)).flatmap(
    lambda columns: st.integers(0, COLUMNS).map(lambda left: (columns, left))
)


def slots_of(drawn):
    """A slot for each column but those left out, and how many there are."""
    columns, left = drawn
    slots = np.full(COLUMNS, -1, np.int32)
    slots[columns[left:]] = np.arange(COLUMNS - left)
    return slots, COLUMNS - left


def inverted(rows, slots, width, block, dtype=np.uint16):
    df = kernel.frequencies(rows.starts, rows.blob, rows.columns)
    entries = int(df[slots >= 0].sum())
    blocks = max(1, -(-len(rows) // block))
    begins = np.zeros(blocks * width + 1, np.int64)
    postings = Postings(begins, np.empty(entries, dtype), np.empty(entries, np.uint8))
    arguments = postings.rows, postings.levels, postings.begins
    order = np.arange(len(rows))
    kernel.invert(rows.starts, rows.blob, order, slots, df, 0, width, block, *arguments)
    return postings


def timeless(n, unknown=1.0):
    return Times(np.full(n, np.nan, np.float32), np.float32(0), np.float32(unknown))


def listed(lists):
    return [row[row >= 0].tolist() for row in lists.rows]


def searched(query, table, k, *, width=3, block=64, times=None, day=np.nan, factors=(), own=-1):
    """Search a table of levels; columns below ``width`` are in the frequent postings."""
    rows = packed(table)
    columns = table.shape[1]
    slots = np.arange(columns, dtype=np.int32)
    frequent = inverted(rows, np.where(slots < width, slots, -1).astype(np.int32), width, block)
    rest = np.where(slots < width, -1, slots - width).astype(np.int32)
    others = inverted(rows, rest, columns - width, max(1, len(table)), np.int32)
    lists = kernel.empty_lists(1, k)
    (asked,) = np.nonzero(query >= 0)
    kernel.search(
        asked.astype(np.int32),
        EXACT[query[asked]],
        frequent,
        width,
        block,
        others,
        EXACT,
        times or timeless(len(table)),
        np.float32(day),
        np.array(factors, np.float32),
        own,
        lists,
        0,
    )
    return kernel.sort(lists)


def weights(*values):
    """A table of one column with these of ``EXACT``, -1 for none."""
    return np.array(values, np.int64).reshape(-1, 1)


@given(st.integers(1, 63).flatmap(lambda bits: st.tuples(
    st.just(bits), st.lists(st.integers(0, 2**bits - 1), max_size=50))))  # fmt: skip
def test_keys_of_any_number_of_bits_are_sorted(drawn):
    bits, keys = drawn
    found = kernel.radix_sorted(np.array(keys, np.int64), bits)
    assert found.tolist() == sorted(keys)


def test_many_keys_are_sorted():
    keys = np.random.default_rng(1).integers(0, 2**44, 20_000)
    expected = np.sort(keys)
    np.testing.assert_array_equal(kernel.radix_sorted(keys, 44), expected)


@given(TABLES)
def test_packed_rows_are_read_and_their_columns_counted(table):
    rows = packed(table)
    columns = np.empty(COLUMNS, np.int64)
    for row, levels in enumerate(table):
        size, at = kernel.read_row(rows.starts, rows.blob, row, columns)
        assert columns[:size].tolist() == np.flatnonzero(levels >= 0).tolist()
        assert rows.blob[at : at + size].tolist() == levels[levels >= 0].tolist()
    present = table >= 0
    found = kernel.frequencies(rows.starts, rows.blob, COLUMNS)
    assert (found.dtype, found.tolist()) == (np.int32, present.sum(axis=0).tolist())
    longest = present.sum(axis=1).max(initial=0)
    assert kernel.longest(rows.starts, rows.blob) == longest


@given(st.integers(0, 2**40), st.binary(max_size=3))
def test_a_number_is_read_to_its_end(wanted, rest):
    parts = [wanted >> shift & 127 for shift in range(0, max(wanted.bit_length(), 1), 7)]
    blob = bytes([*(part | 128 for part in parts[:-1]), parts[-1], *rest])
    assert kernel.number(np.frombuffer(b"\xff" + blob, np.uint8).copy(), 1) == (
        wanted,
        1 + len(parts),
    )


@given(TABLES, SLOTS, st.sampled_from([1, 3, 64, 1000]))
def test_postings_list_the_rows_of_each_slot_block_by_block(table, drawn, block):
    slots, width = slots_of(drawn)
    found = inverted(packed(table), slots, width, block)
    blocks = max(1, -(-len(table) // block))
    expected = [[] for _ in range(blocks * width)]
    for row, levels in enumerate(table):
        for column in np.flatnonzero(levels >= 0):
            if slots[column] >= 0:
                entry = row % block, int(levels[column])
                expected[row // block * width + slots[column]].append(entry)
    entries = list(zip(found.rows.tolist(), found.levels.tolist(), strict=True))
    begins = found.begins.tolist()
    assert [entries[a:b] for a, b in pairwise(begins)] == expected


@given(TABLES, SLOTS)
def test_picked_rows_hold_the_columns_with_a_slot_and_no_others(table, drawn):
    rows, (slots, width) = packed(table), slots_of(drawn)
    indptr, picked, values = kernel.pick(
        rows.starts, rows.blob, np.arange(len(rows)), slots, 0, width, EXACT
    )
    assert [indptr.dtype, picked.dtype, values.dtype] == [np.int64, np.int32, np.float32]
    for row, levels in enumerate(table):
        columns = [column for column in np.flatnonzero(levels >= 0) if slots[column] >= 0]
        part = slice(indptr[row], indptr[row + 1])
        assert picked[part].tolist() == slots[columns].tolist()
        assert values[part].tolist() == EXACT[levels[columns]].tolist()


@given(TABLES, st.sampled_from([1, 4, 64, 1000]), st.data())
def test_additions_are_the_products_of_pairs_by_later_row_and_block(table, block, data):
    low = data.draw(st.integers(0, len(table)))
    high = data.draw(st.integers(low, len(table)))
    slots = np.arange(COLUMNS, dtype=np.int32)
    rare = inverted(packed(table), slots, COLUMNS, 1 << 31, np.int32)
    begins, others, values = kernel.additions(rare, low, high, block, EXACT)
    assert (others.dtype, values.dtype) == (np.uint16, np.float32)
    blocks = -(-high // block)
    for row in range(low, high):
        for number in range(blocks):
            key = (row - low) * blocks + number
            part = slice(begins[key], begins[key + 1])
            expected = [
                (before - number * block, float(EXACT[table[row, c]] * EXACT[table[before, c]]))
                for c in range(COLUMNS)
                for before in range(number * block, min(row, (number + 1) * block))
                if table[row, c] >= 0 and table[before, c] >= 0
            ]
            found = zip(others[part].tolist(), values[part].tolist(), strict=True)
            assert list(found) == expected


@given(
    TABLES,
    ROW,
    st.sampled_from([1, 2, 7, 1000]),
    st.integers(0, COLUMNS),
    st.sampled_from([1, 5, RUN, 2 * RUN, 1000]),
)
@settings(max_examples=200)
def test_search_finds_what_a_product_and_a_sort_find(table, query, k, width, block):
    query = np.array(query)
    lists = searched(query, table, k, width=width, block=block)
    scores = weighed(table, EXACT) @ weighed(query, EXACT)
    expected = best(scores.tolist(), k)
    assert listed(lists) == [expected]
    assert lists.scores[0, : len(expected)].tolist() == scores[expected].tolist()
    assert not lists.scores[0, len(expected) :].any()


@given(TABLES, st.sampled_from([1, 3, 200]), st.sampled_from([3, RUN]), st.data())
def test_factors_apply_before_the_best_are_chosen_and_the_query_is_never_its_own(
    table, k, block, data
):
    if not len(table):
        return
    drawn = st.lists(st.sampled_from([0, 0.25, 1]), min_size=len(table), max_size=len(table))
    factors = np.array(data.draw(drawn), np.float32)
    own = data.draw(st.integers(0, len(table) - 1))
    lists = searched(table[own], table, k, block=block, factors=factors, own=own)
    scores = weighed(table, EXACT) @ weighed(table[own], EXACT) * factors
    scores[own] = 0
    assert listed(lists) == [best(scores.tolist(), k)]


def test_equal_scores_come_in_the_order_of_rows_and_the_first_rows_win():
    twins = weights(*[0] * 300)
    for width in (0, 1):
        lists = searched(np.array([1]), twins, 7, width=width, block=50, own=2)
        assert listed(lists) == [[0, 1, 3, 4, 5, 6, 7]]


def test_an_unrelated_row_is_never_listed_however_long_the_list():
    table = np.array([[-1, 0], [3, -1], [-1, -1]])
    assert listed(searched(np.array([0, -1]), table, 3, width=1)) == [[1]]


def test_distance_in_time_changes_the_order():
    times = Times(np.array([0, -3, 15, np.nan], np.float32), np.float32(0.5), np.float32(0.0625))
    lists = searched(np.array([0]), weights(2, 1, 1, 0), 4, width=1, times=times, day=0)
    assert listed(lists) == [[0, 1, 2, 3]]
    np.testing.assert_allclose(lists.scores[0], [0.25, 0.25, 0.125, 0.0625], rtol=1e-6)


def test_a_power_of_zero_leaves_scores_alone_to_the_last_bit():
    days = np.array([0, 1, 20_000.3, -7], np.float32)
    times = Times(days, np.float32(0), np.float32(1))
    lists = searched(np.array([1]), weights(0, 0, 0, 0), 4, width=1, times=times, day=0)
    assert listed(lists) == [[0, 1, 2, 3]]
    assert lists.scores[0].tolist() == [0.5] * 4


def test_a_query_without_a_date_takes_the_unknown_factor():
    times = timeless(1, unknown=0.5)._replace(days=np.zeros(1, np.float32))
    assert searched(np.array([0]), weights(0), 1, width=1, times=times).scores.tolist() == [[0.5]]


ENTRIES = st.lists(st.sampled_from(EXACT.tolist()), max_size=60)


@given(ENTRIES, st.integers(1, 12), st.integers(1, 5), st.randoms(use_true_random=False))
def test_merged_lists_are_the_best_of_all_however_they_were_dealt(scores, k, hands, random):
    """Rows with scores are dealt to several lists of k; merged, they are the k best of all."""
    rows = list(range(len(scores)))
    random.shuffle(rows)
    dealt = []
    for hand in range(hands):
        lists = kernel.empty_lists(1, k)
        for row in rows[hand::hands]:
            if scores[row] >= lists.thresholds[0]:
                kernel._offer(lists, 0, np.float32(scores[row]), row)
        dealt.append(lists)
    for lists in dealt[1:]:
        kernel.merge(dealt[0], lists)
    assert listed(kernel.sort(dealt[0])) == [best(scores, k)]


@given(ENTRIES, st.integers(1, 12))
def test_the_bar_of_a_list_rises_and_keeps_out_none_of_the_best(scores, k):
    lists, bar = kernel.empty_lists(1, k), kernel.TINY
    for row, score in enumerate(scores * 9):
        if score >= lists.thresholds[0]:
            kernel._offer(lists, 0, np.float32(score), row)
        assert lists.thresholds[0] >= bar
        bar = lists.thresholds[0]
    assert listed(kernel.sort(lists)) == [best(scores * 9, k)]


@pytest.mark.parametrize(("n", "k"), [(0, 3), (3, 1)])
def test_empty_lists_are_empty(n, k):
    lists = kernel.sort(kernel.empty_lists(n, k))
    assert listed(lists) == [[]] * n
    assert lists.rows.shape == lists.scores.shape == (n, k)
    assert not lists.scores.any()


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
