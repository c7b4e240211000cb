"""Rows that are added one by one or many at once are read and searched as if they stood in one."""

import numpy as np
import pytest
from support import references
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.kernels.types import Times
from recommender.vectors.packed import Vectors
from recommender.search.segment import MOST, Block, LiveSegment

COLUMNS, FIRST = 6, 4
# A row is a level for each column, -1 for none: empty rows, twins and ties come often.
ROWS = st.lists(st.sampled_from([-1, -1, 0, 40]), min_size=COLUMNS, max_size=COLUMNS)


def vectors(levels):
    table = np.array(levels, np.int64).reshape(-1, COLUMNS)
    rows = references.packed(table)
    return rows.slice(0, len(rows))


def times_of(n):
    days = np.where(np.arange(n) % 3, np.arange(n, dtype=float), np.nan).astype(np.float32)
    return Times(days, np.float32(0.3), np.float32(0.7))


@settings(deadline=None)
@given(st.lists(st.lists(ROWS, max_size=4), max_size=12), ROWS, st.integers(1, 60), st.booleans())
def test_a_segment_answers_as_one_table_would(batches, query, k, masked):
    segment = LiveSegment(FIRST)
    for batch in batches:
        segment = segment.added(vectors(batch))
    levels = [row for batch in batches for row in batch]
    n = FIRST + len(levels)
    assert len(segment) == len(levels)
    table = np.array(levels, np.int64).reshape(-1, COLUMNS)
    for at, row in enumerate(references.weighed(table)):
        assert references.dense(segment.row(FIRST + at))[0] == pytest.approx(row)
    times, own = times_of(n), FIRST if levels else -1
    factors = (np.arange(n) % 2).astype(np.float32) if masked else None
    found = segment.search(vectors([query]), 2.0, times, k, factors, own)
    scores = references.weighed(table) @ references.weighed(np.array([query]))[0]
    scores = scores * references.factors(times, np.array([2.0]))[0][FIRST:]
    scores = scores * (1 if factors is None else factors[FIRST:])
    wanted = {
        FIRST + at: score for at, score in enumerate(scores) if score > 0 and at + FIRST != own
    }
    told = {
        int(row): float(score)
        for rows, each in found
        for row, score in zip(rows, each, strict=True)
    }
    best = sorted(wanted, key=lambda row: (-wanted[row], row))[:k]
    assert set(best) <= set(told) <= set(wanted)
    assert all(told[row] == pytest.approx(wanted[row], abs=1e-6) for row in told)


def test_blocks_stay_few_and_within_their_limit():
    one = vectors([[0, -1, 40, -1, -1, -1]])
    segment = LiveSegment(0)
    for _ in range(1000):
        segment = segment.added(one)
    assert [len(block) for block in segment.blocks] == [512, 256, 128, 64, 32, 8]
    many = Vectors.concatenated([one] * (2 * MOST + 7))
    segment = segment.added(many)
    assert len(segment) == 1000 + 2 * MOST + 7
    assert max(map(len, segment.blocks)) == MOST


def test_a_row_that_is_not_there_is_an_error():
    segment = LiveSegment(5).added(vectors([[0] * COLUMNS]))
    with pytest.raises(IndexError):
        segment.row(6)


def test_a_block_knows_no_columns_that_none_of_its_rows_has():
    block = Block.of(vectors([[-1, 0, -1, -1, 40, -1]]))
    assert block.columns.tolist() == [1, 4]
    assert block.query(vectors([[0, 40, -1, 0, 40, -1]])).indices.tolist() == [0, 1]
    assert len(block.query(vectors([[0, -1, -1, 0, -1, -1]])).indices) == 0
