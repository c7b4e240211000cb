"""Each stage takes candidates and returns candidates, saying what it left out."""

import numpy as np
import pytest

from recommender.article import Article, parse_time
from recommender.cards import Cards
from recommender.nearness import microseconds
from recommender.ranking import Candidates, Context, Embargo, Excluded

DATES = [None, "2026-01-01T12:00:00Z", "2026-01-01T12:00:00.000001Z", "2027-01-01", "1969-01-01"]
CARDS, _ = Cards.of(
    Article(id=str(row), title="Hail", published_at=date) for row, date in enumerate(DATES)
)
FOUND = Candidates(
    np.array([3, 1, 0, 2, 4], np.int32), np.array([0.9, 0.8, 0.7, 0.6, 0.5], np.float32)
)


def at(time):
    return Context(CARDS, None if time is None else microseconds(parse_time(time)))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (None, [3, 1, 0, 2, 4]),
        ("2026-01-01T11:59:59.999999Z", [0, 4]),
        ("2026-01-01T12:00:00Z", [1, 0, 4]),
        ("2026-01-01T12:00:00.000001Z", [1, 0, 2, 4]),
        ("2027-01-01", [3, 1, 0, 2, 4]),
    ],
)
def test_an_embargo_ends_at_the_microsecond_of_publication(now, told):
    found = Embargo()(FOUND, at(now))
    assert found.rows.tolist() == told
    assert found.scores.tolist() == [
        score for row, score in zip(FOUND.rows, FOUND.scores, strict=True) if row in told
    ]


def test_an_embargo_says_nothing_of_what_it_holds_back():
    assert Embargo()(FOUND, at("2026-01-01")).left_out == {}


def test_excluded_rows_are_left_out_and_counted():
    found = Excluded((1, 2, 77))(FOUND, at(None))
    assert (found.rows.tolist(), found.left_out) == ([3, 0, 4], {"excluded": 2})
    assert found.scores.tolist() == FOUND.scores[[0, 2, 4]].tolist()


def test_excluding_no_one_changes_nothing():
    found = Excluded(())(FOUND, at(None))
    assert (found.rows.tolist(), found.left_out) == (FOUND.rows.tolist(), {})


def test_causes_add_up():
    dropped = FOUND.without(FOUND.scores > 0.75, "one").without(np.array([1, 0, 0], bool), "two")
    again = dropped.without(np.array([0, 1], bool), "one")
    assert (again.rows.tolist(), again.left_out) == ([2], {"one": 3, "two": 1})


def test_a_stage_leaves_what_it_was_given_as_it_was():
    Excluded((1, 2))(FOUND, at(None))
    Embargo()(FOUND, at("2026-01-01"))
    assert (len(FOUND.rows), FOUND.left_out) == (5, {})


def test_the_top_is_the_beginning():
    assert FOUND.top(2).rows.tolist() == [3, 1]
    assert FOUND.top(9).rows.tolist() == FOUND.rows.tolist()
