"""Weights: counted articles to rows, by the formula of ``vectors``; a weight is one of 255 levels.

Levels are 3.3 % apart, so a weight is some 2 % off at most, and a score, a sum over many shared
terms, much less. Rows are what their levels say: search, graph and explanation all use these.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.counts import Counts
from recommender.kernel import compiled

# The fields an entry's bits stand for, lowest first; a pair of words may also be touching.
FIELDS = ("title", "summary", "body", "tags")
TOUCHING = 1 << len(FIELDS)
# The lowest level is a weight of 2**-12; weights below it are raised to it.
_OCTAVES = 12
_STEPS = 254
_EVEN = np.exp2(-np.arange(_STEPS + 1) * _OCTAVES / _STEPS).astype(np.float32)
# Rounded to the upper half of a float32 (bfloat16): products are exact, and the graph saves room.
LEVELS: NDArray[np.float32] = ((_EVEN.view(np.uint32) + (1 << 15)) & 0xFFFF0000).view(np.float32)


def levels_of(weights: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the level nearest to each weight above 0 (uint8).

    Examples
    --------
    >>> levels_of(np.array([1.0, 0.5, 1e-9])).tolist()
    [0, 21, 254]
    """
    steps = np.rint(-np.log2(weights) * _STEPS / _OCTAVES)
    return np.clip(steps, 0, _STEPS).astype(np.uint8)


class Rarity(NamedTuple):
    """What idf is made of: each column's df (int32), the number of articles, and idf's power."""

    df: NDArray[np.int32]
    articles: int
    power: float


def weigh(
    counted: Counts,
    rarity: Rarity,
    field_weights: tuple[float, float],
    pair_weight: float,
    tag_weight: float,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return ``indptr``, columns, levels and fields of the rows of counted articles.

    ``field_weights`` are those of title and lead. Terms without weight are left out.
    """
    text = 1 - tag_weight
    shares = np.sqrt([(1 - pair_weight) * text, pair_weight * text, tag_weight])
    fields = np.array([1.0, *field_weights])
    indptr, columns, levels, bits = _weigh(*counted, *rarity, fields, shares)
    return indptr, columns, levels, bits


def field_vectors(counted: Counts, rarity: Rarity) -> NDArray[np.float64]:
    """Return each entry's weight in the unit vectors of body, title and lead (entries x 3).

    The lead is the summary and the beginning of the body.
    """
    return np.asarray(_fields(counted.ends, counted.columns, counted.tf, *rarity))


@compiled
def _fields(ends, columns, tf, df, articles, power):  # type: ignore[no-untyped-def]
    values = np.zeros((len(columns), 3))
    for block in range(len(ends) - 1):
        norms = np.zeros(3)
        for entry in range(ends[block], ends[block + 1]):
            title, summary = np.int64(tf[entry, 0]), np.int64(tf[entry, 1])
            opening, rest = np.int64(tf[entry, 2]), np.int64(tf[entry, 3])
            weight = (1 + np.log((2.0 + articles) / (1.0 + df[columns[entry]]))) ** power
            for field, count in enumerate((opening + rest, title, summary + opening)):
                if count > 0:
                    value = weight if count == 1 else weight * (1 + np.log(count))
                    values[entry, field] = value
                    norms[field] += value * value
        for field in range(3):
            if norms[field] > 0:
                scale = 1 / np.sqrt(norms[field])
                for entry in range(ends[block], ends[block + 1]):
                    values[entry, field] *= scale
    return values


@compiled
def _bits(tf, touching, kind):  # type: ignore[no-untyped-def]
    if kind == 2:
        return 8
    bits = 1 * (tf[0] > 0) | 2 * (tf[1] > 0) | 4 * (tf[2] > 0 or tf[3] > 0)
    return bits | 16 * (touching > 0)


@compiled
def _weigh(ends, columns, tf, touching, df, articles, power, weights, shares):  # type: ignore[no-untyped-def]
    parts = _fields(ends, columns, tf, df, articles, power)
    # By hand: a matrix product would load scipy's BLAS.
    values = parts[:, 0] * weights[0] + parts[:, 1] * weights[1] + parts[:, 2] * weights[2]
    indptr = np.zeros((len(ends) - 1) // 3 + 1, np.int64)
    levels = np.empty(len(columns), np.uint8)
    fields = np.empty(len(columns), np.uint8)
    kept = np.empty(len(columns), np.int32)
    size = 0
    for article in range(len(indptr) - 1):
        squares = 0.0
        for kind in range(3):
            begin, stop = ends[3 * article + kind], ends[3 * article + kind + 1]
            norm = np.sqrt(np.sum(values[begin:stop] ** 2))
            for entry in range(begin, stop):
                values[entry] = shares[kind] * values[entry] / norm if norm > 0 else 0.0
                squares += values[entry] ** 2
        scale = 1 / np.sqrt(squares) if squares > 0 else 0.0
        for kind in range(3):
            for entry in range(ends[3 * article + kind], ends[3 * article + kind + 1]):
                if values[entry] > 0:
                    level = -np.log2(values[entry] * scale) * (254 / 12)
                    levels[size] = np.uint8(min(max(np.rint(level), 0), 254))
                    fields[size] = _bits(tf[entry], touching[entry], kind)
                    kept[size] = columns[entry]
                    size += 1
        indptr[article + 1] = size
    return indptr, kept[:size].copy(), levels[:size].copy(), fields[:size].copy()
