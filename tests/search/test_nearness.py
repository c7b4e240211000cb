"""Nearness in time: publication in days, the time factor, and the power an archive has learned."""

import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recommender.articles.times import UNDATED, days, microseconds
from recommender.search.nearness import Nearness, factor, learned_power

DISTANCES = st.floats(0, 1e6)
POWERS = st.floats(0, 2)
SOME_DAYS = st.lists(st.floats(0, 40_000, width=32), max_size=30)


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_exact_to_the_microsecond(time):
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds(time)) == time


def test_one_time_is_one_number_in_every_time_zone():
    noon = datetime(2026, 5, 2, 12, tzinfo=UTC)
    assert microseconds(noon) == microseconds(noon.astimezone(timezone(timedelta(hours=-5))))


def test_undated_is_before_every_time_and_no_number_of_days():
    assert microseconds(None) == UNDATED < microseconds(datetime.min.replace(tzinfo=UTC))
    published = days(np.array([0, 86_400_000_000, -43_200_000_000, UNDATED]))
    assert published.dtype == np.float32
    np.testing.assert_array_equal(published, np.array([0, 1, -0.5, np.nan], np.float32))


@given(POWERS, DISTANCES, DISTANCES)
def test_factor_is_at_most_one_and_falls_with_distance(power, one, other):
    near, far = sorted([one, other])
    assert factor(0.0, power) == 1
    assert 0 < factor(far, power) <= factor(near, power) <= 1


@pytest.mark.parametrize(
    ("distance", "power", "expected"), [(3, 0.5, 1 / 2), (9, 1, 1 / 10), (9, 2, 1 / 100), (9, 0, 1)]
)
def test_factor_is_a_power_of_one_more_than_the_days(distance, power, expected):
    assert factor(float(distance), float(power)) == pytest.approx(expected)


def test_ten_times_the_distance_costs_the_same_share_at_any_scale():
    shares = [factor(10 * at - 1, 0.15) / factor(at - 1, 0.15) for at in (1, 10, 100, 1000)]
    assert shares == pytest.approx([10**-0.15] * 4)


@pytest.mark.parametrize("power", [0, 0.1, 2, None])
def test_power_from_0_to_2_or_none_is_accepted(power):
    assert Nearness(power=power).power == power


def test_power_is_learned_unless_it_is_set():
    assert Nearness().power is None


@pytest.mark.parametrize(
    "values",
    [
        {"power": -0.1},
        {"power": 2.1},
        {"power": float("nan")},
        {"power": float("inf")},
        {"power": "much"},
        {"power": [0.1]},
        {"half_life": 3},
    ],
    ids=str,
)
def test_wrong_power_or_unknown_setting_is_refused(values):
    with pytest.raises(ValidationError):
        Nearness(**values)


def as_days(distances):
    return np.array(distances, np.float32)


def slow_power(near, random):
    """A tenth of how much smaller the mean logarithm of near ones is, from 0 to 0.2."""
    if not near or not random:
        return 0.0
    means = [sum(map(math.log1p, distances)) / len(distances) for distances in (random, near)]
    return min(max((means[0] - means[1]) / 10, 0.0), 0.2)


@given(SOME_DAYS, SOME_DAYS)
def test_learned_power_is_that_of_the_slow_formula(near, random):
    power = learned_power(as_days(near), as_days(random))
    assert type(power) is float
    assert power == pytest.approx(slow_power(near, random), abs=1e-9)
    assert 0 <= power <= 0.2


@given(SOME_DAYS)
def test_learned_power_is_0_where_similar_articles_are_no_nearer(distances):
    random = as_days(distances)
    assert learned_power(random, random) == learned_power(random + np.float32(100), random) == 0


def test_learned_power_grows_as_similar_articles_are_nearer():
    random = as_days([1000.0] * 9)
    powers = [learned_power(as_days([near] * 9), random) for near in (1000, 500, 250, 180, 1)]
    assert powers == sorted(powers)
    assert powers[0] == 0 < powers[1] < powers[2]
    assert powers[-1] == 0.2
