"""The bound of the time factor over runs of rows is never below a factor in them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.references import factors

from recommender.kernels.time_factor import factor_bound
from recommender.kernels.types import Times
from recommender.search.graph import in_time_order

DAYS = st.floats(-9000, 9000, width=32) | st.integers(0, 9).map(float) | st.just(np.nan)


@given(st.lists(DAYS, min_size=1, max_size=12), st.sampled_from([0, 0.1, 2]), st.data())
def test_the_bound_of_two_runs_is_at_least_every_factor(days, power, data):
    times = Times(np.array(days, np.float32), np.float32(power), np.float32(0.7))
    ordered = in_time_order(times)
    expected = factors(ordered.times)
    starts = st.integers(0, len(days) - 1)
    low, first = data.draw(starts), data.draw(starts)
    high = data.draw(st.integers(low + 1, len(days)))
    stop = data.draw(st.integers(first + 1, len(days)))
    bound = factor_bound(ordered, low, high, first, stop)
    assert expected[low:high, first:stop].max() <= bound <= 1 + 2e-6
