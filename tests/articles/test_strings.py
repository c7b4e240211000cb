"""A column of strings gives back what was put in and finds it again."""

from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.articles.strings import StringColumn, Strings

# Two pairs of strings of one CRC-32 each, as any few thousand strings will have in time.
ALIKE = ["plumless", "buckeroo", "codding", "gnu"]
COLUMNS = st.lists(
    st.text(max_size=6) | st.sampled_from(["a", "A", "", "ä", "\x00", *ALIKE]), max_size=30
)


def test_the_strings_that_are_alike_are():
    assert [crc32(one.encode()) for one in ALIKE[::2]] == [
        crc32(one.encode()) for one in ALIKE[1::2]
    ]


@pytest.mark.parametrize("kind", [StringColumn, Strings])
@given(strings=COLUMNS)
def test_it_holds_the_strings_in_their_order(kind, strings):
    column = kind.of(iter(strings))
    assert list(column) == strings
    assert [column[row] for row in range(-len(strings), 0)] == strings
    assert len(column) == len(strings)


@given(COLUMNS, st.text(max_size=3))
def test_it_finds_the_first_row_of_a_string_and_nothing_else(strings, other):
    column = Strings.of(strings)
    asked = [*strings, other, *ALIKE]
    found = [strings.index(one) if one and one in strings else None for one in asked]
    assert [column.find(wanted) for wanted in asked] == found
    assert column.find_all(asked) == [-1 if row is None else row for row in found]


@given(COLUMNS)
def test_it_yields_every_row_of_a_string_ascending(strings):
    column = Strings.of(strings)
    for wanted in filter(None, [*strings, *ALIKE]):
        expected = [row for row, string in enumerate(strings) if string == wanted]
        assert list(column.rows(wanted)) == expected


@given(COLUMNS)
def test_it_finds_by_the_key(strings):
    column = Strings.of(strings, key=str.lower)
    keys = [string.lower() for string in strings]
    for key in filter(None, keys):
        assert column.find(key) == keys.index(key)
        assert list(column.rows(key)) == [row for row, other in enumerate(keys) if other == key]


def test_an_empty_string_is_kept_but_never_found():
    column = Strings.of(["", "a", ""])
    assert list(column) == ["", "a", ""]
    assert column.find("") is None
    assert (list(column.rows("")), column.find_all(["", "a"])) == ([], [-1, 1])


def test_nothing_is_found_among_no_strings():
    column = Strings.of([])
    assert (column.find("a"), column.find_all(["a", ""]), column.find_all([])) == (
        None,
        [-1, -1],
        [],
    )


def test_strings_of_the_highest_hash_and_past_it_are_looked_for_without_harm():
    strings = [f"s{number}" for number in range(2000)]
    highest = max(strings, key=lambda string: crc32(string.encode()))
    column = Strings.of(strings)
    assert column.find(highest) == strings.index(highest)
    assert column.find_all([f"t{number}" for number in range(20_000)]) == [-1] * 20_000


@pytest.mark.parametrize("kind", [StringColumn, Strings])
@pytest.mark.parametrize("row", [3, -4])
def test_a_row_that_is_not_there_is_an_index_error(kind, row):
    with pytest.raises(IndexError):
        kind.of(["a", "b", "c"])[row]


@given(COLUMNS)
def test_its_arrays_are_all_it_needs(strings):
    arrays = Strings.of(strings).arrays()
    dtypes = {name: array.dtype for name, array in arrays.items()}
    assert dtypes == {
        "blob": np.uint8, "offsets": np.int64, "hashes": np.uint32, "order": np.int32,
    }  # fmt: skip
    column = StringColumn(arrays["blob"], arrays["offsets"])
    assert list(column) == strings
    again = Strings(column, arrays["hashes"], arrays["order"])
    assert all(again.find(string) == strings.index(string) for string in strings if string)
