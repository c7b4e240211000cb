"""Packed rows are inverted, and cut to some columns, as loops over a table do it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.references import packed
from support.tables import COLUMNS, EXACT, TABLES, postings_of, slot_ranges

from recommender.kernels.inverting import heaviest, invert, slot_rows
from recommender.kernels.packing import frequencies
from recommender.kernels.types import Postings


@given(TABLES, slot_ranges(), st.sampled_from([1, 3, 64, 1000]), st.randoms())
def test_postings_list_the_rows_of_each_slot_by_block(table, chosen, block, random):
    order = random.sample(range(len(table)), len(table))
    expected = postings_of(table[order], chosen, block)
    postings = Postings(*map(np.zeros_like, expected))
    arrays = packed(table).arrays
    df = frequencies(arrays, COLUMNS)
    invert(arrays, np.array(order, np.int64), chosen, df, block, postings)
    for array, expected_array in zip(postings, expected, strict=True):
        assert array.tolist() == expected_array.tolist()


@given(TABLES, slot_ranges(), st.randoms())
def test_slot_rows_hold_the_chosen_columns_only(table, chosen, random):
    order = random.sample(range(len(table)), random.randint(0, len(table)))
    indptr, slots, weights = slot_rows(
        packed(table, EXACT).arrays, np.array(order, np.int64), chosen
    )
    assert [indptr.dtype, slots.dtype, weights.dtype] == [np.int64, np.int32, np.float32]
    assert len(indptr) == len(order) + 1
    for row, levels in enumerate(table[order]):
        columns = [
            column
            for column in np.flatnonzero(levels >= 0)
            if chosen.low <= chosen.slots[column] < chosen.high
        ]
        part = slice(indptr[row], indptr[row + 1])
        assert slots[part].tolist() == (chosen.slots[columns] - chosen.low).tolist()
        assert weights[part].tolist() == EXACT[levels[columns]].tolist()


@given(TABLES, st.lists(st.booleans(), min_size=COLUMNS, max_size=COLUMNS), st.integers(0, 9))
def test_the_heaviest_entries_are_kept_of_ties_the_last_columns(table, usable, most):
    order = np.arange(len(table))[::-1].copy()
    indptr, columns, levels = heaviest(packed(table).arrays, np.array(usable), most, order)
    for place, row in enumerate(order):
        entries = [
            (level, -column)
            for column, level in enumerate(table[row].tolist())
            if level >= 0 and usable[column]
        ]
        expected = sorted((-column, level) for level, column in sorted(entries)[:most])
        part = slice(indptr[place], indptr[place + 1])
        assert list(zip(columns[part].tolist(), levels[part].tolist(), strict=True)) == expected
