"""Candidates are never changed in place: each step returns others, with the causes of the rest."""

import numpy as np
import pytest

from recommender import Article, Recommender
from recommender.ranking import pipeline
from recommender.ranking.candidates import Candidates, find_candidates
from recommender.ranking.options import Options
from recommender.ranking.query import Query

CANDIDATES = Candidates(
    np.array([3, 1, 0, 2, 4], np.int32), np.array([0.9, 0.8, 0.7, 0.6, 0.5], np.float32)
)


def rows_by_cause(candidates):
    return {cause: rows.tolist() for cause, rows in candidates.left_out.items()}


def test_rows_left_out_are_noted_by_cause_and_add_up():
    some = CANDIDATES.without(CANDIDATES.scores > 0.75, "one")
    some = some.without(np.array([1, 0, 0], bool), "two").without(np.array([0, 1], bool), "one")
    assert (some.rows.tolist(), some.scores.tolist()) == ([2], [np.float32(0.6)])
    assert rows_by_cause(some) == {"one": [3, 1, 4], "two": [0]}
    assert (len(CANDIDATES.rows), CANDIDATES.left_out) == (5, {})


def test_top_is_the_beginning():
    assert CANDIDATES.top(2).rows.tolist() == [3, 1]
    assert CANDIDATES.top(9).rows.tolist() == CANDIDATES.rows.tolist()


@pytest.fixture(scope="module")
def ferries():
    """Thirty articles that are all related."""
    return Recommender.fit([Article(id=str(n), title=f"Ferry {'late ' * n}") for n in range(30)])


def test_stored_neighbours_are_filtered_after_and_a_search_before(ferries):
    nearest = ferries.index.nearest(3, 29)[0].tolist()
    query, options = Query.of_row(ferries, 3), Options.of(exclude=[str(nearest[0])])
    context = pipeline.context(ferries, query, options, None)
    stored, _ = find_candidates(ferries, 10, True, context)
    assert (stored.rows.tolist(), stored.from_graph) == (nearest[1:10], True)
    searched, _ = find_candidates(ferries, 10, False, context)
    assert (searched.rows.tolist(), searched.from_graph) == (nearest[1:11], False)


@pytest.mark.parametrize("by_graph", [True, False])
def test_candidates_are_complete_where_there_are_fewer_than_wanted(ferries, by_graph):
    context = pipeline.context(ferries, Query.of_row(ferries, 3), Options.of(), None)
    numbers = [find_candidates(ferries, wanted, by_graph, context) for wanted in (28, 29, 30)]
    assert [(len(each.rows), complete) for each, complete in numbers] == [
        (28, False),
        (29, False),
        (29, True),
    ]
