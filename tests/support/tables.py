"""Random small tables of levels for the tests of kernels, and their postings, made slowly."""

import numpy as np
from hypothesis import strategies as st

from recommender.kernels.types import Postings, SlotRange

# A codebook whose products and sums float32 holds exactly, so that ties are ties.
EXACT = np.array([1.0, 0.5, 0.25, 0.125], np.float32)
COLUMNS = 8
# A row is a level for each column, -1 where it lacks the column.
ROWS = st.lists(st.sampled_from([-1, -1, 0, 1, 2, 3]), min_size=COLUMNS, max_size=COLUMNS)
# Rows of a small pool: twins and ties come often.
TABLES = (
    st.lists(ROWS, min_size=1, max_size=6)
    .flatmap(lambda pool: st.lists(st.sampled_from(pool), max_size=150))
    .map(lambda rows: np.array(rows, np.int64).reshape(-1, COLUMNS))
)


@st.composite
def slot_ranges(draw):
    """Slots for some columns in any order, and a range of them."""
    order, size = draw(st.permutations(range(COLUMNS))), draw(st.integers(0, COLUMNS))
    slots = np.full(COLUMNS, -1, np.int32)
    slots[order[:size]] = np.arange(size)
    low = draw(st.integers(0, size))
    return SlotRange(slots, low, draw(st.integers(low, size)))


def postings_of(levels, chosen, block, dtype=np.uint16):
    """The postings of a table by blocks of rows: every entry put at the end of its list."""
    width, blocks = chosen.high - chosen.low, max(1, -(-len(levels) // block))
    lists = [[] for _ in range(blocks * width)]
    for row, column in np.argwhere(levels >= 0).tolist():
        slot = int(chosen.slots[column])
        if chosen.low <= slot < chosen.high:
            entry = row % block, levels[row, column]
            lists[row // block * width + slot - chosen.low].append(entry)
    rows, entry_levels = np.array([entry for each in lists for entry in each]).reshape(-1, 2).T
    begins = np.cumsum([0, *map(len, lists)])
    return Postings(begins, rows.astype(dtype), entry_levels.astype(np.uint8))
