"""Vocabulary: counted words, pairs and tags get their numbers, the commonest first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.counts import MAX_WORDS, WORD_BITS, Chunk, Counter, Counts, tag_key
from recommender.errors import InputError


class Numbering(NamedTuple):
    """Terms in a new order: their written forms and df (int64), and how numbers go both ways.

    ``old`` holds each new number's old one, ``new`` each old one's new one (both int64).
    """

    forms: list[str]
    df: NDArray[np.int64]
    old: list[int]
    new: NDArray[np.int64]


def by_df(counts: list[Counts], forms: list[str]) -> Numbering:
    """Number terms by descending df, then by their form.

    Examples
    --------
    >>> seen = Counts(np.array([0, 1, 1]), np.array([1, 0, 1]), np.ones((3, 4), np.uint16))
    >>> by_df([seen], ["late", "Ferry"]).forms
    ['Ferry', 'late']
    """
    df = np.zeros(len(forms), np.int64)
    for counted in counts:
        df += np.bincount(counted.term, minlength=len(forms))
    old = sorted(range(len(forms)), key=lambda term: (-df[term], forms[term].lower()))
    new = np.empty(len(forms), np.int64)
    new[old] = np.arange(len(forms))
    return Numbering([forms[term] for term in old], df[old], old, new)


def word_forms(counter: Counter) -> list[str]:
    """Return each word's commonest form, or raise InputError when there are too many words."""
    if len(counter.words.terms) > MAX_WORDS:
        raise InputError(f"the archive has more than {MAX_WORDS:,} different words")
    forms = counter.written_forms()
    return [forms[term] for term in range(len(counter.words.terms))]


def tag_forms(counter: Counter) -> list[str]:
    """Return each tag's commonest form."""
    best: dict[str, tuple[int, str]] = {}
    for tag, count in counter.tag_counts.items():
        key = tag_key(tag)
        best[key] = min(best.get(key, (0, tag)), (-count, tag))
    return [best[key][1] for key in counter.tags.terms]


def renumbered(chunk: Chunk, word: Numbering, tag: Numbering) -> Chunk:
    """Return counts with the new numbers."""
    pair = chunk.pairs.term
    pair = word.new[pair >> WORD_BITS] << WORD_BITS | word.new[pair & (MAX_WORDS - 1)]
    return chunk._replace(
        words=chunk.words._replace(term=word.new[chunk.words.term]),
        pairs=chunk.pairs._replace(term=pair),
        tags=chunk.tags._replace(term=tag.new[chunk.tags.term]),
    )


def common_pairs(chunks: list[Chunk], min_df: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs that stand in at least ``min_df`` articles, commonest first, and df."""
    none = np.zeros(0, np.int64)
    found = np.concatenate([chunk.pairs.term for chunk in chunks] or [none])
    pairs, df = np.unique(found, return_counts=True)
    pairs, df = pairs[df >= min_df], df[df >= min_df]
    order = np.argsort(-df, kind="stable")
    return pairs[order], df[order]
