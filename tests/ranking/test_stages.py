"""Each stage takes candidates and returns candidates, noting what it left out."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.references import dense

from recommender import Article, Recommender
from recommender.ranking import pipeline
from recommender.ranking.candidates import Candidates
from recommender.ranking.options import Options
from recommender.ranking.query import Query
from recommender.ranking.stages import Diversity, Fallback, KeepApart, MinScore

TITLES = ["red fox", "red fox den", "red owl", "old owl", "red hen", "hen", "red fox fur"]
DATES = [None, "2026-01-01", "2026-01-03", "2027-01-01", "1969-01-01", "2026-01-03", "2026-01-02"]
NEWS = [
    Article(id=str(row), title=title, published_at=date, section="Owls" if row % 2 else "Foxes")
    for row, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
]
MODEL = Recommender.fit(NEWS)
CANDIDATES = Candidates(
    np.array([3, 1, 0, 2, 4], np.int32), np.array([0.9, 0.8, 0.7, 0.6, 0.5], np.float32)
)
NOW, LATER = datetime(2026, 1, 4, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


def context_of(row=6, now=None, **options):
    return pipeline.context(MODEL, Query.of_row(MODEL, row), Options.of(**options), now)


def rows_by_cause(candidates):
    return {cause: rows.tolist() for cause, rows in candidates.left_out.items()}


def test_min_score_compares_scores_as_a_reply_rounds_them():
    scores = np.array([0.5, 0.4000001, 0.3999996, 0.3999994, 0.1], np.float32)
    candidates = MinScore(0.4)(Candidates(CANDIDATES.rows, scores), context_of())
    assert candidates.rows.tolist() == [3, 1, 0]
    assert candidates.scores.tolist() == scores[:3].tolist()
    assert rows_by_cause(candidates) == {"below_min_score": [2, 4]}


def slow_diversity(rows, scores, weight, limit):
    """Maximal marginal relevance; gains that differ by rounding are equal."""
    matrix = dense(MODEL.index.vectors)
    remaining, order = list(range(len(rows))), []
    while remaining and len(order) < limit:
        gains = {}
        for at in remaining:
            similar = [float(matrix[rows[at]] @ matrix[rows[above]]) for above in order]
            relevance = scores[at] / max(scores)
            gains[at] = (1 - weight) * relevance - weight * max(similar, default=0)
        best = next(at for at in remaining if gains[at] >= max(gains.values()) - 1e-6)
        order.append(best)
        remaining.remove(best)
    return [rows[at] for at in order + remaining]


@given(
    st.permutations(range(7)),
    st.lists(st.floats(0.015625, 1, width=32), min_size=7, max_size=7),
    st.floats(0.01, 1),
    st.integers(1, 7),
    st.integers(2, 7),
)
def test_diversity_is_maximal_marginal_relevance_in_the_pool(rows, scores, weight, limit, pool):
    scores = sorted((float(np.float32(score)) for score in scores), reverse=True)
    candidates = Candidates(np.array(rows, np.int32), np.array(scores, np.float32))
    diverse = Diversity(weight, limit, pool)(candidates, context_of())
    expected = slow_diversity(rows[:pool], scores[:pool], weight, limit) + rows[pool:]
    if len(set(scores)) == 7:
        assert diverse.rows.tolist() == expected
    score_of = dict(zip(rows, scores, strict=True))
    assert diverse.scores.tolist() == [score_of[row] for row in diverse.rows.tolist()]


def test_diversity_of_weight_0_changes_nothing():
    assert Diversity(0.0, 5, 50)(CANDIDATES, context_of()).rows.tolist() == [3, 1, 0, 2, 4]


def test_diversity_keeps_candidates_of_score_0():
    unrelated = Candidates(CANDIDATES.rows, CANDIDATES.scores * 0)
    diverse = Diversity(0.5, 5, 50)(unrelated, context_of())
    assert sorted(diverse.rows.tolist()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("size", [0, 1])
def test_diversity_leaves_one_candidate_or_none_as_it_is(size):
    candidates = CANDIDATES.top(size)
    assert Diversity(1.0, 5, 50)(candidates, context_of()) is candidates


def test_row_kept_apart_from_one_above_is_left_out_and_bars_no_other():
    apart = {3: {3, 1}, 1: {3, 1, 0}, 0: {1, 0}, 2: {2, 4}, 4: {2, 4}}
    candidates = KeepApart(apart)(CANDIDATES, context_of())
    assert candidates.rows.tolist() == [3, 0, 2]
    assert rows_by_cause(candidates) == {"apart": [1, 4]}


@pytest.mark.parametrize(("to", "rows"), [("latest", [1, 3, 2, 5]), ("section", [1, 2, 4])])
def test_fallback_adds_the_latest_of_all_or_of_the_section(to, rows):
    candidates = Candidates(np.array([1], np.int32), np.array([0.5], np.float32))
    filled = Fallback(to, 4)(candidates, context_of(now=LATER))
    assert filled.rows.tolist() == rows
    assert filled.scores.tolist() == [0.5] + [0] * (len(rows) - 1)
    assert filled.sources == dict.fromkeys(rows[1:], "fallback")
    assert filled.similar == 1


def test_fallback_restores_only_what_scored_too_little():
    candidates = CANDIDATES.without(CANDIDATES.rows == 3, "duplicate")
    candidates = candidates.without(np.array([0, 0, 0, 1], bool), "below_min_score")
    filled = Fallback("latest", 7)(candidates, context_of(now=LATER))
    assert filled.rows.tolist() == [1, 0, 2, 5, 4]
    assert rows_by_cause(filled) == {"duplicate": [3], "below_min_score": [4]}


def test_fallback_passes_the_filters_and_leaves_a_full_list_as_it_is():
    context = context_of(now=NOW, exclude=["5"])
    assert Fallback("latest", 9)(CANDIDATES.top(0), context).rows.tolist() == [2, 1, 4]
    assert Fallback("latest", 5)(CANDIDATES, context) is CANDIDATES


@pytest.mark.parametrize(
    "stage",
    [MinScore(0.7), Diversity(0.5, 5, 50), Fallback("latest", 7), KeepApart({3: {3, 1}})],
    ids=lambda stage: stage.name,
)
def test_stage_leaves_its_input_unchanged(stage):
    stage(CANDIDATES, context_of())
    assert CANDIDATES.rows.tolist() == [3, 1, 0, 2, 4]
    assert (CANDIDATES.left_out, CANDIDATES.sources) == ({}, {})
