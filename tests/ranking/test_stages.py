"""Each stage takes candidates and returns candidates, saying what it left out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.references import dense

from recommender.articles.article import Article
from recommender.metadata.metadata import Metadata
from recommender.ranking.filters import Filters
from recommender.ranking.options import Options
from recommender.ranking.query import Query
from recommender.ranking.candidates import Candidates, Context
from recommender.ranking.stages import Diversity, Fallback, MinScore
from recommender.vectors.term_space import TermSpace
from recommender.vectors.settings import VectorSettings

TITLES = ["red fox", "red fox den", "red owl", "old owl", "red hen", "hen", "red fox fur"]
DATES = [None, "2026-01-01", "2026-01-03", "2027-01-01", "1969-01-01", "2026-01-03", "2026-01-02"]
NEWS = [
    Article(id=str(row), title=title, published_at=date, section="Owls" if row % 2 else "Foxes")
    for row, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
]
CARDS, _ = Metadata.of(NEWS)
_, VECTORS = TermSpace.fit(NEWS, VectorSettings())
FOUND = Candidates(
    np.array([3, 1, 0, 2, 4], np.int32), np.array([0.9, 0.8, 0.7, 0.6, 0.5], np.float32)
)


def asking(row=6, now=None, **options):
    query, chosen = Query.of_row(CARDS, VECTORS, row), Options.of(**options)
    return Context(query, chosen, CARDS, VECTORS, Filters.of(CARDS, query, chosen, now), now)


def told(found):
    return found.rows.tolist(), {cause: rows.tolist() for cause, rows in found.left_out.items()}


def test_what_scores_too_little_is_left_out_as_it_is_told():
    scores = np.array([0.5, 0.4000001, 0.3999996, 0.3999994, 0.1], np.float32)
    found = MinScore(0.4)(Candidates(FOUND.rows, scores), asking())
    assert told(found) == ([3, 1, 0], {"below_min_score": [2, 4]})
    assert found.scores.tolist() == scores[:3].tolist()


def marginal(rows, scores, share, limit):
    """Maximal marginal relevance, slow and obvious; scores that differ by rounding are equal."""
    matrix = dense(VECTORS)
    left, chosen = list(range(len(rows))), []
    while left and len(chosen) < limit:
        gains = {
            at: (1 - share) * scores[at] / max(scores)
            - share * max((float(matrix[rows[at]] @ matrix[rows[c]]) for c in chosen), default=0)
            for at in left
        }
        best = next(at for at in left if gains[at] >= max(gains.values()) - 1e-6)
        chosen.append(best)
        left.remove(best)
    return [rows[at] for at in chosen + left]


@given(
    st.permutations(range(7)),
    st.lists(st.floats(0.015625, 1, width=32), min_size=7, max_size=7),
    st.floats(0.01, 1),
    st.integers(1, 7),
    st.integers(2, 7),
)
def test_diversity_is_maximal_marginal_relevance_over_the_best(rows, scores, share, limit, pool):
    scores = sorted((float(np.float32(score)) for score in scores), reverse=True)
    found = Candidates(np.array(rows, np.int32), np.array(scores, np.float32))
    diverse = Diversity(share, limit, pool)(found, asking())
    expected = marginal(rows[:pool], scores[:pool], share, limit) + rows[pool:]
    if len(set(scores)) == 7:
        assert diverse.rows.tolist() == expected
    of_row = dict(zip(rows, scores, strict=True))
    assert diverse.scores.tolist() == [of_row[row] for row in diverse.rows.tolist()]


def test_without_any_share_diversity_changes_nothing():
    assert Diversity(0.0, 5, 50)(FOUND, asking()).rows.tolist() == FOUND.rows.tolist()


def test_diversity_takes_candidates_that_are_not_related_at_all():
    unrelated = Candidates(FOUND.rows, FOUND.scores * 0)
    assert sorted(Diversity(0.5, 5, 50)(unrelated, asking()).rows.tolist()) == [0, 1, 2, 3, 4]


def test_diversity_takes_one_candidate_or_none():
    for found in (FOUND.top(0), FOUND.top(1)):
        assert Diversity(1.0, 5, 50)(found, asking()) is found


def test_a_short_list_is_filled_with_the_latest_of_the_section_or_of_all():
    found = Candidates(np.array([1], np.int32), np.array([0.5], np.float32))
    filled = Fallback("latest", 4)(found, asking(now=10**18))
    assert filled.rows.tolist() == [1, 3, 2, 5]
    assert filled.scores.tolist() == [0.5, 0, 0, 0]
    assert filled.sources == dict.fromkeys([3, 2, 5], "fallback")
    assert (len(filled.rows), filled.similar) == (4, 1)
    section = Fallback("section", 9)(found, asking(now=10**18))
    assert section.rows.tolist() == [1, 2, 4]


def test_a_fallback_never_brings_back_what_was_left_out_but_for_a_low_score():
    found = FOUND.without(FOUND.rows == 3, "duplicate").without(
        np.array([0, 0, 0, 1], bool), "below_min_score"
    )
    filled = Fallback("latest", 7)(found, asking(now=10**18))
    assert filled.rows.tolist() == [1, 0, 2, 5, 4]
    assert told(filled)[1] == {"duplicate": [3], "below_min_score": [4]}


def test_a_fallback_passes_the_filters_and_leaves_a_full_list_as_it_is():
    embargoed = asking(now=1_767_500_000_000_000, tag=[], exclude=["5"])
    assert Fallback("latest", 9)(FOUND.top(0), embargoed).rows.tolist() == [2, 1, 4]
    assert Fallback("latest", 5)(FOUND, embargoed) is FOUND


def test_causes_add_up():
    dropped = FOUND.without(FOUND.scores > 0.75, "one").without(np.array([1, 0, 0], bool), "two")
    again = dropped.without(np.array([0, 1], bool), "one")
    assert told(again) == ([2], {"one": [3, 1, 4], "two": [0]})


def test_a_stage_leaves_what_it_was_given_as_it_was():
    for stage in (MinScore(0.7), Diversity(0.5, 5, 50), Fallback("latest", 7)):
        stage(FOUND, asking())
    assert (len(FOUND.rows), FOUND.left_out) == (5, {})


def test_the_top_is_the_beginning():
    assert FOUND.top(2).rows.tolist() == [3, 1]
    assert FOUND.top(9).rows.tolist() == FOUND.rows.tolist()
