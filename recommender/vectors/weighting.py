"""Weighting: counted articles to rows, by the formula of ``term_space``; weights are quantised.

A weight is one of 255 levels, 3.3 % apart, so it is at most about 2 % off, and a score, a sum over
many shared terms, much less. The codebook holds the weight of each level: search, graph and
explanation all use these weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled
from recommender.kernels.layout import (
    ADJACENT,
    IN_BODY,
    IN_SUMMARY,
    IN_TAGS,
    IN_TITLE,
    KINDS,
    LEAD,
    OCTAVES,
    REST,
    STEPS,
    SUMMARY,
    TAGS,
    TITLE,
)
from recommender.vectors.counting import Counts

# The names of the fields, in the order of their bits.
FIELDS = ("title", "summary", "body", "tags")
_EVEN = np.exp2(-np.arange(STEPS + 1) * OCTAVES / STEPS).astype(np.float32)
# Rounded to bfloat16, the upper half of a float32: products are exact, and the graph saves memory.
CODEBOOK: NDArray[np.float32] = ((_EVEN.view(np.uint32) + (1 << 15)) & 0xFFFF0000).view(np.float32)
# 1 + ln tf for the commonest tf, and 0 for none.
_DAMPED_TF = np.array([0.0, *(1 + np.log(np.arange(1, 256)))])
_BODY, _TITLE, _LEAD = range(3)


def quantise(weights: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the level nearest to each weight above 0 (uint8); the lowest for all below it.

    Examples
    --------
    >>> quantise(np.array([1.0, 0.5, 1e-9])).tolist()
    [0, 21, 254]
    """
    steps = np.rint(-np.log2(weights) * STEPS / OCTAVES)
    return np.clip(steps, 0, STEPS).astype(np.uint8)


class IdfStatistics(NamedTuple):
    """What idf is computed from: each column's df (int32), the number of articles, idf's power."""

    df: NDArray[np.int32]
    articles: int
    power: float


def weigh(
    counts: Counts,
    statistics: IdfStatistics,
    field_weights: tuple[float, float],
    bigram_weight: float,
    tag_weight: float,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the rows of counted articles in CSR form: indptr, columns, levels and fields.

    ``field_weights`` are those of title and lead. Terms without weight are left out.
    """
    text = 1 - tag_weight
    shares = np.sqrt([(1 - bigram_weight) * text, bigram_weight * text, tag_weight])
    fields = np.array([1.0, *field_weights])
    indptr, columns, levels, bits = _weigh(counts, statistics, fields, shares)
    return indptr, columns, levels, bits


def field_vectors(counts: Counts, statistics: IdfStatistics) -> NDArray[np.float64]:
    """Return each entry's weight in the unit vectors of body, title and lead (entries x 3).

    The lead is the summary and the first words of the body.
    """
    return np.asarray(_field_vectors(counts, statistics))


@compiled
def _damped_tf(count):  # type: ignore[no-untyped-def]
    return _DAMPED_TF[count] if count < len(_DAMPED_TF) else 1 + np.log(count)


@compiled
def _unit_fields(columns, tf, statistics, values):  # type: ignore[no-untyped-def]
    """Fill ``values`` (entries x 3) with the weights of one block in its three unit vectors."""
    df, articles, power = statistics
    body = title = lead = 0.0
    for entry in range(len(columns)):
        # idf = 1 + ln((2 + n) / (1 + df)), see ``term_space``.
        weight = 1 + np.log((2.0 + articles) / (1.0 + df[columns[entry]]))
        if power != 1:
            weight **= power
        in_title, in_summary = np.int64(tf[entry, TITLE]), np.int64(tf[entry, SUMMARY])
        in_lead, in_rest = np.int64(tf[entry, LEAD]), np.int64(tf[entry, REST])
        values[entry, _BODY] = weight * _damped_tf(in_lead + in_rest)
        values[entry, _TITLE] = weight * _damped_tf(in_title)
        values[entry, _LEAD] = weight * _damped_tf(in_summary + in_lead)
        body += values[entry, _BODY] ** 2
        title += values[entry, _TITLE] ** 2
        lead += values[entry, _LEAD] ** 2
    for field, square in enumerate((body, title, lead)):
        if square > 0:
            scale = 1 / np.sqrt(square)
            for entry in range(len(columns)):
                values[entry, field] *= scale


@compiled
def _field_vectors(counts, statistics):  # type: ignore[no-untyped-def]
    ends = counts.ends
    values = np.empty((len(counts.columns), 3))
    for block in range(len(ends) - 1):
        part = slice(ends[block], ends[block + 1])
        _unit_fields(counts.columns[part], counts.tf[part], statistics, values[part])
    return values


@compiled
def _field_bits(tf, adjacent, kind):  # type: ignore[no-untyped-def]
    if kind == TAGS:
        return IN_TAGS
    bits = IN_TITLE * (tf[TITLE] > 0) | IN_SUMMARY * (tf[SUMMARY] > 0)
    return bits | IN_BODY * (tf[LEAD] > 0 or tf[REST] > 0) | ADJACENT * (adjacent > 0)


@compiled
def _weigh(counts, statistics, field_weights, shares):  # type: ignore[no-untyped-def]
    ends, columns, tf, adjacent = counts
    indptr = np.zeros((len(ends) - 1) // KINDS + 1, np.int64)
    levels = np.empty(len(columns), np.uint8)
    fields = np.empty(len(columns), np.uint8)
    kept = np.empty(len(columns), np.int32)
    room = np.max(ends[KINDS::KINDS] - ends[:-1:KINDS]) if len(ends) > 1 else 0
    parts, values, size = np.empty((room, 3)), np.empty(room), 0
    for article in range(len(indptr) - 1):
        first, squares = ends[KINDS * article], 0.0
        for kind in range(KINDS):
            begin, stop = ends[KINDS * article + kind], ends[KINDS * article + kind + 1]
            own, block = slice(begin - first, stop - first), slice(begin, stop)
            _unit_fields(columns[block], tf[block], statistics, parts[own])
            squares += _unit_sum(parts[own], field_weights, shares[kind], values[own])
        scale = 1 / np.sqrt(squares) if squares > 0 else 0.0
        for kind in range(KINDS):
            for entry in range(ends[KINDS * article + kind], ends[KINDS * article + kind + 1]):
                value = values[entry - first]
                if value > 0:
                    level = -np.log2(value * scale) * (STEPS / OCTAVES)
                    levels[size] = np.uint8(min(max(np.rint(level), 0), STEPS))
                    fields[size] = _field_bits(tf[entry], adjacent[entry], kind)
                    kept[size] = columns[entry]
                    size += 1
        indptr[article + 1] = size
    return indptr, kept[:size].copy(), levels[:size].copy(), fields[:size].copy()


@compiled
def _unit_sum(parts, field_weights, share, values):  # type: ignore[no-untyped-def]
    """Fill ``values`` with the weighted sum of the fields, of length ``share``; return its square.

    ``parts`` (entries x 3) are the fields' weights.
    """
    squares = 0.0
    for entry in range(len(values)):
        value = 0.0
        for field in range(3):
            value += parts[entry, field] * field_weights[field]
        values[entry] = value
        squares += value * value
    if squares > 0:
        values *= share / np.sqrt(squares)
        return share * share
    return 0.0
