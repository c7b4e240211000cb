"""Vocabulary: the numbers of an archive's words, bigrams and tags, the commonest words first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.layout import WORD_BITS
from recommender.kernels.radix import radix_sorted
from recommender.text.tokenizer import Tokens
from recommender.vectors.counting import BigramIndex, bigrams_of


class Numbering(NamedTuple):
    """Terms in a new order: their written forms, df, and how numbers map both ways.

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
    """Return each term's commonest written form; of equally common ones the first in order.

    ``written`` has the term, the form and its count of each form.

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


def common_bigrams(
    tokens: Tokens, words: int, min_df: int, tokens_at_once: int, jobs: int | None = None
) -> tuple[BigramIndex, NDArray[np.int64]]:
    """Return the bigrams that are in at least ``min_df`` articles, and their df (int64).

    Memory is bounded: the bigrams of about ``tokens_at_once`` tokens are sorted at a time.
    """
    from joblib import Parallel, delayed

    parts = 2 * (len(tokens.words) // tokens_at_once + 1)
    results = Parallel(n_jobs=jobs, backend="threading")(
        delayed(_common)(tokens, part, parts, min_df) for part in range(parts)
    )
    bigrams = np.concatenate([bigrams for bigrams, _ in results])
    order = np.argsort(bigrams, kind="stable")
    bigrams, df = bigrams[order], np.concatenate([df for _, df in results])[order]
    starts = np.searchsorted(bigrams, np.arange(words + 1, dtype=np.int64) << WORD_BITS)
    seconds = (bigrams & ((1 << WORD_BITS) - 1)).astype(np.int32)
    return BigramIndex(starts.astype(np.int64), seconds), df


def _common(
    tokens: Tokens, part: int, parts: int, min_df: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    bigrams = radix_sorted(bigrams_of(tokens, part, parts), 2 * WORD_BITS)
    begins = np.flatnonzero(np.concatenate([[True], bigrams[1:] != bigrams[:-1]])[: len(bigrams)])
    df = np.diff(np.append(begins, len(bigrams)))
    return bigrams[begins[df >= min_df]], df[df >= min_df]
