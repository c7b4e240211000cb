"""Freshness takes from old articles, and never gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking.filters import freshness
from recommender.articles.times import DAY, UNDATED

TIMES = st.integers(-(10**17), 10**17)
HALF_LIVES = st.floats(0.01, 1e6)


def factor(published, now, half_life, usual=UNDATED):
    return float(freshness(np.array([published], np.int64), now, half_life, usual)[0])


@pytest.mark.parametrize(("age", "left"), [(0, 1), (1, 0.5), (2, 0.25), (-1, 1), (3, 0.125)])
def test_a_score_halves_per_half_life_and_what_is_ahead_has_no_age(age, left):
    assert factor(-age * 30 * DAY, 0, 30) == left


@given(TIMES, TIMES, TIMES, HALF_LIVES)
def test_the_older_article_never_has_the_greater_factor(one, other, now, half_life):
    older, newer = sorted((one, other))
    assert 0 < factor(older, now, half_life) <= factor(newer, now, half_life) <= 1


@given(TIMES, TIMES, TIMES, HALF_LIVES)
def test_a_factor_never_grows_as_time_goes_by(published, one, other, half_life):
    early, late = sorted((one, other))
    assert factor(published, late, half_life) <= factor(published, early, half_life)


@given(TIMES, TIMES, HALF_LIVES, HALF_LIVES)
def test_a_longer_half_life_never_takes_more(published, now, one, other):
    short, long = sorted((one, other))
    assert factor(published, now, short) <= factor(published, now, long)


@given(TIMES, TIMES, HALF_LIVES)
def test_the_undated_count_as_the_usual_date(usual, now, half_life):
    assert factor(UNDATED, now, half_life, usual) == factor(usual, now, half_life)


def test_where_nothing_is_dated_nothing_has_an_age():
    assert factor(UNDATED, 10**17, 1) == 1
