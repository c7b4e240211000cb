"""Sketches: a few hundred bytes of a text, enough to tell how much of it stands in another.

A shingle is four words in a row. Of a text's distinct shingles the sketch keeps those whose hash
is 0 modulo ``SAMPLED`` (see ``shingles``), so that all texts keep the same ones, and the share of
one's kept shingles that another has estimates, without bias, how much of it the other contains
(Broder, "On the resemblance and containment of documents", 1997: the sketch V_m). For a true share
c and m kept shingles the standard error is at most sqrt(c (1 - c) / m): .035 at c = .5 for 800
words, .1 for 100. Sixteen bits are kept of a hash, so that of another text's shingles as many as 1
in 300 are taken for one of 800 words, and 1 in 60 for one of the longest.

Captions, forms and footers that a site puts on many pages make no copies of these: a shingle of
more than two articles counts the less, the more of them have it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.cutting import Texts, readable
from recommender.kernel import compiled
from recommender.shingles import EVIDENCE, hashed

FULL = 255
_BITS = 16
# Rows that are compared with their neighbours in one go.
_ROWS = 1 << 13


class Sketch(NamedTuple):
    """A text's sketch: of each kept shingle 16 bits (uint16) and how much it counts (uint8)."""

    prints: NDArray[np.uint16]
    weights: NDArray[np.uint8]

    @classmethod
    def of(cls, article: Article) -> Sketch:
        """Sketch an article that is not among others: all it says counts in full."""
        hashes, _ = hashed([readable(article)])
        prints = hashes >> _BITS
        return cls(prints.astype(np.uint16), np.full(len(prints), FULL, np.uint8))


