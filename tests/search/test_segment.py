"""Live rows, added one by one or many at once, are read and searched like the rows of one table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import references
from support.graphs import timed

from recommender.search.segment import MOST_ROWS, Block, LiveSegment
from recommender.vectors.packed import Vectors

COLUMNS, FIRST = 6, 4
# A row is a level for each column, -1 for none: empty rows, twins and ties come often.
ROWS = st.lists(st.sampled_from([-1, -1, 0, 40]), min_size=COLUMNS, max_size=COLUMNS)


def table_of(levels):
    return np.array(levels, np.int64).reshape(-1, COLUMNS)


def vectors_of(levels):
    rows = references.packed(table_of(levels))
    return rows.slice(0, len(rows))


def times_of(n):
    """Rows a day apart, every third without a date."""
    days = np.where(np.arange(n) % 3, np.arange(n, dtype=float), np.nan).astype(np.float32)
    return timed(days, unknown=0.7)


@settings(deadline=None)
@given(st.lists(st.lists(ROWS, max_size=4), max_size=12), ROWS, st.integers(1, 60), st.booleans())
def test_segment_is_read_and_searched_like_one_table(batches, query, k, with_factors):
    segment = LiveSegment(FIRST)
    for batch in batches:
        segment = segment.extended(vectors_of(batch))
    levels = [row for batch in batches for row in batch]
    n = FIRST + len(levels)
    assert len(segment) == len(levels)
    weights = references.weighed(table_of(levels))
    for at, row in enumerate(weights):
        assert references.dense(segment.row(FIRST + at))[0] == pytest.approx(row)
    times, own = times_of(n), FIRST if levels else -1
    factors = (np.arange(n) % 2).astype(np.float32) if with_factors else None
    rankings = segment.search(vectors_of([query]), 2.0, times, k, factors, own)
    expected = weights @ references.weighed(table_of([query]))[0]
    expected = expected * references.factors(times, np.array([2.0]))[0][FIRST:]
    expected = expected * (1 if factors is None else factors[FIRST:])
    expected = {FIRST + at: score for at, score in enumerate(expected) if score > 0}
    expected.pop(own, None)
    scores = {
        int(row): float(score)
        for rows, each in rankings
        for row, score in zip(rows, each, strict=True)
    }
    best = sorted(expected, key=lambda row: (-expected[row], row))[:k]
    assert set(best) <= set(scores) <= set(expected)
    assert all(scores[row] == pytest.approx(expected[row], abs=1e-6) for row in scores)


def test_blocks_stay_few_and_within_their_limit():
    one = vectors_of([[0, -1, 40, -1, -1, -1]])
    segment = LiveSegment(0)
    for _ in range(1000):
        segment = segment.extended(one)
    assert [len(block) for block in segment.blocks] == [512, 256, 128, 64, 32, 8]
    many = Vectors.concatenated([one] * (2 * MOST_ROWS + 7))
    segment = segment.extended(many)
    assert len(segment) == 1000 + 2 * MOST_ROWS + 7
    assert max(map(len, segment.blocks)) == MOST_ROWS


def test_row_outside_the_segment_is_an_error():
    segment = LiveSegment(5).extended(vectors_of([[0] * COLUMNS]))
    with pytest.raises(IndexError):
        segment.row(6)


def test_block_has_only_the_columns_of_its_rows():
    block = Block.of(vectors_of([[-1, 0, -1, -1, 40, -1]]))
    assert block.columns.tolist() == [1, 4]
    assert block.project(vectors_of([[0, 40, -1, 0, 40, -1]])).indices.tolist() == [0, 1]
    assert len(block.project(vectors_of([[0, -1, -1, 0, -1, -1]])).indices) == 0
