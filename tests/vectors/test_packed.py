"""Packed vectors give back exactly what was packed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.kernels.layout import ADJACENT, IN_TAGS, TEXT_FIELDS
from recommender.vectors.packed import PackedVectors, Vectors
from recommender.vectors.weighting import CODEBOOK

LARGEST = 2**31 - 1
# A word or bigram is in some of the text's fields, a bigram perhaps adjacent; a tag is in tags.
FIELDS = [*range(TEXT_FIELDS + 1), IN_TAGS, *(ADJACENT | bits for bits in range(1, 8))]
COLUMNS = st.sampled_from([0, 1, 127, 128, 129, 16383, 16384, 2**21, 2**28, LARGEST]) | st.integers(
    0, LARGEST
)
ENTRIES = st.dictionaries(COLUMNS, st.tuples(st.integers(0, 254), st.sampled_from(FIELDS)))
ROWS = st.lists(ENTRIES, max_size=12)


def vectors_of(rows):
    """Vectors of rows given as dicts of column -> (level, fields)."""
    ordered = [sorted(row.items()) for row in rows]
    entries = [entry for row in ordered for entry in row]
    return Vectors(
        np.cumsum([0, *map(len, ordered)]).astype(np.int64),
        np.array([column for column, _ in entries], np.int32),
        np.array([level for _, (level, _) in entries], np.uint8),
        np.array([fields for _, (_, fields) in entries], np.uint8),
        LARGEST + 1,
    )


def assert_same(one, two):
    assert one.columns == two.columns
    for name in ("indptr", "indices", "levels", "fields"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
        assert getattr(one, name).dtype == getattr(two, name).dtype, name


@given(ROWS, st.data())
def test_packed_vectors_come_back_whole_in_slices_and_in_rows(rows, data):
    vectors = vectors_of(rows)
    packed = PackedVectors.of(vectors)
    assert len(packed) == len(vectors) == len(rows)
    assert (packed.starts.dtype, packed.blob.dtype) == (np.int64, np.uint8)
    assert packed.starts[-1] == len(packed.blob)
    assert_same(packed.slice(0, len(rows)), vectors)
    low = data.draw(st.integers(0, len(rows)))
    high = data.draw(st.integers(low, len(rows)))
    assert_same(packed.slice(low, high), vectors_of(rows[low:high]))
    for row in range(len(rows)):
        assert_same(packed.row(row), vectors.row(row))


@given(st.lists(ROWS, min_size=1, max_size=4))
def test_concatenated_parts_are_the_rows_of_all(parts):
    every = vectors_of([row for rows in parts for row in rows])
    vectors = list(map(vectors_of, parts))
    assert_same(Vectors.concatenated(vectors), every)
    packed = PackedVectors.concatenated(map(PackedVectors.of, vectors), LARGEST + 1)
    expected = PackedVectors.of(every)
    np.testing.assert_array_equal(packed.starts, expected.starts)
    np.testing.assert_array_equal(packed.blob, expected.blob)


def test_no_parts_are_no_rows():
    packed = PackedVectors.concatenated([], 9)
    assert (len(packed), len(packed.blob), packed.columns) == (0, 0, 9)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 20_000])
def test_rows_of_any_length_come_back(size):
    step = LARGEST // max(size, 1)
    row = {step * at: (at % 255, FIELDS[at % len(FIELDS)]) for at in range(size)}
    rows = [row, {}, row]
    assert_same(PackedVectors.of(vectors_of(rows)).slice(0, 3), vectors_of(rows))


def test_every_level_and_every_field_come_back():
    rows = [{at: (level, bits) for at, bits in enumerate(FIELDS)} for level in range(255)]
    assert_same(PackedVectors.of(vectors_of(rows)).slice(0, 255), vectors_of(rows))


def test_an_entry_of_near_columns_takes_two_and_a_half_bytes():
    row = {127 * at: (7, 1) for at in range(100)}
    assert len(PackedVectors.of(vectors_of([row])).blob) == 1 + 250


def test_the_data_are_the_weights_of_the_levels():
    vectors = vectors_of([{3: (0, 1), 4: (254, 1)}, {9: (127, 1)}])
    assert vectors.data.dtype == np.float32
    assert vectors.data.tolist() == CODEBOOK[[0, 254, 127]].tolist()
    assert vectors.row(1).data.tolist() == [2**-6]