@dataclass(frozen=True)
class Sketches:
    """The sketch of each row, one after another; ``starts`` (int64, one more) says where.

    Examples
    --------
    >>> story = " ".join(f"word{number}" for number in range(300))
    >>> brief, other = story[: story.index("word80")], story.upper() + " and more"
    >>> news = [Article(id=text[:9], title="News", body=text) for text in (story, brief, other)]
    >>> sketches = Sketches.of(news)
    >>> sketches.contained(sketches[0], np.array([1, 2])).tolist()
    [1.0, 1.0]
    """

    starts: NDArray[np.int64]
    prints: NDArray[np.uint16]
    weights: NDArray[np.uint8]

    @classmethod
    def of(cls, articles: Iterable[Article]) -> Sketches:
        """Sketch some articles, in order."""
        making = Sketcher()
        making.add(list(map(readable, articles)))
        return making.made()

    @classmethod
    def joined(cls, sketches: Sequence[Sketch]) -> Sketches:
        """Return some sketches, at least one, as rows."""
        starts = np.cumsum([0, *(len(sketch.prints) for sketch in sketches)]).astype(np.int64)
        prints, weights = (np.concatenate(parts) for parts in zip(*sketches, strict=True))
        return cls(starts, prints, weights)

    def __getitem__(self, row: int) -> Sketch:
        cut = slice(int(self.starts[row]), int(self.starts[row + 1]))
        return Sketch(self.prints[cut], self.weights[cut])

    def contained(self, sketch: Sketch, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return how much of a text stands in that of each row, or of that in it (float32).

        It is the larger of both shares, and 0 where too little is shared to tell.
        """
        found = _contained(*sketch, self.starts, self.prints, self.weights, rows)
        return cast(NDArray[np.float32], found)

    def alike(
        self, near: NDArray[np.int32], least: float, jobs: int | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return rows and those ``near`` them (n x k, -1 for none) that share so much (pairs x 2).

        Pairs are int32, by row, then as they stand in ``near``; their shares come with them.
        """
        from joblib import Parallel, delayed

        asked = near, np.float32(least), self.starts, self.prints, self.weights
        cuts = [*range(0, max(1, len(near)), _ROWS), len(near)]
        parts = Parallel(n_jobs=jobs, backend="threading")(
            delayed(_alike)(low, high, *asked) for low, high in pairwise(cuts)
        )
        pairs, shares = zip(*parts, strict=True)
        return np.concatenate(pairs), np.concatenate(shares)


class Sketcher:
    """Makes sketches of texts as they stream by, some at a time."""

    def __init__(self) -> None:
        self._hashes, self._sizes = array("I"), [np.zeros(1, np.int64)]

    def add(self, texts: list[Texts]) -> None:
        """Sketch the texts of more articles."""
        hashes, sizes = hashed(texts)
        self._hashes.frombytes(hashes.tobytes())
        self._sizes.append(sizes)

    def made(self) -> Sketches:
        """Return the sketches of all articles that streamed by."""
        hashes = np.frombuffer(self._hashes, np.uint32)
        ordered = np.sort(hashes)
        third = ordered[2:][ordered[2:] == ordered[:-2]]
        common, beyond = np.unique(third, return_counts=True)
        weights = _weights(hashes, common, beyond + 2)
        prints = (hashes >> _BITS).astype(np.uint16)
        return Sketches(np.cumsum(np.concatenate(self._sizes)), prints, weights)


@compiled
def _weights(
    hashes: NDArray[np.uint32], common: NDArray[np.uint32], articles_with: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Return how much each hash counts: in full, or its share of two of the articles with it."""
    weights = np.full(len(hashes), FULL, np.uint8)
    # Where those of the same upper bits begin: few, if any.
    begins = np.searchsorted(common, np.arange((1 << _BITS) + 1) << (32 - _BITS))
    for at in range(len(hashes)):
        upper = hashes[at] >> (32 - _BITS)
        for place in range(begins[upper], begins[upper + 1]):
            if common[place] == hashes[at]:
                weights[at] = max(1, 2 * FULL // articles_with[place])
    return weights


@compiled
def _contained(
    prints: NDArray[np.uint16],
    weights: NDArray[np.uint8],
    starts: NDArray[np.int64],
    all_prints: NDArray[np.uint16],
    all_weights: NDArray[np.uint8],
    rows: NDArray[np.int32],
) -> NDArray[np.float32]:
    weight_of = np.zeros(1 << _BITS, np.uint8)
    total = _set(weight_of, prints, weights)
    shares = np.zeros(len(rows), np.float32)
    for place in range(len(rows)):
        cut = slice(starts[rows[place]], starts[rows[place] + 1])
        shares[place] = _share(weight_of, total, len(prints), all_prints[cut], all_weights[cut])
    return shares


@compiled
def _set(weight_of, prints, weights):  # type: ignore[no-untyped-def]
    """Note the weights of a sketch's prints; return their sum."""
    weight_of[prints] = weights
    return np.int64(weights.sum())


@compiled
def _share(weight_of, total, size, prints, weights):  # type: ignore[no-untyped-def]
    """Return how much of a sketch's text stands in that of another one, or the other way round."""
    count, shared, theirs = 0, 0, 0
    for at in range(len(prints)):
        weight = min(weight_of[prints[at]], weights[at])
        count += weight > 0
        shared += weight
        theirs += weights[at]
    same = count == size == len(prints)
    enough = shared >= EVIDENCE * FULL or (same and count)
    return np.float32(shared / min(total, theirs) if enough else 0)


@compiled
def _alike(low, high, near, least, starts, prints, weights):  # type: ignore[no-untyped-def]
    """Return the pairs of rows ``low:high`` and near ones that share so much, and how much."""
    weight_of, size = np.zeros(1 << _BITS, np.uint8), 0
    pairs, shares = np.empty((64, 2), np.int32), np.empty(64, np.float32)
    for row in range(low, high):
        own = prints[starts[row] : starts[row + 1]]
        total = _set(weight_of, own, weights[starts[row] : starts[row + 1]])
        for other in near[row]:
            if other >= 0:
                cut = slice(starts[other], starts[other + 1])
                share = _share(weight_of, total, len(own), prints[cut], weights[cut])
                if share >= least:
                    if size == len(shares):
                        pairs = np.append(pairs, np.empty_like(pairs), 0)
                        shares = np.append(shares, np.empty_like(shares))
                    pairs[size, 0], pairs[size, 1], shares[size] = row, other, share
                    size += 1
        weight_of[own] = 0
    return pairs[:size], shares[:size]
