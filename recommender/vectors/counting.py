"""Counting: how often each word, bigram and tag is in each place of each article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled
from recommender.kernels.layout import (
    ARTICLE_SHIFT,
    COLUMN_BITS,
    COLUMN_MASK,
    COLUMN_SHIFT,
    GOLDEN,
    KINDS,
    LEAD,
    PLACE_MASK,
    PLACE_SHIFT,
    PLACES,
    REST,
    STOP,
    TEXTS,
    WORD_BITS,
)
from recommender.kernels.radix import radix_sorted
from recommender.text.tokenizer import Tokens

_MOST = 65535


class Counts(NamedTuple):
    """Terms counted in some articles: of each its words, its bigrams, its tags, each ascending.

    Block ``3 * article + kind`` is ``ends[block]:ends[block + 1]`` (int64) of the entries:
    ``columns`` int32, and ``tf`` (entries x PLACES, uint16), how often the term is in each place.
    A bigram is two words with at most stop words between them; ``adjacent`` (uint16) is how often
    there is nothing between them.
    """

    ends: NDArray[np.int64]
    columns: NDArray[np.int32]
    tf: NDArray[np.uint16]
    adjacent: NDArray[np.uint16]


class BigramIndex(NamedTuple):
    """The known bigrams, by first word, then second: the place of a bigram is its number.

    Those of word ``i`` as the first are ``starts[i]:starts[i + 1]`` (int64) of ``seconds``
    (int32, ascending).
    """

    starts: NDArray[np.int64]
    seconds: NDArray[np.int32]


class Columns(NamedTuple):
    """Where the columns of a term space begin: bigrams and tags (words are first).

    ``bigrams`` is past the number of words where words that are in no known bigram follow them.
    """

    bigrams: int
    tags: int


def count(
    tokens: Tokens,
    low: int,
    high: int,
    bigrams: BigramIndex,
    lead_words: int,
    columns: Columns,
) -> Counts:
    """Count the articles ``low:high``; unknown words and bigrams are left out.

    Examples
    --------
    >>> ends, none = np.array([0, 2, 2, 4]), np.zeros(0, np.int32)  # "Ferry late. The ferry"
    >>> tokens = Tokens(np.array([0, 1, STOP, 0], np.int32), ends, none, ends[:2] * 0)
    >>> known = BigramIndex(np.array([0, 1, 1]), np.array([1], np.int32))
    >>> counts = count(tokens, 0, 1, known, lead_words=120, columns=Columns(2, 3))
    >>> counts.columns.tolist(), counts.tf[0].tolist(), counts.adjacent.tolist()
    ([0, 1, 2], [1, 0, 1, 0], [0, 0, 1])
    """
    keys = _keys(tokens.arrays, low, high, bigrams, lead_words, columns)
    ordered = radix_sorted(keys, ARTICLE_SHIFT + max(0, high - low - 1).bit_length())
    return Counts(*_tally(ordered, high - low, columns))


def document_frequencies(tokens: Tokens, words: int, tags: int) -> tuple[NDArray[np.int64], ...]:
    """Return in how many articles each word and each tag is (int64)."""
    df = _document_frequencies(tokens.words, tokens.ends[::TEXTS], words)
    return df, np.bincount(tokens.tags, minlength=tags)


def bigrams_of(tokens: Tokens, part: int, parts: int) -> NDArray[np.int64]:
    """Return ``first << WORD_BITS | second`` of each article's distinct bigrams, of one part.

    Every bigram is in one of ``parts`` parts, whichever article it is in.
    """
    return np.asarray(_bigrams_of(tokens.words, tokens.ends, part, parts))


def chunks(tokens: Tokens, size: int) -> Iterator[tuple[int, int]]:
    """Yield the first article and the one past the last of each chunk of ``size`` articles."""
    for low in range(0, len(tokens), size):
        yield low, min(len(tokens), low + size)


@compiled
def _document_frequencies(words, ends, size):  # type: ignore[no-untyped-def]
    df = np.zeros(size, np.int64)
    last = np.full(size, -1, np.int32)
    for article in range(len(ends) - 1):
        for at in range(ends[article], ends[article + 1]):
            word = words[at]
            if word >= 0 and last[word] != article:
                last[word] = article
                df[word] += 1
    return df


@compiled
def _next_bigram(words, at, stop):  # type: ignore[no-untyped-def]
    """Return where the next two known words with only stop words between them are."""
    while at < stop:
        if words[at] >= 0:
            second = at + 1
            while second < stop and words[second] == STOP:
                second += 1
            if second < stop and words[second] >= 0:
                return at, second
            at = second
        else:
            at += 1
    return stop, stop


@compiled
def _bigrams_of(words, ends, part, parts):  # type: ignore[no-untyped-def]
    found = np.empty(1 << 16, np.int64)
    seen, stamps = np.empty(1 << 12, np.int64), np.full(1 << 12, -1, np.int32)
    size = 0
    for article in range((len(ends) - 1) // TEXTS):
        length = ends[TEXTS * article + TEXTS] - ends[TEXTS * article]
        while len(seen) < 2 * length:
            seen, stamps = np.empty(2 * len(seen), np.int64), np.full(2 * len(seen), -1, np.int32)
        if size + length > len(found):
            longer = np.empty(2 * (size + length), np.int64)
            longer[:size] = found[:size]
            found = longer
        mask = np.uint64(len(seen) - 1)
        for text in range(TEXTS * article, TEXTS * article + TEXTS):
            at, second = _next_bigram(words, ends[text], ends[text + 1])
            while second < ends[text + 1]:
                bigram = np.int64(words[at]) << WORD_BITS | words[second]
                mixed = (np.uint64(bigram) * GOLDEN) >> np.uint64(20)
                at, second = _next_bigram(words, second, ends[text + 1])
                if (mixed >> np.uint64(12)) * np.uint64(parts) >> np.uint64(32) != part:
                    continue
                slot = mixed & mask
                while stamps[slot] == article and seen[slot] != bigram:
                    slot = (slot + np.uint64(1)) & mask
                if stamps[slot] != article:
                    seen[slot], stamps[slot] = bigram, article
                    found[size] = bigram
                    size += 1
    return found[:size].copy()


@compiled
def _find_seconds(seconds, lows, sizes, wanted):  # type: ignore[no-untyped-def]
    """Leave each of ``lows`` at the last of its ``sizes`` ascending numbers up to ``wanted``.

    Binary searches advance in lockstep, so cache misses overlap and no branch is mispredicted.
    """
    most = np.max(sizes) if len(sizes) else 0
    while most > 1:
        for at in range(len(lows)):
            half = sizes[at] >> 1
            lows[at] += half * (seconds[lows[at] + half] <= wanted[at])
            sizes[at] -= half
        most -= most >> 1


@compiled
def _article_bigrams(words, begins, starts, lead_words, room):  # type: ignore[no-untyped-def]
    """Note an article's bigrams whose first word begins a known one; return how many there are.

    ``room`` gets of each where the known ones begin and how many they are, the second word, and
    place and adjacency as in a key.
    """
    lows, sizes, wanted, notes = room
    size = 0
    for text in range(TEXTS):
        begin, stop = begins[text], begins[text + 1]
        at, second = _next_bigram(words, begin, stop)
        while second < stop:
            first = words[at]
            if first + 1 < len(starts) and starts[first] < starts[first + 1]:
                lows[size], sizes[size] = starts[first], starts[first + 1] - starts[first]
                wanted[size] = words[second]
                place = text + (text == LEAD and at - begin >= lead_words)
                notes[size] = place << PLACE_SHIFT | (second == at + 1)
                size += 1
            at, second = _next_bigram(words, second, stop)
    return size


@compiled
def _keys(tokens, low, high, bigrams, lead_words, columns):  # type: ignore[no-untyped-def]
    """Return a key for each occurrence: article | column | place | adjacent, see ``layout``."""
    words, ends, tags, tag_ends = tokens
    starts, seconds = bigrams
    most = 2 * (ends[TEXTS * high] - ends[TEXTS * low]) + tag_ends[high] - tag_ends[low]
    keys = np.empty(most, np.int64)
    longest = 0
    for article in range(low, high):
        longest = max(longest, ends[TEXTS * article + TEXTS] - ends[TEXTS * article])
    room = (
        np.empty(longest, np.int64),
        np.empty(longest, np.int64),
        np.empty(longest, np.int32),
        np.empty(longest, np.int64),
    )
    lows, sizes, wanted, notes = room
    size = 0
    for article in range(low, high):
        base = np.int64(article - low) << ARTICLE_SHIFT
        begins = ends[TEXTS * article : TEXTS * article + TEXTS + 1]
        for text in range(TEXTS):
            for at in range(begins[text], begins[text + 1]):
                if words[at] >= 0:
                    place = text + (text == LEAD and at - begins[text] >= lead_words)
                    keys[size] = base | np.int64(words[at]) << COLUMN_SHIFT | place << PLACE_SHIFT
                    size += 1
        count = _article_bigrams(words, begins, starts, lead_words, room)
        _find_seconds(seconds, lows[:count], sizes[:count], wanted[:count])
        for at in range(count):
            if seconds[lows[at]] == wanted[at]:
                keys[size] = base | (lows[at] + columns.bigrams) << COLUMN_SHIFT | notes[at]
                size += 1
        for at in range(tag_ends[article], tag_ends[article + 1]):
            # A tag is counted in the rest of the body, whose weight is never 0.
            tag = np.int64(tags[at] + columns.tags)
            keys[size] = base | tag << COLUMN_SHIFT | REST << PLACE_SHIFT
            size += 1
    return keys[:size]


@compiled
def _tally(keys, articles, starts):  # type: ignore[no-untyped-def]
    """Add up ascending keys into ends, columns, tf and adjacent; ``starts`` are ``Columns``."""
    columns = np.empty(len(keys), np.int32)
    tf = np.zeros((len(keys), PLACES), np.uint16)
    adjacent = np.zeros(len(keys), np.uint16)
    ends = np.zeros(KINDS * articles + 1, np.int64)
    size, last = 0, np.int64(-1)
    for key in keys:
        if key >> COLUMN_SHIFT != last:
            last = key >> COLUMN_SHIFT
            column = last & COLUMN_MASK
            columns[size] = column
            kind = 0 + (column >= starts.bigrams) + (column >= starts.tags)
            size += 1
            ends[KINDS * (last >> COLUMN_BITS) + kind + 1] = size
        place = (key >> PLACE_SHIFT) & PLACE_MASK
        if tf[size - 1, place] < _MOST:
            tf[size - 1, place] += 1
        if key & 1 and adjacent[size - 1] < _MOST:
            adjacent[size - 1] += 1
    for block in range(1, len(ends)):
        ends[block] = max(ends[block], ends[block - 1])
    return ends, columns[:size].copy(), tf[:size].copy(), adjacent[:size].copy()
