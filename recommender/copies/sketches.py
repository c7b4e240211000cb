"""Sketches: a few hundred bytes of a text, enough to estimate how much of it is in another.

A shingle is four words in a row. Of a text's distinct shingles the sketch keeps those whose hash
is 0 modulo ``shingles.SAMPLED``, so that all texts keep the same ones, and the share of
one's kept shingles that another has estimates, without bias, how much of it the other contains
(Broder, "On the resemblance and containment of documents", 1997: the sketch V_m). For a true share
c and m kept shingles the standard error is at most sqrt(c (1 - c) / m): .035 at c = .5 for 800
words, .1 for 100. A fingerprint is 16 bits of a hash, so that of another text's shingles 1 in 300
is mistaken for one of 800 words, and 1 in 60 for one of the longest. Of two texts the larger share
counts; for texts of equal length that is too high by up to .02 on average.

Captions, forms and footers that a site puts on many pages make no copies: the more articles have a
shingle, from three on, the less it weighs.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from recommender.articles.article import Article
from recommender.copies.shingles import shingle_hashes
from recommender.kernels.compiling import compiled
from recommender.text.boilerplate import Texts, extract_texts

# The weight of a fingerprint that at most two articles have.
FULL = 255
# Two texts share fingerprints that weigh as much as so many in full, unless they are the same.
MIN_SHARED = 4
_BITS = 16
# Rows that are compared with their neighbours in one task.
_ROWS = 1 << 13


class Sketch(NamedTuple):
    """A text's sketch: its ``fingerprints`` (uint16) and their ``weights`` (uint8)."""

    fingerprints: NDArray[np.uint16]
    weights: NDArray[np.uint8]

    @classmethod
    def of(cls, article: Article) -> Sketch:
        """Sketch one article by itself: every fingerprint has full weight."""
        hashes, _ = shingle_hashes([extract_texts(article)])
        fingerprints = hashes >> _BITS
        return cls(fingerprints.astype(np.uint16), np.full(len(hashes), FULL, np.uint8))


