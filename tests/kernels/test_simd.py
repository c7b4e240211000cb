"""The hand-written vector code gives the same bits as its plain twin."""

import numpy as np
import pytest
from numba import njit

from recommender.kernels.simd import ROWS, multiply, multiply_plain

SLOTS, PLACE, REST = 40, 5, 7


@njit
def multiplied(entries, begin, end, tile_weights, sums, place):
    multiply(entries, begin, end, tile_weights, sums, place)


def bfloat16(random, size):
    """The bits of random weights of every size that a row has, positive or negative."""
    weights = random.choice([-1, 1], size) * np.exp2(random.uniform(-12, 0, size))
    return weights.astype(np.float32).view(np.uint32) >> 16


def summed(kernel, *arguments):
    """The sums that a kernel writes, with some numbers before and behind them."""
    sums = np.full(PLACE + ROWS + REST, 9, np.float32)
    kernel(*arguments, sums, PLACE)
    return sums


@pytest.mark.parametrize("size", [0, 1, 2, 3, 17, 400])
def test_products_are_those_of_the_plain_twin_bit_for_bit(size):
    random = np.random.default_rng(size)
    slots = random.integers(0, SLOTS, size + 4, np.uint32)
    entries = slots << 16 | bfloat16(random, size + 4)
    low, high = (bfloat16(random, SLOTS * ROWS // 2) for _ in range(2))
    tile_weights = high << 16 | low
    tile_weights[random.random(len(tile_weights)) < 0.3] = 0
    arguments = entries, 2, 2 + size, tile_weights
    sums = summed(multiplied, *arguments)
    assert sums.tobytes() == summed(multiply_plain, *arguments).tobytes()
    assert (sums[:PLACE] == 9).all()
    assert (sums[PLACE + ROWS :] == 9).all()
    assert sums[PLACE : PLACE + ROWS].any() == (size > 0)


def test_products_are_dot_products_by_slot():
    """Lane ``i`` of the lower halves is row ``i``; the upper halves are the 16 rows after them."""
    entries = np.array([3 << 16 | 0x3F80, 1 << 16 | 0x4000], np.uint32)
    tile_weights = np.zeros((4, ROWS // 2), np.uint32)
    tile_weights[3, 0] = 0x3F00_0000 | 0x3E80
    tile_weights[1, 16] = 0x3F80
    sums = summed(multiplied, entries, 0, 2, tile_weights.ravel())[PLACE : PLACE + ROWS]
    assert dict(enumerate(sums[sums > 0])) == {0: 0.25, 1: 0.5, 2: 2}
    assert np.flatnonzero(sums).tolist() == [0, 16, 32]
