"""Radix sort: 64-bit keys in ascending order, in time linear in their number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled

_DIGIT_BITS = 11
_DIGITS = 1 << _DIGIT_BITS


@compiled
def radix_sorted(keys: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Return non-negative keys of ``bits`` bits in ascending order; ``keys`` is overwritten."""
    other = np.empty_like(keys)
    for shift in range(0, bits, _DIGIT_BITS):
        places = np.zeros(_DIGITS + 1, np.int64)
        for key in keys:
            places[(key >> shift & _DIGITS - 1) + 1] += 1
        for digit in range(_DIGITS):
            places[digit + 1] += places[digit]
        for key in keys:
            digit = key >> shift & _DIGITS - 1
            other[places[digit]] = key
            places[digit] += 1
        keys, other = other, keys
    return keys
