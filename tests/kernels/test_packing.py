"""Packed rows are read column by column, and counted without unpacking."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.references import packed
from support.tables import COLUMNS, TABLES

from recommender.kernels.packing import frequencies, longest, longest_of, read_row, varint


@given(TABLES)
def test_a_row_is_read_with_the_place_of_its_levels(table):
    rows, columns = packed(table), np.empty(COLUMNS, np.int64)
    for row, levels in enumerate(table):
        size, at = read_row(rows.starts, rows.blob, row, columns)
        assert columns[:size].tolist() == np.flatnonzero(levels >= 0).tolist()
        assert rows.blob[at : at + size].tolist() == levels[levels >= 0].tolist()


@given(TABLES, st.data())
def test_document_frequencies_and_longest_rows_are_counted(table, data):
    arrays, present = packed(table).arrays, table >= 0
    df = frequencies(arrays, COLUMNS)
    assert (df.dtype, df.tolist()) == (np.int32, present.sum(axis=0).tolist())
    assert longest(arrays) == present.sum(axis=1).max(initial=0)
    some = data.draw(st.lists(st.integers(0, len(table) - 1)) if len(table) else st.just([]))
    some = np.array(some, np.int64)
    assert longest_of(arrays, some) == present[some].sum(axis=1).max(initial=0)


@given(st.integers(0, 2**40), st.binary(max_size=3))
def test_a_varint_is_read_to_its_end(value, rest):
    parts = [value >> shift & 127 for shift in range(0, max(value.bit_length(), 1), 7)]
    blob = bytes([255, *(part | 128 for part in parts[:-1]), parts[-1], *rest])
    assert varint(np.frombuffer(blob, np.uint8).copy(), 1) == (value, 1 + len(parts))
