"""Counts: how often each word, pair of words and tag stands where in each article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.kernel import compiled, radix_sorted
from recommender.tokens import STOP, Tokens

# Where a word of an article can stand; the opening is the beginning of the body.
TITLE, SUMMARY, OPENING, REST = range(4)
PLACES = 4
WORDS, PAIRS, TAGS = range(3)
KINDS = 3
# A pair of words is one integer; with one of its article's words it must fit 63 bits.
WORD_BITS = 31
CHUNK = 1024
_ODD = np.uint64(0x9E3779B97F4A7C15)


class Counts(NamedTuple):
    """Terms counted in some articles: of each its words, its pairs, its tags, each ascending.

    Block ``3 * article + kind`` is ``ends[block]:ends[block + 1]`` (int64) of the entries:
    ``columns`` int32, and ``tf`` (entries x PLACES, uint16), how often the term stands in each
    place. A pair is two words with at most stop words between them; ``touching`` (uint16) says how
    often they stand next to each other.
    """

    ends: NDArray[np.int64]
    columns: NDArray[np.int32]
    tf: NDArray[np.uint16]
    touching: NDArray[np.uint16]


class PairIndex(NamedTuple):
    """The known pairs of words, by first word, then second: the place of a pair is its number.

    Those of word ``i`` as the first are ``starts[i]:starts[i + 1]`` (int64) of ``seconds``
    (int32, ascending).
    """

    starts: NDArray[np.int64]
    seconds: NDArray[np.int32]


def count(
    tokens: Tokens,
    low: int,
    high: int,
    pairs: PairIndex,
    lead_words: int,
    tags_from: int,
    pairs_from: int | None = None,
) -> Counts:
    """Count the articles ``low:high``; pairs of words that are not known are left out.

    Columns are words, then pairs, then tags from column ``tags_from`` on. Words that are in no
    known pair may be numbered after the others, up to ``pairs_from``.

    Examples
    --------
    >>> ends, none = np.array([0, 2, 2, 4]), np.zeros(0, np.int32)  # "Ferry late. The ferry"
    >>> tokens = Tokens(np.array([0, 1, STOP, 0], np.int32), ends, none, ends[:2] * 0)
    >>> known = PairIndex(np.array([0, 1, 1]), np.array([1], np.int32))
    >>> counted = count(tokens, 0, 1, known, lead_words=120, tags_from=3)
    >>> counted.columns.tolist(), counted.tf[0].tolist(), counted.touching.tolist()
    ([0, 1, 2], [1, 0, 1, 0], [0, 0, 1])
    """
    pairs_from = len(pairs.starts) - 1 if pairs_from is None else pairs_from
    keys = _keys(*_arrays(tokens), low, high, *pairs, lead_words, pairs_from, tags_from)
    # Numba would go on with an old radix_sorted if it were called from a kernel of this file.
    ordered = radix_sorted(keys, 34 + max(0, high - low - 1).bit_length())
    return Counts(*_tally(ordered, high - low, pairs_from, tags_from))


def document_frequencies(tokens: Tokens, words: int, tags: int) -> tuple[NDArray[np.int64], ...]:
    """Return in how many articles each word and each tag stands."""
    df = _df(tokens.words, tokens.ends[::3], words)
    return df, np.bincount(tokens.tags, minlength=tags)


def pairs_in(tokens: Tokens, part: int, parts: int) -> NDArray[np.int64]:
    """Return ``first << WORD_BITS | second`` of each article's distinct pairs, of one part of all.

    Every pair is in one part, whichever article it stands in.
    """
    return np.asarray(_pairs(tokens.words, tokens.ends, part, parts))


def cuts(tokens: Tokens) -> Iterator[tuple[int, int]]:
    """Yield the first article and the one past the last of each chunk."""
    for low in range(0, len(tokens), CHUNK):
        yield low, min(len(tokens), low + CHUNK)


def _arrays(tokens: Tokens) -> tuple[NDArray[np.integer], ...]:
    return tokens.words, tokens.ends, tokens.tags, tokens.tag_ends


@compiled
def _df(words, ends, size):  # type: ignore[no-untyped-def]
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
def _next_pair(words, at, stop):  # type: ignore[no-untyped-def]
    """Return where the first word of the next pair of known words stands, and the second."""
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
def _pairs(words, ends, part, parts):  # type: ignore[no-untyped-def]
    found = np.empty(1 << 16, np.int64)
    seen, stamps = np.empty(1 << 12, np.int64), np.full(1 << 12, -1, np.int32)
    size = 0
    for article in range((len(ends) - 1) // 3):
        length = ends[3 * article + 3] - ends[3 * article]
        while len(seen) < 2 * length:
            seen, stamps = np.empty(2 * len(seen), np.int64), np.full(2 * len(seen), -1, np.int32)
        if size + length > len(found):
            grown = np.empty(2 * (size + length), np.int64)
            grown[:size] = found[:size]
            found = grown
        mask = np.uint64(len(seen) - 1)
        for text in range(3 * article, 3 * article + 3):
            at, second = _next_pair(words, ends[text], ends[text + 1])
            while second < ends[text + 1]:
                pair = np.int64(words[at]) << WORD_BITS | words[second]
                mixed = (np.uint64(pair) * _ODD) >> np.uint64(20)
                at, second = _next_pair(words, second, ends[text + 1])
                if (mixed >> np.uint64(12)) * np.uint64(parts) >> np.uint64(32) != part:
                    continue
                slot = mixed & mask
                while stamps[slot] == article and seen[slot] != pair:
                    slot = (slot + np.uint64(1)) & mask
                if stamps[slot] != article:
                    seen[slot], stamps[slot] = pair, article
                    found[size] = pair
                    size += 1
    return found[:size].copy()


@compiled
def _places_of(seconds, lows, sizes, wanted):  # type: ignore[no-untyped-def]
    """Leave each of ``lows`` at the last of its ``sizes`` ascending numbers up to what is wanted.

    All are halved in turn: so memory answers for many of them at once, and no branch is foretold.
    """
    most = np.max(sizes) if len(sizes) else 0
    while most > 1:
        for at in range(len(lows)):
            half = sizes[at] >> 1
            lows[at] += half * (seconds[lows[at] + half] <= wanted[at])
            sizes[at] -= half
        most -= most >> 1


@compiled
def _pairs_of(words, begins, starts, lead_words, found):  # type: ignore[no-untyped-def]
    """Note an article's pairs whose first word begins a known one; return how many there are.

    ``found`` has of each where the known ones begin and how many they are, the second word, and
    place and touching as in a key.
    """
    lows, sizes, wanted, notes = found
    size = 0
    for text in range(3):
        begin, stop = begins[text], begins[text + 1]
        at, second = _next_pair(words, begin, stop)
        while second < stop:
            first = words[at]
            if first + 1 < len(starts) and starts[first] < starts[first + 1]:
                lows[size], sizes[size] = starts[first], starts[first + 1] - starts[first]
                wanted[size] = words[second]
                place = text + (text == 2 and at - begin >= lead_words)
                notes[size] = place << 1 | (second == at + 1)
                size += 1
            at, second = _next_pair(words, second, stop)
    return size


@compiled
def _keys(  # type: ignore[no-untyped-def]
    words, ends, tags, tag_ends, low, high, starts, seconds, lead_words, pairs_from, tags_from
):
    keys = np.empty(2 * (ends[3 * high] - ends[3 * low]) + tag_ends[high] - tag_ends[low], np.int64)
    room = 0
    for article in range(low, high):
        room = max(room, ends[3 * article + 3] - ends[3 * article])
    found = (
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
    )
    lows, sizes, wanted, notes = found
    size = 0
    for article in range(low, high):
        base = np.int64(article - low) << 34
        begins = ends[3 * article : 3 * article + 4]
        for text in range(3):
            for at in range(begins[text], begins[text + 1]):
                if words[at] >= 0:
                    place = text + (text == 2 and at - begins[text] >= lead_words)
                    keys[size] = base | np.int64(words[at]) << 3 | place << 1
                    size += 1
        count = _pairs_of(words, begins, starts, lead_words, found)
        _places_of(seconds, lows[:count], sizes[:count], wanted[:count])
        for at in range(count):
            if seconds[lows[at]] == wanted[at]:
                keys[size] = base | (lows[at] + pairs_from) << 3 | notes[at]
                size += 1
        for at in range(tag_ends[article], tag_ends[article + 1]):
            # A tag stands in the body's rest, whose weight is never 0.
            keys[size] = base | np.int64(tags[at] + tags_from) << 3 | REST << 1
            size += 1
    return keys[:size]


@compiled
def _tally(keys, articles, pairs_from, tags_from):  # type: ignore[no-untyped-def]
    """Add up ascending keys: article << 34 | column << 3 | place << 1 | touching."""
    columns = np.empty(len(keys), np.int32)
    tf = np.zeros((len(keys), 4), np.uint16)
    touching = np.zeros(len(keys), np.uint16)
    ends = np.zeros(3 * articles + 1, np.int64)
    size, last = 0, np.int64(-1)
    for key in keys:
        if key >> 3 != last:
            last = key >> 3
            column = last & ((1 << 31) - 1)
            columns[size] = column
            kind = 0 + (column >= pairs_from) + (column >= tags_from)
            size += 1
            ends[3 * (last >> 31) + kind + 1] = size
        place = (key >> 1) & 3
        if tf[size - 1, place] < 65535:
            tf[size - 1, place] += 1
        if key & 1 and touching[size - 1] < 65535:
            touching[size - 1] += 1
    for block in range(1, len(ends)):
        ends[block] = max(ends[block], ends[block - 1])
    return ends, columns[:size].copy(), tf[:size].copy(), touching[:size].copy()