@dataclass(frozen=True)
class Sketches:
    """The sketch of each row, one after another; row ``i`` begins at ``starts[i]`` (int64).

    ``fingerprints`` (uint16) and ``weights`` (uint8) as in ``Sketch``.

    Examples
    --------
    >>> story = " ".join(f"word{number}" for number in range(300))
    >>> brief, other = story[: story.index("word80")], story.upper() + " and more"
    >>> news = [Article(id=text[:9], title="News", body=text) for text in (story, brief, other)]
    >>> sketches = Sketches.of(news)
    >>> sketches.containment(sketches[0], np.array([1, 2])).tolist()
    [1.0, 1.0]
    """

    starts: NDArray[np.int64]
    fingerprints: NDArray[np.uint16]
    weights: NDArray[np.uint8]

    @classmethod
    def of(cls, articles: Iterable[Article]) -> Sketches:
        """Sketch some articles, in order."""
        builder = SketchBuilder()
        builder.add(list(map(extract_texts, articles)))
        return builder.build()

    @classmethod
    def concatenated(cls, sketches: Sequence[Sketch]) -> Sketches:
        """Return some sketches, at least one, as rows."""
        starts = np.cumsum([0, *(len(sketch.weights) for sketch in sketches)]).astype(np.int64)
        fingerprints, weights = (np.concatenate(parts) for parts in zip(*sketches, strict=True))
        return cls(starts, fingerprints, weights)

    def __getitem__(self, row: int) -> Sketch:
        cut = slice(int(self.starts[row]), int(self.starts[row + 1]))
        return Sketch(self.fingerprints[cut], self.weights[cut])

    def containment(self, sketch: Sketch, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return how much of a text is in that of each row, or of that in it (float32).

        The larger of both shares, and 0 where too little is shared to estimate it.
        """
        shares = _containments(sketch, self._arrays, rows, MIN_SHARED * FULL)
        return cast(NDArray[np.float32], shares)

    def similar_pairs(
        self, neighbours: NDArray[np.int32], threshold: float, jobs: int | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the pairs of rows and their ``neighbours`` whose containment is high enough.

        ``neighbours`` is n x k, -1 for none. Pairs (int32, pairs x 2) are in the order of rows,
        then of neighbours; the containment of each (float32) comes with them.
        """
        from joblib import Parallel, delayed

        given = self._arrays, neighbours, np.float32(threshold), MIN_SHARED * FULL
        cuts = [*range(0, max(1, len(neighbours)), _ROWS), len(neighbours)]
        parts = Parallel(n_jobs=jobs, backend="threading")(
            delayed(_similar_pairs)(low, high, *given) for low, high in pairwise(cuts)
        )
        pairs, shares = zip(*parts, strict=True)
        return np.concatenate(pairs), np.concatenate(shares)

    @property
    def _arrays(self) -> _SketchArrays:
        return _SketchArrays(self.starts, self.fingerprints, self.weights)


class SketchBuilder:
    """Builds sketches from batches of texts as they stream by."""

    def __init__(self) -> None:
        self._hashes, self._sizes = array("I"), [np.zeros(1, np.int64)]

    def add(self, texts: list[Texts]) -> None:
        """Hash the texts of more articles."""
        hashes, sizes = shingle_hashes(texts)
        self._hashes.frombytes(hashes.tobytes())
        self._sizes.append(sizes)

    def build(self) -> Sketches:
        """Return the sketches of all articles that were added."""
        hashes = np.frombuffer(self._hashes, np.uint32)
        ordered = np.sort(hashes)
        third = ordered[2:][ordered[2:] == ordered[:-2]]
        common, beyond = np.unique(third, return_counts=True)
        weights = _weights(hashes, common, beyond + 2)
        fingerprints = (hashes >> _BITS).astype(np.uint16)
        return Sketches(np.cumsum(np.concatenate(self._sizes)), fingerprints, weights)


class _SketchArrays(NamedTuple):
    starts: NDArray[np.int64]
    fingerprints: NDArray[np.uint16]
    weights: NDArray[np.uint8]


@compiled
def _weights(hashes, common, articles):  # type: ignore[no-untyped-def]
    """Return each hash's weight: full, or its share of two of the ``articles`` that have it.

    ``common`` are the hashes of more than two articles, ascending.
    """
    weights = np.full(len(hashes), FULL, np.uint8)
    # Where the common hashes with the same upper bits begin: there are few of each, if any.
    begins = np.searchsorted(common, np.arange((1 << _BITS) + 1) << (32 - _BITS))
    for at in range(len(hashes)):
        upper = hashes[at] >> (32 - _BITS)
        for place in range(begins[upper], begins[upper + 1]):
            if common[place] == hashes[at]:
                weights[at] = max(1, 2 * FULL // articles[place])
    return weights


@compiled
def _containments(sketch, sketches, rows, least):  # type: ignore[no-untyped-def]
    weight_of = np.zeros(1 << _BITS, np.uint8)
    total = _set_weights(weight_of, sketch.fingerprints, sketch.weights)
    shares = np.zeros(len(rows), np.float32)
    for place in range(len(rows)):
        row = rows[place]
        shares[place] = _containment(weight_of, total, len(sketch.weights), sketches, row, least)
    return shares


@compiled
def _set_weights(weight_of, fingerprints, weights):  # type: ignore[no-untyped-def]
    """Set the weights of a sketch's fingerprints; return their sum."""
    weight_of[fingerprints] = weights
    return np.int64(weights.sum())


@compiled
def _containment(weight_of, total, size, sketches, row, least):  # type: ignore[no-untyped-def]
    """Return how much of a text is in that of a row, or of that in it; 0 below ``least``.

    ``weight_of`` is that of the text's ``size`` fingerprints, ``total`` their sum.
    """
    begin, end = sketches.starts[row], sketches.starts[row + 1]
    count, shared, theirs = 0, 0, 0
    for at in range(begin, end):
        weight = min(weight_of[sketches.fingerprints[at]], sketches.weights[at])
        count += weight > 0
        shared += weight
        theirs += sketches.weights[at]
    same = count == size == end - begin
    enough = shared >= least or (same and count)
    return np.float32(shared / min(total, theirs) if enough else 0)


@compiled
def _similar_pairs(low, high, sketches, neighbours, threshold, least):  # type: ignore[no-untyped-def]
    """Return the pairs of rows ``low:high`` and neighbours that pass, and their containment."""
    weight_of, size = np.zeros(1 << _BITS, np.uint8), 0
    pairs, shares = np.empty((64, 2), np.int32), np.empty(64, np.float32)
    for row in range(low, high):
        own = slice(sketches.starts[row], sketches.starts[row + 1])
        fingerprints = sketches.fingerprints[own]
        total = _set_weights(weight_of, fingerprints, sketches.weights[own])
        for other in neighbours[row]:
            if other >= 0:
                count = len(fingerprints)
                share = _containment(weight_of, total, count, sketches, other, least)
                if share >= threshold:
                    if size == len(shares):
                        pairs = np.append(pairs, np.empty_like(pairs), 0)
                        shares = np.append(shares, np.empty_like(shares))
                    pairs[size, 0], pairs[size, 1], shares[size] = row, other, share
                    size += 1
        weight_of[fingerprints] = 0
    return pairs[:size], shares[:size]
