"""Tiling: how work is cut so that it fits into caches and memory."""

from __future__ import annotations

from typing import NamedTuple


class Tiling(NamedTuple):
    """The sizes that work is cut by: they change how fast an answer comes, never the answer.

    ``batch_characters`` of text are read together, ``chunk_articles`` are counted together, and
    the bigrams of ``bigram_tokens`` tokens are sorted together. The neighbour graph sums a tile of
    rows with ``block_rows`` earlier rows at once, so that their sums stay in the first cache. Its
    three tiers by document frequency: a column in more than ``dense_share`` of the rows is dense,
    up to ``dense_slots`` of them, whose weights stay in the second cache; one in at most
    ``sparse_df`` rows is sparse. The rows are worked on in at least ``parts`` parts, more where
    sparse columns would add over ``part_products`` products to one.
    """

    batch_characters: int = 1 << 20
    chunk_articles: int = 1 << 10
    bigram_tokens: int = 1 << 26
    block_rows: int = 1 << 13
    dense_share: float = 1 / 50
    dense_slots: int = 1 << 12
    sparse_df: int = 32
    parts: int = 16
    part_products: int = 1 << 24
