"""The overlap of two rows is their shared terms, strongest first."""

import numpy as np
import pytest
from support.references import dense, shared

from recommender.kernels.layout import ADJACENT, IN_BODY, IN_TITLE
from recommender.vectors.overlap import overlap
from recommender.vectors.packed import Vectors


def random_row(random, size, columns=60):
    fields = random.choice([IN_TITLE, IN_BODY, IN_BODY | ADJACENT], size).astype(np.uint8)
    indices = np.sort(random.choice(columns, size, replace=False)).astype(np.int32)
    levels = random.integers(0, 9, size).astype(np.uint8)
    return Vectors(np.array([0, size]), indices, levels, fields, columns)


@pytest.mark.parametrize("sizes", [(0, 0), (0, 9), (9, 0), (1, 60), (30, 40), (60, 60)])
def test_shared_terms_add_up_to_the_dot_product(sizes):
    random = np.random.default_rng(sum(sizes))
    query, other = (random_row(random, size) for size in sizes)
    columns, products, fields = overlap(query, other)
    assert [array.dtype for array in (columns, products, fields)] == [
        np.int32,
        np.float64,
        np.uint8,
    ]
    assert list(zip(products, columns, fields, strict=True)) == shared(query, other)
    assert products.sum() == pytest.approx(float(dense(query)[0] @ dense(other)[0]))
