"""A column of strings gives back what was put in and finds it again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.strings import Strings

COLUMNS = st.lists(st.text(max_size=6) | st.sampled_from(["a", "A", "", "ä", "\x00"]), max_size=30)


@given(COLUMNS)
def test_it_holds_the_strings_in_their_order(strings):
    column = Strings.of(strings)
    assert list(column) == strings
    assert [column[row] for row in range(-len(strings), 0)] == strings
    assert len(column) == len(strings)


@given(COLUMNS, st.text(max_size=3))
def test_it_finds_the_first_row_of_a_string_and_nothing_else(strings, other):
    column = Strings.of(strings)
    for wanted in [*strings, other]:
        found = strings.index(wanted) if wanted and wanted in strings else None
        assert column.find(wanted) == found


@given(COLUMNS)
def test_it_finds_by_the_key(strings):
    column = Strings.of(strings, key=str.lower)
    keys = [string.lower() for string in strings]
    for key in filter(None, keys):
        assert column.find(key) == keys.index(key)


def test_an_empty_string_is_kept_but_never_found():
    column = Strings.of(["", "a", ""])
    assert list(column) == ["", "a", ""]
    assert column.find("") is None


@pytest.mark.parametrize("row", [3, -4])
def test_a_row_that_is_not_there_is_an_index_error(row):
    with pytest.raises(IndexError):
        Strings.of(["a", "b", "c"])[row]


@given(COLUMNS)
def test_its_arrays_are_all_it_needs(strings):
    arrays = Strings.of(strings).arrays()
    again = Strings(**arrays)
    assert list(again) == strings
    assert all(again.find(string) == strings.index(string) for string in strings if string)
