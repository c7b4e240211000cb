"""A column returns its strings by row and finds their rows by value."""

from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.articles.strings import ExtendedStrings, StringColumn, Strings

# Two pairs of strings with one CRC-32 each; among many strings there always are some.
COLLISIONS = ["plumless", "buckeroo", "codding", "gnu"]
COLUMNS = st.lists(
    st.text(max_size=6) | st.sampled_from(["a", "A", "", "ä", "\x00", *COLLISIONS]), max_size=30
)


def test_the_collisions_have_equal_hashes():
    hashes = [crc32(string.encode()) for string in COLLISIONS]
    assert hashes[::2] == hashes[1::2]


@pytest.mark.parametrize("kind", [StringColumn, Strings])
@given(strings=COLUMNS)
def test_strings_are_returned_by_row_in_order(kind, strings):
    column = kind.of(iter(strings))
    assert list(column) == strings
    assert [column[row] for row in range(-len(strings), 0)] == strings
    assert len(column) == len(strings)


@given(COLUMNS, st.text(max_size=3))
def test_find_returns_the_first_row_of_a_string(strings, other):
    column = Strings.of(strings)
    wanted = [*strings, other, *COLLISIONS]
    rows = [strings.index(one) if one and one in strings else None for one in wanted]
    assert [column.find(one) for one in wanted] == rows
    assert column.find_all(wanted) == [-1 if row is None else row for row in rows]


@given(COLUMNS)
def test_rows_yields_every_row_of_a_string_ascending(strings):
    column = Strings.of(strings)
    for wanted in filter(None, [*strings, *COLLISIONS]):
        expected = [row for row, string in enumerate(strings) if string == wanted]
        assert list(column.rows(wanted)) == expected


@given(COLUMNS)
def test_a_column_with_a_key_is_searched_by_it(strings):
    column = Strings.of(strings, key=str.lower)
    keys = [string.lower() for string in strings]
    for key in filter(None, keys):
        assert column.find(key) == keys.index(key)
        assert list(column.rows(key)) == [row for row, other in enumerate(keys) if other == key]


@given(COLUMNS, COLUMNS, COLUMNS)
def test_added_strings_come_last_and_are_found_first(strings, added, more):
    column = ExtendedStrings.of(Strings.of(strings)).extended(added).extended(more)
    expected = [*strings, *added, *more]
    assert list(column) == [column[row] for row in range(len(column))] == expected
    for wanted in expected:
        rows = [row for row, string in enumerate(expected) if string == wanted != ""]
        first_added = sum(row < len(strings) for row in rows)
        assert list(column.rows(wanted)) == rows[first_added:][::-1] + rows[:first_added]
        assert column.find(wanted) == next(column.rows(wanted), None)


def test_an_empty_string_has_a_row_but_is_never_found():
    column = Strings.of(["", "a", ""])
    assert list(column) == ["", "a", ""]
    assert column.find("") is None
    assert (list(column.rows("")), column.find_all(["", "a"])) == ([], [-1, 1])


def test_an_empty_column_finds_nothing():
    column = Strings.of([])
    assert column.find("a") is None
    assert (column.find_all(["a", ""]), column.find_all([])) == ([-1, -1], [])


def test_strings_with_the_highest_hash_and_above_are_searched_too():
    strings = [f"s{number}" for number in range(2000)]
    highest = max(strings, key=lambda string: crc32(string.encode()))
    column = Strings.of(strings)
    assert column.find(highest) == strings.index(highest)
    assert column.find_all([f"t{number}" for number in range(20_000)]) == [-1] * 20_000


@pytest.mark.parametrize("kind", [StringColumn, Strings])
@pytest.mark.parametrize("row", [3, -4])
def test_a_row_out_of_range_is_an_index_error(kind, row):
    with pytest.raises(IndexError):
        kind.of(["a", "b", "c"])[row]


@given(COLUMNS)
def test_a_column_can_be_restored_from_its_arrays(strings):
    arrays = Strings.of(strings).arrays()
    dtypes = {name: array.dtype for name, array in arrays.items()}
    assert dtypes == {
        "blob": np.uint8, "offsets": np.int64, "hashes": np.uint32, "order": np.int32,
    }  # fmt: skip
    column = StringColumn(arrays["blob"], arrays["offsets"])
    assert list(column) == strings
    restored = Strings(column, arrays["hashes"], arrays["order"])
    assert all(restored.find(string) == strings.index(string) for string in strings if string)
