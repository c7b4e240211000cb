"""The radix sort gives what Python's sort gives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.kernels.radix import radix_sorted

KEYS = st.integers(1, 63).flatmap(
    lambda bits: st.tuples(st.just(bits), st.lists(st.integers(0, 2**bits - 1), max_size=50))
)


@given(KEYS)
def test_keys_of_any_number_of_bits_are_sorted(keys_of_bits):
    bits, keys = keys_of_bits
    assert radix_sorted(np.array(keys, np.int64), bits).tolist() == sorted(keys)


def test_many_keys_are_sorted():
    keys = np.random.default_rng(1).integers(0, 2**44, 20_000)
    expected = sorted(keys.tolist())
    assert radix_sorted(keys, 44).tolist() == expected
