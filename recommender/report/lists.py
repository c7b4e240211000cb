"""All lists: every article's plain list at once, from the stored graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.articles.times import UNDATED
from recommender.copies.groups import is_agency
from recommender.metadata.metadata import Metadata
from recommender.search.index import Index

# Rows sorted at once: the memory beside the lists stays small.
_ROWS = 1 << 14


@dataclass(frozen=True)
class AllLists:
    """The rankings of all visible articles, without editorial rules.

    ``visible`` (int64) are their rows in the model; all other numbers count visible articles from
    0. ``rows`` (m x k, int32) are each one's others, best first, -1 where there are no more, copies
    in one slot; ``scores`` (m x k, float32) are theirs, 0 there. ``groups`` (int32) is -1 without
    copies.
    """

    visible: NDArray[np.int64]
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    groups: NDArray[np.int32]

    @classmethod
    def of(cls, index: Index, articles: Metadata, groups: NDArray[np.int32], now: int) -> AllLists:
        """Return the lists of a graph, without articles published after ``now`` (microseconds)."""
        mask = articles.published[: len(index.neighbours)] <= now
        preference = _preference(articles, groups)
        number = np.where(mask, np.cumsum(mask) - 1, -1).astype(np.int32)
        (visible,) = np.nonzero(mask)
        rows = np.full((len(visible), index.neighbours.shape[1]), -1, np.int32)
        scores = np.zeros(rows.shape, np.float32)
        for low in range(0, len(visible), _ROWS):
            part = visible[low : low + _ROWS]
            near, score = index.neighbours[part].copy(), index.scores[part].copy()
            keep = (near >= 0) & mask[near]
            _merge_copies(near, score, keep, groups, groups[part], preference)
            order = np.argsort(~keep, axis=1, kind="stable")
            keep = np.take_along_axis(keep, order, axis=1)
            near = number[np.take_along_axis(near, order, axis=1)]
            rows[low : low + _ROWS] = np.where(keep, near, -1)
            scores[low : low + _ROWS] = np.where(keep, np.take_along_axis(score, order, axis=1), 0)
        return cls(visible, rows, scores, groups[visible])

    def __len__(self) -> int:
        return len(self.visible)


def _merge_copies(
    near: NDArray[np.int32],
    scores: NDArray[np.float32],
    keep: NDArray[np.bool_],
    groups: NDArray[np.int32],
    own: NDArray[np.int32],
    preference: NDArray[np.int64],
) -> None:
    """Keep of each group its preferred article in its best place, and none of a row's own group.

    ``own`` is the group of each row; the first three arrays are changed in place.
    """
    group = np.where(keep, groups[near], -1)
    keep &= (group < 0) | (group != own[:, None])
    at, place = np.nonzero(keep & (group >= 0))
    slot = at * len(groups) + group[at, place]
    _, first = np.unique(slot, return_index=True)
    order = np.lexsort((preference[near[at, place]], slot))
    best = order[np.unique(slot[order], return_index=True)[1]]
    preferred = near[at[best], place[best]], scores[at[best], place[best]]
    keep[at, place] = False
    at, place = at[first], place[first]
    keep[at, place] = True
    near[at, place], scores[at, place] = preferred


def _preference(articles: Metadata, groups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the order of preference among copies (int64, one a row), the lowest first."""
    (grouped,) = np.nonzero(groups >= 0)
    agency = np.array([is_agency(articles[row]) for row in grouped.tolist()], bool)
    published = articles.published[grouped]
    order = np.lexsort((grouped, published, published == UNDATED, agency))
    preference = np.zeros(len(groups), np.int64)
    preference[grouped[order]] = np.arange(len(order))
    return preference
