"""All lists: what every article's plain list holds, from the stored graph, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import UNDATED
from recommender.copies.groups import is_agency
from recommender.metadata.metadata import Metadata
from recommender.search.index import Index

# Rows at a time: what sorting them takes beside the lists stays small.
_ROWS = 1 << 14


@dataclass(frozen=True)
class AllLists:
    """The whole rankings of the articles that are shown, without editorial rules.

    ``shown`` (int64) are their rows in the model; all else numbers them from 0. ``rows`` (m x k,
    int32) are each one's others, best first, -1 where there are no more, copies in one slot;
    ``scores`` (m x k, float32) are theirs, 0 there. ``groups`` (int32) is -1 without copies.
    """

    shown: NDArray[np.int64]
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    groups: NDArray[np.int32]

    @classmethod
    def of(cls, index: Index, articles: Metadata, groups: NDArray[np.int32], now: int) -> AllLists:
        """Make them of a graph; what is published after ``now`` (microseconds) is not shown."""
        told = articles.published[: len(index.neighbours)] <= now
        preferred = _preferred(articles, groups)
        number = np.where(told, np.cumsum(told) - 1, -1).astype(np.int32)
        (shown,) = np.nonzero(told)
        rows = np.full((len(shown), index.neighbours.shape[1]), -1, np.int32)
        scores = np.zeros(rows.shape, np.float32)
        for low in range(0, len(shown), _ROWS):
            part = shown[low : low + _ROWS]
            near, score = index.neighbours[part].copy(), index.scores[part].copy()
            keep = (near >= 0) & told[near]
            _one_slot(near, score, keep, groups, groups[part], preferred)
            order = np.argsort(~keep, axis=1, kind="stable")
            keep = np.take_along_axis(keep, order, axis=1)
            near = number[np.take_along_axis(near, order, axis=1)]
            rows[low : low + _ROWS] = np.where(keep, near, -1)
            scores[low : low + _ROWS] = np.where(keep, np.take_along_axis(score, order, axis=1), 0)
        return cls(shown, rows, scores, groups[shown])

    def __len__(self) -> int:
        return len(self.shown)


def _one_slot(
    near: NDArray[np.int32],
    scores: NDArray[np.float32],
    keep: NDArray[np.bool_],
    groups: NDArray[np.int32],
    own: NDArray[np.int32],
    preferred: NDArray[np.int64],
) -> None:
    """Leave of each group its preferred article in its best place, and none of a row's own."""
    group = np.where(keep, groups[near], -1)
    keep &= (group < 0) | (group != own[:, None])
    at, place = np.nonzero(keep & (group >= 0))
    slot = at * len(groups) + group[at, place]
    _, first = np.unique(slot, return_index=True)
    order = np.lexsort((preferred[near[at, place]], slot))
    best = order[np.unique(slot[order], return_index=True)[1]]
    standing = near[at[best], place[best]], scores[at[best], place[best]]
    keep[at, place] = False
    at, place = at[first], place[first]
    keep[at, place] = True
    near[at, place], scores[at, place] = standing


def _preferred(articles: Metadata, groups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return in which order articles that have copies stand for them, the lowest first."""
    (grouped,) = np.nonzero(groups >= 0)
    agency = np.array([is_agency(articles[row]) for row in grouped.tolist()], bool)
    published = articles.published[grouped]
    order = np.lexsort((grouped, published, published == UNDATED, agency))
    place = np.zeros(len(groups), np.int64)
    place[grouped[order]] = np.arange(len(order))
    return place
