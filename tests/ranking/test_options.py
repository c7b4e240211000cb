"""Options of a list are checked, and an unknown one is an error."""

from datetime import UTC, datetime

import pytest

from recommender import Options
from recommender.errors import OptionError
from recommender.ranking.options import MAX_LIMIT


def test_defaults_are_those_of_the_api():
    assert Options.of().model_dump() == {
        "limit": 5,
        "exclude": (),
        "section": (),
        "tag": (),
        "author": (),
        "language": (),
        "published_after": None,
        "published_before": None,
        "direction": "any",
        "min_score": 0,
        "half_life_days": None,
        "diversity": 0,
        "duplicates": "hide",
        "fallback": "none",
        "explain": False,
    }
    assert MAX_LIMIT == 50


def test_options_are_given_by_name():
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
        ("section", "News"),
        ("section", [""]),
        ("tag", [None]),
        ("published_after", ""),
        ("published_after", "yesterday"),
        ("published_before", 20261120),
        ("direction", "back"),
        ("direction", None),
        ("min_score", -0.1),
        ("min_score", 1.1),
        ("min_score", "nan"),
        ("half_life_days", 0),
        ("half_life_days", float("inf")),
        ("diversity", 1.5),
        ("duplicates", "some"),
        ("fallback", "popular"),
    ],
)
def test_wrong_or_unknown_option_is_named_in_one_line(name, value):
    with pytest.raises(OptionError) as caught:
        Options.of(**{name: value})
    assert f"option '{name}'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_dates_are_read_like_those_of_articles():
    options = Options.of(published_after="2026-11-20", published_before="2026-11-20T10:00:00+01:00")
    assert options.published_after == datetime(2026, 11, 20, tzinfo=UTC)
    assert options.published_before == datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "by_graph", "depends_on_time"),
    [
        ({}, True, False),
        ({"limit": 50, "exclude": ["a"], "min_score": 0.1, "explain": True}, True, False),
        ({"diversity": 0.5}, True, False),
        ({"fallback": "latest"}, True, True),
        ({"fallback": "section"}, True, True),
        ({"section": ["News"]}, False, False),
        ({"language": ["en"]}, False, False),
        ({"published_after": "1970-01-01"}, False, False),
        ({"published_before": "1970-01-01"}, False, False),
        ({"direction": "past"}, False, False),
        ({"half_life_days": 30}, False, True),
    ],
)
def test_options_say_whether_the_graph_answers_and_time_matters(values, by_graph, depends_on_time):
    options = Options.of(**values)
    assert (options.by_graph, options.depends_on_time) == (by_graph, depends_on_time)


def test_diversity_chooses_from_more_candidates_than_the_limit():
    assert Options.of(limit=20).pool == 20
    assert [Options.of(limit=n, diversity=0.1).pool for n in (1, 20, 50)] == [50, 80, 200]
