"""The time factor of a pair, and its upper bounds over runs of rows in order of publication."""

from __future__ import annotations

import numpy as np

from recommender.kernels.compiling import compiled, inlined


@inlined
def time_factor(times, day, row):  # type: ignore[no-untyped-def]
    """Return the factor of a day and a row's; see ``types.Times``."""
    distance = abs(day - times.days[row])
    if np.isnan(distance):
        return times.unknown
    return np.exp(-times.power * np.log1p(distance))


@compiled
def factor_bound(ordered, low, high, first, stop):  # type: ignore[no-untyped-def]
    """Return no less than any factor of the places ``low:high`` with ``first:stop``."""
    days = ordered.times.days
    if np.isnan(days[low]) or np.isnan(days[first]):
        return ordered.times.unknown
    if np.isnan(days[high - 1]) or np.isnan(days[stop - 1]):
        return np.float32(1)
    distance = max(np.float32(0), days[first] - days[high - 1], days[low] - days[stop - 1])
    return ordered.bounds[min(np.int64(distance), len(ordered.bounds) - 1)]
