"""Options of a list are checked, and an unknown one is an error."""

import pytest

from recommender import Options
from recommender.errors import OptionError
from recommender.options import MAX_LIMIT


def test_defaults_are_those_of_the_contract():
    options = Options.of()
    assert (options.limit, options.exclude, options.explain) == (5, (), False)
    assert MAX_LIMIT == 50


def test_options_are_taken_by_name():
    options = Options.of(limit=50, exclude=["a", "b"], explain=True)
    assert (options.limit, options.exclude, options.explain) == (50, ("a", "b"), True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0),
        ("limit", 51),
        ("limit", 2.5),
        ("limit", "many"),
        ("limit", None),
        ("exclude", "abc"),
        ("exclude", [1]),
        ("explain", "perhaps"),
        ("limits", 3),
    ],
)
def test_a_wrong_or_unknown_option_is_named_in_one_line(name, value):
    with pytest.raises(OptionError) as caught:
        Options.of(**{name: value})
    assert f"option '{name}'" in str(caught.value)
    assert "\n" not in str(caught.value)
