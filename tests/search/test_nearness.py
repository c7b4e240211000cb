"""Articles of one time belong together, and dates are exact."""

import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recommender.articles.times import UNDATED, days, microseconds
from recommender.search.nearness import Nearness, factor, learned_power

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DISTANCES = st.floats(0, 1e6)
POWERS = st.floats(0, 2)
SOME_DAYS = st.lists(st.floats(0, 40_000, width=32), max_size=30)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_kept_to_the_microsecond(time):
    assert EPOCH + timedelta(microseconds=microseconds(time)) == time


def test_one_moment_is_one_number_in_every_time_zone():
    noon = datetime(2026, 5, 2, 12, tzinfo=UTC)
    assert microseconds(noon) == microseconds(noon.astimezone(timezone(timedelta(hours=-5))))


def test_no_date_is_before_every_date():
    assert microseconds(None) == UNDATED < microseconds(datetime.min.replace(tzinfo=UTC))


def test_days_are_days_and_not_a_number_where_unknown():
    found = days(np.array([0, 86_400_000_000, -43_200_000_000, UNDATED]))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.array([0, 1, -0.5, np.nan], np.float32))


@given(POWERS, DISTANCES, DISTANCES)
def test_the_factor_is_at_most_one_and_falls_with_distance(power, one, other):
    near, far = sorted([one, other])
    assert factor(0.0, power) == 1
    assert 0 < factor(far, power) <= factor(near, power) <= 1


def test_the_factor_is_a_power_of_one_more_than_the_days():
    assert factor(3.0, 0.5) == pytest.approx(1 / 2)
    assert factor(9.0, 1.0) == pytest.approx(1 / 10)
    assert factor(9.0, 2.0) == pytest.approx(1 / 100)


def test_ten_times_the_distance_takes_the_same_share_among_days_and_among_years():
    shares = [factor(10 * much - 1, 0.15) / factor(much - 1, 0.15) for much in (1, 10, 100, 1000)]
    assert shares == pytest.approx([10**-0.15] * 4)


@given(DISTANCES)
def test_a_power_of_zero_leaves_scores_alone(distance):
    assert factor(distance, 0.0) == 1


@pytest.mark.parametrize("power", [0, 0.1, 2, None])
def test_a_power_that_makes_a_factor_is_taken_as_given(power):
    assert Nearness(power=power).power == power


def test_without_a_given_power_there_is_none_yet():
    assert Nearness().power is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"power": -0.1},
        {"power": 2.1},
        {"power": float("nan")},
        {"power": float("inf")},
        {"power": -float("inf")},
        {"power": "nan"},
        {"power": "much"},
        {"power": [0.1]},
        {"shares": (0.3,), "scales": (7,)},
        {"half_life": 3},
    ],
    ids=str,
)
def test_settings_that_make_no_factor_are_refused(wrong):
    with pytest.raises(ValidationError):
        Nearness(**wrong)


def as_days(distances):
    return np.array(distances, np.float32)


def slow_power(near, random):
    """A tenth of how much smaller the mean logarithm of near ones is, from 0 to 0.2."""
    if not near or not random:
        return 0.0
    means = [sum(math.log(1 + day) for day in some) / len(some) for some in (random, near)]
    return min(max((means[0] - means[1]) / 10, 0.0), 0.2)


@given(SOME_DAYS, SOME_DAYS)
def test_the_learned_power_is_what_the_slow_formula_gives(near, random):
    found = learned_power(as_days(near), as_days(random))
    assert type(found) is float
    assert found == pytest.approx(slow_power(near, random), abs=1e-9)
    assert 0 <= found <= 0.2


@given(SOME_DAYS)
def test_nothing_is_learned_where_the_near_are_as_far_as_any(some):
    assert learned_power(as_days(some), as_days(some)) == 0
    farther = as_days(some) + np.float32(100)
    assert learned_power(farther, as_days(some)) == 0


@given(SOME_DAYS)
def test_nothing_is_learned_from_no_distances(some):
    none = as_days([])
    assert learned_power(none, as_days(some)) == learned_power(as_days(some), none) == 0


def test_the_nearer_related_articles_are_the_greater_the_power():
    anything = as_days([1000.0] * 9)
    powers = [learned_power(as_days([near] * 9), anything) for near in (1000, 500, 250, 180, 1)]
    assert powers == sorted(powers)
    assert powers[0] == 0 < powers[1] < powers[2]
    assert powers[-1] == 0.2
