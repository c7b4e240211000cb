"""Coverage and Gini coefficient; every expected number here was worked out by hand."""

import numpy as np
import pytest

from recommender.evaluation.coverage import Coverage, coverage


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        # Every article once.
        ([[1], [2], [0]], Coverage(1, 0, 0, 1, 1)),
        # Appearances 2, 2, 0, 0: (-3*0 - 1*0 + 1*2 + 3*2) / (4*4).
        ([[1], [0], [0], [1]], Coverage(0.5, 2, 0.5, 1, 1)),
        # Appearances 3, 1, 0, 0: (1*1 + 3*3) / (4*4).
        ([[1, -1], [0, -1], [0, -1], [0, -1]], Coverage(0.5, 2, 0.625, 1, 0)),
        ([[1, 2], [0, -1], [-1, -1]], Coverage(1, 0, 0, 1, pytest.approx(1 / 3))),
        ([[-1, -1], [-1, -1]], Coverage(0, 2, 0, 0, 0)),
    ],
)
def test_coverage_of_small_lists(lists, expected):
    assert coverage(np.array(lists, np.int32)) == expected


def test_one_article_in_every_list_has_a_gini_near_1():
    # Appearances 99, 1 and 98 times 0: (97*1 + 99*99) / (100*100).
    lists = np.array([[1]] + [[0]] * 99, np.int32)
    assert coverage(lists) == Coverage(0.02, 98, pytest.approx(0.9898), 1, 1)
