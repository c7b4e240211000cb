"""Packed rows give back exactly what was packed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.vectors.packed import PackedVectors, Vectors
from recommender.vectors.weighting import CODEBOOK

LARGEST = 2**31 - 1
# Those of a word or a pair of words, which may be touching, and those of a tag.
BITS = [*range(8), 8, *range(17, 24)]
COLUMNS = st.sampled_from([0, 1, 127, 128, 129, 16383, 16384, 2**21, 2**28, LARGEST]) | st.integers(
    0, LARGEST
)
ENTRIES = st.dictionaries(COLUMNS, st.tuples(st.integers(0, 254), st.sampled_from(BITS)))
ROWS = st.lists(ENTRIES, max_size=12)


def vectors_of(rows, columns=LARGEST + 1):
    ordered = [sorted(row.items()) for row in rows]
    flat = [entry for row in ordered for entry in row]
    return Vectors(
        np.cumsum([0, *map(len, ordered)]).astype(np.int64),
        np.array([column for column, _ in flat], np.int32),
        np.array([level for _, (level, _) in flat], np.uint8),
        np.array([bits for _, (_, bits) in flat], np.uint8),
        columns,
    )


def assert_same(one, two):
    assert one.columns == two.columns
    for name in ("indptr", "indices", "levels", "fields"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
        assert getattr(one, name).dtype == getattr(two, name).dtype, name


@given(ROWS)
def test_what_is_packed_comes_back(rows):
    vectors = vectors_of(rows)
    found = PackedVectors.of(vectors)
    assert len(found) == len(vectors) == len(rows)
    assert (found.starts.dtype, found.blob.dtype) == (np.int64, np.uint8)
    assert found.starts[-1] == len(found.blob)
    assert_same(found.slice(0, len(rows)), vectors)


@given(ROWS, st.data())
def test_any_part_and_any_row_come_back(rows, data):
    vectors, found = vectors_of(rows), PackedVectors.of(vectors_of(rows))
    low = data.draw(st.integers(0, len(rows)))
    high = data.draw(st.integers(low, len(rows)))
    assert_same(found.slice(low, high), vectors_of(rows[low:high]))
    for row in range(len(rows)):
        assert_same(found.row(row), vectors.row(row))


@given(st.lists(ROWS, max_size=4))
def test_joined_parts_are_the_rows_of_all(parts):
    joined = PackedVectors.concatenated([PackedVectors.of(vectors_of(rows)) for rows in parts], LARGEST + 1)
    whole = PackedVectors.of(vectors_of([row for rows in parts for row in rows]))
    np.testing.assert_array_equal(joined.starts, whole.starts)
    np.testing.assert_array_equal(joined.blob, whole.blob)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 127, 128, 129, 20_000])
def test_rows_of_any_length_come_back(size):
    step = LARGEST // max(size, 1)
    row = {step * at: (at % 255, BITS[at % len(BITS)]) for at in range(size)}
    rows = [row, {}, row]
    assert_same(PackedVectors.of(vectors_of(rows)).slice(0, 3), vectors_of(rows))


def test_every_level_and_every_field_come_back():
    rows = [{at: (level, bits) for at, bits in enumerate(BITS)} for level in range(255)]
    assert_same(PackedVectors.of(vectors_of(rows)).slice(0, 255), vectors_of(rows))


def test_an_entry_of_near_columns_takes_two_and_a_half_bytes():
    row = {127 * at: (7, 1) for at in range(100)}
    assert len(PackedVectors.of(vectors_of([row])).blob) == 1 + 250


def test_weights_are_what_levels_are_worth():
    vectors = vectors_of([{3: (0, 1), 4: (254, 1)}, {9: (127, 1)}])
    assert vectors.data.dtype == np.float32
    assert vectors.data.tolist() == CODEBOOK[[0, 254, 127]].tolist()
    assert vectors.row(1).data.tolist() == [2**-6]
