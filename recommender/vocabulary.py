"""Vocabulary: the words, pairs and tags of an archive get their numbers, commonest words first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.counts import WORD_BITS, PairIndex, pairs_in
from recommender.kernel import radix_sorted
from recommender.tokens import Tokens

# Tokens whose pairs are sorted at once, to bound memory.
_TOKENS_AT_ONCE = 1 << 26


class Numbering(NamedTuple):
    """Terms in a new order: their written forms and df, and how numbers go both ways.

    ``df`` (int64) is in the new order; ``old`` holds each new number's old one, ``new`` each old
    one's new one (both int64).
    """

    forms: list[str]
    df: NDArray[np.int64]
    old: NDArray[np.int64]
    new: NDArray[np.int64]


def by_df(df: NDArray[np.int64], forms: list[str]) -> Numbering:
    """Number terms by descending df, then by their form in lower case.

    Examples
    --------
    >>> by_df(np.array([1, 2]), ["late", "Ferry"]).forms
    ['Ferry', 'late']
    """
    lower = [form.lower() for form in forms]
    alphabetic = np.array(sorted(range(len(forms)), key=lower.__getitem__), np.int64)
    old = alphabetic[np.argsort(-df[alphabetic], kind="stable")]
    new = np.empty(len(forms), np.int64)
    new[old] = np.arange(len(forms))
    return Numbering([forms[term] for term in old], df[old], old, new)


def commonest(written: Iterable[tuple[int, str, int]], size: int) -> list[str]:
    """Return each term's commonest written form; of equally common ones the first.

    Examples
    --------
    >>> commonest([(0, "ferry", 1), (0, "Ferry", 2), (-1, "the", 9)], 1)
    ['Ferry']
    """
    best: list[tuple[int, str]] = [(1, "")] * size
    for term, form, count in written:
        if term >= 0:
            best[term] = min(best[term], (-count, form))
    return [form for _, form in best]


def common_pairs(
    tokens: Tokens, words: int, min_df: int, jobs: int | None = None
) -> tuple[PairIndex, NDArray[np.int64]]:
    """Return the pairs of words that stand in at least ``min_df`` articles, and their df."""
    from joblib import Parallel, delayed

    parts = 2 * (len(tokens.words) // _TOKENS_AT_ONCE + 1)
    found = Parallel(n_jobs=jobs, backend="threading")(
        delayed(_common)(tokens, part, parts, min_df) for part in range(parts)
    )
    pairs = np.concatenate([pairs for pairs, _ in found])
    order = np.argsort(pairs, kind="stable")
    pairs, df = pairs[order], np.concatenate([df for _, df in found])[order]
    starts = np.searchsorted(pairs, np.arange(words + 1, dtype=np.int64) << WORD_BITS)
    seconds = (pairs & ((1 << WORD_BITS) - 1)).astype(np.int32)
    return PairIndex(starts.astype(np.int64), seconds), df


def _common(
    tokens: Tokens, part: int, parts: int, min_df: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = radix_sorted(pairs_in(tokens, part, parts), 2 * WORD_BITS)
    begins = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]])[: len(pairs)])
    df = np.diff(np.append(begins, len(pairs)))
    return pairs[begins[df >= min_df]], df[df >= min_df]
