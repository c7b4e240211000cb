"""Articles of one time belong together, and dates are exact."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recommender.nearness import UNDATED, Nearness, days, microseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DISTANCES = st.floats(0, 1e6)


@st.composite
def nearnesses(draw):
    parts = draw(st.lists(st.floats(0, 1), max_size=4))
    total = max(sum(parts), 1) * 1.000001
    scales = draw(st.lists(st.floats(0.1, 1e4), min_size=len(parts), max_size=len(parts)))
    return Nearness(shares=[part / total for part in parts], scales=scales)


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


@given(nearnesses(), DISTANCES, DISTANCES)
def test_the_factor_is_at_most_one_and_falls_with_distance(nearness, one, other):
    near, far = sorted([one, other])
    assert nearness.factor(0.0) == pytest.approx(1)
    assert 0 <= nearness.factor(far) <= nearness.factor(near) + 1e-12 <= 1 + 1e-12


def test_several_scales_add_up():
    nearness = Nearness(shares=(0.25, 0.5), scales=(7.0, 365.0))
    expected = 0.25 + 0.25 * np.exp(-10 / 7) + 0.5 * np.exp(-10 / 365)
    assert nearness.factor(10) == pytest.approx(expected)


def test_no_shares_leave_scores_alone():
    assert Nearness(shares=(), scales=()).factor(1000) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": (0.3,), "scales": ()},
        {"shares": (-0.1,), "scales": (1,)},
        {"shares": (0.6, 0.6), "scales": (1, 1)},
        {"shares": (0.3,), "scales": (0,)},
        {"shares": (float("nan"),), "scales": (1,)},
        {"shares": (0.3,), "scales": (float("nan"),)},
        {"shares": (0.3,), "scales": (1e-50,)},
        {"half_life": 3},
    ],
    ids=str,
)
def test_settings_that_make_no_factor_are_refused(wrong):
    with pytest.raises(ValidationError):
        Nearness(**wrong)
