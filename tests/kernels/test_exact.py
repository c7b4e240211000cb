"""The products of sparse columns are those of all pairs of rows, by later row and block."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.tables import COLUMNS, EXACT, TABLES, postings_of

from recommender.kernels.exact import sparse_products
from recommender.kernels.types import SlotRange


@given(TABLES, st.sampled_from([1, 4, 64, 1000]), st.data())
def test_sparse_products_are_listed_by_later_row_and_block(table, block, data):
    low = data.draw(st.integers(0, len(table)))
    high = data.draw(st.integers(low, len(table)))
    every = SlotRange(np.arange(COLUMNS, dtype=np.int32), 0, COLUMNS)
    sparse = postings_of(table, every, 1 << 31, np.int32)
    products = sparse_products(sparse, low, high, block, EXACT)
    assert (products.others.dtype, products.products.dtype) == (np.uint16, np.float32)
    assert (products.first, products.blocks) == (low, -(-high // block))
    for row in range(low, high):
        for number in range(products.blocks):
            key = (row - low) * products.blocks + number
            part = slice(products.begins[key], products.begins[key + 1])
            expected = [
                (before - number * block, EXACT[table[row, column]] * EXACT[table[before, column]])
                for column in range(COLUMNS)
                for before in range(number * block, min(row, (number + 1) * block))
                if table[row, column] >= 0 and table[before, column] >= 0
            ]
            entries = zip(products.others[part], products.products[part], strict=True)
            assert list(entries) == expected
