"""Heaps keep the best rows, however many are pushed and in any order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.graphs import lists_of
from support.references import best
from support.tables import EXACT

from recommender.kernels.topk import TINY, empty_heaps, merge, push, sorted_top

SCORES = st.lists(st.sampled_from(EXACT.tolist()), max_size=60)


def push_above(heaps, scores, rows):
    """Push those rows that pass the threshold."""
    for row in rows:
        if scores[row] >= heaps.thresholds[0]:
            push(heaps, 0, np.float32(scores[row]), row)


@given(SCORES, st.integers(1, 12), st.integers(1, 5), st.randoms(use_true_random=False))
def test_merged_heaps_hold_the_best_of_all_rows(scores, k, parts, random):
    rows = list(range(len(scores)))
    random.shuffle(rows)
    heaps = [empty_heaps(1, k) for _ in range(parts)]
    for part, each in enumerate(heaps):
        push_above(each, scores, rows[part::parts])
    for other in heaps[1:]:
        merge(heaps[0], other)
    top = sorted_top(heaps[0])
    expected = best(scores, k)
    assert lists_of(top) == [expected]
    assert top.scores[0, : len(expected)].tolist() == [scores[row] for row in expected]
    assert not top.scores[0, len(expected) :].any()


@given(SCORES, st.integers(1, 12))
def test_a_threshold_rises_and_keeps_out_none_of_the_best(scores, k):
    scores = scores * 9
    heaps, threshold = empty_heaps(1, k), TINY
    for row in range(len(scores)):
        push_above(heaps, scores, [row])
        assert threshold <= heaps.thresholds[0]
        threshold = heaps.thresholds[0]
    assert lists_of(sorted_top(heaps)) == [best(scores, k)]


@pytest.mark.parametrize(("n", "k"), [(0, 3), (3, 1)])
def test_empty_heaps_give_empty_lists(n, k):
    top = sorted_top(empty_heaps(n, k))
    assert lists_of(top) == [[]] * n
    assert top.rows.shape == top.scores.shape == (n, k)
    assert not top.scores.any()
